"""A bucket that is ill is left alone by all processes, and asked again when well: real S3 behind a bad line."""

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from shutil import copyfile
from urllib.parse import urlsplit

import pytest
from sqlalchemy import event

from donecast.entry.wiring import open_storage_door
from donecast.platform.blob_uses import forget_unused, forgotten_on_failure, hold
from donecast.platform.blobs import BlobStore, open_blob_store
from donecast.platform.breaker_rules import BreakerState
from donecast.platform.breakers import Breakers
from donecast.platform.database import Database
from donecast.platform.frequent_breaker import LOOK_HOLDS_MS, TELL_EVERY_MS
from donecast.platform.outgoing import AlwaysClosed
from donecast.platform.settings import load_settings
from donecast.platform.storage_door import SERVICE, StorageDoor
from donecast.platform.storage_errors import (
    BlobMissing,
    StorageAskedTooMuch,
    StorageRefused,
    StorageResting,
    StorageUnavailable,
)
from tests.support.rude_server import RudeServer, listening, send
from tests.support.servers import object_store
from tests.support.toxic_proxy import BLACK_HOLE, DOWN, RESET, ToxicProxy, toxic_proxy

START = 1_800_000_000_000
NO_SUCH = "ab" * 32


@pytest.fixture(scope="module")
def bucket() -> Iterator[dict[str, str]]:
    with object_store() as settings:
        yield settings


@dataclass(slots=True)
class House:
    """Two processes of an installation with one bucket behind a line; time is a test's, and pauses are noted."""

    folder: Path
    bucket: dict[str, str]
    line: ToxicProxy
    databases: list[Database]
    now_ms: int = START
    pauses: list[float] = field(default_factory=list)
    processes: list[BlobStore] = field(default_factory=list)

    def __post_init__(self) -> None:
        settings = load_settings({"data": self.folder, **self.bucket, "s3_endpoint": self.line.url})
        for database in self.databases:
            breaker = open_storage_door(Breakers(database, lambda: self.now_ms)).breaker
            self.processes.append(open_blob_store(settings, StorageDoor(breaker, self.pauses.append)))

    def state(self) -> BreakerState:
        """How the breaker stands for everybody."""
        return Breakers(self.databases[1], lambda: self.now_ms).state(SERVICE)

    def fail(self, times: int) -> None:
        """So many calls, without patience, by the first process."""
        for _ in range(times):
            with pytest.raises(StorageUnavailable):
                self.processes[0].holds(NO_SUCH, at_once=True)


ON_BOTH = pytest.mark.parametrize(
    "house", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)


@pytest.fixture
def house(
    request: pytest.FixtureRequest, tmp_path: Path, empty_database_file: Path, bucket: dict[str, str]
) -> Iterator[House]:
    if getattr(request, "param", "sqlite") == "sqlite":
        copyfile(empty_database_file, tmp_path / "a.sqlite")
        url = f"sqlite:///{tmp_path}/a.sqlite"
    else:
        url = request.getfixturevalue("postgres_url").replace("postgresql://", "postgresql+psycopg://")
    databases = [Database(url), Database(url)]
    databases[0].migrate()
    with toxic_proxy(urlsplit(bucket["s3_endpoint"]).port or 0) as line:
        yield House(tmp_path, bucket, line, databases)
    for database in databases:
        database.dispose()


@ON_BOTH
def test_five_failures_open_it_for_every_process_and_nothing_more_is_sent(house: House) -> None:
    house.line.turn(RESET)
    house.fail(5)
    house.now_ms += LOOK_HOLDS_MS
    sent, took = house.line.accepted, []
    for process in (0, 1) * 20:
        begun = time.perf_counter()
        with pytest.raises(StorageResting) as resting:
            house.processes[process].put_bytes(b"sound")
        took.append(time.perf_counter() - begun)
    assert house.line.accepted == sent
    assert sorted(took)[len(took) // 2] < 0.005
    assert resting.value.message == "The file storage is out of order, so we leave it alone for a while."
    assert resting.value.action == "Nothing was lost. Please try again in half a minute."
    assert (house.state().phase, house.state().failed_count) == ("open", 5)


def test_it_is_asked_again_after_the_break_and_is_well(house: House) -> None:
    house.line.turn(DOWN)
    house.fail(5)
    house.line.heal()
    house.now_ms += 29_000
    with pytest.raises(StorageResting):
        house.processes[0].put_bytes(b"sound")
    house.now_ms += 1_500
    stored = house.processes[0].put_bytes(b"sound")
    assert house.state().phase == "closed"
    house.now_ms += LOOK_HOLDS_MS
    assert house.processes[1].read(stored.content_hash) == b"sound"


def test_what_fails_is_asked_again_after_a_pause(house: House) -> None:
    stored = house.processes[0].put_bytes(b"sound")
    house.line.turn(RESET)

    def mend(seconds: float) -> None:
        house.pauses.append(seconds)
        house.line.heal()

    patient = open_blob_store(
        load_settings({"data": house.folder, **house.bucket, "s3_endpoint": house.line.url}),
        StorageDoor(AlwaysClosed(), mend),
    )
    assert patient.read(stored.content_hash) == b"sound"
    assert len(house.pauses) == 1
    assert 0.0 <= house.pauses[0] <= 2.0


def test_patience_ends_after_three_times_and_when_the_breaker_opens(house: House) -> None:
    house.line.turn(RESET)
    with pytest.raises(StorageUnavailable):
        house.processes[0].read(NO_SUCH)
    assert len(house.pauses) == 3
    with pytest.raises(StorageUnavailable) as told:
        house.processes[0].read(NO_SUCH)
    assert type(told.value) is StorageUnavailable, "what was heard last says more than that it rests now"
    assert house.state().phase == "open"
    assert len(house.pauses) == 4


def test_a_bucket_that_says_nothing_fails_in_time(house: House) -> None:
    house.line.turn(BLACK_HOLE)
    begun = time.monotonic()
    house.fail(1)
    assert 2.0 < time.monotonic() - begun < 10.0
    assert house.state().failed_count == 1


def test_what_is_not_there_is_an_answer(house: House) -> None:
    for _ in range(20):
        assert not house.processes[0].holds(NO_SUCH)
        with pytest.raises(BlobMissing):
            house.processes[0].read(NO_SUCH)
    house.now_ms += TELL_EVERY_MS
    house.processes[0].holds(NO_SUCH)
    assert (house.state().phase, house.state().failed_count) == ("closed", 0)
    assert not house.pauses


def test_few_failures_among_many_answers_leave_it_closed(house: House) -> None:
    for _ in range(3):
        for _ in range(4):
            house.processes[0].holds(NO_SUCH)
        house.line.turn(RESET)
        house.fail(3)
        house.line.heal()
    assert (house.state().phase, house.state().failed_count) == ("closed", 9)


def test_a_health_look_and_a_switch_by_hand(house: House) -> None:
    Breakers(house.databases[1], lambda: house.now_ms).isolate(SERVICE, "acc_admin")
    house.processes[0].probe()
    with pytest.raises(StorageResting) as isolated:
        house.processes[0].read(NO_SUCH)
    assert isolated.value.message == "The file storage is switched off for now."
    Breakers(house.databases[1], lambda: house.now_ms).release(SERVICE)
    house.now_ms += LOOK_HOLDS_MS
    assert not house.processes[0].holds(NO_SUCH)


def test_a_long_sound_costs_one_look_and_one_line_in_the_database(house: House) -> None:
    blobs, sound = house.processes[0], random.Random(1).randbytes(12 * 1024 * 1024)
    stored = blobs.put_bytes(sound)
    looks: list[str] = []
    database = house.databases[0]
    for engine in {database.writing_engine, database.reading_engine}:
        event.listen(engine, "before_cursor_execute", lambda *given: looks.append(given[2]))
    house.now_ms += TELL_EVERY_MS
    assert b"".join(blobs.stream(stored.content_hash, 0, stored.bytes)) == sound
    assert sum("UPDATE breakers" in statement for statement in looks) == 1
    assert sum(statement.startswith("SELECT breakers") for statement in looks) <= 2


@ON_BOTH
def test_inside_a_transaction_it_neither_waits_for_itself_nor_forgets_a_failure(house: House) -> None:
    blobs, database = house.processes[0], house.databases[0]
    stored = blobs.put_bytes(b"sound")
    house.now_ms += TELL_EVERY_MS
    with database.transaction() as session:
        session.connection()
        begun = time.monotonic()
        hold(session, blobs, stored.content_hash, lambda: blobs.put_bytes(b"sound"))
        house.line.turn(RESET)
        with pytest.raises(StorageUnavailable):
            hold(session, blobs, stored.content_hash, lambda: blobs.put_bytes(b"sound"))
        assert time.monotonic() - begun < 2.0
    house.line.heal()
    blobs.holds(stored.content_hash)
    assert house.state().failed_count == 1


def test_a_bucket_that_is_away_neither_keeps_anybody_from_forgetting_nor_hides_what_failed(house: House) -> None:
    blobs, database = house.processes[0], house.databases[0]
    hashes = [blobs.put_bytes(content).content_hash for content in (b"one", b"two")]
    house.line.turn(DOWN)
    assert forget_unused(database, blobs, hashes) == 0
    with pytest.raises(ZeroDivisionError), forgotten_on_failure(database, blobs, hashes):
        raise ZeroDivisionError
    house.line.heal()
    assert forget_unused(database, blobs, hashes) == 2


class _Answers(BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        send(self, self.status, b"<Error><Code>Trouble</Code></Error>", {})

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.mark.parametrize(
    ("status", "trouble", "outcomes"),
    [
        (400, StorageRefused, 0),
        (403, StorageRefused, 0),
        (412, StorageRefused, 0),
        (429, StorageAskedTooMuch, 0),
        (503, StorageUnavailable, 4),
    ],
)
def test_what_is_our_mistake_does_not_count(
    tmp_path: Path, empty_database_file: Path, status: int, trouble: type[StorageUnavailable], outcomes: int
) -> None:
    copyfile(empty_database_file, tmp_path / "a.sqlite")
    database = Database(f"sqlite:///{tmp_path}/a.sqlite")
    answers = type("Answers", (_Answers,), {"status": status})
    bucket = {"storage_url": "s3://b", "s3_access_key_id": "x", "s3_secret_access_key": "x"}
    with listening(RudeServer(("127.0.0.1", 0), answers)) as url:
        breaker = open_storage_door(Breakers(database, lambda: START)).breaker
        blobs = open_blob_store(
            load_settings({"data": tmp_path, **bucket, "s3_endpoint": url}), StorageDoor(breaker, lambda _: None)
        )
        with pytest.raises(StorageUnavailable) as told:
            blobs.read(NO_SUCH)
    assert type(told.value) is trouble
    assert Breakers(database, lambda: START).state(SERVICE).failed_count == outcomes
    database.dispose()
