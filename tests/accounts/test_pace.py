"""Not too often: each limit for one person and for one place, told in seconds that are true."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from donecast.kit.clock import FixedClock, SystemClock
from donecast.platform.rate_limits import Allowance, RateLimits
from tests.support.people import PASSWORD, Person

UPLOADS = [("POST", "/api/uploads"), ("POST", "/api/media"), ("POST", "/api/shows/show_x/marker-lesson")]
AI_CALLS = [
    ("GET", "/api/voices/preview?voice=nobody"),
    ("POST", "/api/episodes/ep_x/drafts"),
    ("POST", "/api/episodes/ep_x/interns/int_x/draft"),
    ("PUT", "/api/episodes/ep_x/interns/int_x/answer"),
]


@pytest.fixture
def overrides() -> dict[str, Any]:
    return {
        "sign_ups_per_place_and_hour": 2,
        "uploads_per_account_and_hour": 3,
        "uploads_per_place_and_hour": 5,
        "ai_calls_per_account_and_minute": 4,
        "ai_calls_per_place_and_minute": 6,
    }


def refused(answer: Any, code: str, seconds_max: int) -> bool:
    if answer.status_code != 429:
        return False
    error, seconds = answer.json()["error"], int(answer.headers["retry-after"])
    assert (error["code"], error["retryable"], error["details"]["after_seconds"]) == (code, True, seconds)
    assert seconds_max - 10 <= seconds <= seconds_max
    return True


@pytest.mark.parametrize(
    ("asked", "by_one", "by_place", "seconds"), [(UPLOADS, 3, 5, 3_600), (AI_CALLS, 4, 6, 60)], ids=["upload", "ai"]
)
def test_a_person_and_a_place_have_a_limit_over_all_routes_of_a_kind(
    ann: Person, ben: Person, asked: list[tuple[str, str]], by_one: int, by_place: int, seconds: int
) -> None:
    def ask(person: Person, number: int) -> Any:
        return person.ask(*asked[number % len(asked)])

    for number in range(by_one):
        assert ask(ann, number).status_code != 429
    for number in range(len(asked)):
        assert refused(ask(ann, number), "too_often", seconds)
    for number in range(by_place - by_one):  # what was refused to Ann does not count for the place
        assert ask(ben, number).status_code != 429
    assert refused(ask(ben, 0), "too_often", seconds)
    assert ann.ask("GET", "/api/shows").status_code == 200


def test_a_stranger_learns_nothing_of_limits(client: TestClient) -> None:
    assert {client.post("/api/uploads").status_code for _ in range(8)} == {401}


def test_new_accounts_of_a_place_are_limited(client: TestClient) -> None:
    def sign_up(number: int) -> Any:
        wish = {"email": f"person{number}@example.com", "password": PASSWORD, "name": "A Person"}
        return client.post("/api/auth/sign-up", json=wish)

    assert [sign_up(number).status_code for number in range(2)] == [201, 201]
    assert refused(sign_up(2), "too_many_attempts", 3_600)


def test_the_wait_that_is_told_is_the_wait() -> None:
    limits, allowance = RateLimits(SystemClock()), Allowance.per_minute(2, "x")
    begun = time.time()
    assert limits.seconds_to_wait([allowance]) is None
    assert limits.seconds_to_wait([allowance]) is None
    told = limits.seconds_to_wait([allowance])
    assert told is not None
    assert time.time() + told == pytest.approx(begun + 60, abs=2)
    assert limits.seconds_to_wait([Allowance.per_minute(2, "y")]) is None


def test_keys_that_nobody_asks_for_any_more_are_forgotten() -> None:
    clock = FixedClock(datetime.now(UTC))
    limits = RateLimits(clock)
    for number in range(500):
        assert limits.seconds_to_wait([Allowance.per_minute(1, f"typed-{number}")]) is None
    assert limits.seconds_to_wait([Allowance.per_hour(1, "patient")]) is None
    clock.advance(timedelta(minutes=2))
    assert limits.seconds_to_wait([Allowance.per_minute(1, "new")]) is None
    assert limits.keys_kept() == 2
    assert limits.seconds_to_wait([Allowance.per_hour(1, "patient")]) is not None
