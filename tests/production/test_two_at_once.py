"""Two decisions about one operation in the same moment, on PostgreSQL, where writers do not queue."""

import threading
from collections.abc import Callable, Iterator

import pytest
from fastapi.testclient import TestClient

from donecast.entry.http import create_app
from donecast.platform.web import Ground
from donecast.production import repository, service
from donecast.production.models import OperationRow
from donecast.production.progress import Progress
from donecast.production.rules import Order, PublishWhen
from tests.support.library import made, show_wish, upload
from tests.support.people import Person, sign_up
from tests.support.sounds import tone

pytestmark = pytest.mark.postgres


@pytest.fixture
def ann(postgres_ground: Ground) -> Iterator[Person]:
    """Ann at an installation on PostgreSQL."""
    with TestClient(create_app(postgres_ground), base_url=postgres_ground.settings.server.base_url) as client:
        yield sign_up(postgres_ground, client, "ann@example.com")


@pytest.fixture
def episode_id(postgres_ground: Ground, ann: Person) -> str:
    """Ann's draft of a second of sound."""
    recording = postgres_ground.settings.data / "hum.wav"
    recording.write_bytes(tone(1.2))
    wish = {"show_id": made(ann, "/api/shows", json=show_wish())["id"], "recording_id": upload(ann, recording)["id"]}
    return made(ann, "/api/episodes", json=wish)["id"]


def order(ground: Ground, ann: Person, episode_id: str, when: PublishWhen, linger: Callable[[], object]) -> str:
    """Orders, and lingers before it is saved."""
    with ground.database.transaction() as session:
        operation_id = service.order(
            session,
            ground.clock,
            account_id=ann.account.id,
            episode_id=episode_id,
            until="ready",
            publish_when=when,
            request_id=None,
        )
        linger()
    return operation_id


def beside(act: Callable[[], object]) -> threading.Thread:
    """Does something at the same time; it is given a moment to come as far as it can."""
    thread = threading.Thread(target=act)
    thread.start()
    thread.join(0.3)
    return thread


def is_not_yet(newest: Order) -> bool:
    return newest.publish_when == "not_yet"


def test_a_wish_that_is_being_saved_while_the_work_ends_is_seen(
    postgres_ground: Ground, ann: Person, episode_id: str
) -> None:
    operation_id = order(postgres_ground, ann, episode_id, "not_yet", lambda: None)
    ended: list[bool] = []
    ending: list[threading.Thread] = []

    def end() -> None:
        ended.append(Progress(postgres_ground).complete(operation_id, is_not_yet))

    same = order(postgres_ground, ann, episode_id, "now", lambda: ending.append(beside(end)))
    ending[0].join(20)
    assert (same, ended) == (operation_id, [False])


def test_a_wish_that_comes_while_the_end_is_being_saved_is_a_new_order(
    postgres_ground: Ground, ann: Person, episode_id: str
) -> None:
    operation_id = order(postgres_ground, ann, episode_id, "not_yet", lambda: None)
    ordered: list[str] = []
    ordering: list[threading.Thread] = []

    def wish() -> None:
        ordered.append(order(postgres_ground, ann, episode_id, "now", lambda: None))

    def look(newest: Order) -> bool:
        ordering.append(beside(wish))
        return is_not_yet(newest)

    assert Progress(postgres_ground).complete(operation_id, look)
    ordering[0].join(20)
    assert ordered[0] != operation_id
    found = ann.ask("GET", f"/api/operations/{ordered[0]}").json()
    assert found["state"] == "queued"


def test_a_retry_beside_an_order_finds_that_order(
    postgres_ground: Ground, ann: Person, episode_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = order(postgres_ground, ann, episode_id, "not_yet", lambda: None)
    ann.ask("POST", f"/api/operations/{failed}/cancel")
    newer = order(postgres_ground, ann, episode_id, "not_yet", lambda: None)
    looks, look = iter([True]), repository.active_operation

    def look_too_early(*arguments: object) -> OperationRow | None:
        return None if next(looks, False) else look(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(repository, "active_operation", look_too_early)
    answer = ann.ask("POST", f"/api/operations/{failed}/retry")
    assert (answer.status_code, answer.json()["id"]) == (202, newer)


def test_two_retries_at_once_make_one_attempt(postgres_ground: Ground, ann: Person, episode_id: str) -> None:
    operation_id = order(postgres_ground, ann, episode_id, "not_yet", lambda: None)
    ann.ask("POST", f"/api/operations/{operation_id}/cancel")
    codes: list[int] = []

    def retry() -> None:
        codes.append(ann.ask("POST", f"/api/operations/{operation_id}/retry").status_code)

    threads = [threading.Thread(target=retry) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [202, 409, 409, 409]
    with postgres_ground.database.reading() as session:
        assert service.order_of(session, operation_id).attempt == 2
