"""What every route for operators answers: with all well, and with one thing broken after the other.

A real `donecast api` and `donecast worker` on PostgreSQL, asked by the real `curl`: as an admin, with all well; with a
service down until its circuit breaker opens; with every database connection taken, because somebody locked a table that
people ask for; with a worker killed (SIGKILL); and with a reserve of free space that no disk has, which is what a full
disk looks like to us. The transcript is printed, and for each state it is checked that the answers say so and what to
do. Strangers must see the summaries alone.
"""

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen
from typing import Any

import psycopg

from proofs.harness import ProofFailed, base_settings, folder, run_admin
from tests.support.servers import await_url, environment_of, free_port, postgres, start_donecast, stop

DURATION = "about 3 minutes"
_ADMIN, _ANN = "root@example.com", "ann@example.com"
_SERVICE = "elevenlabs"
_STUCK = "/api/admin/monitoring/stuck-operations"
GET_ROUTES = (
    "/livez",
    "/readyz",
    "/api/health/circuit-breakers",
    "/api/health/pool",
    "/api/health/deep",
    "/api/health/error-rate",
    "/api/health/db-timeout",
    "/api/health/resources",
    _STUCK,
    "/metrics",
)
CLEANUP = f"{_STUCK}/cleanup"
_SHOWN_CHARACTERS_MAX = 1_200
_PUBLIC = {"status", "open_count", "breakers", "utilization_percent", "warning", "db", "storage", "broker"} | {
    "error_rate_percent",
    "checks",
    "advice",
    "window_seconds",
}


@dataclass(frozen=True, slots=True)
class Told:
    """What one route answered."""

    status: int
    text: str

    @property
    def body(self) -> Any:
        """As JSON; the text itself where it is none."""
        try:
            return json.loads(self.text)
        except ValueError:
            return self.text


@dataclass(slots=True)
class House:
    """The installation that is asked, and what did not hold."""

    settings: dict[str, object]
    database: str
    place: Path
    api: "Popen[bytes]"
    worker: "Popen[bytes]"
    tokens: Mapping[str, str]
    wrong: list[str] = field(default_factory=list)
    checks: int = 0

    def expect(self, what: str, holds: object) -> None:
        """One thing that has to be so."""
        self.checks += 1
        print(f"    {'ok   ' if holds else 'WRONG'} {what}", flush=True)
        if not holds:
            self.wrong.append(what)

    def curl(self, path: str, who: str | None = _ADMIN, method: str = "GET", body: str | None = None) -> Told:
        """One call of curl, which prints what it asked and what it got."""
        command = ["curl", "-s", "-m", "20", "-w", "\n%{http_code}", "-X", method]
        shown = ["curl", "-s", *(["-X", method] if method != "GET" else [])]
        if who:
            command += ["-H", f"Authorization: Bearer {self.tokens[who]}"]
            shown += ["-H", '"Authorization: Bearer $ADMIN"' if who == _ADMIN else '"Authorization: Bearer $ANN"']
        if body is not None:
            command += ["-H", "Content-Type: application/json", "-d", body]
            shown += ["-d", f"'{body}'"]
        url = f"http://127.0.0.1:{self.settings['port']}{path}"
        done = subprocess.run([*command, url], capture_output=True, text=True, check=False)
        text, _, status = done.stdout.rpartition("\n")
        told = Told(int(status or 0), text)
        lines = (
            "\n".join(line for line in text.splitlines() if not line.startswith("#")) if path == "/metrics" else text
        )
        cut = lines if len(lines) <= _SHOWN_CHARACTERS_MAX else f"{lines[:_SHOWN_CHARACTERS_MAX]} ... ({len(lines)})"
        print(f"$ {' '.join(shown)} {path}\n{told.status} {cut}", flush=True)
        return told

    def all_routes(self, words: str) -> dict[str, Told]:
        """Every route in one state, as an admin."""
        print(f"\n===== {words} =====", flush=True)
        told = {path: self.curl(path) for path in GET_ROUTES}
        told[CLEANUP] = self.curl(CLEANUP, method="POST", body="{}")
        return told

    def status(self) -> tuple[int, str]:
        """`donecast status`."""
        command = [sys.executable, "-m", "donecast.entry.cli", "status"]
        done = subprocess.run(
            command, env=environment_of(self.settings), capture_output=True, text=True, check=False, cwd=self.place
        )
        print(f"$ donecast status\n{done.stdout}(exit code {done.returncode})", flush=True)
        return done.returncode, done.stdout


def main(arguments: list[str]) -> int:
    del arguments
    with folder() as place, postgres() as database, _house(place, database) as house:
        _all_well(house)
        _service_down(house)
        _pool_exhausted(house)
        _worker_dead(house)
        _disk_full(house)
    for fault in house.wrong:
        print(f"WRONG: {fault}")
    print(f"P2: {len(GET_ROUTES) + 1} routes in 5 states by curl, {house.checks} checks, {len(house.wrong)} wrong")
    return 1 if house.wrong else 0


@contextmanager
def _house(place: Path, database: str) -> Iterator[House]:
    settings: dict[str, object] = {
        **base_settings(place / "data"),
        "database_url": database,
        "database_pool_size": 2,
        "database_pool_wait_ms": 1_000,
        "worker_id": "worker-1",
        "worker_lease_ms": 5_000,
        f"{_SERVICE}_key": "k" * 32,
        f"{_SERVICE}_url": f"http://127.0.0.1:{free_port()}",
    }
    run_admin(settings, "migrate")
    run_admin(settings, "account", "--email", _ADMIN, "--admin")
    run_admin(settings, "account", "--email", _ANN)
    tokens = {who: run_admin(settings, "token", "--email", who).splitlines()[-1] for who in (_ADMIN, _ANN)}
    worker = start_donecast(["worker"], settings, place / "worker.log")
    api = start_donecast(["api"], settings, place / "api.log")
    house = House(settings, database, place, api, worker, tokens)
    try:
        _await_ready(house)
        yield house
    finally:
        stop(house.api)
        stop(house.worker)


def _await_ready(house: House) -> None:
    try:
        await_url(f"http://127.0.0.1:{house.settings['port']}/livez", house.api, 120)
    except (TimeoutError, RuntimeError) as error:
        raise ProofFailed((house.place / "api.log").read_text()[-2_000:]) from error
    time.sleep(8)  # until the worker beats, and the slow statement at the start has been ended


def _all_well(house: House) -> None:
    told = house.all_routes("all is well")
    for path, answer in told.items():
        house.expect(f"{path} answers 200", answer.status == 200)
    house.expect("ready", told["/readyz"].body["status"] == "ok")
    house.expect("breakers healthy, none open", _of(told, "circuit-breakers", "status", "open_count") == ["healthy", 0])
    house.expect("pool without warning", _of(told, "pool", "status", "warning") == ["healthy", False])
    house.expect("database, storage, broker ok", _of(told, "deep", "db", "storage", "broker") == ["ok"] * 3)
    house.expect("the slow statement was ended", _of(told, "db-timeout", "configured") == [True])
    house.expect("resources told", _of(told, "resources", "memory_mb")[0] > 0)
    print("\n===== what a stranger sees =====")
    for path in GET_ROUTES:
        answer = house.curl(path, None)
        if path.startswith("/api/health") or path in {"/livez", "/readyz"}:
            house.expect(f"{path}: summaries alone", set(answer.body) <= _PUBLIC)
        else:
            house.expect(f"{path}: refused", answer.status in {401, 404})


def _service_down(house: House) -> None:
    print("\n===== somebody asks the service that is down =====")
    for _ in range(6):
        house.curl(f"/api/voices?engine={_SERVICE}", _ANN)
    told = house.all_routes(f"{_SERVICE} is down")
    breakers = told["/api/health/circuit-breakers"].body
    house.expect("degraded, one open", (breakers["status"], breakers["open_count"]) == ("degraded", 1))
    house.expect("it says when it is tried again", breakers["breakers"][_SERVICE].get("next_probe_at"))
    house.expect("everything else is as it was", told["/readyz"].status == 200)
    phase = f'donecast_breaker_phase{{phase="open",service="{_SERVICE}"}} 1.0'
    house.expect("the metrics say so", phase in told["/metrics"].text)
    code, said = house.status()
    house.expect("donecast status names it and ends with 1", code == 1 and f"left alone at present: {_SERVICE}" in said)


def _pool_exhausted(house: House) -> None:
    with _locked_shows(house):
        told = house.all_routes("every database connection is taken")
    pool = told["/api/health/pool"].body
    house.expect("exhausted, with warning", (pool["status"], pool["warning"]) == ("exhausted", True))
    house.expect("it says what to do", "DONECAST_DATABASE_POOL_SIZE" in pool.get("action", ""))
    house.expect(
        "it names the request", pool.get("pools", {}).get("all", {}).get("longest_checkout", {}).get("request_id")
    )
    house.expect("still ready, for the database answers", told["/readyz"].status == 200)
    for path in ("/livez", "/api/health/deep", "/api/health/circuit-breakers", "/api/health/resources", "/metrics"):
        house.expect(f"{path} answers meanwhile", told[path].status == 200)
    for path, answer in told.items():
        if answer.status >= 500:
            error = answer.body["error"]
            house.expect(f"{path} says busy, and what to do", error["code"] == "database_busy" and error["action"])


@contextmanager
def _locked_shows(house: House) -> Iterator[None]:
    """Ten people ask for a table that somebody has locked, again and again."""
    over = threading.Event()

    def ask() -> None:
        url = f"http://127.0.0.1:{house.settings['port']}/api/shows"
        while not over.is_set():
            command = ["curl", "-s", "-m", "20", "-o", "/dev/null", "-H"]
            with suppress(OSError):
                subprocess.run([*command, f"Authorization: Bearer {house.tokens[_ANN]}", url], check=False)

    askers = [threading.Thread(target=ask, daemon=True) for _ in range(10)]
    with psycopg.connect(house.database) as holder:
        holder.execute("LOCK TABLE shows IN ACCESS EXCLUSIVE MODE")
        for asker in askers:
            asker.start()
        time.sleep(2)
        try:
            yield
        finally:
            over.set()
    for asker in askers:
        asker.join(30)


def _worker_dead(house: House) -> None:
    house.worker.send_signal(signal.SIGKILL)
    house.worker.wait()
    time.sleep(7)  # longer than its lease
    told = house.all_routes("the worker is dead")
    deep = told["/api/health/deep"].body
    house.expect(
        "broker fails, the others do not", (deep["broker"], deep["db"], deep["storage"]) == ("fail", "ok", "ok")
    )
    house.expect("it says what to do", "donecast worker" in deep["checks"]["broker"].get("action", ""))
    house.expect("the metrics say so", "donecast_workers_alive 0.0" in told["/metrics"].text)
    code, said = house.status()
    house.expect("donecast status says it and ends with 1", code == 1 and "none is alive" in said)


def _disk_full(house: House) -> None:
    stop(house.api)
    house.settings["disk_free_bytes_min"] = 2**60
    house.worker = start_donecast(["worker"], house.settings, house.place / "worker.log")
    house.api = start_donecast(["api"], house.settings, house.place / "api.log")
    _await_ready(house)
    told = house.all_routes("the disk is full")
    ready, resources = told["/readyz"], told["/api/health/resources"].body
    house.expect("not ready, because of the disk", (ready.status, ready.body["checks"]["disk"]) == (503, "fail"))
    house.expect("it says what to do", "Free some space" in ready.body["advice"]["disk"])
    house.expect("resources warn and say what to do", resources["status"] == "warning" and resources["actions"]["disk"])
    code, said = house.status()
    house.expect("donecast status says it and ends with 1", code == 1 and "LOOK  disk" in said)


def _of(told: Mapping[str, Told], route: str, *names: str) -> list[Any]:
    body = told[f"/api/health/{route}"].body
    return [body.get(name) for name in names]
