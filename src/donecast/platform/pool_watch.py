"""What goes on in a pool of connections: who waits and how long, how many gave up, who keeps one the longest.

It counts and never asks the database, so it can be read while nobody gets a connection.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any, cast

from sqlalchemy import Engine, PoolProxiedConnection, event
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from donecast.platform.telemetry import current_request_id

WINDOW_SECONDS = 300
_WAITS_KEPT_MAX = 2_000
_TIMEOUTS_KEPT_MAX = 2_000


@dataclass(frozen=True, slots=True)
class WaitFacts:
    """Those who wait now, and of the newest waits of five minutes the time that 95 of 100 stayed under."""

    waiting: int
    p95_ms: float
    timeouts: int
    timeouts_total: int


@dataclass(frozen=True, slots=True)
class PoolFacts:
    """One pool at one moment. ``longest_ms`` is how long somebody has had a connection, ``longest_request_id`` who."""

    name: str
    size: int
    overflow_max: int
    checked_out: int
    checked_in: int
    overflow: int
    wait: WaitFacts
    longest_ms: int
    longest_request_id: str | None

    @property
    def capacity(self) -> int:
        """The most connections that it hands out."""
        return self.size + self.overflow_max

    @property
    def utilization_percent(self) -> float:
        """How much of that is handed out."""
        return round(100 * self.checked_out / self.capacity, 1)


class Waits:
    """Counts those who wait for something, and how long it took them."""

    def __init__(self, steady_seconds: Callable[[], float] = time.monotonic) -> None:
        self._now = steady_seconds
        self._lock = Lock()
        self._waiting = 0
        self._timeouts_total = 0
        self._waits: deque[tuple[float, float]] = deque(maxlen=_WAITS_KEPT_MAX)
        self._timeouts: deque[float] = deque(maxlen=_TIMEOUTS_KEPT_MAX)

    @contextmanager
    def one(self, gives_up: type[Exception]) -> Iterator[None]:
        """Somebody waits for as long as the block lasts, and gave up when it raises that error."""
        begun = self._now()
        with self._lock:
            self._waiting += 1
        gave_up = False
        try:
            yield
        except gives_up:
            gave_up = True
            raise
        finally:
            ended = self._now()
            with self._lock:
                self._waiting -= 1
                self._waits.append((ended, ended - begun))
                if gave_up:
                    self._timeouts.append(ended)
                    self._timeouts_total += 1

    def facts(self) -> WaitFacts:
        """At this moment."""
        since = self._now() - WINDOW_SECONDS
        with self._lock:
            seconds = sorted(took for at, took in self._waits if at >= since)
            timeouts = sum(at >= since for at in self._timeouts)
            waiting, total = self._waiting, self._timeouts_total
        p95 = seconds[(len(seconds) * 95 - 1) // 100] if seconds else 0.0
        return WaitFacts(waiting, round(1_000 * p95, 1), timeouts, total)


class PoolWatch:
    """Looks over the pool of one engine."""

    def __init__(self, name: str, size: int, overflow_max: int) -> None:
        self.name, self.size, self.overflow_max = name, size, overflow_max
        self.waits = Waits()
        self._out: dict[int, tuple[float, str | None]] = {}
        self._lock = Lock()
        self._engine: Engine | None = None

    def pool_class(self) -> type[QueuePool]:
        """The kind of pool to make the engine with: an ordinary one, at whose door is counted."""
        waits = self.waits

        class WatchedPool(QueuePool):
            __module__ = QueuePool.__module__  # what it logs is SQLAlchemy's, and as loud

            def connect(self) -> PoolProxiedConnection:
                with waits.one(PoolTimeout):
                    return super().connect()

        return WatchedPool

    def look_over(self, engine: Engine) -> None:
        """Begins to note who has a connection."""
        self._engine = engine

        @event.listens_for(engine, "checkout")
        def out(_connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
            with self._lock:
                self._out[id(record)] = (time.monotonic(), current_request_id())

        @event.listens_for(engine, "checkin")
        def back(_connection: Any, record: ConnectionPoolEntry) -> None:
            with self._lock:
                self._out.pop(id(record), None)

    def facts(self) -> PoolFacts:
        """At this moment."""
        assert self._engine is not None, "it looks over no engine yet"  # noqa: S101  a mistake of ours, not of the world
        pool = cast(QueuePool, self._engine.pool)
        with self._lock:
            longest = min(self._out.values(), key=lambda taken: taken[0], default=None)
        return PoolFacts(
            name=self.name,
            size=self.size,
            overflow_max=self.overflow_max,
            checked_out=pool.checkedout(),
            checked_in=pool.checkedin(),
            overflow=max(0, pool.overflow()),
            wait=self.waits.facts(),
            longest_ms=int(1_000 * (time.monotonic() - longest[0])) if longest else 0,
            longest_request_id=longest[1] if longest else None,
        )
