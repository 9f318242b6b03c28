"""The pools of all processes: who keeps watch sees another process's pool run out, and its own."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import select, text

from donecast.entry.http import create_app
from donecast.entry.wiring import lay_ground, open_aside, open_vital_signs
from donecast.health.alerts import service as alerts
from donecast.health.alerts.looking import Lookout
from donecast.health.history import service as history
from donecast.platform.models import PoolUseRow
from donecast.platform.pool_uses import FRESH_FOR, PoolUses
from donecast.platform.web import Ground
from tests.support.people import Person

_ROUND_SECONDS_MAX = 20


@pytest.fixture
def overrides() -> dict[str, Any]:
    return {"database_pool_size": 1, "database_pool_wait_ms": 100}


@pytest.fixture(params=["ground", "postgres_ground"])
def on_both(request: pytest.FixtureRequest) -> Ground:
    ground: Ground = request.getfixturevalue(request.param)
    return ground


@pytest.fixture
def of_worker(on_both: Ground) -> Iterator[Ground]:
    """The ground of a worker beside it, which has its own connections."""
    ground = lay_ground(on_both.settings, "worker", on_both.errors)
    yield ground
    ground.database.dispose()


@contextmanager
def exhausted(ground: Ground) -> Iterator[None]:
    """Somebody has every connection for reading, of which on PostgreSQL there is one kind."""
    with ExitStack() as stack:
        for _ in range(ground.database.pools[-1].facts().capacity):
            stack.enter_context(ground.database.reading()).execute(text("SELECT 1"))
        yield


@contextmanager
def aside(ground: Ground) -> Iterator[Ground]:
    """The same ground for whoever keeps watch."""
    beside = open_aside(ground)
    try:
        yield beside
    finally:
        beside.database.dispose()


def open_alerts(ground: Ground) -> list[str]:
    with ground.database.reading() as session:
        return [alert.name for alert in alerts.watched(session).alerts]


@pytest.mark.parametrize("watcher", ["worker", "api"])
def test_the_alert_opens_whichever_process_keeps_watch(on_both: Ground, of_worker: Ground, watcher: str) -> None:
    with closing(open_vital_signs(on_both)) as signs, aside(of_worker if watcher == "worker" else on_both) as watching:
        PoolUses(watching.database, of_worker.database, of_worker.traffic.process_id, "worker").save(
            of_worker.clock.now()
        )
        with exhausted(on_both):
            signs.save_pools()
            assert Lookout(watching, None).facts().pool_percent == 100.0
            assert Lookout(watching, None).look()
            assert "pool_exhausted" in open_alerts(watching)
            assert history.sample(watching)
        with on_both.database.reading() as session:
            lines = history.lines(session, on_both.clock.now())
    assert [value for _, value in lines["pool_percent"]] == [100.0]


def test_what_a_process_said_long_ago_says_nothing(ground: Ground) -> None:
    with aside(ground) as watching:
        uses = PoolUses(watching.database, ground.database, ground.traffic.process_id, "api")
        with exhausted(ground):
            uses.save(ground.clock.now() - FRESH_FOR - timedelta(seconds=1))
        assert Lookout(watching, None).facts().pool_percent is None
        uses.save(ground.clock.now())
        facts = Lookout(watching, None).facts()
    assert (facts.pool_percent, facts.pool_waiting) == (0.0, 0)


def test_rows_of_processes_that_are_gone_go(ground: Ground) -> None:
    now = ground.clock.now()
    with aside(ground) as watching:
        PoolUses(watching.database, ground.database, "gone", "worker").save(now - timedelta(hours=2))
        own = PoolUses(watching.database, ground.database, ground.traffic.process_id, "api")
        own.save(now)
    with ground.database.reading() as session:
        assert session.scalars(select(PoolUseRow.process_id)).all() == [ground.traffic.process_id]


def test_the_web_side_tells_of_its_pools_while_it_has_no_connection_left(ground: Ground) -> None:
    app = create_app(ground)
    with aside(ground) as watching, TestClient(app, base_url=ground.settings.server.base_url), exhausted(ground):
        deadline = time.monotonic() + _ROUND_SECONDS_MAX
        while Lookout(watching, None).facts().pool_percent != 100.0:
            assert time.monotonic() < deadline, "nobody told"
            time.sleep(0.2)


def test_an_admin_and_a_collector_see_the_worker_s_pool_and_a_stranger_does_not(
    ground: Ground, client: TestClient, admin: Person
) -> None:
    of_worker = lay_ground(replace(ground.settings), "worker", ground.errors)
    with aside(of_worker) as watching, exhausted(of_worker):
        PoolUses(watching.database, of_worker.database, of_worker.traffic.process_id, "worker").save(ground.clock.now())
    of_worker.database.dispose()
    (told,) = admin.ask("GET", "/api/health/pool").json()["processes"]
    assert (told["part"], told["process_id"]) == ("worker", of_worker.traffic.process_id)
    assert (told["utilization_percent"], told["waiting"]) == (100.0, 0)
    assert "processes" not in client.get("/api/health/pool").json()
    samples = [
        sample
        for family in text_string_to_metric_families(admin.ask("GET", "/metrics").text)
        for sample in family.samples
        if sample.name == "donecast_database_pool_percent"
    ]
    assert [(sample.labels, sample.value) for sample in samples] == [({"part": "worker"}, 100.0)]
