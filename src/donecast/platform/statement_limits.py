"""How long a statement may take, a lock be waited for, and a database be silent, for each kind of process.

PostgreSQL ends a statement itself; a server that is silent altogether, so that it cannot even do that, is given up by
our side of the connection. SQLite has no such setting: while it computes it asks every few milliseconds whether it
shall go on. What it cannot be kept from is one long read or write of the disk.
"""

import time
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.abc import PQGen
from sqlalchemy import Engine, event
from sqlalchemy.pool import ConnectionPoolEntry

CONNECT_SECONDS_MAX = 5
SILENCE_GRACE_SECONDS = 2.0
"""A server that ends a statement in time also says so in time."""
_SQLITE_INSTRUCTIONS_BETWEEN_LOOKS = 100_000  # a few milliseconds, for a look costs a turn of Python's lock
_DEADLINE = "donecast_deadline"


@dataclass(frozen=True, slots=True)
class DatabaseLimits:
    """Milliseconds, of which none is endless; ``migration_ms`` is for a statement that changes tables.

    ``lock_wait_ms``: for another writer on SQLite, for a locked row on PostgreSQL. ``pool_wait_ms``: for a connection
    while others have them all.
    """

    statement_ms: int = 60_000
    lock_wait_ms: int = 10_000
    pool_wait_ms: int = 30_000
    migration_ms: int = 1_800_000
    connect_seconds: int = CONNECT_SECONDS_MAX

    @property
    def row_lock_wait_ms(self) -> int:
        """On PostgreSQL waiting counts as part of a statement, and shall be told from one that is slow by itself."""
        return min(self.lock_wait_ms, self.statement_ms * 4 // 5)


class BoundedConnection(psycopg.Connection[Any]):
    """A connection that gives up a server that says nothing at all, whatever it was asked."""

    silence_seconds_max = 0.0

    def wait(self, gen: PQGen[Any], interval: float = 0.1, timeout: float | None = None) -> Any:
        """One question and its answer. Raises OperationalError, and is closed, when none came in time."""
        begun, limit = time.monotonic(), timeout or self.silence_seconds_max
        try:
            return super().wait(gen, interval, limit)
        except psycopg.OperationalError as error:
            if time.monotonic() - begun < limit:
                raise
            self.pgconn.finish()  # its answer may come yet, and belongs to nobody
            raise psycopg.OperationalError("the server does not answer: connection given up") from error


def limit_postgres(engine: Engine, limits: DatabaseLimits) -> None:
    """Every connection of the engine ends statements and waits for locks in time."""

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: Any, _record: ConnectionPoolEntry, arguments: list[Any], named: dict[str, Any]) -> Any:
        named = {"connect_timeout": limits.connect_seconds} | named
        connection = BoundedConnection.connect(*arguments, **named, autocommit=True)
        connection.silence_seconds_max = limits.statement_ms / 1_000 + SILENCE_GRACE_SECONDS
        for name, limit_ms in (
            ("statement_timeout", limits.statement_ms),
            ("lock_timeout", limits.row_lock_wait_ms),
        ):
            connection.execute("SELECT set_config(%s, %s, false)", (name, str(limit_ms)))
        connection.autocommit = False
        return connection


def limit_sqlite(engine: Engine, statement_ms: int) -> None:
    """Every connection of the engine ends a statement, with the reading of its rows, in time."""

    @event.listens_for(engine, "connect")
    def look_at_the_clock(connection: Any, record: ConnectionPoolEntry) -> None:
        deadline = _Deadline()
        record.info[_DEADLINE] = deadline
        connection.set_progress_handler(deadline.is_over, _SQLITE_INSTRUCTIONS_BETWEEN_LOOKS)

    @event.listens_for(engine, "before_cursor_execute")
    def begin(connection: Any, *_statement: Any) -> None:
        connection.info[_DEADLINE].at = time.monotonic() + statement_ms / 1_000


class _Deadline:
    """When the statement of one connection has to have ended, on the monotonic clock."""

    def __init__(self) -> None:
        self.at = float("inf")

    def is_over(self) -> bool:
        """What SQLite asks; true ends the statement."""
        return time.monotonic() > self.at
