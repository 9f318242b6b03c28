"""How often somebody may ask for something, counted over a moving window in the memory of this process.

Several web processes count each for itself, so that together they allow as many times more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from donecast.kit.clock import Clock

_SWEPT_EVERY_SECONDS = 60.0


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
    """The counts of this process; safe for many threads. What nobody asks for any more is forgotten."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._storage = MemoryStorage()
        self._limiter = MovingWindowRateLimiter(self._storage)
        self._counting = Lock()
        self._swept_at = clock.now().timestamp()

    def seconds_to_wait(self, allowances: Sequence[Allowance]) -> float | None:
        """Counts one more under each allowance; where one is used up, how long until it no longer is.

        What is refused counts for nothing under the allowance that refuses it, nor under those after it.
        """
        with self._counting:
            self._sweep()
            return self._count(allowances)

    def keys_kept(self) -> int:
        """For how many of those that were ever counted something is remembered."""
        return len(self._storage.events)

    def _count(self, allowances: Sequence[Allowance]) -> float | None:
        for allowance in allowances:
            if not self._limiter.hit(allowance.limit, *allowance.key):
                free_at = self._limiter.get_window_stats(allowance.limit, *allowance.key).reset_time
                return max(1.0, free_at - self._clock.now().timestamp())
        return None

    def _sweep(self) -> None:
        # The library keeps an empty list for ever for each key, and anybody may type new ones.
        now = self._clock.now().timestamp()
        if now - self._swept_at < _SWEPT_EVERY_SECONDS:
            return
        self._swept_at = now
        for key, entries in list(self._storage.events.items()):
            if all(entry.expiry <= now for entry in entries):
                self._storage.clear(key)
