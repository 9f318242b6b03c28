"""Alive and ready while all else hangs: database, storage and services swallow every byte, and people keep asking.

A real `donecast api` on PostgreSQL and an S3 store, each behind a line that swallows, with a voice service that
swallows too. Forty people ask at once, so that every thread and every database connection waits. Then 300 calls of
/livez and 300 of /readyz are timed, each on a connection that stays open, from a process of its own; once with
everything gone, once with all but the database. Between any two calls a bare server is asked that does nothing: what it
takes is the time of the machine, whoever else works on it; it is shown beside what is judged. In the end the lines are
well again, and so has the program to be.
"""

import asyncio
import http.client
import json
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from donecast.platform.settings import load_settings
from proofs.harness import ProofFailed, base_settings, folder, run_admin, table
from tests.support.servers import await_url, free_port, object_store, postgres, start_donecast, stop
from tests.support.toxic_proxy import BLACK_HOLE, ToxicProxy, toxic_proxy

DURATION = "about 3 minutes"
CALLS = 300
LIVEZ_P99_MS_MAX = 10.0
READYZ_MS_MAX = 500.0
READY_AGAIN_SECONDS_MAX = 30.0
_ASKERS = 40
_EMAIL = "ann@example.com"
_THREADS_MORE_MAX = 60
"""Those that answer requests are 40, and each look has one."""


@dataclass(frozen=True, slots=True)
class Timed:
    """Answer times of one route, in milliseconds, and what was answered how often."""

    milliseconds: list[float]
    statuses: dict[int, int]

    def at(self, percent: int) -> float:
        """The time that so many of a hundred stayed under."""
        ordered = sorted(self.milliseconds)
        return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["ask"]:
        return _ask_for_ever(int(arguments[1]), arguments[2])
    if arguments[:1] == ["time"]:
        return _time_and_print(int(arguments[1]), arguments[2], int(arguments[3]))
    if arguments[:1] == ["bare"]:
        asyncio.run(_bare_server(int(arguments[1])))
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    rows: list[tuple[object, ...]] = []
    worst, over = {"/livez": 0.0, "/readyz": 0.0}, {"/livez": 0.0, "/readyz": 0.0}
    faults: list[str] = []
    with _installation() as (port, process, lines, token), _bare() as bare_port:
        threads_at_rest = _threads(process)
        for words, broken in (
            ("all is well", ()),
            ("everything hangs", ("database", "storage", "voices")),
            ("all but the database hang", ("storage", "voices")),
        ):
            for name, line in lines.items():
                line.turn(BLACK_HOLE) if name in broken else line.heal()
            with _people(port, token):
                time.sleep(4)  # until every thread and every connection waits
                for route in ("/livez", "/readyz"):
                    timed, bare = _timed(port, route, bare_port)
                    percent = 99 if route == "/livez" else 100
                    rows.append(_row(words, route, timed, bare, _threads(process)))
                    if broken:
                        worst[route] = max(worst[route], timed.at(percent))
                        over[route] = max(over[route], timed.at(percent) - bare.at(percent))
                        if route == "/readyz" and set(timed.statuses) != {503}:
                            faults.append(f"{words}: /readyz answered {timed.statuses}")
                if _threads(process) > threads_at_rest + _THREADS_MORE_MAX:
                    faults.append(f"{words}: {_threads(process)} threads, {threads_at_rest} at rest")
        for line in lines.values():
            line.heal()
        seconds = _ready_again(port)
        if seconds > READY_AGAIN_SECONDS_MAX:
            faults.append(f"ready again only after {seconds:.0f} s")
    print(table(rows, ("lines", "route", "calls", "p50 ms", "p99 ms", "longest ms", *_BARE, "answers", "threads")))
    for fault in faults:
        print(fault)
    well = not faults and worst["/livez"] <= LIVEZ_P99_MS_MAX and worst["/readyz"] <= READYZ_MS_MAX
    print(
        f"O5: with every dependency black-holed /livez p99 {worst['/livez']:.1f} ms, {over['/livez']:.1f} over a bare "
        f"server (at most {LIVEZ_P99_MS_MAX:.0f}); /readyz at most {worst['/readyz']:.0f} ms, {over['/readyz']:.0f} "
        f"over one (at most {READYZ_MS_MAX:.0f}); ready again after {seconds:.1f} s"
    )
    return 0 if well else 1


@contextmanager
def _installation() -> "Iterator[tuple[int, subprocess.Popen[bytes], dict[str, ToxicProxy], str]]":
    with folder() as place, postgres() as database, object_store() as store, ExitStack() as stack:
        database_port, store_port = (
            int(url.rpartition(":")[2].partition("/")[0]) for url in _addresses(database, store)
        )
        lines = {
            "database": stack.enter_context(toxic_proxy(database_port)),
            "storage": stack.enter_context(toxic_proxy(store_port)),
            "voices": stack.enter_context(toxic_proxy(store_port)),
        }
        settings = {
            **base_settings(place / "data"),
            **store,
            "database_url": database.replace(f":{database_port}/", f":{_port(lines['database'])}/"),
            "s3_endpoint": f"http://127.0.0.1:{_port(lines['storage'])}",
            "elevenlabs_key": "k" * 32,
            "elevenlabs_url": f"http://127.0.0.1:{_port(lines['voices'])}",
        }
        load_settings(settings)
        run_admin(settings, "migrate")
        run_admin(settings, "account", "--email", _EMAIL)
        token = run_admin(settings, "token", "--email", _EMAIL).splitlines()[-1]
        process = start_donecast(["api"], settings, Path(place) / "api.log")
        try:
            port = int(str(settings["port"]))
            await_url(f"http://127.0.0.1:{port}/readyz", process)
            yield port, process, lines, token
        finally:
            stop(process)


def _addresses(database: str, store: dict[str, str]) -> tuple[str, str]:
    return database, store["s3_endpoint"]


def _port(line: ToxicProxy) -> int:
    return int(line.url.rpartition(":")[2])


@contextmanager
def _people(port: int, token: str) -> Iterator[None]:
    command = [sys.executable, "-m", "proofs", "O5", "ask", str(port), token]
    asking = subprocess.Popen(command)
    try:
        yield
    finally:
        asking.kill()
        asking.wait()


def _ask_for_ever(port: int, token: str) -> int:
    """Forty people who ask for what needs the database, the storage or a service, and soon ask again."""

    def ask(path: str, offset_seconds: float) -> None:
        time.sleep(offset_seconds)  # people do not ask in step
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            try:
                connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
                connection.getresponse().read()
            except OSError:
                time.sleep(0.1)
            finally:
                connection.close()
            time.sleep(1.0)

    paths = ("/api/shows", "/api/media", "/api/voices", "/api/health/deep", "/api/health/pool")
    for number in range(_ASKERS):
        threading.Thread(target=ask, args=(paths[number % len(paths)], number / _ASKERS), daemon=True).start()
    threading.Event().wait()
    return 0


def _timed(port: int, route: str, bare_port: int) -> tuple[Timed, Timed]:
    """From a process of its own: what else happens here must not be counted as time of the server."""
    command = [sys.executable, "-m", "proofs", "O5", "time", str(port), route, str(bare_port)]
    said = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    if said.returncode != 0:
        raise ProofFailed(said.stderr[-500:])
    told = json.loads(said.stdout.splitlines()[-1])
    statuses = {int(status): count for status, count in told["statuses"].items()}
    return Timed(told["milliseconds"], statuses), Timed(told["bare"], {})


def _time_and_print(port: int, route: str, bare_port: int) -> int:
    served, bare = (http.client.HTTPConnection("127.0.0.1", number, timeout=30) for number in (port, bare_port))
    times: dict[str, list[float]] = {"milliseconds": [], "bare": []}
    statuses: dict[int, int] = {}
    _time_one(served, "/livez")
    for _ in range(CALLS):
        times["bare"].append(_time_one(bare, "/")[0])
        milliseconds, status = _time_one(served, route)
        times["milliseconds"].append(milliseconds)
        statuses[status] = statuses.get(status, 0) + 1
        time.sleep(0.02)
    print(json.dumps({**times, "statuses": statuses}))
    return 0


def _time_one(connection: http.client.HTTPConnection, route: str) -> tuple[float, int]:
    begun = time.perf_counter()
    connection.request("GET", route)
    answer = connection.getresponse()
    answer.read()
    return 1_000 * (time.perf_counter() - begun), answer.status


@contextmanager
def _bare() -> Iterator[int]:
    """A server that does nothing at all: what it takes is the machine's, whoever else works on it."""
    port = free_port()
    serving = subprocess.Popen([sys.executable, "-m", "proofs", "O5", "bare", str(port)])
    try:
        await_url(f"http://127.0.0.1:{port}/", serving)
        yield port
    finally:
        serving.kill()
        serving.wait()


async def _bare_server(port: int) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                await writer.drain()

    server = await asyncio.start_server(answer, "127.0.0.1", port)
    await server.serve_forever()


_BARE = ("bare p99 ms", "bare longest ms")


def _row(words: str, route: str, timed: Timed, bare: Timed, threads: int) -> tuple[object, ...]:
    answers = ", ".join(f"{count} x {status}" for status, count in sorted(timed.statuses.items()))
    figures = (f"{timed.at(50):.1f}", f"{timed.at(99):.1f}", f"{max(timed.milliseconds):.1f}")
    of_bare = (f"{bare.at(99):.1f}", f"{max(bare.milliseconds):.1f}")
    return (words, route, len(timed.milliseconds), *figures, *of_bare, answers, threads)


def _threads(process: "subprocess.Popen[bytes]") -> int:
    return int(psutil.Process(process.pid).num_threads())


def _ready_again(port: int) -> float:
    begun = time.monotonic()
    while time.monotonic() - begun < 2 * READY_AGAIN_SECONDS_MAX:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", "/readyz")
        status = connection.getresponse().status
        connection.close()
        if status == 200:
            break
        time.sleep(0.2)
    return time.monotonic() - begun
