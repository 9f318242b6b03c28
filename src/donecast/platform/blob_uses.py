"""When stored bytes may go: only when no row of any table names them.

Rows name blobs in columns whose name ends in ``_hash``; that is the house's convention, and it is all that is needed
to look through every table. Keeping and forgetting the same bytes exclude each other: on SQLite by its one writer, on
PostgreSQL by an advisory lock on the hash, so bytes are never forgotten while somebody is about to name them.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import String, func, select, union_all
from sqlalchemy.orm import Session

from donecast.platform.blobs import BlobStore, StoredBlob
from donecast.platform.database import Base, Database, DatabaseBusy
from donecast.platform.storage_errors import StorageResting, StorageUnavailable
from donecast.platform.telemetry import logger
from donecast.platform.work_unit import run_unit

UNUSED_AGE_MIN = timedelta(days=1)
"""Bytes are stored before a row names them; a rendering or an upload may lie between."""
UNUSED_FEW = 20
UNUSED_PERCENT_MAX = 10
"""Processes that are killed leave a few files, or this share; what is more has another reason."""
_AWAY = (StorageUnavailable, StorageResting)
_SUFFIX = "_hash"


def is_used(session: Session, content_hash: str) -> bool:
    """Whether any row names these bytes."""
    return bool(_named(session, [content_hash]))


def _named(session: Session, content_hashes: Collection[str]) -> set[str]:
    """Those of the bytes that any row names."""
    columns = [
        column
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.name.endswith(_SUFFIX) and isinstance(column.type, String)
    ]
    if not columns:
        return set()
    return set(session.scalars(union_all(*(select(column).where(column.in_(content_hashes)) for column in columns))))


def hold(session: Session, blobs: BlobStore, content_hash: str, put_again: Callable[[], StoredBlob]) -> None:
    """Called in the transaction that names freshly stored bytes; stores them again if they were forgotten meanwhile."""
    _exclude_others(session, content_hash)
    if not blobs.holds(content_hash, at_once=True):
        put_again()


def forget_unused(database: Database, blobs: BlobStore, content_hashes: Iterable[str]) -> int:
    """Removes those of the bytes that no row names, and answers how many went.

    Called after the transaction that stopped naming them, so no storage makes it fail; what stays is swept daily.
    """
    removed = 0
    for content_hash in sorted(set(content_hashes)):
        try:
            # Whoever has lost its lease may still tidy up: it says nothing, and takes nothing that is named.
            removed += run_unit(database, partial(_forget, blobs, content_hash), is_fact=True)
        except _AWAY as error:
            logger().warning("stored bytes are left to the daily sweep", code=error.code)
            break
    return removed


def _forget(blobs: BlobStore, content_hash: str, session: Session) -> bool:
    _exclude_others(session, content_hash)
    if is_used(session, content_hash) or not blobs.holds(content_hash, at_once=True):
        return False
    blobs.delete(content_hash)
    return True


@dataclass(frozen=True, slots=True)
class Leftovers:
    """What no row names, and how many of those that were looked at a row does name."""

    unused: tuple[StoredBlob, ...]
    used_count: int

    @property
    def bytes(self) -> int:
        """How many bytes nothing names."""
        return sum(blob.bytes for blob in self.unused)

    @property
    def look_like_another_database(self) -> bool:
        """Whether it is not for a program alone to remove them: beside an empty or an older database all bytes, or
        many, look unused, and so do those of another installation in the same bucket.
        """
        few = max(UNUSED_FEW, (self.used_count + len(self.unused)) * UNUSED_PERCENT_MAX // 100)
        return bool(self.unused) and (not self.used_count or len(self.unused) > few)


def find_unused(database: Database, blobs: BlobStore, stored_before: datetime) -> Leftovers:
    """What was stored before an instant and no row names: left by processes that were killed between the two.

    Give `forget_unused` their hashes. `UNUSED_AGE_MIN` must lie between, for bytes are stored before a row names them.
    """
    unused: list[StoredBlob] = []
    used_count = 0
    for page in blobs.stored_before(stored_before):
        with database.reading() as session:
            named = _named(session, {blob.content_hash for blob in page})
        loose = [blob for blob in page if blob.content_hash not in named]
        unused += loose
        used_count += len(page) - len(loose)
    return Leftovers(tuple(unused), used_count)


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
            # asked once: whoever waits for the answer has waited for several attempts already. And nobody shall hear of
            # a storage that is away instead of what failed: the daily sweep takes what stays.
            with suppress(DatabaseBusy, *_AWAY):
                for content_hash in sorted(set(content_hashes)):
                    with database.transaction() as session:
                        _forget(blobs, content_hash, session)


def _exclude_others(session: Session, content_hash: str) -> None:
    if session.get_bind().dialect.name == "postgresql":
        number = int.from_bytes(bytes.fromhex(content_hash)[:8], "big", signed=True)
        session.execute(select(func.pg_advisory_xact_lock(number)))
