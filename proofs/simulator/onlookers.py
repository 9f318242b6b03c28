"""Onlookers, who stand outside of the product and see what a user would, while everything goes on.

One opens what rows name, at any moment. One sits in the database and notes every worker that tells of a step of work
that another one has, or nobody.
"""

import hashlib
import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import String, text

from donecast.platform.database import Base, Database

_HASH_LENGTH = 64
_LATE_TABLE = "CREATE TABLE sim_late_writers (writer TEXT, holder TEXT, operation_id TEXT, step TEXT)"
_LATE_TRIGGER = """
    CREATE TRIGGER sim_late_{act} AFTER {act} ON operation_steps
    WHEN new.state IN ('running', 'done')
    AND sim_writer() IS NOT (SELECT lease_holder FROM operations WHERE id = new.operation_id)
    BEGIN INSERT INTO sim_late_writers VALUES (
        sim_writer(), (SELECT lease_holder FROM operations WHERE id = new.operation_id), new.operation_id, new.name
    ); END
"""


def note_late_writers(database: Database) -> None:
    """From now on each step that is told by a worker which does not have the work is a row of ``sim_late_writers``."""
    with database.transaction() as session:
        session.execute(text(_LATE_TABLE))
        for act in ("INSERT", "UPDATE"):
            session.connection().exec_driver_sql(_LATE_TRIGGER.format(act=act))


def introduce(connection: Any, writer: str) -> None:
    """Says whose connection it is."""
    connection.create_function("sim_writer", 0, lambda: writer)


def late_writers(data: Path) -> list[str]:
    """Who told of work that was not theirs any more."""
    with closing(_rows(data)) as rows:
        query = "SELECT DISTINCT writer, step, holder FROM sim_late_writers"
        return [
            f"{writer} tells of {step} although {holder or 'nobody'} has the work"
            for writer, step, holder in rows.execute(query)
        ]


def bytes_lost(data: Path, *, thoroughly: bool = False) -> list[str]:
    """Bytes that a row names and that are not there; ``thoroughly``: or are others than they were."""
    with closing(_rows(data)) as rows:
        named = sorted(content_hash for (content_hash,) in rows.execute(_names_of_bytes()))
    wrong = []
    for content_hash in named:
        path = data / "blobs" / content_hash[:2] / content_hash
        if not path.exists():
            wrong.append(f"lost: bytes {content_hash[:12]} that a row names")
        elif thoroughly and hashlib.sha256(path.read_bytes()).hexdigest() != content_hash:
            wrong.append(f"lost: bytes {content_hash[:12]} are others than they were")
    return wrong


@cache
def _names_of_bytes() -> str:
    return " UNION ".join(
        f"SELECT {column.name} FROM {table.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.name.endswith("_hash") and isinstance(column.type, String) and column.type.length == _HASH_LENGTH
    )


def _rows(data: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{data / 'donecast.sqlite'}?mode=ro", uri=True)
