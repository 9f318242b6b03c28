"""What a collector reads: of every kind something, nothing about people, and never more series than it can hold."""

import random
import string
from typing import Any

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from donecast.platform.web import Ground
from tests.support.people import Person

TOKEN = "a-token-of-a-collector"
SERIES_MAX = 2_000


@pytest.fixture
def overrides() -> dict[str, Any]:
    return {"metrics_token": TOKEN}


def read(client: TestClient, token: str = TOKEN) -> dict[str, list[tuple[dict[str, str], float]]]:
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


def test_every_kind_is_there_and_requests_are_counted(client: TestClient, admin: Person) -> None:
    before = read(client)
    for name in (
        "donecast_database_connections",
        "donecast_breaker_phase",
        "donecast_ledger_entries",
        "donecast_feed_episodes",
        "donecast_storage_bytes",
        "donecast_workers_alive",
        "donecast_process_memory_bytes",
        "donecast_sqlite_wal_bytes",
    ):
        assert before[name], name
    assert before["donecast_rows_readable"] == [({}, 1.0)]
    assert before["donecast_errors_total"] == [({"outcome": "told"}, 0.0), ({"outcome": "expected"}, 0.0)]
    assert client.get("/api/shows", headers={"Authorization": "Bearer none"}).status_code == 401
    for _ in range(3):
        assert client.get("/livez").status_code == 200
    after = read(client, admin.token)
    assert ({"outcome": "expected"}, 1.0) in after["donecast_errors_total"]
    livez = {"route": "/livez", "method": "GET", "outcome": "2xx"}
    assert _value(after, livez) - _value(before, livez) == 3


def _value(found: dict[str, list[tuple[dict[str, str], float]]], labels: dict[str, str]) -> float:
    return sum(value for has, value in found.get("donecast_http_requests_total", []) if has == labels)


def test_others_read_nothing(client: TestClient, ann: Person) -> None:
    assert client.get("/metrics").status_code == 401
    assert ann.ask("GET", "/metrics").status_code == 401
    assert client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}x"}).status_code == 401


def test_a_flood_of_addresses_makes_no_new_series(client: TestClient, ann: Person, ground: Ground) -> None:
    chance = random.Random(6)
    before = read(client)
    for _ in range(300):
        word = "".join(chance.choices(string.ascii_letters + string.digits + "-._~%", k=12)).replace("%", "%25")
        path = chance.choice(["/", "/api/episodes/", "/api/shows/", "/shows/", "/listen/a/b/", "/api/nothing/"]) + word
        ann.ask(chance.choice(["GET", "POST", "DELETE"]), path)
    after = read(client)
    series = sum(len(samples) for samples in after.values())
    assert series <= SERIES_MAX
    routes = {labels["route"] for labels, _ in after["donecast_http_requests_total"]}
    assert len(routes) < 40, routes
    assert before.keys() <= after.keys()
