"""The one function between original time and finished time, and back.

A timeline keeps some spans of a recording; on the finished timeline they abut in order. Captions, chapters, the
transcript, the waveform and the render all go through here, so they can never disagree.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from donecast.core.span import Span, complement
from donecast.core.words import Word


@dataclass(frozen=True, slots=True)
class Timeline:
    """What is kept of a recording of ``source_duration_ms``. Raises ValueError for spans out of order or outside."""

    source_duration_ms: int
    kept: tuple[Span, ...]
    _finished_starts_ms: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.source_duration_ms < 0:
            raise ValueError(f"a recording cannot last {self.source_duration_ms} ms")
        starts_ms, cursor_ms, end_ms = [], 0, 0
        for span in self.kept:
            if span.start_ms < end_ms or span.end_ms > self.source_duration_ms:
                raise ValueError(f"kept span {span} is out of order or outside {self.source_duration_ms} ms")
            starts_ms.append(cursor_ms)
            cursor_ms += span.duration_ms
            end_ms = span.end_ms
        object.__setattr__(self, "_finished_starts_ms", tuple(starts_ms))

    @property
    def duration_ms(self) -> int:
        """Length of the finished timeline in milliseconds; 0 when everything is cut."""
        return sum(span.duration_ms for span in self.kept)

    @property
    def cuts(self) -> tuple[Span, ...]:
        """The instants of the source that are not kept, merged and sorted: kept and cut together are the source."""
        if not self.source_duration_ms:
            return ()
        return complement(self.kept, Span(0, self.source_duration_ms))

    def to_finished(self, source_ms: int) -> int | None:
        """The finished instant of a source instant, or None inside a cut or outside the recording."""
        index = bisect_right(self.kept, source_ms, key=lambda span: span.start_ms) - 1
        if index < 0 or not self.kept[index].contains(source_ms):
            return None
        return self._finished_starts_ms[index] + source_ms - self.kept[index].start_ms

    def to_finished_clamped(self, source_ms: int) -> int:
        """Like `to_finished`, but an instant inside a cut becomes its joint; outside becomes the start or the end.

        Never decreasing, and total: 0 up to and including `duration_ms`.
        """
        index = bisect_right(self.kept, source_ms, key=lambda span: span.start_ms) - 1
        if index < 0:
            return 0
        span = self.kept[index]
        return self._finished_starts_ms[index] + min(source_ms, span.end_ms) - span.start_ms

    def to_source(self, finished_ms: int) -> int:
        """The source instant of a finished instant; a joint belongs to what follows it.

        ``duration_ms`` itself gives the end of the last kept span. Raises ValueError outside 0..duration_ms.
        """
        if not 0 <= finished_ms <= self.duration_ms or not self.kept:
            raise ValueError(f"{finished_ms} ms is not on a finished timeline of {self.duration_ms} ms")
        index = bisect_right(self._finished_starts_ms, finished_ms) - 1
        return self.kept[index].start_ms + finished_ms - self._finished_starts_ms[index]

    def kept_ms(self, span: Span) -> int:
        """How many milliseconds of a source span survive."""
        return self.to_finished_clamped(span.end_ms) - self.to_finished_clamped(span.start_ms)

    def retime(self, words: Iterable[Word]) -> tuple[Word, ...]:
        """Words on finished time: those cut by more than half vanish, the others are clipped to what is heard."""
        result = []
        for word in words:
            kept_ms = self.kept_ms(word.span)
            if kept_ms == 0 or 2 * kept_ms < word.end_ms - word.start_ms:
                continue
            start_ms = self.to_finished_clamped(word.start_ms)
            result.append(replace(word, start_ms=start_ms, end_ms=start_ms + kept_ms))
        return tuple(result)


def from_cuts(source_duration_ms: int, cuts: Iterable[Span]) -> Timeline:
    """The timeline that remains; cuts may come in any order, overlap, or reach past the end. No cuts: all is kept."""
    if source_duration_ms <= 0:
        return Timeline(source_duration_ms, ())
    return Timeline(source_duration_ms, complement(cuts, Span(0, source_duration_ms)))


def shifted(words: Sequence[Word], by_ms: int) -> tuple[Word, ...]:
    """The same words later (or earlier) by ``by_ms``, for example by where the content starts in the episode."""
    return tuple(replace(word, start_ms=word.start_ms + by_ms, end_ms=word.end_ms + by_ms) for word in words)
