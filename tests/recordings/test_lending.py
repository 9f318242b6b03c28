"""What the library lends to templates: own files that fit, for as long as a template uses them."""

import threading
from collections.abc import Mapping
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import text

from donecast.core.template import template_from_json
from donecast.entry.http import create_app
from donecast.platform.web import Ground
from donecast.recordings import service
from donecast.shows import service as shows
from tests.support.library import made, show_wish, upload
from tests.support.people import Person, sign_up
from tests.support.sounds import tone

_CONTENT = {"id": "content", "kind": "content", "title": "The episode", "source": {"type": "recording"}}


@pytest.fixture
def template(ann: Person) -> dict[str, Any]:
    """The first template of Ann's show."""
    return first_template(ann)


def first_template(person: Person) -> dict[str, Any]:
    show = made(person, "/api/shows", json=show_wish())
    found: dict[str, Any] = person.ask("GET", f"/api/shows/{show['id']}/templates").json()[0]
    return found


def add(person: Person, ground: Ground, category: str, name: str = "thing", seconds: float = 0.5) -> str:
    path = ground.settings.data / f"{name}.wav"
    path.write_bytes(tone(seconds))
    return upload(person, path, category)["id"]


def segment(asset: str, kind: str = "intro") -> dict[str, Any]:
    return {"id": "part", "kind": kind, "title": "Jingle", "source": {"type": "media", "asset": asset, "name": "J."}}


def definition(template: Mapping[str, Any], *segments: Mapping[str, Any], music: str | None = None) -> dict[str, Any]:
    """The template's parts are these, around the recording, with music under the recording or without."""
    rules = [{**template["definition"]["music"][0], "asset": music, "under": ["content"]}] if music else []
    return {**template["definition"], "segments": [*segments, _CONTENT], "music": rules}


def put(person: Person, template: Mapping[str, Any], document: Mapping[str, Any]) -> Response:
    return person.ask("PUT", f"/api/templates/{template['id']}", json={"definition": document})


@pytest.mark.parametrize(
    ("kind", "category"),
    [
        ("intro", "recording"),
        ("intro", "outro"),
        ("intro", "advert"),
        ("outro", "intro"),
        ("advert", "music"),
        ("advert", "sound_effect"),
        ("transition", "recording"),
        ("sound_effect", "music"),
    ],
)
def test_a_file_that_is_meant_for_something_else_is_refused_by_its_name(
    ann: Person, ground: Ground, template: dict[str, Any], kind: str, category: str
) -> None:
    asset = add(ann, ground, category, "Friday tune")
    answer = put(ann, template, definition(template, segment(asset, kind)))
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "media_unfitting")
    assert "“Friday tune” is " in error["message"]
    assert "“Jingle”" in error["message"]
    assert first_of(ann, template) == template


def first_of(person: Person, template: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = person.ask("GET", f"/api/shows/{template['show_id']}/templates").json()[0]
    return found


@pytest.mark.parametrize("category", ["recording", "intro", "advert"])
def test_only_music_is_music(ann: Person, ground: Ground, template: dict[str, Any], category: str) -> None:
    answer = put(ann, template, definition(template, music=add(ann, ground, category)))
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "media_unfitting")
    assert answer.json()["error"]["message"].endswith("which cannot be used as music.")


@pytest.mark.parametrize(
    ("kind", "category"),
    [("intro", "intro"), ("intro", "music"), ("outro", "outro"), ("advert", "advert"), ("transition", "music"),
     ("transition", "sound_effect"), ("sound_effect", "sound_effect")],
)  # fmt: skip
def test_a_file_that_fits_is_taken(
    ann: Person, ground: Ground, template: dict[str, Any], kind: str, category: str
) -> None:
    asset = add(ann, ground, category)
    answer = put(ann, template, definition(template, segment(asset, kind), music=add(ann, ground, "music", "bed")))
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("whose", ["nobody's", "Ben's", "refused"])
def test_a_file_that_is_not_in_ones_library_is_refused_by_its_name(
    ann: Person, ben: Person, ground: Ground, template: dict[str, Any], whose: str
) -> None:
    asset = "med_gone" if whose == "nobody's" else add(ben if whose == "Ben's" else ann, ground, "intro")
    if whose == "refused":
        with ground.database.transaction() as session:
            session.execute(text("UPDATE media_items SET state = 'refused', content_hash = ''"))
    answer = put(ann, template, definition(template, segment(asset)))
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "asset_missing")
    assert '"J."' in answer.json()["error"]["message"]
    assert first_of(ann, template) == template


def test_a_file_that_a_template_uses_stays_until_none_does(
    ann: Person, ground: Ground, template: dict[str, Any]
) -> None:
    music, intro = add(ann, ground, "music", "Bed"), add(ann, ground, "intro", "Hello")
    assert put(ann, template, definition(template, segment(intro), music=music)).status_code == 200
    for asset, name in ((music, "Bed"), (intro, "Hello")):
        answer = ann.ask("DELETE", f"/api/media/{asset}")
        error = answer.json()["error"]
        assert (answer.status_code, error["code"], error["details"]) == (
            409,
            "media_in_template",
            {"templates": ["Just me"]},
        )
        assert error["message"] == f"“{name}” is used by the template “Just me”, so it cannot be deleted."
        assert ann.ask("GET", f"/api/media/{asset}/content").status_code == 200
        assert ann.ask("GET", f"/api/media/{asset}/peaks").status_code == 200
    assert put(ann, template, definition(template)).status_code == 200
    for asset in (music, intro):
        assert ann.ask("DELETE", f"/api/media/{asset}").status_code == 204


def test_the_same_bytes_under_another_name_are_not_held(ann: Person, ground: Ground, template: dict[str, Any]) -> None:
    used, spare = add(ann, ground, "music", "Bed"), add(ann, ground, "music", "Bed again")
    assert put(ann, template, definition(template, music=used)).status_code == 200
    assert ann.ask("DELETE", f"/api/media/{spare}").status_code == 204
    assert ann.ask("GET", f"/api/media/{used}/content").status_code == 200


@pytest.mark.postgres
def test_a_file_that_is_being_given_to_a_template_is_not_deleted_beside_it(postgres_ground: Ground) -> None:
    ground = postgres_ground
    with TestClient(create_app(ground), base_url=ground.settings.server.base_url) as client:
        ann = sign_up(ground, client, "ann@example.com")
        template, asset = first_template(ann), add(ann, ground, "intro")
        document = definition(template, segment(asset))
        codes: list[int] = []
        deleting = threading.Thread(target=lambda: codes.append(ann.ask("DELETE", f"/api/media/{asset}").status_code))
        with ground.database.transaction() as session:
            shows.change_template(session, ann.account.id, template["id"], document)
            service.lend(session, ann.account.id, template_from_json(document))
            deleting.start()
            deleting.join(0.4)
        deleting.join(20)
        assert codes == [409]
        assert first_of(ann, template)["definition"]["segments"][0]["source"]["asset"] == asset
        assert ann.ask("GET", f"/api/media/{asset}").status_code == 200
