"""How many requests came and what became of them: counted in this process, in buckets of five seconds over an hour.

Every request counts once, when it ends. `traffic_rows` saves the counts and sums them over all processes.
"""

import secrets
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from threading import Lock
from typing import Literal, NamedTuple

BUCKET_SECONDS, KEPT_SECONDS = 5, 3_600
SLOW_SECONDS = 1.0
SLOW_KEPT_MAX = 100
"""Of the slow requests that were not saved yet the newest so many are remembered."""
LATENCY_BOUNDS_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

Outcome = Literal["1xx", "2xx", "3xx", "4xx", "5xx", "gone"]
"""The class of the status; 5xx also for an error that nobody expected, gone for a caller who did not wait."""


class Label(NamedTuple):
    """What requests are counted by; bounded, for routes are templates and all unknown addresses are one."""

    route: str
    method: str
    outcome: Outcome


class SlowRequest(NamedTuple):
    """A request whose answer began late; ``at_ms`` since 1970."""

    at_ms: int
    request_id: str
    label: Label
    took_ms: int


@dataclass(frozen=True, slots=True)
class Unsaved:
    """What changed since the last time: whole buckets by their start in seconds since 1970, and slow requests."""

    buckets: dict[int, dict[Label, int]]
    slow: list[SlowRequest]


@dataclass(slots=True)
class Latency:
    """How long the answers of one route took to begin: ``counts`` up to each bound, and beyond the last."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(LATENCY_BOUNDS_SECONDS) + 1))
    sum_seconds: float = 0.0


class Traffic:
    """The counts of this process. ``now_ms`` is a steady clock's; safe for many threads."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self.process_id = secrets.token_hex(8)
        self._now_ms = now_ms
        self._lock = Lock()
        self._buckets: dict[int, dict[Label, int]] = {}
        self._unsaved: set[int] = set()
        self._slow: deque[SlowRequest] = deque(maxlen=SLOW_KEPT_MAX)
        self._totals: dict[Label, int] = {}
        self._latencies: dict[tuple[str, str], Latency] = {}

    def now_seconds(self) -> int:
        """The present, since 1970."""
        return self._now_ms() // 1_000

    def note(self, route: str, method: str, outcome: Outcome, took_seconds: float, request_id: str) -> None:
        """Counts one request that ended; ``took_seconds`` until its answer began."""
        now_ms = self._now_ms()
        start = bucket_start(now_ms // 1_000)
        label = Label(route, method if method in _METHODS else "OTHER", outcome)
        with self._lock:
            bucket = self._buckets.get(start)
            if bucket is None:
                bucket = self._open(start)
            bucket[label] = bucket.get(label, 0) + 1
            self._unsaved.add(start)
            self._totals[label] = self._totals.get(label, 0) + 1
            latency = self._latencies.get(label[:2])
            if latency is None:
                latency = self._latencies[label[:2]] = Latency()
            latency.counts[bisect_left(LATENCY_BOUNDS_SECONDS, took_seconds)] += 1
            latency.sum_seconds += took_seconds
            if took_seconds > SLOW_SECONDS:
                self._slow.append(SlowRequest(now_ms, request_id, label, round(1_000 * took_seconds)))

    def take_unsaved(self) -> Unsaved:
        """What is to be saved now. Counts are whole, so that saving them twice changes nothing."""
        with self._lock:
            buckets = {start: dict(self._buckets[start]) for start in self._unsaved if start in self._buckets}
            slow = list(self._slow)
            self._unsaved.clear()
            self._slow.clear()
        return Unsaved(buckets, slow)

    def put_back(self, unsaved: Unsaved) -> None:
        """What could not be saved is saved the next time."""
        with self._lock:
            self._unsaved |= unsaved.buckets.keys()
            self._slow.extendleft(reversed(unsaved.slow[: SLOW_KEPT_MAX - len(self._slow)]))

    def counts(self, window_seconds: int) -> dict[Label, int]:
        """What this process counted in the last so many seconds, in whole buckets, that of this moment included."""
        now = self.now_seconds()
        return self.between(first_bucket(now, window_seconds), now + BUCKET_SECONDS)

    def between(self, start: int, end: int) -> dict[Label, int]:
        """What this process counted in the buckets that begin from ``start`` on and before ``end``, in seconds."""
        with self._lock:
            return summed(bucket.items() for begun, bucket in self._buckets.items() if start <= begun < end)

    def totals(self) -> dict[Label, int]:
        """Everything since this process began; these counts only grow."""
        with self._lock:
            return dict(self._totals)

    def latencies(self) -> dict[tuple[str, str], Latency]:
        """By route and method, since this process began."""
        with self._lock:
            return {name: Latency(list(one.counts), one.sum_seconds) for name, one in self._latencies.items()}

    def _open(self, start: int) -> dict[Label, int]:
        for old in [known for known in self._buckets if known <= start - KEPT_SECONDS]:
            del self._buckets[old]
        opened: dict[Label, int] = {}
        self._buckets[start] = opened
        return opened


def bucket_start(seconds: int) -> int:
    """The start of the bucket that a moment falls into."""
    return seconds - seconds % BUCKET_SECONDS


def first_bucket(now_seconds: int, window_seconds: int) -> int:
    """The start of the oldest bucket of a window; the window ends with the bucket of this moment."""
    return bucket_start(now_seconds) - window_seconds + BUCKET_SECONDS


def summed(parts: Iterable[Iterable[tuple[Label, int]]]) -> dict[Label, int]:
    """Counts added up by their label."""
    total: dict[Label, int] = {}
    for part in parts:
        for label, count in part:
            total[label] = total.get(label, 0) + count
    return total
