"""Half-open time spans in integer milliseconds.

Everything in `core` measures time in whole milliseconds of the recording it speaks about; samples exist only in
`engine`. A span holds every instant t with ``start_ms <= t < end_ms``.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of time, ``start_ms`` included, ``end_ms`` not. Raises ValueError when it is empty or negative."""

    start_ms: int
    end_ms: int

    def __post_init__(self) -> None:
        if self.start_ms < 0 or self.end_ms <= self.start_ms:
            raise ValueError(f"not a span: {self.start_ms} to {self.end_ms} ms")

    @property
    def duration_ms(self) -> int:
        """Length in milliseconds, always positive."""
        return self.end_ms - self.start_ms

    def contains(self, instant_ms: int) -> bool:
        """Whether the instant lies inside; the end itself does not."""
        return self.start_ms <= instant_ms < self.end_ms

    def overlaps(self, other: "Span") -> bool:
        """Whether the two share at least one millisecond."""
        return self.start_ms < other.end_ms and other.start_ms < self.end_ms

    def clipped(self, within: "Span") -> "Span | None":
        """The part that lies inside ``within``, or None when there is none."""
        start, end = max(self.start_ms, within.start_ms), min(self.end_ms, within.end_ms)
        return Span(start, end) if start < end else None


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same instants as sorted spans that neither overlap nor touch."""
    result: list[Span] = []
    for span in sorted(spans):
        if result and span.start_ms <= result[-1].end_ms:
            result[-1] = Span(result[-1].start_ms, max(result[-1].end_ms, span.end_ms))
        else:
            result.append(span)
    return tuple(result)


def complement(spans: Iterable[Span], within: Span) -> tuple[Span, ...]:
    """The instants of ``within`` that no span covers, sorted."""
    gaps: list[Span] = []
    cursor = within.start_ms
    for span in merged(spans):
        if span.start_ms > cursor and cursor < within.end_ms:
            gaps.append(Span(cursor, min(span.start_ms, within.end_ms)))
        cursor = max(cursor, span.end_ms)
    if cursor < within.end_ms:
        gaps.append(Span(cursor, within.end_ms))
    return tuple(gaps)


def total_ms(spans: Iterable[Span]) -> int:
    """How many distinct milliseconds the spans cover."""
    return sum(span.duration_ms for span in merged(spans))
