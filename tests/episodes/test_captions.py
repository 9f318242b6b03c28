"""Captions stand where the words are heard in the finished audio, and approximate ones wait for the person's word."""

import pytest

from donecast.core.chapters import Chapter
from donecast.core.span import Span
from donecast.episodes import service
from tests.support.scene import Scene

SCRIPT = "first second then four more words _900 third fourth."


def produced(scene: Scene, script: str = SCRIPT) -> str:
    episode_id: str = scene.new_episode()["id"]
    scene.give_words(episode_id, script)
    cut = {"kind": "cut", "id": "cut", "start_ms": 340, "end_ms": 680}
    answer = scene.ann.ask("PUT", f"/api/episodes/{episode_id}/edit-list", json={"version": 0, "operations": [cut]})
    assert answer.status_code == 200, answer.text
    scene.give_audio(episode_id, spoken_intro="Welcome to Beans.")
    return episode_id


def test_every_format_tells_the_same_words_in_finished_time(scene: Scene) -> None:
    episode_id = produced(scene)
    path = f"/api/episodes/{episode_id}/transcript"
    vtt, srt, text = (scene.ann.ask("GET", f"{path}.{kind}") for kind in ("vtt", "srt", "txt"))
    assert vtt.headers["content-type"].startswith("text/vtt")
    assert vtt.text.startswith("WEBVTT\n\n00:00:00.000 --> 00:00:02.000\nWelcome to Beans.\n")
    assert "second" not in vtt.text
    assert "00:00:02.000 -->" in vtt.text.split("Welcome to Beans.")[1]
    assert srt.text.startswith("1\n00:00:00,000 --> 00:00:02,000\nWelcome to Beans.\n")
    assert " ".join(text.text.split()) == "Welcome to Beans. first then four more words third fourth."
    document = scene.ann.ask("GET", f"{path}.json").json()
    assert document["segments"][0] == {"startTime": 0.0, "endTime": 2.0, "body": "Welcome to Beans."}


def test_words_of_the_recording_come_after_the_intro_and_over_the_cut(scene: Scene) -> None:
    episode_id = produced(scene)
    with scene.ground.database.reading() as session:
        words = service.finished_words(session, scene.facts(episode_id))
        chapters = service.chapters(session, scene.facts(episode_id))
    starts = {word.text: word.start_ms for word in words}
    assert starts["first"] == 2_000
    assert starts["third"] == 2_000 + (6 * 340 + 900) - 340
    assert chapters == (Chapter(0, "Intro"), Chapter(2_000, "The episode"))


def test_captions_keep_to_the_audio_they_were_made_for(scene: Scene) -> None:
    episode_id = produced(scene)
    before = scene.ann.ask("GET", f"/api/episodes/{episode_id}/transcript.vtt").text
    path = f"/api/episodes/{episode_id}/edit-list"
    assert scene.ann.ask("PUT", path, json={"version": 1, "operations": []}).status_code == 200
    assert scene.ann.ask("GET", f"/api/episodes/{episode_id}/transcript.vtt").text == before
    scene.give_words(episode_id, "something else entirely")
    assert scene.ann.ask("GET", f"/api/episodes/{episode_id}/transcript.vtt").text == before


def test_whoever_speaks_has_the_name_that_a_person_gave_them(scene: Scene) -> None:
    episode_id = scene.new_episode()["id"]
    scene.give_words(episode_id, speaker="A")
    scene.give_audio(episode_id)
    path = f"/api/episodes/{episode_id}"
    assert "<v A>" in scene.ann.ask("GET", f"{path}/transcript.vtt").text
    changed = scene.ann.ask("PATCH", path, json={"speaker_names": {"A": "  Margaret  Hale ", "B": " "}}).json()
    assert changed["speaker_names"] == {"A": "Margaret Hale"}
    assert "<v Margaret Hale>" in scene.ann.ask("GET", f"{path}/transcript.vtt").text
    refused = scene.ann.ask("PATCH", path, json={"speaker_names": {"A": "x" * 61}})
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "episode_invalid")
    assert scene.ann.ask("PATCH", path, json={"speaker_names": {}}).json()["speaker_names"] == {}
    assert "<v A>" in scene.ann.ask("GET", f"{path}/transcript.vtt").text


def test_an_unknown_format_is_refused_with_a_sentence(scene: Scene) -> None:
    episode_id = produced(scene)
    answer = scene.ann.ask("GET", f"/api/episodes/{episode_id}/transcript.doc")
    error = answer.json()["error"]
    assert (answer.status_code, error["message"]) == (404, "A transcript does not come in this format.")
    assert error["action"] == "Ask for vtt, srt, json or txt."


def test_there_are_no_captions_without_audio_or_words(scene: Scene) -> None:
    bare = scene.new_episode()["id"]
    answer = scene.ann.ask("GET", f"/api/episodes/{bare}/transcript.vtt")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "no_audio_yet")
    scene.give_audio(bare)
    answer = scene.ann.ask("GET", f"/api/episodes/{bare}/transcript.vtt")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "no_transcript_yet")


@pytest.mark.parametrize(("quality", "public"), [("basic", False), ("good", True), ("given", True)])
def test_approximate_words_stay_private_until_the_person_approves(scene: Scene, quality: str, public: bool) -> None:
    episode_id = scene.new_episode()["id"]
    scene.give_words(episode_id, quality=quality)  # type: ignore[arg-type]
    assert scene.episode(episode_id)["captions_public"] is public
    path = f"/api/episodes/{episode_id}"
    assert scene.ann.ask("PATCH", path, json={"captions_approved": not public}).json()["captions_public"] is not public
    assert scene.ann.ask("PATCH", path, json={"captions_approved": None}).json()["captions_public"] is public


def test_the_kept_part_of_a_layout_is_the_edit_list(scene: Scene) -> None:
    episode_id = produced(scene)
    rendition = scene.facts(episode_id).rendition
    assert rendition is not None
    assert rendition.duration_ms == 2_000 + 12_000 - Span(340, 680).duration_ms
