"""Shows through the API: made from a title alone, changed, covered, given a slot and templates; nobody else's."""

import io
import threading
from copy import deepcopy
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from PIL import Image

from donecast.core.assembly import template_from_json
from donecast.platform.web import Ground
from donecast.shows import service
from donecast.shows.rules import podcast_guid
from tests.support.people import Person


def made(person: Person, title: str = "The Allotment Hour", **fields: Any) -> dict[str, Any]:
    answer = person.ask("POST", "/api/shows", json={"title": title, **fields})
    assert answer.status_code == 201, answer.text
    show: dict[str, Any] = answer.json()
    return show


def picture(width: int = 1_400, height: int = 1_400, kind: str = "PNG", mode: str = "RGB", colour: int = 0) -> bytes:
    out = io.BytesIO()
    Image.new(mode, (width, height), colour).save(out, kind)
    return out.getvalue()


def send_cover(person: Person, show_id: str, content: bytes) -> Response:
    return person.ask("PUT", f"/api/shows/{show_id}/cover", files={"file": ("cover.gif", content)})


def stored_blobs(ground: Ground) -> set[str]:
    return {path.name for path in (ground.settings.data / "blobs").rglob("*") if path.is_file()}


def test_a_title_is_enough(ann: Person) -> None:
    show = made(ann)
    assert (show["slug"], show["language"], show["kind"], show["explicit"], show["locked"]) == (
        "the-allotment-hour",
        "en",
        "episodic",
        False,
        True,
    )
    assert (show["author"], show["owner_email"]) == ("Ann", "ann@example.com")
    assert show["page_url"] == "http://127.0.0.1:8000/shows/the-allotment-hour"
    assert show["feed_url"] == f"{show['page_url']}/feed.xml"
    assert show["podcast_guid"] == podcast_guid("127.0.0.1:8000/shows/the-allotment-hour/feed.xml")
    assert (show["slot"], show["next_slot_at"]) == (None, None)
    assert ann.ask("GET", f"/api/shows/{show['id']}").json() == show
    assert ann.ask("GET", "/api/shows").json() == [show]


def test_what_is_done_to_the_sound_is_off_until_it_is_chosen(ann: Person) -> None:
    show = made(ann)
    assert (show["noise_reduction"], show["levelling"], show["de_essing"]) == (False, False, False)
    changed = ann.ask("PATCH", f"/api/shows/{show['id']}", json={"levelling": True}).json()
    assert changed == {**show, "levelling": True}
    wish = {"title": "Another", "noise_reduction": True, "de_essing": True}
    other = ann.ask("POST", "/api/shows", json=wish).json()
    assert (other["noise_reduction"], other["levelling"], other["de_essing"]) == (True, False, True)
    refused = ann.ask("PATCH", f"/api/shows/{show['id']}", json={"levelling": "a bit"})
    assert refused.status_code == 422


def test_what_is_looked_for_is_set_for_a_show(ann: Person) -> None:
    show = made(ann)
    assert show["cleanup"] == {
        "flubber_keyword": "flubber",
        "flubber_exponent": -5,
        "choices": {"flubber": "cut", "filler": "cut", "long_pause": "cut", "repeat": "ask", "censor": "cut"},
        "censored": [],
        "cover_with": "beep",
    }
    wish = {"flubber_keyword": " Banana  split", "censored": ["Darn!", "", "darn it", "Darn!"], "cover_with": "silence"}
    changed = ann.ask("PATCH", f"/api/shows/{show['id']}", json={"cleanup": wish}).json()
    assert changed["cleanup"] == {
        **show["cleanup"],
        "flubber_keyword": "banana split",
        "censored": ["Darn!", "darn it"],
        "cover_with": "silence",
    }
    assert ann.ask("GET", f"/api/shows/{show['id']}").json() == changed
    more = {"choices": {"filler": "keep"}}
    again = ann.ask("PATCH", f"/api/shows/{show['id']}", json={"cleanup": more}).json()["cleanup"]
    assert again == {**changed["cleanup"], "choices": {**changed["cleanup"]["choices"], "filler": "keep"}}


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"flubber_keyword": "  "}, "cannot be listened for"),
        ({"flubber_keyword": "Bücher"}, "cannot be listened for"),
        ({"flubber_keyword": "a '"}, "cannot be listened for"),
        ({"flubber_keyword": "one two three four"}, "cannot be listened for"),
        ({"flubber_keyword": "Intern"}, "already calls the intern"),
        ({"censored": ["..."]}, "not a word"),
        ({"censored": ["x" * 61]}, "not a word"),
    ],
)
def test_what_nobody_can_hear_is_refused_and_nothing_changes(ann: Person, wish: dict[str, Any], words: str) -> None:
    show = made(ann)
    refused = ann.ask("PATCH", f"/api/shows/{show['id']}", json={"cleanup": wish})
    assert refused.status_code == 400
    assert words in refused.json()["error"]["message"]
    assert ann.ask("GET", f"/api/shows/{show['id']}").json() == show


def test_the_address_and_the_guid_stay_when_the_title_changes(ann: Person) -> None:
    show = made(ann)
    changed = ann.ask("PATCH", f"/api/shows/{show['id']}", json={"title": "Beans and Beyond"}).json()
    assert changed == {**show, "title": "Beans and Beyond"}


def test_shows_of_one_name_get_addresses_of_their_own(ann: Person, ben: Person) -> None:
    shows = [made(ann), made(ben), made(ann, "the allotment hour!")]
    assert [show["slug"] for show in shows] == ["the-allotment-hour", "the-allotment-hour-2", "the-allotment-hour-3"]
    assert len({show["podcast_guid"] for show in shows}) == 3


def test_shows_of_one_name_made_at_once_get_addresses_of_their_own(ann: Person) -> None:
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(made(ann)["slug"])) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == ["the-allotment-hour", "the-allotment-hour-2", "the-allotment-hour-3"]


def test_what_is_left_out_stays(ann: Person) -> None:
    show = made(
        ann, category="Leisure", subcategory="Home & Garden", description="Beans.", website="https://beans.example"
    )
    changed = ann.ask("PATCH", f"/api/shows/{show['id']}", json={"explicit": True, "website": None}).json()
    assert changed == {**show, "explicit": True, "website": None}


def test_the_feed_is_dated_only_when_something_changed(ann: Person, ground: Ground) -> None:
    show = made(ann, description="Beans.")

    def dated() -> Any:
        with ground.database.reading() as session:
            return service.show_by_slug(session, show["slug"]).feed_changed_at

    first = dated()
    ann.ask("PATCH", f"/api/shows/{show['id']}", json={"description": "Beans."})
    assert dated() == first
    ann.ask("PATCH", f"/api/shows/{show['id']}", json={"description": "More beans."})
    assert dated() > first


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"title": "  "}, "show_invalid", "title"),
        ({"description": "x" * 4_001}, "show_invalid", "description"),
        ({"category": "Gardening"}, "show_invalid", "category"),
        ({"category": "Technology", "subcategory": "Tech News"}, "show_invalid", "subcategory"),
        ({"language": "xx-yy-zz"}, "show_invalid", "language"),
        ({"time_zone": "Mars/Olympus"}, "show_invalid", "time_zone"),
        ({"website": "ftp://beans"}, "show_invalid", "website"),
        ({"slot": {"weekday": 1, "time": "25:00"}}, "show_invalid", "slot"),
        ({"owner_email": "not an address"}, "address_invalid", "owner_email"),
    ],
)
def test_what_a_feed_cannot_carry_is_refused_when_made_and_when_changed(
    ann: Person, fields: dict[str, Any], code: str, field: str
) -> None:
    show = made(ann)
    answers = [
        ann.ask("POST", "/api/shows", json={"title": "Beans", **fields}),
        ann.ask("PATCH", f"/api/shows/{show['id']}", json=fields),
    ]
    for answer in answers:
        error = answer.json()["error"]
        assert (answer.status_code, error["code"], error["details"]) == (400, code, {"field": field})
        assert error["message"].endswith((".", "!"))
    assert ann.ask("GET", "/api/shows").json() == [show]


def test_the_slot_names_its_next_moment(ann: Person) -> None:
    show = made(ann, time_zone="Europe/London", slot={"weekday": 0, "time": "07:00"})
    assert show["slot"] == {"weekday": 0, "time": "07:00"}
    assert show["next_slot_at"].endswith(("T06:00:00Z", "T07:00:00Z"))
    changed = ann.ask("PATCH", f"/api/shows/{show['id']}", json={"slot": None}).json()
    assert (changed["slot"], changed["next_slot_at"]) == (None, None)


def test_another_persons_show_is_not_there(ann: Person, ben: Person) -> None:
    show = made(ann)
    template = ann.ask("GET", f"/api/shows/{show['id']}/templates").json()[0]
    answers = [
        ben.ask("GET", f"/api/shows/{show['id']}"),
        ben.ask("PATCH", f"/api/shows/{show['id']}", json={"title": "Mine"}),
        send_cover(ben, show["id"], picture()),
        ben.ask("GET", f"/api/shows/{show['id']}/templates"),
        ben.ask("PUT", f"/api/templates/{template['id']}", json={"definition": template["definition"]}),
    ]
    assert [answer.status_code for answer in answers] == [404] * 5
    assert ben.ask("GET", "/api/shows").json() == []
    assert ann.ask("GET", f"/api/shows/{show['id']}").json() == show


def test_a_new_show_has_a_cover_that_everybody_may_fetch_and_keep(ann: Person, client: TestClient) -> None:
    address = made(ann)["cover_url"]
    answer = client.get(address)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "set-cookie" not in answer.headers
    with Image.open(io.BytesIO(answer.content)) as drawn:
        assert drawn.size == (1_400, 1_400)
        assert drawn.mode == "RGB"
    head = client.head(address)
    assert (head.headers["content-length"], head.content) == (str(len(answer.content)), b"")
    assert client.get(address, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
    assert client.get(address.replace(".jpg", ".png")).status_code == 404


def test_another_cover_has_another_address_and_the_old_bytes_go(
    ann: Person, client: TestClient, ground: Ground
) -> None:
    show = made(ann)
    before = stored_blobs(ground)
    changed = send_cover(ann, show["id"], picture(colour=0x336699))
    assert changed.status_code == 200, changed.text
    address = changed.json()["cover_url"]
    assert address.endswith(".png")
    assert client.get(address).headers["content-type"] == "image/png"
    assert client.get(show["cover_url"]).status_code == 404
    assert not before & stored_blobs(ground)
    again = send_cover(ann, show["id"], picture(colour=0x336699))
    assert again.json()["cover_url"] == address
    assert client.get(address).status_code == 200


def test_two_shows_may_share_a_cover(ann: Person, ben: Person, client: TestClient) -> None:
    hers, his = made(ann), made(ben)
    same = picture(colour=0x123456)
    her_address = send_cover(ann, hers["id"], same).json()["cover_url"]
    his_address = send_cover(ben, his["id"], same).json()["cover_url"]
    send_cover(ann, hers["id"], picture(colour=0x654321))
    assert client.get(her_address).status_code == 404
    assert client.get(his_address).content == same


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (picture(1_400, 1_000), "A cover must be square; this picture is 1400 by 1000 pixels."),
        (picture(1_399, 1_399), "This picture is too small: 1399 by 1399 pixels."),
        (picture(3_001, 3_001), "This picture is too large: 3001 by 3001 pixels."),
        (picture(kind="GIF"), "This file is not a JPEG or PNG picture."),
        (picture(kind="JPEG", mode="CMYK"), "This picture uses printing colours"),
        (picture()[:2_000], "This picture is damaged or was cut off."),
        (b"", "This file is not a JPEG or PNG picture."),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "This file is not a JPEG or PNG picture."),
    ],
)
def test_a_cover_that_directories_refuse_is_refused_and_leaves_nothing(
    ann: Person, ground: Ground, content: bytes, sentence: str
) -> None:
    show = made(ann)
    before = stored_blobs(ground)
    answer = send_cover(ann, show["id"], content)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "cover_refused")
    assert answer.json()["error"]["message"].startswith(sentence)
    assert stored_blobs(ground) == before
    assert list((ground.settings.data / "temporary").iterdir()) == []
    assert ann.ask("GET", f"/api/shows/{show['id']}").json() == show


def test_a_huge_cover_is_stopped_at_the_limit(ann: Person) -> None:
    answer = send_cover(ann, made(ann)["id"], bytes(10 * 1024**2 + 1))
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "file_too_large")


def test_a_show_comes_with_two_templates(ann: Person) -> None:
    show = made(ann)
    templates = ann.ask("GET", f"/api/shows/{show['id']}/templates").json()
    assert [template["name"] for template in templates] == ["Just me", "Interview"]
    for template in templates:
        assert template["show_id"] == show["id"]
        parts = [segment.kind for segment in template_from_json(template["definition"]).segments]
        assert parts == ["intro", "content", "outro"]


def test_a_template_is_replaced_by_a_good_one_only(ann: Person) -> None:
    show = made(ann)
    template = ann.ask("GET", f"/api/shows/{show['id']}/templates").json()[0]
    better = deepcopy(template["definition"])
    better["name"], better["segments"][0]["source"]["text"] = "Just Ann", "Hello, this is {show}."
    answer = ann.ask("PUT", f"/api/templates/{template['id']}", json={"definition": better})
    assert answer.status_code == 200, answer.text
    assert answer.json() == {**template, "name": "Just Ann", "definition": better}

    worse = deepcopy(better)
    worse["segments"][0]["source"]["text"] = "Hello {nobody}."
    refused = ann.ask("PUT", f"/api/templates/{template['id']}", json={"definition": worse})
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "template_unreadable")
    assert "{nobody}" in refused.json()["error"]["message"]
    assert ann.ask("GET", f"/api/shows/{show['id']}/templates").json()[0] == answer.json()


def test_a_templates_name_is_not_endless(ann: Person) -> None:
    template = ann.ask("GET", f"/api/shows/{made(ann)['id']}/templates").json()[0]
    definition = {**template["definition"], "name": "x" * 101}
    answer = ann.ask("PUT", f"/api/templates/{template['id']}", json={"definition": definition})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "template_unreadable")


def test_the_categories_are_told(ann: Person) -> None:
    told = ann.ask("GET", "/api/categories").json()
    assert len(told) == 19
    assert {"name": "Comedy", "subcategories": ["Comedy Interviews", "Improv", "Stand-Up"]} in told


def test_a_show_names_who_writes_out_words_and_who_speaks(ann: Person) -> None:
    show = made(ann)
    assert (show["transcriber"], show["voice"]) == (None, None)
    path = f"/api/shows/{show['id']}"
    chosen = ann.ask("PATCH", path, json={"transcriber": "assemblyai", "voice": "slt"}).json()
    assert (chosen["transcriber"], chosen["voice"]) == ("assemblyai", "slt")
    assert ann.ask("PATCH", path, json={"transcriber": None}).json()["transcriber"] is None
    for wish, field in (({"transcriber": "a parrot"}, "transcriber"), ({"voice": ""}, "voice")):
        refused = ann.ask("PATCH", path, json=wish)
        assert (refused.status_code, refused.json()["error"]["details"]["field"]) == (400, field)
