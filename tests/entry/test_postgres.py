"""The web app on PostgreSQL: what SQLite would forgive."""

import threading
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from donecast.entry.http import create_app
from donecast.platform.web import Ground
from tests.support.library import made, show_wish
from tests.support.people import PASSWORD, Person, sign_up

pytestmark = pytest.mark.postgres


@pytest.fixture
def client(postgres_ground: Ground) -> Iterator[TestClient]:
    """A stranger's browser in front of an app with few database connections."""
    with TestClient(create_app(postgres_ground), base_url=postgres_ground.settings.server.base_url) as client:
        yield client


@pytest.fixture
def ann(postgres_ground: Ground, client: TestClient) -> Person:
    """Ann at that installation."""
    return sign_up(postgres_ground, client, "ann@example.com")


def test_more_requests_than_connections_wait_for_each_other_and_all_are_answered(ann: Person) -> None:
    show = made(ann, "/api/shows", json=show_wish())
    codes: list[int] = []

    def change(number: int) -> None:
        codes.append(ann.ask("PATCH", f"/api/shows/{show['id']}", json={"title": f"Beans {number}"}).status_code)

    threads = [threading.Thread(target=change, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == [200] * 16


def test_two_who_sign_up_with_one_address_at_once_make_one_account(client: TestClient) -> None:
    codes: list[int] = []
    wish = {"email": "eve@example.com", "password": PASSWORD}
    threads = [
        threading.Thread(target=lambda: codes.append(client.post("/api/auth/sign-up", json=wish).status_code))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [201, 409, 409, 409, 409, 409]


def test_a_character_that_no_text_can_hold_is_refused_with_a_sentence(ann: Person) -> None:
    show = made(ann, "/api/shows", json=show_wish())
    answer = ann.ask("PATCH", f"/api/shows/{show['id']}", json={"title": "a\u0000b"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "text_unstorable")
    assert ann.ask("GET", "/api/shows/%00").status_code in {400, 404}
