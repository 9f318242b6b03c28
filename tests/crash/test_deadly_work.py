"""A recording whose work kills its worker: after a few workers it ends as failed, and the others live on."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from donecast.entry.http import create_app
from donecast.entry.wiring import lay_ground
from donecast.platform.settings import load_settings
from tests.support.library import made, show_wish, upload
from tests.support.nursery import fork_donecast
from tests.support.people import sign_up
from tests.support.servers import stop
from tests.support.sounds import tone

_ATTEMPTS_MAX = 2


@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_it_ends_as_failed_and_no_worker_is_killed_any_more(
    tmp_path: Path, database: str, request: pytest.FixtureRequest
) -> None:
    settings: dict[str, Any] = {
        "environment": "test",
        "data": tmp_path / "data",
        "hash_cost": "low",
        "disk_free_bytes_min": 0,
        "work_attempts_max": _ATTEMPTS_MAX,
        "worker_heartbeat_ms": 200,
        "worker_lease_ms": 1_000,
        "step_lease_renew_ms": 300,
        "step_lease_ms": 1_000,
        "dispatch_interval_ms": 50,
    }
    if database == "postgresql":
        settings["database_url"] = request.getfixturevalue("migrated_postgres_url").replace("+psycopg", "")
    ground = lay_ground(load_settings(settings))
    ground.database.migrate()
    with TestClient(create_app(ground), base_url=ground.settings.server.base_url) as client:
        ann = sign_up(ground, client, "ann@example.com")
        (tmp_path / "hum.wav").write_bytes(tone(1.2))
        wish = {"show_id": made(ann, "/api/shows", json=show_wish())["id"]}
        wish["recording_id"] = upload(ann, tmp_path / "hum.wav")["id"]
        episode_id = made(ann, "/api/episodes", json=wish)["id"]
        operation_id = made(ann, f"/api/episodes/{episode_id}/produce")["operation_id"]

        def state() -> str:
            found: str = ann.ask("GET", f"/api/operations/{operation_id}").json()["state"]
            return found

        deadly = {**settings, "kill_at": "check:end"}
        for number in range(_ATTEMPTS_MAX):
            worker = fork_donecast(["worker"], {**deadly, "worker_id": f"worker-{number}"}, tmp_path / "worker.log")
            assert worker.wait(60) == -9
            assert state() in {"queued", "running"}
        last = fork_donecast(["worker"], {**deadly, "worker_id": "worker-last"}, tmp_path / "worker.log")
        try:
            assert comes_true(lambda: state() == "failed", within_seconds=60)
            assert last.poll() is None
        finally:
            stop(last)
        ended = ann.ask("GET", f"/api/operations/{operation_id}").json()
        assert (ended["error"]["code"], ended["steps"][0]["state"]) == ("work_keeps_stopping", "failed")
        assert ann.ask("POST", f"/api/operations/{operation_id}/retry").json()["state"] == "queued"
    ground.database.dispose()


def comes_true(condition: Callable[[], bool], within_seconds: float) -> bool:
    ends_at = time.monotonic() + within_seconds
    while not condition():
        if time.monotonic() > ends_at:
            return False
        time.sleep(0.1)
    return True
