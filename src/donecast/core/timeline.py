"""The one function between original time and finished time, and back.

A timeline is what is heard, in order: stretches of a recording, and sounds or silence put between them; on finished
time they abut. Captions, chapters, the transcript, the waveform and the render all go through here, so they can never
disagree.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from donecast.core.span import Span, complement
from donecast.core.words import Word


@dataclass(frozen=True, slots=True)
class Recorded:
    """A stretch of the recording, louder or quieter by ``gain_db`` than it was recorded."""

    span: Span
    gain_db: float = 0.0

    @property
    def duration_ms(self) -> int:
        """Length in milliseconds."""
        return self.span.duration_ms


@dataclass(frozen=True, slots=True)
class Inserted:
    """A sound that is not of the recording, by the id of its asset; silence when that is None.

    It is as loud as the talk, and then louder or quieter by ``gain_db``.
    """

    asset: str | None
    duration_ms: int
    gain_db: float = 0.0

    def __post_init__(self) -> None:
        if self.duration_ms <= 0:
            raise ValueError(f"a sound cannot last {self.duration_ms} ms")


Part = Recorded | Inserted


@dataclass(frozen=True, slots=True)
class Timeline:
    """What is heard of a recording of ``source_duration_ms``, in order.

    Raises ValueError when a recorded stretch is heard twice or reaches outside.
    """

    source_duration_ms: int
    parts: tuple[Part, ...]
    _starts_ms: tuple[int, ...] = field(init=False, repr=False, compare=False)
    """Where each part begins on finished time."""
    _recorded: tuple[tuple[Span, int], ...] = field(init=False, repr=False, compare=False)
    """The recorded parts in the order of the recording, each with where it begins on finished time."""

    def __post_init__(self) -> None:
        if self.source_duration_ms < 0:
            raise ValueError(f"a recording cannot last {self.source_duration_ms} ms")
        starts_ms, cursor_ms = [], 0
        for part in self.parts:
            starts_ms.append(cursor_ms)
            cursor_ms += part.duration_ms
        recorded = sorted(
            (part.span, start_ms)
            for part, start_ms in zip(self.parts, starts_ms, strict=True)
            if isinstance(part, Recorded)
        )
        end_ms = 0
        for span, _ in recorded:
            if span.start_ms < end_ms or span.end_ms > self.source_duration_ms:
                raise ValueError(f"kept span {span} is heard twice or outside {self.source_duration_ms} ms")
            end_ms = span.end_ms
        object.__setattr__(self, "_starts_ms", (*starts_ms, cursor_ms))
        object.__setattr__(self, "_recorded", tuple(recorded))

    @property
    def duration_ms(self) -> int:
        """Length of the finished timeline in milliseconds; 0 when nothing is heard."""
        return self._starts_ms[-1]

    @property
    def kept(self) -> tuple[Span, ...]:
        """The stretches of the recording that are heard, as they stand in it."""
        return tuple(span for span, _ in self._recorded)

    @property
    def cuts(self) -> tuple[Span, ...]:
        """The instants of the source that are not kept, merged and sorted: kept and cut together are the source."""
        if not self.source_duration_ms:
            return ()
        return complement(self.kept, Span(0, self.source_duration_ms))

    @property
    def assets(self) -> frozenset[str]:
        """The sounds that are put between."""
        return frozenset(part.asset for part in self.parts if isinstance(part, Inserted) and part.asset is not None)

    def placed(self) -> Iterator[tuple[int, Part]]:
        """Each part with where it begins on finished time."""
        return zip(self._starts_ms, self.parts, strict=False)  # the last start is the end of all

    def to_finished(self, source_ms: int) -> int | None:
        """The finished instant of a source instant, or None inside a cut or outside the recording."""
        index = self._index(source_ms)
        if index < 0 or not self._recorded[index][0].contains(source_ms):
            return None
        return self.to_finished_clamped(source_ms)

    def to_finished_clamped(self, source_ms: int) -> int:
        """Like `to_finished`, but an instant inside a cut becomes its joint, which is where what was before it ends.

        Before everything that is kept, it becomes the instant where that begins. Total: 0 up to and including
        `duration_ms`; never decreasing as long as nothing is moved.
        """
        if not self._recorded:
            return 0
        span, finished_ms = self._recorded[max(self._index(source_ms), 0)]
        return finished_ms + min(max(source_ms, span.start_ms), span.end_ms) - span.start_ms

    def to_source(self, finished_ms: int) -> int | None:
        """The source instant of a finished instant, None where something else is heard; a joint is what follows it.

        ``duration_ms`` itself gives the end of the last part. Raises ValueError outside 0..duration_ms.
        """
        if not 0 <= finished_ms <= self.duration_ms or not self.parts:
            raise ValueError(f"{finished_ms} ms is not on a finished timeline of {self.duration_ms} ms")
        number = min(bisect_right(self._starts_ms, finished_ms), len(self.parts)) - 1
        part = self.parts[number]
        return part.span.start_ms + finished_ms - self._starts_ms[number] if isinstance(part, Recorded) else None

    def heard(self, span: Span) -> tuple[Span, ...]:
        """Where on finished time a stretch of the source is heard, in the source's order; what abuts there is one."""
        runs: list[Span] = []
        first = bisect_right(self._recorded, span.start_ms, key=lambda item: item[0].end_ms)
        last = bisect_left(self._recorded, span.end_ms, key=lambda item: item[0].start_ms)
        for within, finished_ms in self._recorded[first:last]:
            start_ms = finished_ms + max(span.start_ms, within.start_ms) - within.start_ms
            end_ms = finished_ms + min(span.end_ms, within.end_ms) - within.start_ms
            if runs and runs[-1].end_ms == start_ms:
                runs[-1] = Span(runs[-1].start_ms, end_ms)
            else:
                runs.append(Span(start_ms, end_ms))
        return tuple(runs)

    def kept_ms(self, span: Span) -> int:
        """How many milliseconds of a source span survive."""
        return sum(run.duration_ms for run in self.heard(span))

    def retime(self, words: Iterable[Word]) -> tuple[Word, ...]:
        """Words on finished time, sorted: those cut by more than half vanish, the others are clipped to what is heard.

        A word that is torn apart stands where most of it is heard.
        """
        result = []
        for word in words:
            runs = self.heard(word.span)
            kept_ms = sum(run.duration_ms for run in runs)
            if kept_ms == 0 or 2 * kept_ms < word.end_ms - word.start_ms:
                continue
            longest = max(runs, key=lambda run: run.duration_ms)
            result.append(replace(word, start_ms=longest.start_ms, end_ms=longest.end_ms))
        return tuple(sorted(result, key=lambda word: word.start_ms))

    def _index(self, source_ms: int) -> int:
        """The place in `_recorded` of the last part that begins at or before an instant; -1 before all of them."""
        return bisect_right(self._recorded, source_ms, key=lambda item: item[0].start_ms) - 1


def parts_to_json(parts: Iterable[Part]) -> list[list[Any]]:
    """Plain JSON values: start, end and gain of what is recorded; asset, length and any gain of what is put between."""
    return [
        [part.span.start_ms, part.span.end_ms, part.gain_db]
        if isinstance(part, Recorded)
        else [part.asset, part.duration_ms, *([part.gain_db] if part.gain_db else [])]
        for part in parts
    ]


def parts_from_json(entries: Iterable[Sequence[Any]]) -> tuple[Part, ...]:
    """Reads what `parts_to_json` wrote."""
    return tuple(
        Recorded(Span(entry[0], entry[1]), entry[2]) if isinstance(entry[0], int) else Inserted(*entry)
        for entry in entries
    )


def from_kept(source_duration_ms: int, kept: Iterable[Span]) -> Timeline:
    """The timeline of nothing but these stretches of the recording, heard in this order."""
    return Timeline(source_duration_ms, tuple(Recorded(span) for span in kept))


def from_cuts(source_duration_ms: int, cuts: Iterable[Span]) -> Timeline:
    """The timeline that remains; cuts may come in any order, overlap, or reach past the end. No cuts: all is kept."""
    if source_duration_ms <= 0:
        return Timeline(source_duration_ms, ())
    return from_kept(source_duration_ms, complement(cuts, Span(0, source_duration_ms)))


def shifted(words: Sequence[Word], by_ms: int) -> tuple[Word, ...]:
    """The same words later (or earlier) by ``by_ms``, for example by where the content starts in the episode."""
    return tuple(replace(word, start_ms=word.start_ms + by_ms, end_ms=word.end_ms + by_ms) for word in words)
