"""Rows: what is committed, what is undone, what a busy or lost database says, on SQLite and on PostgreSQL."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import String, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from donecast.platform.database import Base, Database, DatabaseBusy, DatabaseOutdated, Instant
from donecast.platform.statement_limits import DatabaseLimits


class Tables(DeclarativeBase):
    """Apart from the product's own, of which other tests make lists."""


class Note(Tables):
    """A table for these tests."""

    __tablename__ = "test_notes"

    id: Mapped[str] = mapped_column(String(20), primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database with the test's table."""
    url = f"sqlite:///{tmp_path}/a.sqlite" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    database = Database(url, limits=DatabaseLimits(lock_wait_ms=300))
    Tables.metadata.tables["test_notes"].create(database.writing_engine)
    yield database
    Tables.metadata.tables["test_notes"].drop(database.writing_engine)
    database.dispose()


def ids(database: Database) -> list[str]:
    with database.reading() as session:
        return sorted(note.id for note in session.query(Note))


NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_a_transaction_is_kept_when_its_block_ends_well_and_undone_when_not(database: Database) -> None:
    with database.transaction() as session:
        session.add(Note(id="kept", at=NOON))
    with pytest.raises(ZeroDivisionError), database.transaction() as session:
        session.add(Note(id="undone", at=NOON))
        session.flush()
        _ = 1 / 0
    assert ids(database) == ["kept"]


def test_reading_never_writes(database: Database) -> None:
    with database.reading() as session:
        session.add(Note(id="lost", at=NOON))
        session.flush()
    assert ids(database) == []


def test_instants_come_back_aware_and_equal_whatever_zone_they_were_in(database: Database) -> None:
    local = datetime(2026, 3, 1, 14, tzinfo=timezone(timedelta(hours=2)))
    with database.transaction() as session:
        session.add(Note(id="a", at=local))
    with database.reading() as session:
        note = session.get_one(Note, "a")
        assert (note.at, note.at.tzinfo) == (NOON, UTC)


def test_an_instant_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(Exception, match="time zone"), database.transaction() as session:
        session.add(Note(id="a", at=datetime(2026, 3, 1)))  # noqa: DTZ001


def test_forty_writers_at_once_lose_nothing(database: Database) -> None:
    def write(number: int) -> None:
        with database.transaction() as session:
            seen = session.query(Note).count()
            session.add(Note(id=f"{number:02d}", at=NOON + timedelta(seconds=seen)))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids(database)) == 40


def test_a_writer_that_waits_too_long_says_so_and_a_reader_does_not_wait(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/a.sqlite", limits=DatabaseLimits(lock_wait_ms=100))
    Tables.metadata.tables["test_notes"].create(database.writing_engine)
    with database.transaction() as holder:
        holder.add(Note(id="first", at=NOON))
        holder.flush()
        with pytest.raises(DatabaseBusy) as refused, database.transaction() as waiting:
            waiting.add(Note(id="second", at=NOON))
        assert ids(database) == []
    assert refused.value.retryable
    assert "Nothing was lost" in refused.value.action
    assert ids(database) == ["first"]
    database.dispose()


def test_a_lost_server_is_said_in_plain_words() -> None:
    database = Database("postgresql+psycopg://donecast@127.0.0.1:1/nowhere")
    with pytest.raises(DatabaseBusy), database.reading() as session:
        session.execute(text("SELECT 1"))
    database.dispose()


@pytest.mark.postgres
def test_migrations_lead_to_the_models_and_back_on_postgres(postgres_url: str) -> None:
    check_migrations(Database(postgres_url))


def test_migrations_lead_to_the_models_and_back_on_sqlite(tmp_path: Path) -> None:
    check_migrations(Database(f"sqlite:///{tmp_path}/a.sqlite"))


def check_migrations(database: Database) -> None:
    with pytest.raises(DatabaseOutdated):
        database.require_current()
    database.migrate()  # which has imported every feature's models
    database.migrate()
    database.require_current()
    with database.reading_engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    database.dispose()


def test_a_commit_that_fails_leaves_no_transaction_open_and_nobody_without_the_pen(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/a.sqlite", pool_size=1)
    with database.transaction() as session:
        session.execute(text("CREATE TABLE shows (id INTEGER PRIMARY KEY)"))
        reference = "REFERENCES shows (id) DEFERRABLE INITIALLY DEFERRED"
        session.execute(text(f"CREATE TABLE episodes (show_id INTEGER {reference})"))
    for _ in range(2):
        with pytest.raises(IntegrityError), database.transaction() as session:
            session.execute(text("INSERT INTO episodes VALUES (7)"))  # which is looked at by COMMIT alone
    with database.transaction() as session:
        assert session.execute(text("SELECT count(*) FROM episodes")).scalar_one() == 0
    database.dispose()
