"""A disk without room: said as one error wherever it is met, and whatever was begun is over and in nobody's way."""

import resource
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from donecast.platform.database import Database
from donecast.platform.disk_room import DiskFull
from donecast.platform.temporary import TemporaryFiles
from tests.support.small_disk import small_disk

MEGABYTE = 1024**2


def count(database: Database) -> int:
    with database.reading() as session:
        return int(session.execute(text("SELECT count(*) FROM notes")).scalar_one())


@contextmanager
def notes_in(path: Path) -> Iterator[Database]:
    """A database of one connection for writers."""
    database = Database(f"sqlite:///{path}/a.sqlite", pool_size=1)
    with database.transaction() as session:
        session.execute(text("CREATE TABLE notes (words TEXT)"))
    yield database
    database.dispose()


def write(database: Database, words: str) -> None:
    with database.transaction() as session:
        session.execute(text("INSERT INTO notes VALUES (:words)"), {"words": words})


def require_pen_is_free(path: Path) -> None:
    with sqlite3.connect(path / "a.sqlite", timeout=0, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("ROLLBACK")
    other.close()


def test_a_statement_that_finds_no_room_is_said_and_undone(tmp_path: Path) -> None:
    with notes_in(tmp_path) as database:
        with database.writing_engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 10")
        with pytest.raises(DiskFull):
            write(database, "x" * MEGABYTE)
        require_pen_is_free(tmp_path)
        write(database, "short")
        assert count(database) == 1


def test_a_commit_that_finds_no_room_is_said_and_undone_and_nobody_is_without_the_pen(tmp_path: Path) -> None:
    with small_disk(tmp_path / "small", 4 * MEGABYTE) as disk, notes_in(disk.root) as database:
        disk.fill()
        for _ in range(2):
            was_written = False
            with pytest.raises(DiskFull), database.transaction() as session:
                session.execute(text("INSERT INTO notes VALUES ('lost')"))
                was_written = True
            assert was_written, "it is the COMMIT that fails"
            require_pen_is_free(disk.root)
        assert count(database) == 0
        disk.make_room()
        write(database, "kept")
        assert count(database) == 1


@pytest.mark.postgres
def test_postgres_without_room_is_said_too(postgres_url: str) -> None:
    place = Path(tempfile.mkdtemp(prefix="donecast-small-"))
    place.chmod(0o755)  # PostgreSQL runs as a user of its own
    database = Database(postgres_url, pool_size=1)
    try:
        with small_disk(place / "disk", 2 * MEGABYTE) as disk:
            shutil.chown(disk.root, "postgres")
            with database.writing_engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql(f"CREATE TABLESPACE small LOCATION '{disk.root}'")
                connection.exec_driver_sql("CREATE TABLE notes (words TEXT) TABLESPACE small")
            many = "INSERT INTO notes SELECT repeat('x', 1900) FROM generate_series(1, 2000)"
            with pytest.raises(DiskFull), database.transaction() as session:
                session.execute(text(many))
            write(database, "short")
            assert count(database) == 1
            with database.writing_engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("DROP TABLE notes")
                connection.exec_driver_sql("DROP TABLESPACE small")
    finally:
        database.dispose()
        shutil.rmtree(place)


def test_a_file_that_may_not_be_as_large_finds_no_room_and_its_folder_goes(tmp_path: Path) -> None:
    files = TemporaryFiles(tmp_path / "t", free_bytes_min=0)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 * MEGABYTE, hard))
    try:
        with pytest.raises(DiskFull), files.folder("work") as folder:
            (folder / "large").write_bytes(bytes(65 * MEGABYTE))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list((tmp_path / "t").iterdir()) == []
