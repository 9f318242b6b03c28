"""Episodes as programs and the studio see them."""

from typing import Any

import pytest
from sqlalchemy import text

from donecast.episodes import service
from tests.support.scene import Scene


def test_a_new_episode_is_a_draft_named_after_its_recording(scene: Scene) -> None:
    episode = scene.new_episode()
    assert episode["title"] == "recording one"
    assert episode["slug"] == "recording-one"
    assert episode["state"] == "draft"
    assert episode["page_url"].endswith("/shows/beans/recording-one")
    assert episode["guid"].startswith("urn:uuid:")
    assert episode["rendition"] is episode["transcript"] is episode["published_at"] is None
    assert scene.episode(episode["id"]) == episode


def test_the_shows_first_template_is_taken_unless_another_is_named(scene: Scene) -> None:
    just_me, interview = (
        template["id"] for template in scene.ann.ask("GET", f"/api/shows/{scene.show_id}/templates").json()
    )
    assert scene.new_episode()["template_id"] == just_me
    assert scene.new_episode(template_id=interview)["template_id"] == interview


def test_episodes_of_one_title_get_addresses_and_guids_of_their_own(scene: Scene) -> None:
    made = [scene.new_episode(title="Hello!") for _ in range(3)]
    assert [episode["slug"] for episode in made] == ["hello", "hello-2", "hello-3"]
    assert len({episode["guid"] for episode in made}) == 3
    assert scene.new_episode(title="Приве́т")["slug"] == "episode"


def test_the_list_is_newest_first_and_can_be_of_one_show(scene: Scene) -> None:
    ids = [scene.new_episode(title=title)["id"] for title in ("One", "Two")]
    listed = scene.ann.ask("GET", "/api/episodes").json()
    assert {episode["id"] for episode in listed} == set(ids)
    assert scene.ann.ask("GET", f"/api/episodes?show_id={scene.show_id}").json() == listed
    assert scene.ben.ask("GET", "/api/episodes").json() == []
    assert scene.ben.ask("GET", f"/api/episodes?show_id={scene.show_id}").status_code == 404


def test_details_are_changed_one_by_one(scene: Scene) -> None:
    episode = scene.new_episode()
    path = f"/api/episodes/{episode['id']}"
    wish = {"title": "  Beans   and peas ", "notes": "With *Ben*.", "season": 2, "number": 7, "kind": "bonus"}
    changed = scene.ann.ask("PATCH", path, json=wish).json()
    assert changed["title"] == "Beans and peas"
    assert (changed["notes"], changed["season"], changed["number"], changed["kind"]) == ("With *Ben*.", 2, 7, "bonus")
    again = scene.ann.ask("PATCH", path, json={"number": None, "explicit": True, "publish_when": "slot"}).json()
    assert (again["season"], again["number"], again["explicit"], again["publish_when"]) == (2, None, True, "slot")
    assert again["guid"] == episode["guid"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"title": " "}, "An episode needs a title."),
        ({"title": None}, "An episode needs a title."),
        ({"title": "x" * 201}, "This title is longer than 200 characters."),
        ({"notes": "x" * 50_001}, "The notes are longer than 50,000 characters."),
        ({"season": 0}, "The season must be a whole number from 1 on."),
        ({"number": -3}, "The episode number must be a whole number from 1 on."),
    ],
)
def test_details_that_cannot_be_are_refused_with_a_sentence(
    scene: Scene, change: dict[str, Any], sentence: str
) -> None:
    episode = scene.new_episode()
    answer = scene.ann.ask("PATCH", f"/api/episodes/{episode['id']}", json=change)
    error = answer.json()["error"]
    assert (answer.status_code, error["message"]) == (400, sentence)
    assert error["action"]
    assert error["details"]["field"] == next(iter(change))
    assert scene.episode(episode["id"]) == episode


def test_a_new_episode_needs_what_is_ones_own(scene: Scene) -> None:
    for wish, code in (
        ({"show_id": scene.bens_show_id}, "no_such_show"),
        ({"show_id": "show_x"}, "no_such_show"),
        ({"recording_id": "med_x"}, "no_such_media"),
        ({"template_id": "tpl_x"}, "no_such_template"),
    ):
        body = {"show_id": scene.show_id, "recording_id": scene.recording_id, **wish}
        answer = scene.ann.ask("POST", "/api/episodes", json=body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, code)
    body = {"show_id": scene.bens_show_id, "recording_id": scene.recording_id}
    assert scene.ben.ask("POST", "/api/episodes", json=body).json()["error"]["code"] == "no_such_media"


def test_music_is_not_a_recording(scene: Scene) -> None:
    body = {"show_id": scene.show_id, "recording_id": scene.music_id}
    answer = scene.ann.ask("POST", "/api/episodes", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "not_a_recording")


def test_a_template_of_another_show_is_not_for_this_one(scene: Scene) -> None:
    other = scene.ann.ask("POST", "/api/shows", json={"title": "Second"}).json()["id"]
    template = scene.ann.ask("GET", f"/api/shows/{other}/templates").json()[0]["id"]
    body = {"show_id": scene.show_id, "recording_id": scene.recording_id, "template_id": template}
    assert scene.ann.ask("POST", "/api/episodes", json=body).json()["error"]["code"] == "no_such_template"


def test_a_template_whose_file_turned_out_bad_is_refused_by_its_name(scene: Scene) -> None:
    template = scene.ann.ask("GET", f"/api/shows/{scene.show_id}/templates").json()[0]
    intro = {
        "id": "jingle",
        "kind": "intro",
        "title": "Jingle",
        "source": {"type": "media", "asset": scene.music_id, "name": "jingle.wav"},
    }
    template["definition"]["segments"].insert(0, intro)
    changed = scene.ann.ask("PUT", f"/api/templates/{template['id']}", json={"definition": template["definition"]})
    assert changed.status_code == 200, changed.text
    with scene.ground.database.transaction() as session:
        session.execute(text("UPDATE media_items SET state = 'refused' WHERE id = :id"), {"id": scene.music_id})
    answer = scene.ann.ask("POST", "/api/episodes", json={"show_id": scene.show_id, "recording_id": scene.recording_id})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (409, "asset_missing")
    assert '"jingle.wav"' in error["message"]


@pytest.mark.parametrize(
    ("text", "status", "sentence"),
    [
        ("", 400, "This transcript contains no words."),
        ("WEBVTT\n\nno times here", 400, "No times were found in this VTT transcript."),
        ('{"segments": [', 400, "This JSON transcript is damaged"),
        ("\x00\x01\x02", 400, "This is not a text file, so it cannot be a transcript."),
        ("word " * 1_100_000, 413, "This transcript is larger than 5 MB, which is the most we take."),
    ],
)
def test_a_transcript_that_cannot_be_used_is_refused_at_once(
    scene: Scene, text: str, status: int, sentence: str
) -> None:
    body = {"show_id": scene.show_id, "recording_id": scene.recording_id, "transcript": text}
    answer = scene.ann.ask("POST", "/api/episodes", json=body)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]["message"].startswith(sentence)
    assert scene.ann.ask("GET", "/api/episodes").json() == []


def test_a_recording_that_an_episode_is_made_of_cannot_be_deleted(scene: Scene) -> None:
    scene.new_episode()
    answer = scene.ann.ask("DELETE", f"/api/media/{scene.recording_id}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "media_in_use")


def test_foreign_episodes_are_not_there(scene: Scene) -> None:
    episode_id = scene.new_episode()["id"]
    scene.give_words(episode_id)
    scene.give_audio(episode_id)
    path = f"/api/episodes/{episode_id}"
    for method, end, body in (
        ("GET", "", None),
        ("PATCH", "", {"title": "Mine"}),
        ("POST", "/publish", {}),
        ("POST", "/unpublish", {}),
        ("GET", "/audio", None),
        ("GET", "/words", None),
        ("GET", "/proposals", None),
        ("POST", "/decisions", {"edit_list_version": 0, "decisions": {}}),
        ("GET", "/edit-list", None),
        ("PUT", "/edit-list", {"version": 0, "operations": []}),
        ("GET", "/transcript.vtt", None),
        ("GET", "/transcript.doc", None),
    ):
        answer = scene.ben.ask(method, path + end, json=body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "no_such_episode"), end
    assert scene.episode(episode_id)["title"] == "recording one"


def test_the_owner_hears_the_finished_audio_before_it_is_live(scene: Scene) -> None:
    episode_id = scene.new_episode()["id"]
    refused = scene.ann.ask("GET", f"/api/episodes/{episode_id}/audio")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "no_audio_yet")
    scene.give_audio(episode_id, content=b"0123456789")
    url = scene.episode(episode_id)["rendition"]["url"]
    answer = scene.ann.ask("GET", url)
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, b"0123456789", "audio/mpeg")
    part = scene.ann.ask("GET", url, headers={"Range": "bytes=2-4"})
    assert (part.status_code, part.content) == (206, b"234")
    assert "no-cache" in answer.headers["cache-control"]


def test_an_episode_names_who_writes_out_its_words_and_who_speaks(scene: Scene) -> None:
    plain = scene.new_episode()
    assert (plain["transcriber"], plain["voice"]) == (None, None)
    chosen = scene.new_episode(transcriber="whisper", voice="slt")
    assert (chosen["transcriber"], chosen["voice"]) == ("whisper", "slt")
    path = f"/api/episodes/{chosen['id']}"
    back = scene.ann.ask("PATCH", path, json={"transcriber": None}).json()
    assert (back["transcriber"], back["voice"]) == (None, "slt")
    for wish, field in (({"transcriber": "a parrot"}, "transcriber"), ({"voice": "  "}, "voice")):
        refused = scene.ann.ask("PATCH", path, json=wish)
        error = refused.json()["error"]
        assert (refused.status_code, error["details"]["field"]) == (400, field)
        assert error["message"].endswith(".")
    assert scene.ann.ask("PATCH", path, json={"voice": "x" * 101}).status_code == 422


def test_what_an_episode_does_not_name_its_show_does(scene: Scene) -> None:
    episode_id = scene.new_episode()["id"]
    assert service.transcriber_of(scene.ground, episode_id) is None
    scene.ann.ask("PATCH", f"/api/shows/{scene.show_id}", json={"transcriber": "pocketsphinx"})
    assert service.transcriber_of(scene.ground, episode_id) == "pocketsphinx"
    scene.ann.ask("PATCH", f"/api/episodes/{episode_id}", json={"transcriber": "whisper"})
    assert service.transcriber_of(scene.ground, episode_id) == "whisper"


def test_the_people_of_a_show_are_told_to_its_owner(scene: Scene) -> None:
    for names in ({"A": "Ann", "B": "Ben"}, {"A": "Ben"}):
        episode = scene.new_episode()
        path = f"/api/episodes/{episode['id']}"
        assert scene.ann.ask("PATCH", path, json={"speaker_names": names}).status_code == 200
    people = scene.ann.ask("GET", f"/api/shows/{scene.show_id}/people").json()
    assert people == [
        {"name": "Ben", "episodes": 2, "is_host": False},
        {"name": "Ann", "episodes": 1, "is_host": True},
    ]
    assert scene.ben.ask("GET", f"/api/shows/{scene.show_id}/people").status_code == 404
