"""The error rate is exact: 100,000 mixed requests to two real processes, unexpected errors among them.

Both share one database, and some callers do not wait. They are stopped before anybody looks, and their counts stay. A
third is killed (SIGKILL) in the middle: what it loses is what it counted since it last saved, five seconds at most.

    ./dev prove O3 [--requests N]
"""

import argparse
import asyncio
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from donecast.platform.database import Database
from donecast.platform.settings import load_settings
from donecast.platform.traffic import Label, Traffic
from donecast.platform.traffic_rows import TrafficRows
from proofs.harness import ROOT, base_settings, folder, run_admin, table
from tests.support.servers import await_url, environment_of, free_port, stop

DURATION = "about 2 minutes, more beside others"
_REQUESTS = 100_000
_CONNECTIONS = 8
_KINDS = {
    "/proof/well": ("/proof/well", "2xx", 80),
    "/proof/strict?number=x": ("/proof/strict", "4xx", 7),
    "/nowhere/{}": ("unmatched", "4xx", 7),
    "/proof/busy": ("/proof/busy", "5xx", 3),
    "/proof/broken": ("/proof/broken", "5xx", 1),
    "/proof/late": ("/proof/late", "5xx", 1),
    "/proof/patient": ("/proof/patient", "2xx", 1),
}
"""What is asked for: its route, what it comes to, and how often in a hundred. Of the last, callers do not wait."""
_ENDED_BY_SERVER = {"/proof/broken", "/proof/late"}
"""After an error that nobody expected the server closes the connection."""
_ROUTES = {route for route, _, _ in _KINDS.values()}
_KILLED_SECONDS, _SAVED_EACH_SECONDS = 12, 5


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./dev prove O3")
    parser.add_argument("--requests", type=int, default=_REQUESTS)
    wanted = parser.parse_args(arguments).requests
    with folder() as place:
        settings = {**base_settings(place / "data"), "log_level": "ERROR"}
        run_admin(settings, "migrate")
        begun = time.monotonic()
        sent = _two_processes(settings, place, wanted)
        seconds = time.monotonic() - begun
        found = _counted(settings)
        killed_sent, killed_kept, last_seconds = _killed(settings, place, found)
    rows = [
        (
            route,
            outcome,
            f"{count:,}",
            f"{found[route, outcome]:,}",
            "ok" if found[route, outcome] == count else "WRONG",
        )
        for (route, outcome), count in sorted(sent.items())
    ]
    print(table([*rows], ("route", "outcome", "sent", "counted", "")))
    errors_sent = sum(count for (_, outcome), count in sent.items() if outcome == "5xx")
    errors_found = sum(count for (_, outcome), count in found.items() if outcome == "5xx")
    lost = killed_sent - killed_kept
    print(
        f"killed after {killed_sent:,} requests: {lost:,} lost, of {last_seconds:,} in its last {_SAVED_EACH_SECONDS} s"
    )
    is_exact = sent == found and 0 <= lost <= last_seconds
    print(
        f"O3: {sum(sent.values()):,} requests to 2 processes in {seconds:.0f} s, {errors_sent:,} errors sent and "
        f"{errors_found:,} counted, {sum((sent - found).values()) + sum((found - sent).values())} requests differ"
    )
    return 0 if is_exact else 1


def _two_processes(settings: dict[str, object], place: Path, wanted: int) -> Counter[tuple[str, str]]:
    servers = [_start(settings, place), _start(settings, place)]
    try:
        sent = asyncio.run(_ask_all([port for port, _ in servers], wanted))
    finally:
        for _, process in servers:
            stop(process)
    return sent


def _killed(settings: dict[str, object], place: Path, before: Counter[tuple[str, str]]) -> tuple[int, int, int]:
    port, process = _start(settings, place)
    moments = asyncio.run(_ask_for(port, _KILLED_SECONDS))
    process.kill()
    process.wait(10)
    kept = _counted(settings)["/proof/well", "2xx"] - before["/proof/well", "2xx"]
    recent = sum(moment > moments[-1] - _SAVED_EACH_SECONDS for moment in moments)
    return len(moments), kept, recent


def _start(settings: dict[str, object], place: Path) -> tuple[int, "subprocess.Popen[bytes]"]:
    port = free_port()
    command = [sys.executable, "-m", "proofs.frail_api", str(port)]
    environment = environment_of(settings) | {"PYTHONPATH": str(ROOT)}
    with (place / "api.log").open("ab") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT, cwd=place)
    await_url(f"http://127.0.0.1:{port}/livez", process)
    return port, process


async def _ask_all(ports: list[int], wanted: int) -> Counter[tuple[str, str]]:
    chance = random.Random(3)
    paths = chance.choices(list(_KINDS), [weight for _, _, weight in _KINDS.values()], k=wanted)
    callers = [(ports[number % len(ports)], paths[number::_CONNECTIONS]) for number in range(_CONNECTIONS)]
    await asyncio.gather(*(_ask_in_turn(port, share) for port, share in callers))
    await asyncio.sleep(0.5)  # for those whose callers left
    return Counter(_KINDS[path][:2] for path in paths)


async def _ask_in_turn(port: int, paths: list[str]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for number, path in enumerate(paths):
        writer.write(_request(path.format(number)))
        if path == "/proof/patient":
            await writer.drain()
            await asyncio.sleep(0.02)
            writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            continue
        await _read_answer(reader)
        if path in _ENDED_BY_SERVER:
            writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.close()


async def _ask_for(port: int, seconds: float) -> list[float]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    begun, moments = time.monotonic(), list[float]()
    while time.monotonic() < begun + seconds:
        writer.write(_request("/proof/well"))
        await _read_answer(reader)
        moments.append(time.monotonic())
    writer.close()
    return moments


def _request(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()


async def _read_answer(reader: asyncio.StreamReader) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = next(int(line[16:]) for line in head.split(b"\r\n") if line.startswith(b"content-length: "))
    await reader.readexactly(length)


def _counted(settings: dict[str, object]) -> Counter[tuple[str, str]]:
    database = Database(load_settings(settings).database_url)
    onlooker = TrafficRows(database, Traffic(lambda: time.time_ns() // 1_000_000))
    counts = onlooker.counts(3_600)
    database.dispose()
    found: Counter[tuple[str, str]] = Counter()
    for label, count in counts.items():
        assert isinstance(label, Label)
        if label.route in _ROUTES:
            found[label.route, label.outcome] += count
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
