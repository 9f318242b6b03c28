"""The error rate as people and admins see it, from real requests through the frame."""

import random
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import APIRouter
from fastapi.testclient import TestClient

from donecast.entry.http import create_app
from donecast.entry.request_facts import UNMATCHED
from donecast.platform.database import DatabaseBusy
from donecast.platform.web import Ground
from tests.support.people import Person, sign_up

PUBLIC_FIELDS = {"error_rate_percent", "window_seconds"}


@pytest.fixture
def frail(ground: Ground) -> Iterator[TestClient]:
    """The app with routes that fail."""
    router = APIRouter()

    @router.get("/test/broken")
    def broken() -> None:
        raise RuntimeError

    @router.get("/test/late")
    async def late() -> None:
        raise TimeoutError

    @router.get("/test/busy")
    def busy() -> None:
        raise DatabaseBusy

    app = create_app(ground)
    app.include_router(router)
    with TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False) as client:
        yield client


def test_errors_are_ours_and_a_scanner_is_not(ground: Ground, frail: TestClient) -> None:
    admin = sign_up(ground, frail, "root@example.com", "admin")
    for path, times in (("/test/broken", 3), ("/test/late", 2), ("/test/busy", 1), ("/livez", 10), ("/.env", 4)):
        for _ in range(times):
            frail.get(path)
    assert frail.get("/api/health/error-rate").json() == {"error_rate_percent": 30.0, "window_seconds": 300}
    in_full = admin.ask("GET", "/api/health/error-rate").json()
    sums = ("error_count", "success_count", "total_requests", "error_rate_percent", "client_error_count")
    # One more than before: the stranger's look at the rate ended meanwhile, and it ended well.
    assert [in_full[name] for name in sums] == [6, 15, 21, 28.5714, 4]
    routes = {(one["method"], one["route"]): one["counts"] for one in in_full["routes"]}
    assert routes["GET", "/test/broken"] == {"5xx": 3}
    assert routes["GET", UNMATCHED] == {"4xx": 4}
    assert in_full["slow_requests"] == []


def test_only_an_admin_sees_where(client: TestClient, ann: Person, admin: Person) -> None:
    assert set(client.get("/api/health/error-rate").json()) == PUBLIC_FIELDS
    assert set(ann.ask("GET", "/api/health/error-rate").json()) == PUBLIC_FIELDS
    assert {"routes", "slow_requests"} < set(admin.ask("GET", "/api/health/error-rate").json())


def test_labels_stay_few_whatever_is_asked_for(ground: Ground, client: TestClient) -> None:
    chance = random.Random(7)
    heads = ("/api/shows/", "/shows/", "/", "/studio/", "/api/uploads/", "/covers/x/", "/static/", "/openapi.json/")
    methods: list[Any] = ["GET", "PUT", "BREW", "DELETE", "HEAD"]
    for number in range(150):
        client.request(chance.choice(methods), f"{chance.choice(heads)}{number}-{chance.random()}")
    labels = ground.traffic.totals()
    assert len({label.route for label in labels}) < 12
    assert len({label.method for label in labels}) == 5
