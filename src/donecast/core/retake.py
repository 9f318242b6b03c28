"""What the sound says about a retake. No words are needed for it, so it holds where they are misheard."""

from collections.abc import Sequence
from dataclasses import dataclass

from donecast.core.span import Span

POSSIBLE_SCORE_MIN = 50
HEARD_SCORE_MIN = 90
NEAR_MS = 4_000
NEAR_SCORE_MIN = 70
CERTAIN_SCORE_MIN = 190
"""From these scores on it may be said again, and is for sure: the third for what began `NEAR_MS` before the marker; the
last where somebody only perhaps said the keyword.

Measured with three voices: what is said again scores 166 to 435 (sentences) and 82 to 214 (phrases of half a second
and more), all within 4 s; other words 20 to 78, or up to 122 where two of them stood in the sentence before. At 167
places of a talk whose sentences share phrases, where nobody said a keyword, 19 would have been taken for retakes and 3
scored 190 or more; 23 of 24 sentences that were said again scored 194 or more.
"""


@dataclass(frozen=True, slots=True)
class Retake:
    """Where that began, before ``marker`` (one, or several close together), which what follows it is most like.

    ``score`` is 0 for no likeness and grows with its length. ``start_ms`` is exact to some hundredths of a second.
    ``rest_ms``: how long somebody speaks between what is alike and the marker. Silence does not count.
    """

    marker: Span
    start_ms: int
    score: int
    rest_ms: int = 0

    @property
    def is_heard(self) -> bool:
        """Whether the sound alone says that it was said again."""
        near = self.marker.start_ms - self.start_ms <= NEAR_MS
        return self.score >= (NEAR_SCORE_MIN if near else HEARD_SCORE_MIN)

    @property
    def is_certain(self) -> bool:
        """Whether the sound says so even where the marker is in doubt: other words hardly ever score so much."""
        return self.score >= CERTAIN_SCORE_MIN

    @property
    def is_possible(self) -> bool:
        """Whether the sound does not speak against its being said again."""
        return self.score >= POSSIBLE_SCORE_MIN


def retake_after(marker: Span, retakes: Sequence[Retake]) -> Retake | None:
    """What the sound says about a marker; None where nobody listened."""
    return next((retake for retake in retakes if retake.marker.overlaps(marker)), None)
