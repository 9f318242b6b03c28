"""The one door to a bucket: the client's own deadline, inside a circuit breaker, inside patience (docs/adr/0032).

It stands beside `outgoing`, for S3 is spoken by a library that has its own connections; the rules are the same. All
questions to a bucket may be asked again, for bytes are named by their content.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from donecast.platform.breaker_rules import Outcome
from donecast.platform.error_tracking import add_breadcrumb
from donecast.platform.outgoing import RETRIES_MAX, RETRY_WITHIN_SECONDS, AlwaysClosed, Breaker, Rest
from donecast.platform.retrying import jittered_pauses
from donecast.platform.storage_errors import (
    BlobMissing,
    StorageAskedTooMuch,
    StorageRefused,
    StorageResting,
    StorageUnavailable,
)
from donecast.platform.telemetry import logger

SERVICE = "storage"
"""By this name the breaker is known; a local folder has none."""
_ALWAYS_CLOSED = AlwaysClosed()

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class StorageDoor:
    """The way to the bucket, with its circuit breaker."""

    breaker: Breaker = _ALWAYS_CLOSED
    sleep: Callable[[float], None] = time.sleep

    def ask(self, act: Callable[[], T], seconds_max: float, *, patiently: bool = True, sends_much: bool = False) -> T:
        """What the act comes to, which takes so long at most and may be done again.

        After failures it is, ``patiently``: 3 times at most, after growing pauses by chance, never later than half a
        minute after the first, and never while the bucket is left alone. ``sends_much``: how long it takes is a matter
        of the line. Raises what the act raises; StorageResting without having asked.
        """
        begun = time.monotonic()
        pauses = jittered_pauses()
        last_trouble: StorageUnavailable | None = None
        retries_max = RETRIES_MAX if patiently else 0
        for attempt in range(1 + retries_max):
            admission = self.breaker.admit(seconds_max)
            if isinstance(admission, Rest):
                raise last_trouble or StorageResting.after(admission.seconds)
            asked = time.monotonic()
            outcome: Outcome = "abandoned"
            try:
                found = act()
                is_slow = not sends_much and time.monotonic() - asked > seconds_max / 2
                outcome = "slow" if is_slow else "well"
                return found
            except BlobMissing:  # an answer like any other
                outcome = "well"
                raise
            except StorageRefused:
                outcome = "refused"
                raise
            except StorageUnavailable as trouble:
                outcome = "refused" if isinstance(trouble, StorageAskedTooMuch) else "failed"
                wait = next(pauses)
                if attempt == retries_max or time.monotonic() + wait >= begun + RETRY_WITHIN_SECONDS:
                    raise
                last_trouble = trouble
            finally:
                self._note(outcome, time.monotonic() - asked)
                self.breaker.record(admission, outcome)
            self.sleep(wait)
        raise AssertionError("the last attempt returns or raises")

    def _note(self, outcome: Outcome, seconds: float) -> None:
        if outcome == "well":  # a recording comes in a thousand pieces, which would push everything else off the trail
            return
        add_breadcrumb("http", f"storage: {outcome}", milliseconds=round(seconds * 1_000, 3))
        logger().warning("no answer", host=SERVICE, lack=outcome)


UNGUARDED = StorageDoor()
"""A way without a circuit breaker."""
