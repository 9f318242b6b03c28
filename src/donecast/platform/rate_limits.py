"""How often somebody may ask for something, counted over a moving window in the memory of this process.

Several web processes count each for itself, so that together they allow as many times more.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from donecast.kit.clock import Clock


@dataclass(frozen=True, slots=True)
class Allowance:
    """So often within a minute or an hour, for whoever ``key`` names."""

    limit: RateLimitItem
    key: tuple[str, ...]

    @classmethod
    def per_minute(cls, times: int, *key: str) -> "Allowance":
        """So often a minute."""
        return cls(RateLimitItemPerMinute(times), key)

    @classmethod
    def per_hour(cls, times: int, *key: str) -> "Allowance":
        """So often an hour."""
        return cls(RateLimitItemPerHour(times), key)


class RateLimits:
    """The counts of this process; safe for many threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def seconds_to_wait(self, allowances: Sequence[Allowance]) -> float | None:
        """Counts one more under each allowance; where one is used up, how long until it no longer is.

        What is refused counts for nothing under the allowance that refuses it, nor under those after it.
        """
        for allowance in allowances:
            if not self._limiter.hit(allowance.limit, *allowance.key):
                free_at = self._limiter.get_window_stats(allowance.limit, *allowance.key).reset_time
                return max(1.0, free_at - self._clock.now().timestamp())
        return None
