"""What the frame around every request costs: counting one, all of it, and the feed with it and without.

Everything runs in this process, without a server in front, so that nothing hides the difference; both sides in turn,
and ratios are medians of pairs. Log lines are made and thrown away. Counted is the processor's time, all threads
together, so that a machine that does much else beside changes nothing; "a second" is a second of it.
"""

import asyncio
import io
import logging
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.types import Message, Scope

from donecast.entry.error_frame import ErrorFrame
from donecast.entry.frame import RequestFrame
from donecast.entry.http import create_app
from donecast.entry.wiring import lay_ground
from donecast.kit.clock import FixedClock
from donecast.platform.settings import load_settings
from donecast.platform.telemetry import configure_logs
from donecast.platform.traffic import Traffic
from donecast.platform.web import Ground
from donecast.shows import service as shows
from proofs.harness import folder, table
from tests.support.on_air import NOON, Station, show_draft
from tests.support.people import sign_up

DURATION = "about 1 minute"
_ITEMS = 50
_NOTES, _BARE_REQUESTS, _FEED_REQUESTS, _PAIRS = 50_000, 200, 20, 9


@dataclass(frozen=True, slots=True)
class MiddlewareCost:
    """Microseconds a request, and how many requests per second there are with everything on, to one without."""

    counting_us: float
    frame_us: float
    feed_with_per_second: float
    feed_without_per_second: float
    feed_ratio: float


def main(arguments: list[str]) -> int:
    if arguments:
        print("This benchmark takes no arguments.")
        return 2
    print(in_words(measure()))
    return 0


def in_words(cost: MiddlewareCost) -> str:
    """The figures as a table."""
    rows: list[tuple[object, ...]] = [
        ("counting one request (error rate, latency, slow)", f"{cost.counting_us:.1f} us"),
        ("the whole frame: id, limits, headers, trail, log line, count", f"{cost.frame_us:.0f} us"),
        (f"feed of {_ITEMS} items, all middleware on", f"{cost.feed_with_per_second:.0f} a second"),
        (f"feed of {_ITEMS} items, none", f"{cost.feed_without_per_second:.0f} a second"),
        ("on against off", f"{cost.feed_ratio:.3f}"),
    ]
    return table(rows, ("what", "figure"))


def measure() -> MiddlewareCost:
    """Makes a show of 50 episodes and measures."""
    with folder() as place:
        settings = load_settings({"data": place, "hash_cost": "low", "disk_free_bytes_min": 0, "log_format": "json"})
        _log_into_nothing(settings)
        ground = lay_ground(settings)
        ground.database.migrate()
        feed_path, ground = _show(ground)
        framed, bare = create_app(ground), create_app(ground)
        bare.user_middleware.clear()
        try:
            return asyncio.run(_measure(framed, bare, feed_path, ground))
        finally:
            ground.database.dispose()


async def _measure(framed: FastAPI, bare: FastAPI, feed_path: str, ground: Ground) -> MiddlewareCost:
    # The smallest app there is, so that what is left is the frame.
    whole = RequestFrame(ErrorFrame(_answer_at_once))
    frame_us = []
    feed: list[tuple[float, float]] = []
    for turn in range(_PAIRS + 1):
        with_us = 1e6 * await _seconds_each(whole, "/livez-like", _BARE_REQUESTS, framed)
        without_us = 1e6 * await _seconds_each(_answer_at_once, "/livez-like", _BARE_REQUESTS, framed)
        pair = [(app, await _seconds_each(app, feed_path, _FEED_REQUESTS, app)) for app in _turned(framed, bare, turn)]
        seconds = {id(app): taken for app, taken in pair}
        if turn:  # the first warms up
            frame_us.append(with_us - without_us)
            feed.append((seconds[id(framed)], seconds[id(bare)]))
    return MiddlewareCost(
        counting_us=_counting_us(ground.traffic),
        frame_us=statistics.median(frame_us),
        feed_with_per_second=1 / statistics.median(on for on, _ in feed),
        feed_without_per_second=1 / statistics.median(off for _, off in feed),
        feed_ratio=statistics.median(off / on for on, off in feed),
    )


def _turned(framed: FastAPI, bare: FastAPI, turn: int) -> tuple[FastAPI, FastAPI]:
    return (framed, bare) if turn % 2 else (bare, framed)


async def _seconds_each(app: Callable[..., Any], path: str, times: int, inner: FastAPI) -> float:
    begun = time.process_time()
    for _ in range(times):
        # Each request is a task with a context of its own, as it is in a server.
        await asyncio.create_task(_ask(app, path, inner))
    return (time.process_time() - begun) / times


async def _ask(app: Callable[..., Any], path: str, inner: FastAPI) -> None:
    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"127.0.0.1"), (b"accept-encoding", b"gzip"), (b"user-agent", b"benchmark")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8000),
        "app": inner,
    }
    statuses = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    await app(scope, receive, send)
    if statuses != [200]:
        raise RuntimeError(f"{path} answered {statuses}")


async def _answer_at_once(_scope: Scope, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def _counting_us(traffic: Traffic) -> float:
    rounds = []
    for _ in range(5):
        begun = time.process_time()
        for _ in range(_NOTES):
            traffic.note("/shows/{slug}/feed.xml", "GET", "2xx", 0.012, "0123456789abcdef")
        rounds.append((time.process_time() - begun) / _NOTES)
    return 1e6 * statistics.median(rounds)


def _show(ground: Ground) -> tuple[str, Ground]:
    clock = FixedClock(NOON)
    ground = replace(ground, clock=clock)
    with TestClient(create_app(ground), base_url=ground.settings.server.base_url) as client:
        ann = sign_up(ground, client, "ann@example.com")
        station = Station(ground, clock, client, ann, shows.create_show(ground, ann.account, show_draft()))
        for number in range(_ITEMS):
            station.air(f"Episode {number}")
        return station.feed_path, ground


def _log_into_nothing(settings: Any) -> None:
    configure_logs(settings.server)
    handler = logging.getLogger().handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(_Nowhere())


class _Nowhere(io.TextIOBase):
    def write(self, text: str) -> int:
        """Forgets it."""
        return len(text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
