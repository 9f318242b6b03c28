"""A unit of work: done once and whole, whatever becomes of its transactions, its locks and its connection."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from donecast.entry.http import create_app
from donecast.kit.errors import DonecastError
from donecast.platform.database import Database
from donecast.platform.statement_limits import DatabaseLimits
from donecast.platform.web import Ground
from donecast.platform.work_unit import ATTEMPTS_MAX, DatabaseStaysBusy, fenced, run_unit
from tests.support.cut_lines import Cutter, cut_line
from tests.support.library import made, show_wish
from tests.support.people import Person, sign_up


class NotYours(DonecastError):
    """What a fence of these tests says."""


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path}/a.sqlite" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    database = Database(url, limits=DatabaseLimits(lock_wait_ms=100))
    with database.transaction() as session:
        session.execute(text("CREATE TABLE things (id INTEGER PRIMARY KEY, at INTEGER)"))
        session.execute(text("INSERT INTO things VALUES (-1, 0), (-2, 0)"))
    yield database
    database.dispose()


def put(begun: list[int]) -> Callable[[Session], int]:
    """Writes a row for each time that it was begun; answers its number."""

    def work(session: Session) -> int:
        begun.append(len(begun))
        session.execute(text("INSERT INTO things VALUES (:number, 0)"), {"number": begun[-1]})
        return begun[-1]

    return work


def kept(database: Database) -> list[int]:
    with database.reading() as session:
        return [row.id for row in session.execute(text("SELECT id FROM things WHERE id >= 0 ORDER BY id"))]


@pytest.mark.postgres
class TestACutLine:
    """PostgreSQL behind a line that is cut at the worst moments."""

    @pytest.mark.parametrize(
        ("when", "at", "begun_times"),
        [
            ("before", b"INSERT INTO things VALUES", 2),
            ("before", b"COMMIT", 2),
            ("answer", b"COMMIT", 1),
        ],
    )
    def test_the_unit_is_kept_once_and_its_answer_is_the_one_that_was_kept(
        self, postgres_url: str, when: str, at: bytes, begun_times: int
    ) -> None:
        with cut_line(postgres_url) as (line, database):
            with database.transaction() as session:
                session.execute(text("CREATE TABLE things (id INTEGER PRIMARY KEY, at INTEGER)"))
            line.arm(when, at=at)
            begun: list[int] = []
            answer = run_unit(database, put(begun))
            assert line.times == 0, "nothing was cut"
            assert len(begun) == begun_times
            assert kept(database) == [answer]

    def test_a_line_that_is_always_cut_ends_after_three_attempts_with_nothing_kept(self, postgres_url: str) -> None:
        with cut_line(postgres_url) as (line, database):
            with database.transaction() as session:
                session.execute(text("CREATE TABLE things (id INTEGER PRIMARY KEY, at INTEGER)"))
            line.arm("before", times=99)
            begun: list[int] = []
            with pytest.raises(DatabaseStaysBusy) as refused:
                run_unit(database, put(begun))
            assert (len(begun), refused.value.retryable) == (ATTEMPTS_MAX, True)
            line.times = 0
            assert kept(database) == []

    def test_two_who_lock_each_other_out_both_come_through(self, postgres_url: str) -> None:
        database = Database(postgres_url)
        with database.transaction() as session:
            session.execute(text("CREATE TABLE things (id INTEGER PRIMARY KEY, at INTEGER)"))
            session.execute(text("INSERT INTO things VALUES (1, 0), (2, 0)"))
        both, begun = threading.Barrier(2), []

        def add(first: int, second: int) -> None:
            def work(session: Session) -> None:
                begun.append(first)
                session.execute(text("UPDATE things SET at = at + 1 WHERE id = :id"), {"id": first})
                with suppress(threading.BrokenBarrierError):
                    both.wait(5)
                session.execute(text("UPDATE things SET at = at + 1 WHERE id = :id"), {"id": second})
                both.abort()

            run_unit(database, work)

        threads = [threading.Thread(target=add, args=pair) for pair in ((1, 2), (2, 1))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        with database.reading() as session:
            assert list(session.execute(text("SELECT at FROM things ORDER BY id")).scalars()) == [2, 2]
        assert len(begun) == 3, "nobody was locked out"
        database.dispose()


def test_a_locked_file_is_waited_for_and_then_given_up(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/a.sqlite", limits=DatabaseLimits(lock_wait_ms=100))
    with database.transaction() as session:
        session.execute(text("CREATE TABLE things (id INTEGER PRIMARY KEY, at INTEGER)"))
    other = sqlite3.connect(tmp_path / "a.sqlite", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseStaysBusy):
        run_unit(database, put([]))
    threading.Timer(0.15, lambda: other.execute("ROLLBACK")).start()
    run_unit(database, put([]))
    assert len(kept(database)) == 1
    other.close()
    database.dispose()


def test_what_the_work_itself_refuses_is_not_tried_again(database: Database) -> None:
    begun: list[int] = []

    def work(session: Session) -> None:
        put(begun)(session)
        raise NotYours

    with pytest.raises(NotYours):
        run_unit(database, work)
    assert (begun, kept(database)) == ([0], [])


def test_within_a_fence_nothing_is_saved_any_more_but_facts(database: Database) -> None:
    def refuse(_session: Session) -> None:
        raise NotYours

    with fenced(refuse):
        with pytest.raises(NotYours):
            run_unit(database, put([]))
        run_unit(database, put([]), is_fact=True)
    assert kept(database) == [0]
    run_unit(database, put([0]))
    assert kept(database) == [0, 1]


class TestARequest:
    """An endpoint is a unit too."""

    def test_a_database_that_is_locked_for_a_moment_is_not_noticed(self, ground: Ground, ann: Person) -> None:
        other = _locked(ground)
        threading.Timer(0.3, lambda: other.execute("ROLLBACK")).start()
        assert ann.ask("POST", "/api/tokens", json={"name": "Later"}).status_code == 201
        names = [one["name"] for one in ann.ask("GET", "/api/tokens").json()]
        assert names.count("Later") == 1
        other.close()

    def test_one_that_stays_locked_is_503_with_a_time_to_come_back(self, ground: Ground, ann: Person) -> None:
        other = _locked(ground)
        answer = ann.ask("POST", "/api/tokens", json={"name": "Never"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "database_busy")
        assert int(answer.headers["Retry-After"]) > 0
        assert answer.json()["error"]["retryable"]
        other.close()

    @pytest.fixture
    def overrides(self) -> dict[str, object]:
        return {"database_lock_wait_ms": 200}


@pytest.mark.postgres
@pytest.mark.parametrize(("when", "at"), [("before", b"COMMIT"), ("answer", b"COMMIT")])
def test_a_request_whose_commit_is_cut_makes_one_episode_and_answers_with_it(
    postgres_cut: tuple[Cutter, Person], when: str, at: bytes
) -> None:
    line, ann = postgres_cut
    show = made(ann, "/api/shows", json=show_wish())
    line.arm(when, at=at)
    answer = ann.ask("POST", "/api/tokens", json={"name": "Cut"})
    assert line.times == 0
    assert answer.status_code == 201
    tokens = [one["id"] for one in ann.ask("GET", "/api/tokens").json() if one["name"] == "Cut"]
    assert tokens == [answer.json()["id"]]
    line.arm(when, at=at)
    assert ann.ask("PATCH", f"/api/shows/{show['id']}", json={"title": "Cut short"}).json()["title"] == "Cut short"
    assert line.times == 0


@pytest.fixture
def postgres_cut(postgres_ground: Ground) -> Iterator[tuple[Cutter, Person]]:
    """Ann at an app whose database stands behind a line that can be cut."""
    url = postgres_ground.database.url
    with cut_line(url) as (line, database):
        ground = replace(postgres_ground, database=database)
        with TestClient(create_app(ground), base_url=ground.settings.server.base_url) as client:
            yield line, sign_up(ground, client, "ann@example.com")


def _locked(ground: Ground) -> sqlite3.Connection:
    other = sqlite3.connect(ground.settings.data / "donecast.sqlite", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    return other
