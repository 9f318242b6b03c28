"""Bytes go only when nobody names them, also when one person forgets them while another is about to name them."""

import threading
from collections.abc import Iterator
from pathlib import Path
from shutil import copyfile

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from donecast.platform.blob_uses import forget_unused, forgotten_on_failure, hold, is_used
from donecast.platform.blobs import BlobStore, open_blob_store
from donecast.platform.database import Base, Database
from donecast.platform.settings import load_settings


def name_bytes(session: Session, content_hash: str) -> None:
    """Some row of some table names these bytes."""
    columns = {"asset": "bed", "content_hash": content_hash, "duration_ms": 1, "sample_rate": 1, "channels": 1}
    session.execute(insert(Base.metadata.tables["house_sounds"]).values(columns))


@pytest.fixture
def blobs(tmp_path: Path) -> BlobStore:
    return open_blob_store(load_settings({"environment": "test", "data": tmp_path}))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path: Path, empty_database_file: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        copyfile(empty_database_file, tmp_path / "rows.sqlite")
        url = f"sqlite:///{tmp_path / 'rows.sqlite'}"
    else:
        url = request.getfixturevalue("migrated_postgres_url")
    database = Database(url)
    yield database
    database.dispose()


def test_named_bytes_stay_and_unnamed_ones_go(database: Database, blobs: BlobStore) -> None:
    named, loose = blobs.put_bytes(b"named").content_hash, blobs.put_bytes(b"loose").content_hash
    with database.transaction() as session:
        hold(session, blobs, named, lambda: blobs.put_bytes(b"named"))
        name_bytes(session, named)
    forget_unused(database, blobs, [named, loose, named])
    assert (blobs.holds(named), blobs.holds(loose)) == (True, False)
    with database.reading() as session:
        assert is_used(session, named)
        assert not is_used(session, loose)
    forget_unused(database, blobs, [loose])


def test_bytes_that_were_forgotten_meanwhile_are_stored_again(database: Database, blobs: BlobStore) -> None:
    stored = blobs.put_bytes(b"sound").content_hash
    forget_unused(database, blobs, [stored])
    with database.transaction() as session:
        hold(session, blobs, stored, lambda: blobs.put_bytes(b"sound"))
        name_bytes(session, stored)
    assert blobs.read(stored) == b"sound"


def test_forgetting_waits_for_the_one_who_is_naming(database: Database, blobs: BlobStore) -> None:
    stored = blobs.put_bytes(b"sound").content_hash
    forgetting = threading.Thread(target=forget_unused, args=(database, blobs, [stored]))
    with database.transaction() as session:
        hold(session, blobs, stored, lambda: blobs.put_bytes(b"sound"))
        session.connection()
        forgetting.start()
        forgetting.join(0.3)
        name_bytes(session, stored)
    forgetting.join(20)
    assert not forgetting.is_alive()
    assert blobs.holds(stored)


def test_a_transaction_that_fails_takes_its_bytes_with_it(database: Database, blobs: BlobStore) -> None:
    stored = blobs.put_bytes(b"sound").content_hash
    with (
        pytest.raises(ZeroDivisionError),
        forgotten_on_failure(database, blobs, [stored]),
        database.transaction() as session,
    ):
        name_bytes(session, stored)
        raise ZeroDivisionError
    assert not blobs.holds(stored)
