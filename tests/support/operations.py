"""Hypothesis strategies for the operations of an edit list."""

from typing import Any

from hypothesis import strategies as st

from donecast.core.edit_list import EditList
from donecast.core.operations import GAIN_DB_MAX, HOUSE_BEEP, Cut, Gain, Insert, Move, Operation, Replace
from donecast.core.span import Span
from tests.support.times import durations_ms, spans

_INSTANTS = ("2026-01-05T12:00:00Z", "2026-01-05T12:00:00.123456+01:00")


@st.composite
def edit_lists(draw: st.DrawFn, *, with_moves: bool = True, operations_max: int = 10) -> EditList:
    """Lists of every kind of operation; moves only where they do not tangle."""
    duration_ms = draw(durations_ms)
    operations: list[Operation] = []
    moved: list[Move] = []
    for number in range(draw(st.integers(0, operations_max))):
        operation = draw(_operations(f"op_{number}", duration_ms))
        if isinstance(operation, Move):
            if not with_moves or _tangles([*moved, operation]):
                continue
            moved.append(operation)
        operations.append(operation)
    return EditList(draw(st.integers(0, 1_000)), duration_ms, tuple(operations))


@st.composite
def _operations(draw: st.DrawFn, identity: str, duration_ms: int) -> Operation:
    decided: dict[str, Any] = {
        "id": identity,
        "decided_by": draw(st.sampled_from(["acc_1", "standing_choice"])),
        "decided_at": draw(st.sampled_from(_INSTANTS)),
        "reason": draw(st.text(max_size=20)),
        "proposal_id": draw(st.none() | st.text(max_size=20)),
    }
    span, instant_ms = draw(spans(duration_ms)), draw(st.integers(0, duration_ms))
    sound_ms = draw(st.integers(1, 3_000))
    match draw(st.sampled_from(["cut", "cut", "replace", "insert", "gain", "move"])):
        case "cut":
            return Cut(span=span, **decided)
        case "replace":
            asset = draw(st.sampled_from([None, HOUSE_BEEP, "med_1"]))
            if asset != "med_1":
                return Replace(span=span, asset=asset, **decided)
            gain_db = draw(st.sampled_from([0.0, -6.0, 3.25]))
            return Replace(span=span, asset=asset, duration_ms=sound_ms, gain_db=gain_db, **decided)
        case "insert":
            gap_ms = draw(st.sampled_from([0, 500]))
            return Insert(at_ms=instant_ms, asset="med_2", duration_ms=sound_ms, gap_ms=gap_ms, **decided)
        case "gain":
            gain_db = round(draw(st.floats(-GAIN_DB_MAX, GAIN_DB_MAX)), 2)
            return Gain(span=span, gain_db=gain_db, **decided)
        case _:
            return Move(span=span, to_ms=instant_ms, **decided)


def _tangles(moves: list[Move]) -> bool:
    return any(
        one.span.start_ms < other.to_ms < one.span.end_ms or (one is not other and one.span.overlaps(other.span))
        for one in moves
        for other in moves
    )


def covered(edit_list: EditList, kind: type[Operation]) -> list[Span]:
    """The stretches that operations of one kind cover."""
    return [one.span for one in edit_list.operations if isinstance(one, kind) and not isinstance(one, Insert)]
