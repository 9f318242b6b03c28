"""Real servers for tests and proofs, on loopback: PostgreSQL, an S3-speaking store, and DoneCast itself."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import boto3
import psycopg
from moto.server import ThreadedMotoServer

from donecast.platform.database import Database
from donecast.platform.settings_group import variable_of

_START_SECONDS = 60
BUCKET = "donecast-test"


class Child(Protocol):
    """What is asked of a process of DoneCast, as `subprocess.Popen` answers it."""

    @property
    def returncode(self) -> int | None: ...

    def poll(self) -> int | None: ...

    def wait(self, timeout: float | None = None) -> int: ...

    def kill(self) -> None: ...

    def send_signal(self, number: int, /) -> None: ...


def free_port() -> int:
    """A port on loopback that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def postgres_programs() -> Path | None:
    """The folder of PostgreSQL's own programs, newest first, or None where it is not installed."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    if folders:
        return folders[0].parent
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


@contextmanager
def postgres() -> Iterator[str]:
    """A fresh PostgreSQL server; yields the address of an empty database, which ends with the block."""
    programs = postgres_programs()
    if programs is None:
        raise FileNotFoundError("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    # PostgreSQL refuses to run as root, so its files then belong to the user that its package made, in a folder
    # that this user can reach.
    user = "postgres" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="donecast-postgres-") as folder:
        if user:
            shutil.chown(folder, user)
        with _postgres_in(Path(folder) / "data", programs, user) as url:
            yield url


@contextmanager
def _postgres_in(data: Path, programs: Path, user: str | None) -> Iterator[str]:
    port = free_port()
    initdb = [str(programs / "initdb"), "-D", str(data), "-A", "trust", "-U", "donecast", "--no-sync", "-E", "UTF8"]
    subprocess.run(initdb, check=True, user=user, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    # Nothing outlives the server, so nothing is written for that, and hundreds of databases need no cleaner.
    choices = ("fsync", "full_page_writes", "synchronous_commit", "autovacuum")
    options = ["-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200"]
    options += [word for choice in choices for word in ("-c", f"{choice}=off")]
    serve = [str(programs / "postgres"), "-D", str(data), "-p", str(port), "-k", str(data), *options]
    server = subprocess.Popen(serve, user=user, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        url = f"postgresql://donecast@127.0.0.1:{port}/postgres"
        _await_postgres(url, server)
        yield url
    finally:
        server.send_signal(signal.SIGQUIT)  # at once: what it has not written yet is thrown away with the rest
        server.wait(30)


def postgres_database(server: str, template: str = "template1") -> str:
    """Makes a database on a server, empty or a copy of another one; answers its address."""
    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return f"{server.rpartition('/')[0]}/{name}".replace("postgresql://", "postgresql+psycopg://")


def postgres_template(server: str) -> str:
    """Makes a database with all tables and no rows, which takes ten times as long as to copy it; answers its name."""
    url = postgres_database(server)
    database = Database(url)
    database.migrate()
    database.dispose()
    return url.rpartition("/")[2]


@contextmanager
def object_store() -> Iterator[dict[str, str]]:
    """An S3-speaking store with an empty bucket; yields the settings that point at it."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1", **keys).create_bucket(Bucket=BUCKET)
    try:
        yield {
            "storage_url": f"s3://{BUCKET}",
            "s3_endpoint": endpoint,
            "s3_access_key_id": "test",
            "s3_secret_access_key": "test",
        }
    finally:
        server.stop()


def environment_of(settings: Mapping[str, object]) -> dict[str, str]:
    """A child's environment: ours without any DoneCast setting, with the given ones."""
    theirs = ("DONECAST_", "SENTRY_", "AUTO_OPS_", "GEMINI_API_KEY")
    ours = {name: value for name, value in os.environ.items() if not name.startswith(theirs)}
    return ours | {variable_of(name): str(value) for name, value in settings.items()}


def start_donecast(command: list[str], settings: Mapping[str, object], log: Path) -> subprocess.Popen[bytes]:
    """Starts ``donecast COMMAND`` as a process of its own; its words go to the log file."""
    with log.open("ab") as out:
        return subprocess.Popen(
            [sys.executable, "-m", "donecast.entry.cli", *command],
            env=environment_of(settings),
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd=log.parent,
        )


def stop(process: Child) -> None:
    """Ends one process kindly, by its id."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def await_url(url: str, process: Child, seconds: float = _START_SECONDS) -> float:
    """Waits until an address answers 200; answers how many seconds that took."""
    begun = time.monotonic()
    while time.monotonic() - begun < seconds:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode} before it answered")
        try:
            with urllib.request.urlopen(url, timeout=2):
                return time.monotonic() - begun
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.05)
    raise TimeoutError(f"{url} did not answer within {seconds} s")


def _await_postgres(url: str, process: subprocess.Popen[bytes]) -> None:
    begun = time.monotonic()
    while time.monotonic() - begun < _START_SECONDS:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode} at its start")
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:  # not listening yet, or still starting up
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("PostgreSQL did not start")
