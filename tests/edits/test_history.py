"""Undo and redo as pure rules: what each would restore, after any row of steps."""

from hypothesis import given
from hypothesis import strategies as st

from donecast.edits.rules import History, Origin, history


def _after(steps: str) -> tuple[list[Origin], list[int]]:
    """``m`` the machine's step, ``e`` a person's, ``u`` undo and ``r`` redo, where there is something to take back.

    With the versions, and for each from 0 the number of the step whose cuts it shows.
    """
    origins: list[Origin] = []
    for step in steps:
        now = history(origins)
        if step in "me":
            origins.append(Origin(len(origins) + 1, None, step == "e"))
            continue
        target = now.undo_to if step == "u" else now.redo_to
        if target is not None:
            origins.append(Origin(len(origins) + 1, target, True))
    return origins, [0, *(one.version if one.restores is None else one.restores for one in origins)]


def _shown(steps: str) -> int:
    return _after(steps)[1][-1]


def test_without_steps_there_is_nothing_to_take_back() -> None:
    assert history([]) == History(0, 0, None, None)
    assert history(_after("e")[0]) == History(1, 1, 0, None)


def test_undo_goes_back_step_by_step_and_redo_forth() -> None:
    assert [_shown("eee" + "u" * times) for times in range(5)] == [3, 2, 1, 0, 0]
    assert [_shown("eeeuuu" + "r" * times) for times in range(5)] == [0, 1, 2, 3, 3]
    assert _shown("eeuru") == 1


def test_something_new_ends_what_could_be_redone() -> None:
    origins, shown = _after("eeue")
    assert history(origins) == History(4, 4, 1, None)
    assert shown[-1] == 4
    assert _shown("eeueur") == 4
    assert _shown("eeueuu") == 0


def test_what_a_standing_choice_decided_is_not_undone() -> None:
    assert history(_after("m")[0]) == History(1, 1, None, None)
    assert _shown("meuu") == 1
    assert history(_after("em")[0]).undo_to is None
    assert history(_after("eum")[0]).redo_to is None


@given(st.text("meur", max_size=30))
def test_undo_then_redo_is_as_if_nothing_had_happened(steps: str) -> None:
    origins, shown = _after(steps)
    if history(origins).undo_to is not None:
        back_and_forth = _after(steps + "ur")[1]
        assert len(back_and_forth) == len(shown) + 2
        assert back_and_forth[-1] == shown[-1]


@given(st.text("eu", max_size=30))
def test_as_many_redos_as_undos_bring_everything_back(steps: str) -> None:
    shown = _after(steps + "e")[1][-1]
    count = len(_after(steps + "e" + "u" * 40)[0]) - len(_after(steps + "e")[0])
    assert _after(steps + "e" + "u" * count + "r" * count)[1][-1] == shown
