"""The product's own adapters on real files, which pass by fate at each act, and do nothing more once they are dead."""

import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from donecast.platform import temporary
from donecast.platform.blobs import BlobStore, open_blob_store
from donecast.platform.database import Database
from donecast.platform.disk_room import DiskFull
from donecast.platform.settings import Settings
from donecast.platform.storage_errors import StorageUnavailable
from proofs.simulator.fate import Crashed, Fate, Life
from proofs.simulator.onlookers import introduce


class MortalBlobs(BlobStore):
    """The local store. ``writes_late``, a planted bug: bytes are written only after the commit that names them."""

    def __init__(self, settings: Settings, fate: Fate, *, writes_late: bool = False) -> None:
        inner = open_blob_store(settings)
        super().__init__(inner._store, inner._folder)
        self._fate = fate
        self._writes_late = writes_late
        self._owed: dict[str, bytes] = {}

    def holds(self, content_hash: str, *, at_once: bool = False) -> bool:
        """See `BlobStore`."""
        self._fate.at("blob look", StorageUnavailable)
        return content_hash in self._owed or super().holds(content_hash, at_once=at_once)

    def read(self, content_hash: str) -> bytes:
        """See `BlobStore`."""
        self._fate.at("blob read", StorageUnavailable)
        return super().read(content_hash)

    def delete(self, content_hash: str) -> None:
        """See `BlobStore`."""
        self._fate.at("blob delete")
        super().delete(content_hash)
        self._fate.at("blob deleted")

    def _put(self, content_hash: str, source: IO[bytes]) -> None:
        self._fate.at("blob write", DiskFull)
        source.seek(0)
        data = source.read()
        try:
            self._fate.at("blob half written")
        except Crashed:
            assert self._folder is not None
            half = self._folder / content_hash[:2] / f"{content_hash}#{uuid.uuid4().hex}"
            half.parent.mkdir(exist_ok=True)
            half.write_bytes(data[: len(data) // 2])
            raise
        if self._writes_late and self._fate.living is not None:
            self._owed[content_hash] = data
            return
        super()._put(content_hash, BytesIO(data))
        self._fate.at("blob written")

    def pay(self) -> None:
        """Writes what is owed; only the planted bug owes anything."""
        while self._owed:
            content_hash = next(iter(self._owed))
            self._fate.at("blob written late")
            super()._put(content_hash, BytesIO(self._owed.pop(content_hash)))


def _locked() -> OperationalError:
    return OperationalError("BEGIN IMMEDIATE", {}, sqlite3.OperationalError("database is locked"))


def _broken_disk() -> OperationalError:
    return OperationalError("COMMIT", {}, sqlite3.OperationalError("disk I/O error"))


_shared: dict[str, Any] = {}
"""The dialect and the statements that were worked out once, which each process of the product has for itself."""


def make_mortal(database: Database, fate: Fate, life: Life) -> None:
    """Each statement and each commit of a life's database passes by fate, before and after."""
    for engine in (database.writing_engine, database.reading_engine):
        engine.dialect = _shared.setdefault("dialect", engine.dialect)
        engine._compiled_cache = _shared.setdefault("statements", engine._compiled_cache)

        @event.listens_for(engine, "connect")
        def prepare(connection: Any, _record: Any) -> None:
            # A crash here is a process that ends, not a machine without power: what was written is there.
            connection.execute("PRAGMA synchronous=OFF")
            introduce(connection, life.name)

    @event.listens_for(database.writing_engine, "before_cursor_execute")
    def before_write(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        words = statement.split(None, 3)[:2]
        if words[0] == "BEGIN":
            fate.at("begin", _locked)
            life.pen = connection.connection.dbapi_connection
        elif words[0] != "PRAGMA":
            fate.at(f"statement {words[0].lower()}")

    @event.listens_for(database.reading_engine, "before_cursor_execute")
    def before_read(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith("BEGIN"):
            fate.at("look")

    @event.listens_for(database.writing_engine, "commit")
    def before_commit(_connection: Any) -> None:
        fate.at("commit", _broken_disk)

    @event.listens_for(database.writing_engine, "checkin")
    def given_back(connection: Any, _record: Any) -> None:
        if connection is life.pen:
            life.pen = None


@contextmanager
def mortal_files(fate: Fate) -> Iterator[None]:
    """Temporary folders are removed by living processes only; and what was committed is committed."""
    remove = temporary._remove

    def remove_if_alive(path: Path) -> None:
        fate.at("temporary folder removed")
        remove(path)

    def after_commit(_session: Session) -> None:
        life = fate.living
        # Told at the end of a savepoint as well, when the pen is still held.
        if life is not None and life.pen is not None and not life.pen.in_transaction:
            life.pen = None
            fate.at("committed")
            life.after_commit()

    temporary._remove = remove_if_alive
    event.listen(Session, "after_commit", after_commit)
    try:
        yield
    finally:
        temporary._remove = remove
        event.remove(Session, "after_commit", after_commit)
