"""A Sentry that takes everything and never answers: no request fails for it, and none takes longer.

Two apps of one process, the same but for the way to Sentry, are asked in turn, in blocks: one request in ten reads the
database, one in fifty crashes and is told. So the slowest hundredth begins in the middle of the crashes, which is where
Sentry could be felt most. After a crash both are left in peace for a tenth of a second: what one writes down of it
beside its answers would slow the answers of the other. The figure is of all requests together; how far it can be off is
told by leaving out one block after another.
"""

import asyncio
import io
import math
import random
import statistics
import sys
import time
from contextlib import redirect_stderr, suppress
from typing import Any

from fastapi import FastAPI

from donecast.entry.http import create_app
from donecast.entry.wiring import lay_ground
from donecast.platform.sentry_door import SentryDoor
from donecast.platform.settings import load_settings
from donecast.platform.telemetry import configure_logs
from proofs.harness import folder, table
from tests.support.envelope_receiver import envelope_receiver

DURATION = "about 2 minutes"
_BLOCKS = 10
_PAIRS = 2_000
_CRASH_EVERY, _PAGE_EVERY = 50, 10
_PEACE_SECONDS = 0.1
_ADDED_MS_MAX = 1.0
_WITHOUT, _HOLE = "without", "black hole"


class _Broken(Exception):
    """What the crashing request raises."""


async def _ask(app: FastAPI, path: str) -> tuple[int, float]:
    """The status, and the milliseconds until the answer had left."""
    statuses: list[int] = []
    left: list[float] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])
        elif not message.get("more_body"):
            left.append(time.perf_counter())

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "scheme": "http",
        "root_path": "",
    }
    begun = time.perf_counter()
    with suppress(_Broken):  # the server above would close the connection; the answer has left before
        await app(scope, receive, send)
    return statuses[0], (left[0] - begun) * 1_000


def _p99(milliseconds: list[float]) -> float:
    return statistics.quantiles(milliseconds, n=100)[98]


def _added(blocks: list[dict[str, list[float]]]) -> float:
    """Milliseconds by which the p99 of all requests before the hole is more than that of those without."""
    return _p99([one for block in blocks for one in block[_HOLE]]) - _p99(
        [one for block in blocks for one in block[_WITHOUT]]
    )


def _off_by(blocks: list[dict[str, list[float]]]) -> float:
    """The standard error of `_added`, by the jackknife over blocks."""
    left_out = [_added(blocks[:number] + blocks[number + 1 :]) for number in range(len(blocks))]
    middle = statistics.fmean(left_out)
    return math.sqrt((len(blocks) - 1) / len(blocks) * sum((one - middle) ** 2 for one in left_out))


async def _measured(apps: dict[str, FastAPI]) -> tuple[list[dict[str, list[float]]], int, int]:
    blocks, asked, wrong = [], 0, 0
    for app in apps.values():
        for _ in range(30):
            await _ask(app, "/shows/nowhere")
    for _ in range(_BLOCKS):
        took: dict[str, list[float]] = {name: [] for name in apps}
        for number in range(_PAIRS):
            path, wanted = "/livez", 200
            if number % _PAGE_EVERY == 0:
                path, wanted = ("/crash", 500) if number % _CRASH_EVERY == 0 else ("/shows/nowhere", 404)
            for name in random.sample(sorted(apps), k=2):
                status, milliseconds = await _ask(apps[name], path)
                asked, wrong = asked + 1, wrong + (status != wanted)
                took[name].append(milliseconds)
            if wanted == 500:
                await asyncio.sleep(_PEACE_SECONDS)
        blocks.append(took)
    return blocks, asked, wrong


def _app(settings: dict[str, Any]) -> tuple[FastAPI, list[SentryDoor]]:
    ground = lay_ground(load_settings(settings))
    ground.database.migrate()
    app = create_app(ground)

    @app.get("/crash")
    def crash() -> None:
        raise _Broken("on purpose")

    return app, [sink for sink in ground.errors.sinks if isinstance(sink, SentryDoor)]


def main(arguments: list[str]) -> int:
    del arguments
    with folder() as place, envelope_receiver(is_black_hole=True) as receiver:
        with redirect_stderr(io.StringIO()):  # the log has its cost in both, and nobody reads it here
            configure_logs(load_settings({"log_format": "json"}).server)
        base = {"environment": "staging", "disk_free_bytes_min": 0}
        without, _ = _app({**base, "data": place / "without"})
        holed, doors = _app({**base, "data": place / "holed", "sentry_dsn": receiver.dsn})
        blocks, asked, wrong = asyncio.run(_measured({_WITHOUT: without, _HOLE: holed}))
        reached, lost = len(receiver.raw), doors[0].lost
    rows: list[tuple[object, ...]] = []
    for number, block in enumerate(blocks, 1):
        one, other = _p99(block[_WITHOUT]), _p99(block[_HOLE])
        rows.append((number, f"{one:.2f}", f"{other:.2f}", f"{other - one:+.2f}"))
    print(table(rows, ("block", "p99 without, ms", "p99 black-holed, ms", "added, ms")))
    print(f"{reached} envelopes went into the hole; dropped and counted: {dict(lost) or 'none'}")
    added, off_by = _added(blocks), _off_by(blocks)
    print(
        f"O7: {wrong} of {asked:,} requests failed otherwise than meant; added p99 {added:+.2f} ms "
        f"(standard error {off_by:.2f})"
    )
    return 0 if wrong == 0 and added <= _ADDED_MS_MAX and reached else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
