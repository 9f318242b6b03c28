"""When stored bytes may go: only when no row of any table names them.

Rows name blobs in columns whose name ends in ``_hash``; that is the house's convention, and it is all that is needed
to look through every table. Keeping and forgetting the same bytes exclude each other: on SQLite by its one writer, on
PostgreSQL by an advisory lock on the hash, so bytes are never forgotten while somebody is about to name them.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial

from sqlalchemy import ColumnElement, String, exists, func, or_, select
from sqlalchemy.orm import Session

from donecast.platform.blobs import BlobStore, StoredBlob
from donecast.platform.database import Base, Database, DatabaseBusy
from donecast.platform.work_unit import run_unit

_SUFFIX = "_hash"


def is_used(session: Session, content_hash: str) -> bool:
    """Whether any row names these bytes."""
    uses: list[ColumnElement[bool]] = [
        exists().where(column == content_hash)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.name.endswith(_SUFFIX) and isinstance(column.type, String)
    ]
    return bool(session.scalar(select(or_(*uses)))) if uses else False


def hold(session: Session, blobs: BlobStore, content_hash: str, put_again: Callable[[], StoredBlob]) -> None:
    """Called in the transaction that names freshly stored bytes; stores them again if they were forgotten meanwhile."""
    _exclude_others(session, content_hash)
    if not blobs.holds(content_hash, at_once=True):
        put_again()


def forget_unused(database: Database, blobs: BlobStore, content_hashes: Iterable[str]) -> None:
    """Removes those of the bytes that no row names; called after the transaction that stopped naming them."""
    for content_hash in sorted(set(content_hashes)):
        # Whoever has lost its lease may still tidy up: it says nothing, and takes nothing that is named.
        run_unit(database, partial(_forget, blobs, content_hash), is_fact=True)


def _forget(blobs: BlobStore, content_hash: str, session: Session) -> None:
    _exclude_others(session, content_hash)
    if not is_used(session, content_hash) and blobs.holds(content_hash, at_once=True):
        blobs.delete(content_hash)


def unused_blobs(database: Database, blobs: BlobStore, stored_before: datetime) -> list[StoredBlob]:
    """What was stored before an instant and no row names: left by processes that were killed between the two.

    Give `forget_unused` their hashes. A whole day must lie between, for bytes are stored some time before a row names
    them. Only for an operator who looks at the answer first: beside an empty or an older database all bytes are unused.
    """
    stored = [blob for page in blobs.stored_before(stored_before) for blob in page]
    with database.reading() as session:
        return [blob for blob in stored if not is_used(session, blob.content_hash)]


@contextmanager
def forgotten_on_failure(database: Database, blobs: BlobStore, content_hashes: Iterable[str]) -> Iterator[None]:
    """Around the transaction that names freshly stored bytes: when it fails, they go again."""
    named = False
    try:
        yield
        named = True
    finally:
        if not named:
            # A database that is still busy keeps the bytes for the next attempt, which will name the same ones. It is
            # asked once: whoever waits for the answer has waited for several attempts already.
            with suppress(DatabaseBusy):
                for content_hash in sorted(set(content_hashes)):
                    with database.transaction() as session:
                        _forget(blobs, content_hash, session)


def _exclude_others(session: Session, content_hash: str) -> None:
    if session.get_bind().dialect.name == "postgresql":
        number = int.from_bytes(bytes.fromhex(content_hash)[:8], "big", signed=True)
        session.execute(select(func.pg_advisory_xact_lock(number)))
