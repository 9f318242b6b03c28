"""Slow statements, locks that are held, servers that are silent, pools that are empty: each ends in time."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from donecast.platform.database import Database, DatabaseBusy, DatabaseSlow
from donecast.platform.statement_limits import DatabaseLimits
from donecast.platform.telemetry import bound_to

ENDLESS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n",
    "postgres": "SELECT pg_sleep(60)",
}
LIMITS = DatabaseLimits(statement_ms=300, lock_wait_ms=10_000, pool_wait_ms=200)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def database(request: pytest.FixtureRequest, kind: str, tmp_path: Path) -> Iterator[Database]:
    """With room for two connections."""
    url = f"sqlite:///{tmp_path}/a.sqlite" if kind == "sqlite" else request.getfixturevalue("postgres_url")
    database = Database(url, pool_size=1, limits=LIMITS)
    yield database
    database.dispose()


@pytest.mark.parametrize("act", ["reading", "transaction"])
def test_a_slow_statement_ends_with_a_sentence_and_the_next_one_is_served(
    database: Database, kind: str, act: str
) -> None:
    begun = time.monotonic()
    with pytest.raises(DatabaseSlow) as slow, getattr(database, act)() as session:
        session.execute(text(ENDLESS[kind]))
    assert 0.25 < time.monotonic() - begun < 3
    assert slow.value.message.startswith("The database took too long over this")
    time.sleep(LIMITS.statement_ms / 1_000)  # the limit is for a statement, not for a connection
    database.ping()


def test_while_tables_are_changed_a_statement_may_take_longer(database: Database, kind: str) -> None:
    limits = DatabaseLimits(statement_ms=1, migration_ms=60_000)
    impatient = Database(database.url, limits=limits)
    impatient.migrate()
    impatient.dispose()
    database.require_current()


def test_a_lock_of_somebody_else_is_told_from_a_slow_statement(database: Database, kind: str) -> None:
    with database.transaction() as session:
        session.execute(text("CREATE TABLE things (id INTEGER PRIMARY KEY)"))
        session.execute(text("INSERT INTO things VALUES (1)"))
    other = Database(database.url, limits=DatabaseLimits(statement_ms=1_000, lock_wait_ms=100))
    with database.transaction() as holder:
        holder.execute(text("UPDATE things SET id = 2"))
        with pytest.raises(DatabaseBusy), other.transaction() as waiting:
            waiting.execute(text("UPDATE things SET id = 3"))
    other.dispose()
    if kind == "sqlite":
        waits = other.writer_waits.facts()
        assert (waits.waiting, waits.timeouts) == (0, 1)
        assert waits.p95_ms >= 100


def test_an_empty_pool_is_said_soon_and_shows_who_has_the_connections(database: Database) -> None:
    pool = database.pools[-1]
    with bound_to(request_id="req-1"), database.reading() as first:
        first.execute(text("SELECT 1"))
        time.sleep(0.05)
        with bound_to(request_id="req-2"), database.reading() as second:
            second.execute(text("SELECT 1"))
            waiter = threading.Thread(target=_ping_in_vain, args=(database,))
            waiter.start()
            time.sleep(0.1)
            facts = pool.facts()
            waiter.join()
            assert (facts.checked_out, facts.capacity, facts.utilization_percent, facts.overflow) == (2, 2, 100.0, 1)
            assert (facts.wait.waiting, facts.longest_request_id) == (1, "req-1")
            assert facts.longest_ms >= 100
            assert pool.facts().wait.timeouts == 1
            assert pool.facts().wait.p95_ms >= LIMITS.pool_wait_ms
    after = pool.facts()
    assert (after.checked_out, after.wait.waiting, after.longest_request_id) == (0, 0, None)


def _ping_in_vain(database: Database) -> None:
    begun = time.monotonic()
    with pytest.raises(DatabaseBusy):
        database.ping()
    assert time.monotonic() - begun < 2


@contextmanager
def swallower(url: str) -> Iterator[tuple[str, threading.Event]]:
    """An address that leads to a PostgreSQL server until the event is set, and then swallows everything."""
    server, _, port = url.partition("@")[2].partition("/")[0].partition(":")
    silent = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))
    ends: list[socket.socket] = [listener]

    def pump(source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65_536):
                if not silent.is_set():
                    target.sendall(data)
        except OSError:
            pass

    def accept() -> None:
        try:
            while True:
                ours, _ = listener.accept()
                theirs = socket.create_connection((server, int(port)))
                ends.extend((ours, theirs))
                threading.Thread(target=pump, args=(ours, theirs), daemon=True).start()
                threading.Thread(target=pump, args=(theirs, ours), daemon=True).start()
        except OSError:
            pass

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield url.replace(f":{port}/", f":{listener.getsockname()[1]}/"), silent
    finally:
        for end in ends:
            end.close()


@pytest.mark.postgres
def test_a_server_that_swallows_everything_is_given_up(postgres_url: str) -> None:
    with swallower(postgres_url) as (url, silent):
        database = Database(url, pool_size=1, limits=DatabaseLimits(statement_ms=200, connect_seconds=2))
        database.ping()
        silent.set()
        for _ in range(2):  # once on a connection that was there, once on a new one
            begun = time.monotonic()
            with pytest.raises(DatabaseBusy):
                database.ping()
            assert time.monotonic() - begun < 6
        silent.clear()
        database.ping()
        database.dispose()
