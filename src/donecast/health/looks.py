"""Looks at what may not answer: each is done by a thread of its own, never by two at once, and waited for briefly.

A look that hangs is not begun a second time; whoever asks again is told how long it has been hanging. So nothing piles
up, and nobody needs a thread of those that answer requests, which may all be waiting for the very thing.
"""

import asyncio
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import wait as wait_for
from contextvars import copy_context
from dataclasses import dataclass
from threading import Lock, Thread
from typing import Generic, TypeVar

from donecast.kit.errors import DonecastError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Seen(Generic[T]):
    """What a look saw, how long it took, and how long ago it ended; while it hangs only how long ago it began."""

    value: T | None
    hangs: bool
    took_ms: float
    age_seconds: float


@dataclass(frozen=True, slots=True)
class _Sight(Generic[T]):
    value: T | None
    error: BaseException | None
    ended_at: float


class Glance(Generic[T]):
    """A look that was begun."""

    def __init__(self, name: str, act: Callable[[], T]) -> None:
        self.begun_at = time.monotonic()
        self.sight: Future[_Sight[T]] = Future()
        context = copy_context()
        Thread(target=context.run, args=(self._look, act), name=f"look-{name}", daemon=True).start()

    def _look(self, act: Callable[[], T]) -> None:
        value: T | None = None
        failed: BaseException | None = None
        try:
            value = act()
        except DonecastError as error:
            failed = error
        finally:  # also with what nobody expected, which goes on to whoever looks after threads
            self.sight.set_result(_Sight(value, failed or sys.exc_info()[1], time.monotonic()))

    async def see(self, seconds_max: float) -> Seen[T]:
        """What it sees, no longer after its begin than that. Raises what the look raised."""
        if patience := self._patience(seconds_max):
            await asyncio.wait({asyncio.wrap_future(self.sight)}, timeout=patience)
        return self.seen()

    def see_now(self, seconds_max: float) -> Seen[T]:
        """The same where there is no event loop."""
        if patience := self._patience(seconds_max):
            wait_for({self.sight}, timeout=patience)
        return self.seen()

    def _patience(self, seconds_max: float) -> float:
        return 0.0 if self.sight.done() else max(0.0, self.begun_at + seconds_max - time.monotonic())

    def seen(self) -> Seen[T]:
        """What is known by now."""
        now = time.monotonic()
        if not self.sight.done():
            return Seen(None, hangs=True, took_ms=1_000 * (now - self.begun_at), age_seconds=now - self.begun_at)
        sight = self.sight.result()
        if sight.error is not None:
            raise sight.error
        took_ms = 1_000 * (sight.ended_at - self.begun_at)
        return Seen(sight.value, hangs=False, took_ms=took_ms, age_seconds=now - sight.ended_at)


class Look(Generic[T]):
    """One thing to look at. What was seen is good for ``fresh_seconds``; then the next who asks looks again."""

    def __init__(self, name: str, act: Callable[[], T], fresh_seconds: float = 0.0) -> None:
        self.name = name
        self._act = act
        self._fresh_seconds = fresh_seconds
        self._lock = Lock()
        self._newest: Glance[T] | None = None

    async def see(self, seconds_max: float) -> Seen[T]:
        """Waits no longer than that. Raises what the look raised."""
        return await self.begin().see(seconds_max)

    def see_now(self, seconds_max: float) -> Seen[T]:
        """The same where there is no event loop."""
        return self.begin().see_now(seconds_max)

    def begin(self) -> Glance[T]:
        """Looks, unless somebody looks at this moment or what was seen is fresh."""
        with self._lock:
            newest = self._newest
            if newest is None or (newest.sight.done() and self._is_old(newest)):
                newest = self._newest = Glance(self.name, self._act)
            return newest

    def last(self) -> Seen[T] | None:
        """What is known without looking."""
        return None if self._newest is None else self._newest.seen()

    def _is_old(self, glance: Glance[T]) -> bool:
        sight = glance.sight.result()
        return sight.error is not None or time.monotonic() - sight.ended_at >= self._fresh_seconds
