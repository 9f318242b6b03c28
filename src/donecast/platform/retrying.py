"""How long to wait before asking again: growing pauses, each by chance, so that many who failed together spread out.

Source: M. Brooker, "Exponential Backoff and Jitter" (full jitter).
"""

import random
from collections.abc import Iterator

_FIRST_SECONDS = 1.0
_LONGEST_SECONDS = 8.0


def jittered(seconds: float) -> float:
    """A pause of so many seconds on average: anything from none to twice as long."""
    return random.uniform(0.0, 2.0 * seconds)  # noqa: S311 - no secret


def jittered_pauses(first: float = _FIRST_SECONDS, longest: float = _LONGEST_SECONDS) -> Iterator[float]:
    """Pauses in seconds around 1, 2, 4 and so on, as many as are wanted."""
    pause = first
    while True:
        yield jittered(pause)
        pause = min(longest, 2.0 * pause)
