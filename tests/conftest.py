"""What all tests stand on: a migrated database, a folder for bytes, an app, and people who are signed in."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from donecast.core.assembly import HOUSE_MUSIC
from donecast.core.operations import HOUSE_BEEP
from donecast.entry.http import create_app, furnish
from donecast.entry.wiring import lay_ground, open_remotes, unguarded
from donecast.platform.database import Database
from donecast.platform.settings import Settings, load_settings
from donecast.platform.telemetry import configure_logs
from donecast.platform.web import Ground
from donecast.shows import service as shows
from tests.support.once import heard_once, music_made_once
from tests.support.people import Person, sign_up
from tests.support.servers import postgres, postgres_database, postgres_programs, postgres_template

# Many tests share few cores, so how long an example takes says nothing; and a run in CI is the same every time.
hypothesis.settings.register_profile(
    "house",
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
    derandomize="CI" in os.environ,
)
hypothesis.settings.load_profile("house")


@pytest.fixture(scope="session")
def empty_database_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables and no rows, made once and copied for each test."""
    path = tmp_path_factory.mktemp("database") / "empty.sqlite"
    database = Database(f"sqlite:///{path}")
    database.migrate()
    database.dispose()
    return path


@pytest.fixture(scope="session")
def with_house_sounds(tmp_path_factory: pytest.TempPathFactory, empty_database_file: Path) -> Path:
    """A data folder with nothing but the sounds that every installation makes once, which takes seconds."""
    data = tmp_path_factory.mktemp("sounds") / "data"
    data.mkdir()
    shutil.copyfile(empty_database_file, data / "donecast.sqlite")
    ground = lay_ground(load_settings({"environment": "test", "data": data}))
    for asset in (HOUSE_MUSIC, HOUSE_BEEP):
        shows.house_sound(ground, asset)
    ground.database.dispose()
    return data


@pytest.fixture
def overrides() -> dict[str, Any]:
    """Settings that a test changes; override this fixture in a module or class."""
    return {}


@pytest.fixture
def settings(tmp_path: Path, overrides: dict[str, Any]) -> Settings:
    """Settings of a small installation in the test's own folder."""
    return load_settings(
        {"environment": "test", "data": tmp_path / "data", "hash_cost": "low", "disk_free_bytes_min": 0, **overrides}
    )


@pytest.fixture
def ground(settings: Settings, empty_database_file: Path) -> Iterator[Ground]:
    """Database, storage and clock of that installation, with tables and without rows."""
    configure_logs(settings.server)
    settings.data.mkdir(parents=True)
    shutil.copyfile(empty_database_file, settings.data / "donecast.sqlite")
    ground = lay_ground(settings)
    yield ground
    ground.database.dispose()


@pytest.fixture
def postgres_ground(tmp_path: Path, migrated_postgres_url: str, overrides: dict[str, Any]) -> Iterator[Ground]:
    """The same on PostgreSQL, with few connections: two, and two more when it must."""
    given = {"environment": "test", "data": tmp_path / "data", "hash_cost": "low", "disk_free_bytes_min": 0}
    url = migrated_postgres_url.replace("+psycopg", "")
    settings = load_settings({**given, "database_url": url, "database_pool_size": 2, **overrides})
    configure_logs(settings.server)
    ground = lay_ground(settings)
    yield ground
    ground.database.dispose()


@pytest.fixture(scope="session")
def routes(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """An app whose routes are worked out once, which takes longer than most tests; each test furnishes it anew."""
    settings = load_settings({"environment": "test", "data": tmp_path_factory.mktemp("routes") / "data"})
    return create_app(lay_ground(settings))


@pytest.fixture
def app_on(routes: FastAPI) -> Callable[[Ground], FastAPI]:
    """The app on a ground: the one app of the session, furnished anew; one test cannot have it on two."""

    def furnished(ground: Ground) -> FastAPI:
        if any(remote.calls_back for remote in open_remotes(ground.settings, unguarded).values()):
            return create_app(ground)
        furnish(routes, ground)
        return routes

    return furnished


@pytest.fixture
def client(ground: Ground, app_on: Callable[[Ground], FastAPI]) -> Iterator[TestClient]:
    """A stranger's browser in front of the app."""
    with TestClient(app_on(ground), base_url=ground.settings.server.base_url) as client:
        yield client


@pytest.fixture
def ann(ground: Ground, client: TestClient) -> Person:
    """A signed-in podcaster with an API token."""
    return sign_up(ground, client, "ann@example.com")


@pytest.fixture
def ben(ground: Ground, client: TestClient) -> Person:
    """Another one, who must never see what is Ann's."""
    return sign_up(ground, client, "ben@example.com")


@pytest.fixture
def admin(ground: Ground, client: TestClient) -> Person:
    """Who runs this installation."""
    return sign_up(ground, client, "root@example.com", "admin")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a real PostgreSQL server, started for this run."""
    if postgres_programs() is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    with postgres() as url:
        yield url


@pytest.fixture
def postgres_url(postgres_server: str) -> str:
    """The address of an empty database of this test's own."""
    return postgres_database(postgres_server)


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: str) -> str:
    """The name of a database with all tables and no rows, made once and copied for each test."""
    return postgres_template(postgres_server)


@pytest.fixture
def migrated_postgres_url(postgres_server: str, migrated_postgres: str) -> str:
    """The address of a database of this test's own, with all tables."""
    return postgres_database(postgres_server, migrated_postgres)


__all__ = ["heard_once", "music_made_once"]
