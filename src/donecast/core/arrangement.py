"""What the operations of an edit list make of a recording: its parts, in the order in which they are heard.

The order of the operations in their list does not matter. What is cut is not heard, whatever else is done to it. What
is inserted stays before the instant that it was put at, also when that is moved; where several sounds begin at one
instant, inserted ones come first, then moved ones, then the recording itself.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

from donecast.core.operations import GAIN_DB_MAX, HOUSE_BEEP, Cut, Gain, Insert, Move, Operation, Replace, place_of
from donecast.core.span import Span, complement, merged
from donecast.core.timeline import Inserted, Part, Recorded, Timeline

_Place = tuple[int, int, int, int, int]
"""Where something is heard: the instant before which it stands, inserted (0), moved (1) or in its own place (2), the
number of the move, its instant in the recording, and inserted (0) or recorded (1) there."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of the recording that no border divides, or the sound in its place (``by`` given)."""

    span: Span
    by: Replace | None = None


def arranged(source_duration_ms: int, operations: Iterable[Operation]) -> Timeline:
    """The timeline after all operations, which must fit the recording as `EditList` says."""
    if source_duration_ms <= 0:
        return Timeline(source_duration_ms, ())
    ordered = sorted(operations, key=place_of)
    cuts = merged(one.span for one in ordered if isinstance(one, Cut))
    moves = [one for one in ordered if isinstance(one, Move)]
    inserts = [one for one in ordered if isinstance(one, Insert)]
    levels = _Levels([one for one in ordered if isinstance(one, Gain)])
    places = _Places(moves)
    borders = sorted({*(one.at_ms for one in inserts), *places.borders_ms, *levels.borders_ms})
    replaced = [one for one in ordered if isinstance(one, Replace)]
    pieces = _pieces(source_duration_ms, cuts, replaced, borders)
    placed = [(places.of(one.at_ms, rank=0), _with_gaps(one)) for one in inserts]
    placed += [(places.of(piece.span.start_ms, rank=1), _heard(piece, levels)) for piece in pieces]
    placed.sort(key=lambda item: item[0])
    return Timeline(source_duration_ms, tuple(_joined(part for _, parts in placed for part in parts)))


class _Places:
    """Where the instants of the recording are heard once everything is moved."""

    def __init__(self, moves: Sequence[Move]) -> None:
        self._moves = moves
        self.borders_ms = [ms for one in moves for ms in (one.span.start_ms, one.span.end_ms, one.to_ms)]

    def of(self, source_ms: int, *, rank: int) -> _Place:
        number = bisect_right(self._moves, source_ms, key=lambda one: one.span.start_ms) - 1
        if number >= 0 and self._moves[number].span.contains(source_ms):
            return (self._moves[number].to_ms, 1, number, source_ms, rank)
        return (source_ms, 2 * rank, 0, source_ms, rank)


class _Levels:
    """How much louder or quieter each instant of the recording is made."""

    def __init__(self, gains: Sequence[Gain]) -> None:
        changes: dict[int, float] = {}
        for gain in gains:
            changes[gain.span.start_ms] = changes.get(gain.span.start_ms, 0.0) + gain.gain_db
            changes[gain.span.end_ms] = changes.get(gain.span.end_ms, 0.0) - gain.gain_db
        self.borders_ms = sorted(changes)
        self._levels_db = list(accumulate(changes[border_ms] for border_ms in self.borders_ms))

    def at(self, source_ms: int) -> float:
        """In decibels, to the hundredth, so that no rounding of sums makes two equal stretches differ.

        Several together change it by no more than one may.
        """
        index = bisect_right(self.borders_ms, source_ms) - 1
        level_db = round(self._levels_db[index], 2) + 0.0 if index >= 0 else 0.0
        return max(-GAIN_DB_MAX, min(GAIN_DB_MAX, level_db))


def _pieces(
    source_duration_ms: int, cuts: Sequence[Span], replaced: Sequence[Replace], borders: Sequence[int]
) -> Iterator[_Piece]:
    """Everything that is not cut, divided at the borders; of stretches replaced twice, the earlier one counts."""
    covered_ms = 0
    for one in replaced:
        if one.span.end_ms > covered_ms:
            rests = _uncut(Span(max(one.span.start_ms, covered_ms), one.span.end_ms), cuts)
            whole = [span for rest in rests for span in _divided(rest, borders)] if one.fills else rests[:1]
            yield from (_Piece(span, one) for span in whole)
            covered_ms = one.span.end_ms
    gone = merged([*cuts, *(one.span for one in replaced)])
    for rest in complement(gone, Span(0, source_duration_ms)):
        yield from (_Piece(span) for span in _divided(rest, borders))


def _uncut(span: Span, cuts: Sequence[Span]) -> tuple[Span, ...]:
    first = bisect_right(cuts, span.start_ms, key=lambda cut: cut.end_ms)
    last = bisect_left(cuts, span.end_ms, key=lambda cut: cut.start_ms)
    return complement(cuts[first:last], span)


def _divided(span: Span, borders: Sequence[int]) -> list[Span]:
    inside = borders[bisect_right(borders, span.start_ms) : bisect_left(borders, span.end_ms)]
    return [Span(start_ms, end_ms) for start_ms, end_ms in pairwise([span.start_ms, *inside, span.end_ms])]


def _heard(piece: _Piece, levels: _Levels) -> list[Part]:
    if piece.by is None:
        return [Recorded(piece.span, levels.at(piece.span.start_ms))]
    return [Inserted(piece.by.asset, piece.by.duration_ms or piece.span.duration_ms, piece.by.gain_db)]


def _with_gaps(insert: Insert) -> list[Part]:
    sound = Inserted(insert.asset, insert.duration_ms)
    if not insert.gap_ms:
        return [sound]
    gap = Inserted(None, insert.gap_ms)
    return [gap, sound, gap]


def _joined(parts: Iterable[Part]) -> list[Part]:
    """The same parts, those one where nothing divides them any more."""
    joined: list[Part] = []
    for part in parts:
        last = joined[-1] if joined else None
        if isinstance(part, Recorded) and isinstance(last, Recorded) and _go_on(last, part):
            joined[-1] = replace(last, span=Span(last.span.start_ms, part.span.end_ms))
        elif isinstance(part, Inserted) and isinstance(last, Inserted) and part.asset == last.asset and _fills(part):
            joined[-1] = replace(last, duration_ms=last.duration_ms + part.duration_ms)
        else:
            joined.append(part)
    return joined


def _go_on(first: Recorded, second: Recorded) -> bool:
    return first.span.end_ms == second.span.start_ms and first.gain_db == second.gain_db


def _fills(part: Inserted) -> bool:
    return part.asset is None or part.asset == HOUSE_BEEP
