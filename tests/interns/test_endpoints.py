"""What the intern was asked, over HTTP: nothing is answered unasked, and an approved answer is heard or refused."""

import io
from datetime import timedelta
from typing import Any, cast

import pytest
import soundfile
from fastapi import FastAPI

from donecast.episodes import service as episodes
from donecast.episodes import steps as episode_steps
from donecast.interns import steps
from donecast.interns.errors import AnswersMissing
from donecast.speech.voice_engines import VoiceEngines
from tests.interns.conftest import SCRIPT, interns
from tests.support.drafting import give_talk
from tests.support.scene import RECORDING_MS, Scene
from tests.support.spoken import spoken
from tests.support.talks import QUESTION
from tests.support.voice_services import voice_of, voice_service
from tests.support.voices import HummingVoice


def quietly(_percent: int | None, _detail: str | None) -> None:
    """Nobody is watching."""


def act(scene: Scene, episode_id: str, intern_id: str, method: str, what: str, **body: Any) -> Any:
    return scene.ann.ask(method, f"/api/episodes/{episode_id}/interns/{intern_id}/{what}", json=body or None)


def answer(scene: Scene, episode_id: str, intern_id: str, text: str, version: int = 0) -> Any:
    return act(scene, episode_id, intern_id, "PUT", "answer", edit_list_version=version, text=text)


def edit_list(scene: Scene, episode_id: str) -> dict[str, Any]:
    found: dict[str, Any] = scene.ann.ask("GET", f"/api/episodes/{episode_id}/edit-list").json()
    return found


def test_what_was_asked_is_listed_and_nothing_is_done_about_it(
    scene: Scene, episode_id: str, commands: list[dict[str, Any]]
) -> None:
    said = spoken(SCRIPT)
    first, spoken_about, second = commands
    assert [one["request"] for one in (first, second)] == [
        "who grows the best beans",
        "put the recipe into the show notes",
    ]
    assert (first["target"], second["target"]) == ("spoken", "notes")
    assert (first["sure"], spoken_about["sure"], second["sure"]) == (True, False, True)
    assert first["start_ms"] == said.word("intern").start_ms
    assert first["answer_at_ms"] == first["end_ms"] == said.word("stop").end_ms
    assert {one["state"] for one in commands} == {"detected"}
    assert edit_list(scene, episode_id)["operations"] == []
    steps.find(scene.ground, episode_id)
    assert interns(scene, episode_id) == commands
    steps.require_answers(scene.ground, episode_id)


def test_an_answer_is_spoken_once_and_stands_after_its_question(
    scene: Scene, episode_id: str, commands: list[dict[str, Any]], voice: HummingVoice
) -> None:
    first = commands[0]
    given = answer(scene, episode_id, first["id"], "  Mr Smith of\nYork does. ")
    assert given.status_code == 200, given.text
    assert (given.json()["state"], given.json()["answer"]) == ("answered", "Mr Smith of York does.")
    listed = edit_list(scene, episode_id)
    (put,) = listed["operations"]
    assert (put["kind"], put["at_ms"], put["gap_ms"]) == ("insert", first["answer_at_ms"], 500)
    scene.clock.advance(timedelta(seconds=5))
    again = answer(scene, episode_id, first["id"], "Mr Smith of York does.", listed["version"])
    assert again.status_code == 200
    assert voice.spoken == 1
    assert edit_list(scene, episode_id) == listed
    changed = answer(scene, episode_id, first["id"], "Nobody knows.", listed["version"]).json()
    assert (changed["answer"], voice.spoken) == ("Nobody knows.", 2)
    assert len(edit_list(scene, episode_id)["operations"]) == 1


def test_an_answer_is_heard_in_the_episode_and_read_in_its_captions(
    scene: Scene, episode_id: str, commands: list[dict[str, Any]], voice: HummingVoice
) -> None:
    answer(scene, episode_id, commands[0]["id"], "Mr Smith of York does.")
    length_ms = edit_list(scene, episode_id)["operations"][0]["duration_ms"]
    sound = act(scene, episode_id, commands[0]["id"], "GET", "preview")
    assert sound.status_code == 200
    heard, rate = soundfile.read(io.BytesIO(sound.content))
    assert len(heard) / rate == pytest.approx(6 + length_ms / 1000, abs=0.01)
    before = scene.give_words(episode_id, SCRIPT).transcript.duration_ms
    episode_steps.speak(scene.ground, VoiceEngines(voice), episode_id, quietly)
    episode_steps.assemble(scene.ground, episode_id, quietly)
    episode_steps.tag(scene.ground, episode_id, quietly)
    assert before == RECORDING_MS
    text = " ".join(scene.ann.ask("GET", f"/api/episodes/{episode_id}/transcript.txt").text.split())
    assert "who grows the best beans stop Mr Smith of York does. and then" in text


def test_captions_of_an_answer_follow_the_times_that_its_voice_tells(
    scene: Scene, episode_id: str, commands: list[dict[str, Any]]
) -> None:
    with voice_service("elevenlabs") as service:
        voice = voice_of(service)
        cast(FastAPI, scene.ann.client.app).state.voice_engines = VoiceEngines(voice)
        assert answer(scene, episode_id, commands[0]["id"], "Mr Smith of York does.").status_code == 200
        episode_steps.speak(scene.ground, VoiceEngines(voice), episode_id, quietly)
        episode_steps.assemble(scene.ground, episode_id, quietly)
    with scene.ground.database.reading() as session:
        made = episodes.assembly_of(session, episode_id)
        assert made is not None
        (part,) = [one for one in made.layout.spoken if one.text == "Mr Smith of York does."]
    said = [word for word in made.layout.words([]) if part.start_ms <= word.start_ms < part.end_ms]
    assert {word.timing for word in said} == {"engine"}
    # The voice says a character in 70 ms, and with it each word after those before it.
    assert [(word.text, word.start_ms - part.start_ms, word.end_ms - part.start_ms) for word in said] == [
        ("Mr", 0, 140),
        ("Smith", 210, 560),
        ("of", 630, 770),
        ("York", 840, 1_120),
        ("does.", 1_190, 1_540),
    ]


def test_an_answer_can_be_undone_and_then_the_episode_waits_for_a_decision(
    scene: Scene, episode_id: str, commands: list[dict[str, Any]]
) -> None:
    answer(scene, episode_id, commands[0]["id"], "Mr Smith does.")
    undone = scene.ann.ask("POST", f"/api/episodes/{episode_id}/edit-list/undo", json={"version": 1}).json()
    assert undone["operations"] == []
    assert interns(scene, episode_id)[0]["state"] == "approved"
    with pytest.raises(AnswersMissing):
        steps.require_answers(scene.ground, episode_id)
    skipped = act(scene, episode_id, commands[0]["id"], "POST", "skip", edit_list_version=2)
    assert skipped.json()["state"] == "skipped"
    steps.require_answers(scene.ground, episode_id)


def test_leaving_one_out_takes_its_answer_out(scene: Scene, episode_id: str, commands: list[dict[str, Any]]) -> None:
    answer(scene, episode_id, commands[0]["id"], "Mr Smith does.")
    skipped = act(scene, episode_id, commands[0]["id"], "POST", "skip", edit_list_version=1)
    assert (skipped.status_code, skipped.json()["state"]) == (200, "skipped")
    assert edit_list(scene, episode_id)["operations"] == []
    steps.find(scene.ground, episode_id)
    assert interns(scene, episode_id)[0]["state"] == "skipped"
    scene.ann.ask("POST", f"/api/episodes/{episode_id}/edit-list/undo", json={"version": 2})
    back = interns(scene, episode_id)[0]
    assert (back["state"], back["answer"]) == ("answered", "Mr Smith does.")


def test_show_notes_are_written_and_nothing_is_spoken(
    scene: Scene, episode_id: str, commands: list[dict[str, Any]], voice: HummingVoice
) -> None:
    scene.ann.ask("PATCH", f"/api/episodes/{episode_id}", json={"notes": "My own words."})
    noted = answer(scene, episode_id, commands[2]["id"], "The recipe: boil the beans.")
    assert noted.json()["state"] == "answered"
    assert scene.episode(episode_id)["notes"] == "My own words.\n\nThe recipe: boil the beans."
    answer(scene, episode_id, commands[2]["id"], "The recipe: fry the beans.")
    assert scene.episode(episode_id)["notes"] == "My own words.\n\nThe recipe: fry the beans."
    assert voice.spoken == 0
    assert edit_list(scene, episode_id)["operations"] == []
    skipped = act(scene, episode_id, commands[2]["id"], "POST", "skip", edit_list_version=0)
    assert (skipped.json()["state"], skipped.json()["answer"]) == ("skipped", None)
    assert scene.episode(episode_id)["notes"] == "My own words."


def test_the_answer_that_is_shown_is_the_one_that_is_heard(
    scene: Scene, episode_id: str, commands: list[dict[str, Any]]
) -> None:
    answer(scene, episode_id, commands[0]["id"], "Mr Smith does.")
    answer(scene, episode_id, commands[0]["id"], "Mrs Jones does.", version=1)
    scene.ann.ask("POST", f"/api/episodes/{episode_id}/edit-list/undo", json={"version": 2})
    assert interns(scene, episode_id)[0]["answer"] == "Mr Smith does."
    assert act(scene, episode_id, commands[0]["id"], "GET", "preview").status_code == 200


def test_a_draft_says_who_wrote_it_and_is_not_in_the_episode(
    scene: Scene, episode_id: str, commands: list[dict[str, Any]]
) -> None:
    give_talk(scene, episode_id)
    drafted = act(scene, episode_id, commands[0]["id"], "POST", "draft", question=QUESTION)
    assert drafted.status_code == 200, drafted.text
    found = drafted.json()
    assert (found["state"], found["source"]) == ("detected", "Found in your own words, without AI")
    assert (found["answer"], bool(found["suggestion"]), bool(found["draft_id"])) == (None, True, True)
    assert edit_list(scene, episode_id)["operations"] == []
    steps.require_answers(scene.ground, episode_id)  # nobody approved anything
    kept = answer(scene, episode_id, commands[0]["id"], found["suggestion"]).json()
    assert (kept["state"], kept["answer"]) == ("answered", found["suggestion"])


@pytest.mark.parametrize("text", ["", "  ", "...", "x" * 700])
def test_what_cannot_be_said_is_refused_and_nothing_is_kept(
    scene: Scene, episode_id: str, commands: list[dict[str, Any]], voice: HummingVoice, text: str
) -> None:
    refused = answer(scene, episode_id, commands[0]["id"], text)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "answer_unspeakable")
    assert interns(scene, episode_id) == commands
    assert voice.spoken == 0


def test_a_window_that_is_behind_is_refused(scene: Scene, episode_id: str, commands: list[dict[str, Any]]) -> None:
    answer(scene, episode_id, commands[0]["id"], "Mr Smith does.")
    stale = answer(scene, episode_id, commands[0]["id"], "Mrs Smith does.", version=0)
    assert (stale.status_code, stale.json()["error"]["code"]) == (409, "edit_list_stale")
    assert interns(scene, episode_id)[0]["answer"] == "Mr Smith does."


def test_another_persons_answer_cannot_be_borrowed(
    scene: Scene, episode_id: str, commands: list[dict[str, Any]]
) -> None:
    answer(scene, episode_id, commands[0]["id"], "Mr Smith does.")
    listed = edit_list(scene, episode_id)
    other = scene.new_episode()["id"]
    path = f"/api/episodes/{other}/edit-list"
    borrowed = scene.ann.ask("PUT", path, json={"version": 0, "operations": listed["operations"]})
    assert (borrowed.status_code, borrowed.json()["error"]["code"]) == (404, "no_such_media")
    mine = scene.ann.ask(
        "PUT", f"/api/episodes/{episode_id}/edit-list", json={"version": 1, "operations": listed["operations"]}
    )
    assert mine.status_code == 200


def test_what_is_not_there_is_said(scene: Scene, episode_id: str, commands: list[dict[str, Any]]) -> None:
    for method, what, body in (("GET", "preview", {}), ("POST", "skip", {"edit_list_version": 0})):
        refused = act(scene, episode_id, "intern_x", method, what, **body)
        assert (refused.status_code, refused.json()["error"]["code"]) == (404, "no_such_intern")
    silent = act(scene, episode_id, commands[0]["id"], "GET", "preview")
    assert (silent.status_code, silent.json()["error"]["code"]) == (404, "no_such_sound")


def test_a_request_ends_where_a_person_says(scene: Scene, episode_id: str, commands: list[dict[str, Any]]) -> None:
    first, sooner_ms = commands[0], spoken(SCRIPT).word("the").end_ms
    moved = act(scene, episode_id, first["id"], "PUT", "end", edit_list_version=0, end_ms=sooner_ms)
    assert moved.status_code == 200, moved.text
    after = moved.json()
    assert (after["request"], after["end_ms"], after["answer_at_ms"]) == ("who grows the", sooner_ms, sooner_ms)
    assert (after["reason"], after["state"]) == ("You chose where it ends", "detected")
    assert first["end_ms"] in after["other_ends_ms"]
    steps.find(scene.ground, episode_id)
    assert interns(scene, episode_id)[0] == after
    back = act(scene, episode_id, first["id"], "PUT", "end", edit_list_version=0, end_ms=first["end_ms"]).json()
    assert (back["request"], back["end_ms"]) == (first["request"], first["end_ms"])
    assert edit_list(scene, episode_id)["version"] == 0


def test_an_answer_moves_with_the_end_of_its_request(
    scene: Scene, episode_id: str, commands: list[dict[str, Any]]
) -> None:
    first, later_ms = commands[0], commands[0]["end_ms"] + 200
    answer(scene, episode_id, first["id"], "Mr Smith does.")
    stale = act(scene, episode_id, first["id"], "PUT", "end", edit_list_version=0, end_ms=later_ms)
    assert (stale.status_code, stale.json()["error"]["code"]) == (409, "edit_list_stale")
    assert interns(scene, episode_id)[0]["end_ms"] == first["end_ms"]
    moved = act(scene, episode_id, first["id"], "PUT", "end", edit_list_version=1, end_ms=later_ms).json()
    assert (moved["state"], moved["answer"], moved["answer_at_ms"]) == ("answered", "Mr Smith does.", later_ms)
    (put,) = edit_list(scene, episode_id)["operations"]
    assert (put["id"], put["at_ms"]) == (first["id"], later_ms)


def test_an_end_that_is_not_saved_is_heard_with_the_answer_or_a_tone(
    scene: Scene, episode_id: str, commands: list[dict[str, Any]]
) -> None:
    first, sooner_ms = commands[0], commands[0]["end_ms"] - 340
    path = f"/api/episodes/{episode_id}/interns/{first['id']}/preview"
    toned = scene.ann.ask("GET", path, params={"end_ms": sooner_ms})
    assert toned.status_code == 200, toned.text
    assert int(toned.headers["x-joint-ms"]) == min(3_000, sooner_ms + 500)
    answer(scene, episode_id, first["id"], "Mr Smith does.")
    assert scene.ann.ask("GET", path, params={"end_ms": sooner_ms}).status_code == 200
    (put,) = edit_list(scene, episode_id)["operations"]
    assert put["at_ms"] == first["end_ms"]


@pytest.mark.parametrize("what", ["before", "at the keyword", "too late", "outside"])
def test_a_request_cannot_end_just_anywhere(
    scene: Scene, episode_id: str, commands: list[dict[str, Any]], what: str
) -> None:
    first = commands[0]
    end_ms = {
        "before": first["start_ms"] - 10,
        "at the keyword": first["keyword_end_ms"],
        "too late": first["start_ms"] + 120_001,
        "outside": RECORDING_MS + 1,
    }[what]
    path = f"/api/episodes/{episode_id}/interns/{first['id']}/preview"
    for refused in (
        act(scene, episode_id, first["id"], "PUT", "end", edit_list_version=0, end_ms=end_ms),
        scene.ann.ask("GET", path, params={"end_ms": end_ms}),
    ):
        error = refused.json()["error"]
        assert (refused.status_code, error["code"]) == (400, "end_invalid")
        assert error["message"].endswith(".")
    assert interns(scene, episode_id) == commands
