"""Words, proposals, decisions and the edit list over HTTP: two windows, undo, and what a person did staying done."""

from typing import Any

import pytest
from sqlalchemy import text

from donecast.core.decisions import StandingChoices
from donecast.core.edit_list import EditList
from donecast.core.proposals import CleanupRules
from donecast.core.proposals import propose as find
from donecast.edits import service as edits
from donecast.episodes import steps
from donecast.episodes.errors import AudioOutdated
from donecast.episodes.rules import PublishWhen
from tests.support.scene import RECORDING_MS, Scene


@pytest.fixture
def episode_id(scene: Scene) -> str:
    """An episode whose words were heard and looked through."""
    made: str = scene.new_episode()["id"]
    look(scene, made)
    return made


def look(scene: Scene, episode_id: str) -> EditList:
    heard = scene.give_words(episode_id)
    with scene.ground.database.transaction() as session:
        return edits.take_proposals(
            session,
            scene.clock,
            episode_id=episode_id,
            source_duration_ms=RECORDING_MS,
            proposals=find(heard.transcript, heard.pauses, CleanupRules()),
            choices=StandingChoices(),
        )


def get(scene: Scene, episode_id: str, what: str) -> Any:
    answer = scene.ann.ask("GET", f"/api/episodes/{episode_id}/{what}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def put(scene: Scene, episode_id: str, version: int, operations: list[dict[str, Any]]) -> Any:
    return scene.ann.ask(
        "PUT", f"/api/episodes/{episode_id}/edit-list", json={"version": version, "operations": operations}
    )


def decide(scene: Scene, episode_id: str, version: int, **decisions: str) -> Any:
    body = {"edit_list_version": version, "decisions": decisions}
    return scene.ann.ask("POST", f"/api/episodes/{episode_id}/decisions", json=body)


def hand_cut(name: str, start_ms: int, end_ms: int, **more: Any) -> dict[str, Any]:
    return {"kind": "cut", "id": name, "start_ms": start_ms, "end_ms": end_ms, **more}


def test_words_come_with_times_and_numbers(scene: Scene, episode_id: str) -> None:
    words = get(scene, episode_id, "words")
    assert (words["duration_ms"], words["language"], words["quality"]) == (RECORDING_MS, "en", "good")
    assert words["fillers"] == "guessed"
    assert [word["id"] for word in words["words"]] == list(range(len(words["words"])))
    assert [word["text"] for word in words["words"][:4]] == ["we", "talk", "about", "beans"]
    assert {word["kind"] for word in words["words"]} == {"word", "marker", "filler"}


def test_words_are_refused_before_they_were_heard(scene: Scene) -> None:
    bare = scene.new_episode()["id"]
    answer = scene.ann.ask("GET", f"/api/episodes/{bare}/words")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "no_transcript_yet")
    assert get(scene, bare, "proposals") == []
    assert get(scene, bare, "edit-list") == {
        "format": "donecast.edit-list",
        "format_version": 1,
        "version": 0,
        "source_duration_ms": RECORDING_MS,
        "operations": [],
    }


def test_what_is_sure_is_cut_and_says_so(scene: Scene, episode_id: str) -> None:
    proposals = get(scene, episode_id, "proposals")
    assert [one["kind"] for one in proposals] == ["flubber", "filler", "long_pause"]
    assert all(one["cut"] and one["decision"] == "cut" and one["decided_by"] == "standing_choice" for one in proposals)
    assert all(one["reason"] for one in proposals)
    edit_list = get(scene, episode_id, "edit-list")
    assert edit_list["version"] == scene.episode(episode_id)["edit_list_version"] == 1
    assert [cut["proposal_id"] for cut in edit_list["operations"]] == [one["id"] for one in proposals]


def test_a_person_keeps_what_was_cut_and_cuts_it_again(scene: Scene, episode_id: str) -> None:
    flubber = get(scene, episode_id, "proposals")[0]["id"]
    kept = decide(scene, episode_id, 1, **{flubber: "keep"})
    assert kept.json()["version"] == 2
    after = get(scene, episode_id, "proposals")[0]
    assert (after["decision"], after["cut"], after["decided_by"]) == ("keep", False, scene.ann.account.id)
    again = decide(scene, episode_id, 2, **{flubber: "cut"}).json()
    cut = next(cut for cut in again["operations"] if cut["proposal_id"] == flubber)
    assert (again["version"], cut["decided_by"]) == (3, scene.ann.account.id)
    assert decide(scene, episode_id, 3, **{flubber: "cut"}).json() == again


def test_the_later_of_two_windows_must_read_again(scene: Scene, episode_id: str) -> None:
    flubber, filler, _ = (one["id"] for one in get(scene, episode_id, "proposals"))
    assert decide(scene, episode_id, 1, **{flubber: "keep"}).status_code == 200
    for answer in (decide(scene, episode_id, 1, **{filler: "keep"}), put(scene, episode_id, 1, [])):
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (409, "edit_list_stale")
        assert error["message"] == "This episode was edited somewhere else in the meantime."
        assert error["details"] == {"expected_version": 1, "version": 2}
    assert get(scene, episode_id, "proposals")[1]["cut"] is True


def test_a_decision_about_nothing_is_refused(scene: Scene, episode_id: str) -> None:
    answer = decide(scene, episode_id, 1, prop_unknown="cut")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "no_such_proposal")
    assert decide(scene, episode_id, 1, prop_unknown="maybe").status_code == 422
    assert get(scene, episode_id, "edit-list")["version"] == 1


def test_a_cut_drawn_by_hand_is_signed_by_the_server(scene: Scene, episode_id: str) -> None:
    before = get(scene, episode_id, "edit-list")["operations"]
    forged = hand_cut("mine", 9_000, 9_500, reason="", decided_by="somebody", decided_at="1999-01-01T00:00:00Z")
    after = put(scene, episode_id, 1, [*before, {**forged, "proposal_id": None}])
    assert after.status_code == 200, after.text
    mine = next(cut for cut in after.json()["operations"] if cut["id"] == "mine")
    assert (mine["decided_by"], mine["decided_at"]) == (scene.ann.account.id, "2026-11-23T12:00:00.000Z")
    assert [cut for cut in after.json()["operations"] if cut["id"] != "mine"] == before


def undo(scene: Scene, episode_id: str, version: int, what: str = "undo") -> Any:
    return scene.ann.ask("POST", f"/api/episodes/{episode_id}/edit-list/{what}", json={"version": version})


def can(scene: Scene, episode_id: str) -> tuple[int, bool, bool]:
    found = get(scene, episode_id, "edit-list/history")
    return found["version"], found["can_undo"], found["can_redo"]


def test_undo_takes_back_a_step_and_redo_brings_it_again(scene: Scene, episode_id: str) -> None:
    first = get(scene, episode_id, "edit-list")
    assert can(scene, episode_id) == (1, False, False)
    cleared = put(scene, episode_id, 1, []).json()
    assert (cleared["version"], cleared["operations"]) == (2, [])
    assert [one["decision"] for one in get(scene, episode_id, "proposals")] == ["keep"] * 3
    assert can(scene, episode_id) == (2, True, False)
    undone = undo(scene, episode_id, 2).json()
    assert undone == {**first, "version": 3}
    assert [one["cut"] for one in get(scene, episode_id, "proposals")] == [True] * 3
    assert can(scene, episode_id) == (3, False, True)
    assert scene.episode(episode_id)["edit_list_version"] == 3
    redone = undo(scene, episode_id, 3, "redo").json()
    assert (redone["version"], redone["operations"]) == (4, [])
    assert [one["decision"] for one in get(scene, episode_id, "proposals")] == ["keep"] * 3
    assert can(scene, episode_id) == (4, True, False)


def test_what_the_program_decided_is_not_undone(scene: Scene, episode_id: str) -> None:
    for what, code in (("undo", "nothing_to_undo"), ("redo", "nothing_to_redo")):
        answer = undo(scene, episode_id, 1, what)
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, code)
        assert answer.json()["error"]["message"].endswith(".")
    bare = scene.new_episode()["id"]
    assert can(scene, bare) == (0, False, False)
    assert undo(scene, bare, 0).json()["error"]["code"] == "nothing_to_undo"


def test_undo_in_a_window_that_is_behind_is_refused(scene: Scene, episode_id: str) -> None:
    put(scene, episode_id, 1, [])
    for what in ("undo", "redo"):
        answer = undo(scene, episode_id, 1, what)
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "edit_list_stale")
    assert get(scene, episode_id, "edit-list")["version"] == 2


def test_a_first_cut_by_hand_can_be_undone_to_nothing(scene: Scene) -> None:
    bare = scene.new_episode()["id"]
    put(scene, bare, 0, [hand_cut("mine", 9_000, 9_500)])
    undone = undo(scene, bare, 1).json()
    assert (undone["version"], undone["operations"]) == (2, [])
    again = undo(scene, bare, 2, "redo").json()
    assert [cut["id"] for cut in again["operations"]] == ["mine"]


def test_looking_again_changes_nothing_that_a_person_did(scene: Scene, episode_id: str) -> None:
    operations = get(scene, episode_id, "edit-list")["operations"]
    flubber = {**operations[0], "end_ms": operations[0]["end_ms"] + 40}
    changed = put(scene, episode_id, 1, [flubber, operations[2], hand_cut("mine", 9_000, 9_500)]).json()
    assert look(scene, episode_id).version == changed["version"] == 2
    assert get(scene, episode_id, "edit-list") == changed
    assert [one["cut"] for one in get(scene, episode_id, "proposals")] == [True, False, True]


@pytest.mark.parametrize(
    ("operation", "sentence"),
    [
        (hand_cut("a", 5, 5), "A cut from 5 to 5 ms has no length."),
        (hand_cut("a", 0, RECORDING_MS + 1), f"A cut reaches {RECORDING_MS + 1} ms, but the recording lasts"),
        (hand_cut("a", -1, 5), "In an operation of the list of cuts, the field start_ms has a value"),
        (hand_cut("a", 0.5, 5), "In an operation of the list of cuts, the field start_ms has a value"),  # type: ignore[arg-type]
        (hand_cut("", 0, 5), "In an operation of the list of cuts, the field id has a value"),
        (hand_cut("a", 0, 5, colour="red"), "In an operation of the list of cuts, unknown fields: colour."),
        ({"kind": "cut", "id": "a"}, "In an operation of the list of cuts, these fields are missing: start_ms"),
        (
            {**hand_cut("a", 0, 5), "kind": "gain"},
            "In an operation of the list of cuts, these fields are missing: gain_db",
        ),
        ({**hand_cut("a", 0, 5), "kind": "hum"}, "An operation of the list of cuts must be one of these kinds: cut,"),
        (hand_cut("a", 0, 5, proposal_id="prop_x"), "A cut names a proposal that this episode does not have."),
    ],
)
def test_operations_that_cannot_be_are_refused_with_a_sentence(
    scene: Scene, episode_id: str, operation: dict[str, Any], sentence: str
) -> None:
    answer = put(scene, episode_id, 1, [operation])
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "edit_list_unreadable")
    assert error["message"].startswith(sentence)
    assert get(scene, episode_id, "edit-list")["version"] == 1


def insert(asset: str, duration_ms: int) -> dict[str, Any]:
    return {"kind": "insert", "id": "in", "at_ms": 3_000, "asset": asset, "duration_ms": duration_ms, "gap_ms": 500}


def test_a_sound_of_the_library_is_put_between(scene: Scene, episode_id: str) -> None:
    length_ms = scene.ann.ask("GET", f"/api/media/{scene.music_id}").json()["duration_ms"]
    answer = put(scene, episode_id, 1, [insert(scene.music_id, length_ms)])
    assert answer.status_code == 200, answer.text
    assert get(scene, episode_id, "joints")["duration_ms"] == RECORDING_MS + length_ms + 1_000


def test_a_sound_that_cannot_be_heard_is_refused_and_nothing_changes(scene: Scene, episode_id: str) -> None:
    before = get(scene, episode_id, "edit-list")
    length_ms = scene.ann.ask("GET", f"/api/media/{scene.music_id}").json()["duration_ms"]
    bens = scene.ben.ask("PUT", f"/api/episodes/{episode_id}/edit-list", json={"version": 1, "operations": []})
    assert bens.status_code == 404
    for operation, status, code in (
        (insert(scene.music_id, length_ms + 1), 400, "sound_too_short"),
        (insert("med_unknown", 10), 404, "no_such_media"),
    ):
        refused = put(scene, episode_id, 1, [operation])
        assert (refused.status_code, refused.json()["error"]["code"]) == (status, code)
    with scene.ground.database.transaction() as session:
        session.execute(text("UPDATE media_items SET account_id = :ben"), {"ben": scene.ben.account.id})
    assert put(scene, episode_id, 1, [insert(scene.music_id, 10)]).status_code == 404
    with scene.ground.database.transaction() as session:
        session.execute(text("UPDATE media_items SET account_id = :ann"), {"ann": scene.ann.account.id})
    assert get(scene, episode_id, "edit-list") == before


def test_a_listed_word_is_covered_and_can_be_left_in(scene: Scene) -> None:
    wish = {"cleanup": {"censored": ["beans"], "cover_with": "silence"}}
    assert scene.ann.ask("PATCH", f"/api/shows/{scene.show_id}", json=wish).status_code == 200
    made = scene.new_episode()["id"]
    scene.give_words(made)
    steps.propose(scene.ground, made, lambda _percent, _detail: None)
    (found,) = [one for one in get(scene, made, "proposals") if one["kind"] == "censor"]
    assert (found["cut"], found["cover"], found["decided_by"]) == (True, "silence", "standing_choice")
    listed = get(scene, made, "edit-list")
    (covered,) = [one for one in listed["operations"] if one["kind"] == "replace"]
    assert (covered["asset"], covered["duration_ms"]) == (None, None)
    assert (covered["start_ms"], covered["end_ms"]) == (found["start_ms"], found["end_ms"])
    after = decide(scene, made, listed["version"], **{found["id"]: "keep"}).json()
    assert [one["kind"] for one in after["operations"] if one["kind"] == "replace"] == []


def test_two_operations_of_one_name_are_refused(scene: Scene, episode_id: str) -> None:
    answer = put(scene, episode_id, 1, [hand_cut("a", 0, 5), hand_cut("a", 10, 15)])
    assert answer.json()["error"]["message"] == "Two operations of the list of cuts have the same id."


def test_new_cuts_make_the_finished_audio_outdated(scene: Scene, episode_id: str) -> None:
    scene.give_audio(episode_id)
    assert scene.episode(episode_id)["rendition"]["outdated"] is False
    put(scene, episode_id, 1, [])
    rendition = scene.episode(episode_id)["rendition"]
    assert (rendition["outdated"], rendition["edit_list_version"]) == (True, 1)
    scene.give_audio(episode_id, content=b"without cuts")
    assert scene.episode(episode_id)["rendition"]["outdated"] is False


def test_audio_is_not_outdated_once_the_cuts_are_again_its_own(scene: Scene, episode_id: str) -> None:
    flubber = get(scene, episode_id, "proposals")[0]["id"]
    scene.give_audio(episode_id)

    def outdated() -> bool:
        found: bool = scene.episode(episode_id)["rendition"]["outdated"]
        return found

    decide(scene, episode_id, 1, **{flubber: "keep"})
    assert outdated()
    undo(scene, episode_id, 2)
    assert not outdated()
    undo(scene, episode_id, 3, "redo")
    assert outdated()
    decide(scene, episode_id, 4, **{flubber: "cut"})
    assert not outdated()


def publish(scene: Scene, episode_id: str, **body: Any) -> Any:
    return scene.ann.ask("POST", f"/api/episodes/{episode_id}/publish", json=body)


@pytest.mark.parametrize("body", [{}, {"publish_at": "2026-11-30T07:00:00Z"}])
def test_what_was_cut_since_the_audio_was_made_does_not_go_out(
    scene: Scene, episode_id: str, body: dict[str, str]
) -> None:
    scene.give_audio(episode_id)
    put(scene, episode_id, 1, [hand_cut("private", 0, 900)])
    answer = publish(scene, episode_id, **body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "audio_outdated")
    assert scene.episode(episode_id)["published_at"] is None
    undo(scene, episode_id, 2)
    assert publish(scene, episode_id, **body).status_code == 200


def test_an_episode_whose_cuts_changed_may_be_put_off_and_not_brought_forward(scene: Scene, episode_id: str) -> None:
    scene.give_audio(episode_id)
    publish(scene, episode_id, publish_at="2026-11-30T07:00:00Z")
    put(scene, episode_id, 1, [hand_cut("private", 0, 900)])
    assert publish(scene, episode_id, publish_at="2026-11-29T07:00:00Z").status_code == 409
    assert publish(scene, episode_id).status_code == 409
    put_off = publish(scene, episode_id, publish_at="2026-12-07T07:00:00Z")
    assert (put_off.status_code, put_off.json()["published_at"]) == (200, "2026-12-07T07:00:00Z")
    assert publish(scene, episode_id, publish_at="2026-12-07T07:00:00Z").status_code == 200


@pytest.mark.parametrize("when", ["now", "slot"])
def test_the_line_does_not_publish_what_was_cut_while_it_worked(
    scene: Scene, episode_id: str, when: PublishWhen
) -> None:
    scene.give_audio(episode_id)
    put(scene, episode_id, 1, [hand_cut("private", 0, 900)])
    with pytest.raises(AudioOutdated, match="so it was not published"):
        steps.publish(scene.ground, episode_id, when, lambda _percent, _detail: None)
    assert scene.episode(episode_id)["published_at"] is None


def test_a_live_episode_stays_live_while_its_cuts_change(scene: Scene, episode_id: str) -> None:
    scene.give_audio(episode_id)
    live = publish(scene, episode_id).json()
    put(scene, episode_id, 1, [hand_cut("private", 0, 900)])
    again = publish(scene, episode_id)
    assert (again.status_code, again.json()["published_at"]) == (200, live["published_at"])


def test_audio_without_cuts_is_current_again_when_the_first_cut_is_undone(scene: Scene) -> None:
    bare = scene.new_episode()["id"]
    scene.give_audio(bare)
    put(scene, bare, 0, [hand_cut("mine", 9_000, 9_500)])
    assert scene.episode(bare)["rendition"]["outdated"] is True
    undo(scene, bare, 1)
    assert scene.episode(bare)["rendition"]["outdated"] is False


def move_edges(scene: Scene, episode_id: str, proposal_id: str, version: int, start_ms: int, end_ms: int) -> Any:
    body = {"edit_list_version": version, "start_ms": start_ms, "end_ms": end_ms}
    return scene.ann.ask("PUT", f"/api/episodes/{episode_id}/proposals/{proposal_id}/edges", json=body)


def test_a_person_moves_the_edges_of_a_proposal(scene: Scene, episode_id: str) -> None:
    found = get(scene, episode_id, "proposals")[0]
    assert (found["start_ms"], found["end_ms"]) == (found["found_start_ms"], found["found_end_ms"])
    moved = move_edges(scene, episode_id, found["id"], 1, found["start_ms"] + 50, found["end_ms"] - 250)
    assert moved.status_code == 200, moved.text
    cut = next(cut for cut in moved.json()["operations"] if cut["proposal_id"] == found["id"])
    assert (cut["start_ms"], cut["end_ms"]) == (found["start_ms"] + 50, found["end_ms"] - 250)
    after = get(scene, episode_id, "proposals")[0]
    assert (after["start_ms"], after["end_ms"]) == (cut["start_ms"], cut["end_ms"])
    assert (after["found_start_ms"], after["found_end_ms"]) == (found["start_ms"], found["end_ms"])
    assert (after["cut"], after["decided_by"]) == (True, scene.ann.account.id)
    assert can(scene, episode_id) == (2, True, False)


@pytest.mark.parametrize(("start_ms", "end_ms"), [(500, 500), (-1, 500), (600, 500), (0, RECORDING_MS + 1)])
def test_edges_outside_the_recording_are_refused(scene: Scene, episode_id: str, start_ms: int, end_ms: int) -> None:
    proposal_id = get(scene, episode_id, "proposals")[0]["id"]
    refused = move_edges(scene, episode_id, proposal_id, 1, start_ms, end_ms)
    error = refused.json()["error"]
    assert (refused.status_code, error["code"]) == (400, "place_invalid")
    assert error["message"].endswith(".")
    assert get(scene, episode_id, "edit-list")["version"] == 1


def test_edges_moved_in_a_window_that_is_behind_are_refused(scene: Scene, episode_id: str) -> None:
    flubber, filler, _ = (one["id"] for one in get(scene, episode_id, "proposals"))
    decide(scene, episode_id, 1, **{filler: "keep"})
    refused = move_edges(scene, episode_id, flubber, 1, 100, 500)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "edit_list_stale")
    unknown = move_edges(scene, episode_id, "prop_x", 2, 100, 500)
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "no_such_proposal")
