"""The state file: nothing of it is answered again, and a damaged one is refused."""

import json

import pytest

from donecast.autoops import service
from donecast.autoops.errors import StateFileDamaged
from donecast.autoops.rules.old_state import OldState, from_text, to_text
from tests.autoops.conftest import Scene

STATE = OldState({"C1": ("1796000001.000001", "1796000002.000002")}, {"C1": "1796000002.000002"})


def test_it_comes_back_as_it_was_written() -> None:
    assert from_text(to_text(STATE), "C1") == STATE


@pytest.mark.parametrize(
    "text",
    [
        '{"last_timestamp": "1796000002.000002", "processed": ["1796000001.000001", "1796000002.000002"]}',
        '{"cursor": "1796000002.000002", "handled": [{"ts": "1796000001.000001"}, {"ts": "1796000002.000002"}]}',
        '{"last_ts": "1796000002.000002", "processed": {"1796000001.000001": {}, "1796000002.000002": {}}}',
        '{"last_ts": "C1:1796000002.000002", "processed": ["C1:1796000001.000001", "1796000002.000002"]}',
        '{"cursor": "1796000002.000002", "handled": {"C1:1796000001.000001": 1, "C1:1796000002.000002": 1}}',
    ],
)
def test_the_older_file_is_read_in_each_of_its_forms(text: str) -> None:
    assert from_text(text, "C1") == STATE


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        '{"processed": "all"}',
        '{"processed": [1796000001.000001]}',
        '{"processed": ["yesterday"]}',
        '{"processed": ["a word:1796000001.000001"]}',
        '{"processed": ["\u0661.\u0661"]}',
        to_text(OldState({"C1": ("C2:1796000001.000001",)}, {})),
        to_text(OldState({"C1": ()}, {"C1": "C2:1796000001.000001"})),
        '{"cursor": 1796000001.000001, "processed": []}',
        to_text(STATE)[:-40],
        to_text(STATE).replace("1796000001", "1796000009"),
        json.dumps({**json.loads(to_text(STATE)), "version": 2}),
        json.dumps({**json.loads(to_text(STATE)), "answered": []}),
    ],
)
def test_a_damaged_file_is_refused_and_says_why(text: str) -> None:
    with pytest.raises(StateFileDamaged) as caught:
        from_text(text, "C1")
    assert caught.value.details["why"]


def test_what_belongs_to_another_channel_stays_with_that_channel() -> None:
    text = '{"cursor": "C2:1796000003.000003", "processed": ["C2:1796000001.000001", "C1:1796000002.000002"]}'
    assert from_text(text, "C1") == OldState(
        {"C1": ("1796000002.000002",), "C2": ("1796000001.000001",)}, {"C2": "1796000003.000003"}
    )


def test_a_file_of_stamps_behind_their_channel_is_taken_over(scene: Scene) -> None:
    old, new = scene.workspace.say("ValueError: alpha"), scene.workspace.say("ValueError: beta")
    with scene.ground.database.transaction() as session:
        state = from_text(json.dumps({"cursor": f"C1:{old}", "processed": [f"C1:{old}", "C2:1.000001"]}), "C1")
        assert service.bring_in(session, state, scene.clock.now()) == 2
        assert service.window_of(session, "C1").read_through == old
    scene.read_all()
    scene.answer_all()
    assert [len(scene.workspace.ours(ts)) for ts in (old, new)] == [0, 1]


def test_nothing_that_an_earlier_program_answered_is_answered_again(scene: Scene) -> None:
    old = [scene.workspace.say(f"ValueError: {word}") for word in ("alpha", "beta")]
    new = scene.workspace.say("ValueError: gamma")
    # It had answered the newer of two and been stopped before it read the rest.
    state = OldState({"C1": (old[1],)}, {"C1": old[0]})
    with scene.ground.database.transaction() as session:
        assert service.bring_in(session, state, scene.clock.now()) == 1
        assert service.bring_in(session, state, scene.clock.now()) == 0
    scene.read_all()
    scene.answer_all()
    assert [len(scene.workspace.ours(ts)) for ts in (*old, new)] == [0, 0, 1]
    with scene.ground.database.reading() as session:
        written = service.take_out(session, ["C1"])
    assert set(written.answered["C1"]) == {old[1], new}
    assert from_text(to_text(written), "C1") == OldState(
        {"C1": tuple(sorted(written.answered["C1"]))}, written.read_through
    )
