"""The web app on PostgreSQL: what SQLite would forgive."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from donecast.entry.http import create_app
from donecast.entry.wiring import lay_ground
from donecast.platform.settings import load_settings
from tests.support.library import made, show_wish
from tests.support.people import Person, sign_up

pytestmark = pytest.mark.postgres


@pytest.fixture
def ann(tmp_path: Path, postgres_url: str) -> Iterator[Person]:
    """Ann at an installation with two database connections, four with those it may add."""
    url = postgres_url.replace("+psycopg", "")
    settings = {"environment": "test", "data": tmp_path / "data", "hash_cost": "low", "disk_free_bytes_min": 0}
    ground = lay_ground(load_settings({**settings, "database_url": url, "database_pool_size": 2}))
    ground.database.migrate()
    with TestClient(create_app(ground), base_url=ground.settings.server.base_url) as client:
        yield sign_up(ground, client, "ann@example.com")
    ground.database.dispose()


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


def test_a_character_that_no_text_can_hold_is_refused_with_a_sentence(ann: Person) -> None:
    show = made(ann, "/api/shows", json=show_wish())
    answer = ann.ask("PATCH", f"/api/shows/{show['id']}", json={"title": "a\u0000b"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "text_unstorable")
    assert ann.ask("GET", "/api/shows/%00").status_code in {400, 404}
