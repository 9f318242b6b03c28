"""A ledger with an engine below it: SQLite or PostgreSQL, a clock that stands still, and people who are only ids."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from donecast.kit.clock import FixedClock
from donecast.platform.database import Database
from tests.support.ledgers import NOON, Ledger


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def ledger(request: pytest.FixtureRequest, tmp_path: Path, empty_database_file: Path) -> Iterator[Ledger]:
    """An empty ledger on each of the two engines."""
    if request.param == "sqlite":
        path = tmp_path / "ledger.sqlite"
        shutil.copyfile(empty_database_file, path)
        url = f"sqlite:///{path}"
    else:
        url = request.getfixturevalue("migrated_postgres_url")
    made = Ledger(Database(url, pool_size=20), FixedClock(NOON))
    yield made
    made.database.dispose()


@pytest.fixture
def sqlite_ledger(tmp_path: Path, empty_database_file: Path) -> Iterator[Ledger]:
    """An empty ledger on SQLite, for what is the same on both engines."""
    path = tmp_path / "ledger.sqlite"
    shutil.copyfile(empty_database_file, path)
    made = Ledger(Database(f"sqlite:///{path}"), FixedClock(NOON))
    yield made
    made.database.dispose()
