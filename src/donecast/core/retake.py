"""A retake that was recognised by its sound: words are not needed for it, so it holds where they are misheard."""

from collections.abc import Sequence
from dataclasses import dataclass

from donecast.core.span import Span


@dataclass(frozen=True, slots=True)
class Retake:
    """What follows ``marker`` (one, or several close together) sounds like what was said before it, from ``start_ms``.

    A few hundredths of a second exact.
    """

    marker: Span
    start_ms: int


def retake_start_ms(marker: Span, retakes: Sequence[Retake]) -> int | None:
    """Where the first attempt began whose retake follows a marker; None when no retake was heard."""
    return next((retake.start_ms for retake in retakes if retake.marker.overlaps(marker)), None)
