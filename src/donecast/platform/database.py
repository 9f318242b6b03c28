"""Rows: one engine for reading, one for writing, and the only two ways to use them.

``transaction`` commits when its block ends well and rolls back when it does not; nobody else commits. On SQLite
writers queue at ``BEGIN IMMEDIATE`` so that a read followed by a write never fails half-way; readers never wait.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, DateTime, Dialect, Engine, MetaData, TypeDecorator, create_engine, event, text
from sqlalchemy.exc import DataError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import ConnectionPoolEntry

from donecast.kit.errors import DonecastError, ErrorKind
from donecast.platform.disk_room import DiskFull
from donecast.platform.error_tracking import add_breadcrumb
from donecast.platform.pool_watch import PoolWatch, Waits
from donecast.platform.statement_limits import DatabaseLimits, limit_postgres, limit_sqlite

_NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
_PATIENT = DatabaseLimits()
_LOCK_WAIT_MS = "donecast_lock_wait_ms"
_PASSING = {
    "40001",  # serialization failure: somebody saved the same first
    "40P01",  # deadlock
    "55P03",  # a lock that came too late
    "57P01",  # the server is shut down, crashes, or is not up yet
    "57P02",
    "57P03",
}
"""PostgreSQL's codes of a transaction that was lost to others, or to the server's end."""
_SIGNS_OF_A_FULL_DISK = ("disk is full", "no space left", "disk i/o error")
_SIGNS_OF_A_BUSY_DATABASE = ("locked", "busy", "timeout", "connection", "unable to open", "server closed")


class Base(DeclarativeBase):
    """Parent of every table."""

    metadata = MetaData(naming_convention=_NAMING)


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant on both databases; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """To the database."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("instants must know their time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """From the database; SQLite forgets the zone, which is always UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class DatabaseBusy(DonecastError):
    """Another writer held the database for longer than we wait, or the database cannot be reached."""

    code = "database_busy"
    kind = ErrorKind.UNAVAILABLE
    message = "We could not save just now because the database is busy."
    action = "Nothing was lost. Please try again in a few seconds."
    retryable = True


class NoConnectionFree(DatabaseBusy):
    """All connections of this process were in use for as long as one may wait for one; nothing was begun."""


class DatabaseSlow(DonecastError):
    """A statement was ended because it took longer than this process may let one take."""

    code = "database_slow"
    kind = ErrorKind.UNAVAILABLE
    message = "The database took too long over this, so we stopped it before it held up everybody else."
    action = "Nothing was changed. Please try again in a minute; if it stays, report it with the number below."
    retryable = True


class TextUnstorable(DonecastError):
    """A text holds the character NUL, which PostgreSQL cannot keep."""

    code = "text_unstorable"
    kind = ErrorKind.INVALID
    message = "There is an invisible character in this text that cannot be saved."
    action = "Type the text again instead of pasting it."


class DatabaseOutdated(DonecastError):
    """The tables are not those of this version of the program."""

    code = "database_outdated"
    kind = ErrorKind.UNAVAILABLE
    message = "The database belongs to another version of DoneCast."
    action = "Start `donecast up` or run `donecast admin migrate` once with this version."


class Database:
    """Two connection pools to one database, or one that serves as both.

    ``pools`` tells what goes on in them, ``writer_waits`` how long writers on SQLite queue for their turn.
    """

    def __init__(self, url: str, *, pool_size: int = 10, limits: DatabaseLimits = _PATIENT) -> None:
        self.url = url
        self.limits = limits
        self.is_sqlite = url.startswith("sqlite")
        if self.is_sqlite:
            Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
        writing = PoolWatch("writing" if self.is_sqlite else "all", pool_size, pool_size)
        reading = PoolWatch("reading", pool_size, pool_size)
        self.pools = (writing, reading) if self.is_sqlite else (writing,)
        self.writer_waits = Waits()
        self.writing_engine = self._make_engine(writing, limits.statement_ms, "BEGIN IMMEDIATE")
        self.reading_engine = (
            self._make_engine(reading, limits.statement_ms, "BEGIN") if self.is_sqlite else self.writing_engine
        )

    def _make_engine(self, watch: PoolWatch, statement_ms: int, begin: str) -> Engine:
        engine = create_engine(
            self.url,
            poolclass=watch.pool_class(),
            pool_size=watch.size,
            max_overflow=watch.overflow_max,
            pool_timeout=self.limits.pool_wait_ms / 1_000,
            pool_pre_ping=not self.is_sqlite,
        )
        watch.look_over(engine)
        _leave_breadcrumbs(engine)
        if not self.is_sqlite:
            limit_postgres(engine, replace(self.limits, statement_ms=statement_ms))
            return engine

        @event.listens_for(engine, "connect")
        def configure(connection: Any, _record: ConnectionPoolEntry) -> None:
            connection.isolation_level = None  # we say BEGIN ourselves
            wait = f"busy_timeout={self.limits.lock_wait_ms}"
            for pragma in (wait, "journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
                connection.execute(f"PRAGMA {pragma}")

        @event.listens_for(engine, "checkin")
        def end_what_is_open(connection: Any, _record: ConnectionPoolEntry) -> None:
            # A COMMIT that fails leaves SQLite's transaction open, and with it the pen in nobody's hand.
            if connection is not None and connection.in_transaction:
                connection.rollback()

        @event.listens_for(engine, "begin")
        def begin_as_told(connection: Any) -> None:
            if begin == "BEGIN":
                connection.exec_driver_sql(begin)
                return
            wait_ms = connection.get_execution_options().get(_LOCK_WAIT_MS)
            with self.writer_waits.one(OperationalError), _busy_timeout(connection, wait_ms, self.limits.lock_wait_ms):
                connection.exec_driver_sql(begin)

        limit_sqlite(engine, statement_ms)
        return engine

    @contextmanager
    def transaction(self, lock_wait_ms: int | None = None) -> Iterator[Session]:
        """A session whose work is committed at the end of the block, or undone when the block raises.

        ``lock_wait_ms``: for work that is not worth as long a wait for other writers as the limits allow.
        """
        with _plain_words(), Session(self.writing_engine, expire_on_commit=False) as session:
            if lock_wait_ms is not None and lock_wait_ms < self.limits.lock_wait_ms:
                session.connection(execution_options={_LOCK_WAIT_MS: lock_wait_ms})
                if not self.is_sqlite:
                    session.execute(text(f"SET LOCAL lock_timeout = {lock_wait_ms}"))
            yield session
            session.commit()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that only looks; whatever it would change is thrown away."""
        with _plain_words(), Session(self.reading_engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def snapshot(self) -> Iterator[Session]:
        """The same for several looks that must agree: what others save meanwhile is not seen."""
        with self.reading() as session:
            if not self.is_sqlite:  # where a transaction that reads is one look anyway
                session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            yield session

    def ping(self) -> None:
        """Raises DatabaseBusy when the database does not answer."""
        with self.reading() as session:
            session.execute(text("SELECT 1"))

    def migrate(self) -> None:
        """Brings the tables to this version; safe to call when they already are."""
        config = alembic_config()
        # Changing a large table takes longer than anybody who asks for a page should wait.
        patient = self._make_engine(PoolWatch("migration", 1, 0), self.limits.migration_ms, "BEGIN IMMEDIATE")
        try:
            with _plain_words(), patient.connect() as connection:
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
                connection.commit()
                _require_current(connection)
        finally:
            patient.dispose()

    def require_current(self) -> None:
        """Raises DatabaseOutdated unless the tables are those of this version."""
        with _plain_words(), self.reading_engine.connect() as connection:
            _require_current(connection)

    def wal_bytes(self) -> int:
        """How much SQLite has written that is not in its main file yet; 0 on PostgreSQL."""
        if not self.is_sqlite:
            return 0
        journal = Path(f"{self.url.removeprefix('sqlite:///')}-wal")
        return journal.stat().st_size if journal.exists() else 0

    def dispose(self) -> None:
        """Closes every connection."""
        self.writing_engine.dispose()
        self.reading_engine.dispose()


def _leave_breadcrumbs(engine: Engine) -> None:
    """Notes every statement, never its values, for whoever reads of an error afterwards."""

    @event.listens_for(engine, "before_cursor_execute")
    def begin(_connection: Any, _cursor: Any, _statement: str, _values: Any, context: Any, _many: bool) -> None:
        if context is not None:
            context.begun_at = time.perf_counter()

    @event.listens_for(engine, "after_cursor_execute")
    def end(_connection: Any, _cursor: Any, statement: str, _values: Any, context: Any, _many: bool) -> None:
        begun_at = getattr(context, "begun_at", None)
        milliseconds = None if begun_at is None else round((time.perf_counter() - begun_at) * 1_000, 3)
        add_breadcrumb("sql", " ".join(statement.split()), milliseconds=milliseconds)


@contextmanager
def _busy_timeout(connection: Any, wait_ms: int | None, usual_ms: int) -> Iterator[None]:
    """Another wait for the pen than usual, for one transaction of a connection that comes back to its pool."""
    if wait_ms is None:
        yield
        return
    connection.exec_driver_sql(f"PRAGMA busy_timeout={wait_ms}")
    try:
        yield
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={usual_ms}")


@contextmanager
def _plain_words() -> Iterator[None]:
    """Turns the driver's words for a busy, full or lost database into ours."""
    try:
        yield
    except DataError as error:
        if "NUL" in str(error.orig):
            raise TextUnstorable from error
        raise
    except PoolTimeout as error:
        raise NoConnectionFree(details={"reason": "no connection was free"}) from error
    except DBAPIError as error:
        reason = str(error.orig).lower()
        if isinstance(error, OperationalError) and ("interrupted" in reason or "statement timeout" in reason):
            raise DatabaseSlow from error
        if isinstance(error, OperationalError) and any(sign in reason for sign in _SIGNS_OF_A_FULL_DISK):
            raise DiskFull from error
        if error.connection_invalidated or getattr(error.orig, "sqlstate", None) in _PASSING:
            raise DatabaseBusy from error
        if isinstance(error, OperationalError) and any(sign in reason for sign in _SIGNS_OF_A_BUSY_DATABASE):
            raise DatabaseBusy from error
        raise


def _require_current(connection: Connection) -> None:
    if set(MigrationContext.configure(connection).get_current_heads()) != _newest_migrations():
        raise DatabaseOutdated


@cache
def _newest_migrations() -> frozenset[str]:
    return frozenset(ScriptDirectory.from_config(alembic_config()).get_heads())


def alembic_config() -> Config:
    """Where the migrations lie: beside the source tree, or inside the installed package."""
    here = Path(__file__).resolve()
    packaged, in_tree = here.parents[1] / "_migrations", here.parents[3] / "migrations"
    config = Config()
    config.set_main_option("script_location", str(packaged if packaged.exists() else in_tree))
    return config
