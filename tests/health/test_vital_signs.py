"""What the routes about the process say, to everybody and to an admin, with things well, exhausted and hanging."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import text

from donecast.health import service
from donecast.health.looks import Look
from donecast.health.rules import DiskRoom, Resources, pool_verdict, queue_finding, scarce
from donecast.health.slow_statement import prove_limit
from donecast.health.vital_signs import VitalSigns
from donecast.platform.web import Ground
from donecast.production.models import WorkerRow
from tests.support.people import Person

SECRETS = {"current", "configuration", "pools", "sqlite", "checks", "statement_timeout", "memory_mb", "disk", "workers"}


@contextmanager
def exhausted(ground: Ground) -> Iterator[None]:
    """Somebody has every connection for reading."""
    pool = ground.database.pools[-1].facts()
    with ExitStack() as stack:
        for _ in range(pool.capacity):
            stack.enter_context(ground.database.reading()).execute(text("SELECT 1"))
        yield


class TestSmallPool:
    """With one connection, and one more when it must."""

    @pytest.fixture
    def overrides(self) -> dict[str, Any]:
        return {"database_pool_size": 1, "database_pool_wait_ms": 100, "database_statement_ms_api": 400}

    def test_while_nobody_gets_a_connection_the_pool_answers_and_an_admin_is_known(
        self, ground: Ground, client: TestClient, admin: Person, ann: Person
    ) -> None:
        assert client.get("/api/health/pool").json() == {
            "status": "healthy",
            "utilization_percent": 0.0,
            "warning": False,
        }
        with exhausted(ground):
            refused = ann.ask("GET", "/api/shows")
            assert (refused.status_code, refused.json()["error"]["code"]) == (503, "database_busy")
            assert int(refused.headers["Retry-After"]) > 0
            summary = {"status": "exhausted", "utilization_percent": 100.0, "warning": True}
            assert client.get("/api/health/pool").json() == summary
            assert ann.ask("GET", "/api/health/pool").json() == summary
            told = admin.ask("GET", "/api/health/pool").json()
            assert told["current"]["checked_out"] == 2
            assert told["configuration"]["total_capacity"] == 4
            assert told["pools"]["reading"]["wait"]["timeouts"] >= 1
            assert "DONECAST_DATABASE_POOL_SIZE" in told["action"]
            assert told["sqlite"]["writer_lock_wait"]["timeouts"] == 0
            assert told["sqlite"]["wal_bytes"] > 0
            assert any(client.get("/readyz").status_code == 200 for _ in range(20)), "a busy machine is given time"
            assert client.get("/api/health/circuit-breakers").status_code == 200
        assert client.get("/api/health/pool").json()["status"] == "healthy"

    def test_the_limit_is_proved_by_a_statement_that_is_slow(
        self, ground: Ground, client: TestClient, admin: Person, routes: FastAPI
    ) -> None:
        path = "/api/health/db-timeout"
        assert client.get(path).json() == {"status": "unknown"}
        signs: VitalSigns = routes.state.vital_signs
        signs.start()
        deadline = time.monotonic() + 20
        while client.get(path).json()["status"] == "unknown" and time.monotonic() < deadline:
            time.sleep(0.05)
        told = admin.ask("GET", path).json()
        assert told["ended_after_ms"] >= 400
        del told["ended_after_ms"]
        assert told == {"status": "ok", "statement_timeout": "400ms", "configured": True, "workers": {}}
        assert client.get(path).json() == {"status": "ok"}

    def test_a_worker_proves_its_own_and_everybody_who_looks_sees_it(
        self, ground: Ground, client: TestClient, admin: Person
    ) -> None:
        now, worker = ground.clock.now(), ground.settings.worker_id
        with ground.database.transaction() as session:
            session.add(WorkerRow(id=worker, started_at=now, heartbeat_at=now))
        self._expect(ground, admin, worker, "unknown", ok=True)
        service.prove_worker_limit(ground, lambda: True)
        self._expect(ground, admin, worker, "unknown", ok=True)
        service.prove_worker_limit(ground, lambda: False)
        self._expect(ground, admin, worker, "ok", ok=True)
        with ground.database.transaction() as session:
            session.get_one(WorkerRow, worker).slow_is_ended = False
        told = self._expect(ground, admin, worker, "fail", ok=False)
        assert "connections" in told["action"]
        assert "workers" not in client.get("/api/health/db-timeout").json()

    def _expect(self, ground: Ground, admin: Person, worker: str, status: str, *, ok: bool) -> dict[str, Any]:
        told: dict[str, Any] = admin.ask("GET", "/api/health/db-timeout").json()
        assert told["workers"] == {worker: status}
        (check,) = (check for check in service.work(ground) if check.name == "slow statements")
        assert (check.ok, bool(check.action)) == (ok, not ok)
        return told


@pytest.mark.postgres
def test_the_limit_is_proved_on_postgres_and_its_absence_is_seen(postgres_ground: Ground) -> None:
    database = postgres_ground.database
    with database.reading_engine.connect() as connection:
        connection.execute(text("SELECT set_config('statement_timeout', '0', false)"))
        connection.commit()
    limits, database.limits = database.limits, replace(database.limits, statement_ms=300)
    unlimited = prove_limit(database)  # on the connection that forgot its limit
    assert (unlimited.was_ended, unlimited.holds) == (False, False)
    database.limits = limits


def test_a_dead_worker_and_an_unread_store_are_told_with_what_to_do(
    client: TestClient, ground: Ground, admin: Person
) -> None:
    assert client.get("/api/health/deep").json() == {"status": "fail", "db": "ok", "storage": "ok", "broker": "fail"}
    told = admin.ask("GET", "/api/health/deep").json()["checks"]
    assert told["db"]["finding"] == "answers"
    assert 0 <= told["db"]["latency_ms"] < 2_000
    assert 0 <= told["db"]["age_seconds"] < 2
    assert told["broker"]["finding"] == "no worker is alive, so no episode moves"
    assert "donecast worker" in told["broker"]["action"]
    with ground.database.transaction() as session:
        session.add(WorkerRow(id="one", started_at=ground.clock.now(), heartbeat_at=ground.clock.now()))
    time.sleep(1.1)  # what was seen is good for a second
    told = admin.ask("GET", "/api/health/deep").json()["checks"]
    assert told["broker"]["finding"].startswith("The store of the durable queue cannot be read")


def test_strangers_who_ask_again_and_again_make_us_write_no_more_often(client: TestClient, ground: Ground) -> None:
    probe = ground.settings.data / "blobs" / "health" / "probe"
    begun, written = time.monotonic(), set[int]()
    for _ in range(30):
        client.get("/readyz")
        client.get("/api/health/deep")
        written.add(probe.stat().st_mtime_ns)
    assert len(written) <= 1 + (time.monotonic() - begun) / 2


def test_resources_are_told_in_full_to_admins_alone(client: TestClient, admin: Person, ann: Person) -> None:
    path = "/api/health/resources"
    assert set(client.get(path).json()) == {"status"}
    assert set(ann.ask("GET", path).json()) == {"status"}
    told = admin.ask("GET", path).json()
    assert told["memory_mb"] > 10
    assert 0 < told["memory_percent"] < 100
    assert told["cpu_percent"] >= 0
    assert told["threads"] > 1
    assert 0 < told["open_files"] < told["open_files_max"]
    assert told["disk"]["total_bytes"] > told["disk"]["free_bytes"]


def test_strangers_read_nothing_but_summaries(client: TestClient) -> None:
    for path in ("pool", "deep", "db-timeout", "resources"):
        assert not SECRETS & set(client.get(f"/api/health/{path}").json()), path


def test_a_look_that_hangs_is_not_begun_again_and_its_age_is_told() -> None:
    go, begun = threading.Event(), []

    def hang() -> str:
        begun.append(1)
        go.wait(10)
        return "seen"

    look = Look("hanging", hang)
    with ThreadPoolExecutor(8) as askers:
        first = time.monotonic()
        seen = list(askers.map(lambda _: look.see_now(0.1), range(40)))
        assert time.monotonic() - first < 1.5, "only the first wait, the others are told at once"
    assert all(sight.hangs for sight in seen)
    assert len(begun) == 1
    assert look.see_now(0.1).age_seconds >= 0.1
    go.set()
    deadline = time.monotonic() + 5
    while look.see_now(0.1).hangs and time.monotonic() < deadline:
        time.sleep(0.01)
    assert (look.see_now(1).value, len(begun)) == ("seen", len(begun))
    assert len(begun) > 1


def test_looks_that_begin_together_are_waited_for_together() -> None:
    go, begun = threading.Event(), []

    def come_to_nothing() -> None:
        begun.append(1)
        time.sleep(0.1)

    first = time.monotonic()
    hanging, quick = Look("hanging", lambda: go.wait(10)).begin(), Look("quick", come_to_nothing).begin()
    hangs = [hanging.see_now(0.3).hangs, quick.see_now(0.3).hangs]
    took = time.monotonic() - first
    go.set()
    assert hangs == [True, False]
    assert took < 0.5, "and not the second one again, after all was waited for"
    assert len(begun) == 1


def test_what_is_scarce_is_named() -> None:
    fine = Resources(100.0, 1.0, 50.0, 10.0, 10, 1_000, 5, DiskRoom(10_000, 20_000))
    assert scarce(fine, 2_500) == {}
    assert set(scarce(fine, 2_501)) == {"disk"}
    assert set(scarce(replace(fine, machine_memory_percent=95.1), 0)) == {"memory"}
    assert set(scarce(replace(fine, open_files=801), 0)) == {"open_files"}
    assert DiskRoom(5_000, 20_000).used_percent == 75.0


@pytest.mark.parametrize(
    ("percents", "status", "warning"),
    [([80.0, 10.0], "healthy", False), ([10.0, 80.1], "warning", True), ([100.0, 0.0], "exhausted", True)],
)
def test_the_fullest_pool_counts(percents: list[float], status: str, warning: bool) -> None:
    verdict = pool_verdict(percents, 3)
    assert (verdict.status, verdict.warning, verdict.utilization_percent) == (status, warning, max(percents))


def test_a_queue_stands_without_workers_or_when_orders_wait() -> None:
    assert queue_finding(0, None) == "no worker is alive, so no episode moves"
    assert queue_finding(1, None) == queue_finding(1, 60.0) == ""
    assert queue_finding(1, 61.0) == "an order has waited for 61 s and no worker takes it over"
