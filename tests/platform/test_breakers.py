"""A service that is ill is left alone by all processes, and asked again when it is well; on both databases."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copyfile

import pytest
from sqlalchemy import event, text, update
from structlog.testing import capture_logs

from donecast.kit.clock import FixedClock
from donecast.platform.breaker_rules import Admission
from donecast.platform.breakers import Breakers, SteadyClock
from donecast.platform.database import Database
from donecast.platform.models import BreakerRow
from donecast.platform.outgoing import Answer, NoAnswer, Outgoing, OutgoingLimits, Question, Rest, looks_like_json
from donecast.platform.statement_limits import DatabaseLimits
from tests.support.ill_service import ILLNESSES, Illness, IllService, ill_service

LIMITS = OutgoingLimits(deadline_seconds=0.4, attempts_max=1, answer_bytes_max=64 * 1024)
START = 1_800_000_000_000


@dataclass(slots=True)
class House:
    """Two processes of an installation: the same database by two pools, and one time that a test moves."""

    databases: list[Database]
    service: IllService
    now_ms: int = START
    processes: list[Breakers] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.processes = [Breakers(database, lambda: self.now_ms) for database in self.databases]

    def ask(self, process: int = 0, limits: OutgoingLimits = LIMITS) -> Answer | NoAnswer:
        """One question to the service."""
        question = Question("GET", self.service.url, is_answer=looks_like_json)
        return Outgoing(self.processes[process].of("ear")).ask(question, limits)

    def wait(self, seconds: float) -> None:
        """Time passes."""
        self.now_ms += int(seconds * 1_000)

    def phase(self) -> str:
        """How the breaker stands, as the other process sees it."""
        return self.processes[1].state("ear").phase


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def house(request: pytest.FixtureRequest, tmp_path: Path, empty_database_file: Path) -> Iterator[House]:
    if request.param == "sqlite":
        copyfile(empty_database_file, tmp_path / "a.sqlite")
        url = f"sqlite:///{tmp_path}/a.sqlite"
    else:
        url = request.getfixturevalue("migrated_postgres_url")
    databases = [Database(url, limits=DatabaseLimits(lock_wait_ms=5_000)) for _ in range(2)]
    with ill_service() as service:
        yield House(databases, service)
    for database in databases:
        database.dispose()


@contextmanager
def holding_the_pen(database: Database) -> Iterator[None]:
    """Somebody else is in the middle of writing; on SQLite nobody can write meanwhile."""
    with database.transaction() as session:
        session.execute(update(BreakerRow).values(service=BreakerRow.service))
        yield


@pytest.mark.parametrize("illness", [illness for illness in ILLNESSES if illness != "late"])
def test_five_failing_calls_open_it_for_every_process_and_then_nothing_is_sent(house: House, illness: Illness) -> None:
    house.service.illness = illness
    for number in range(5):
        assert house.phase() == "closed"
        house.ask(number % 2)
    assert house.phase() == "open"
    asked = house.service.asked
    assert asked == 5
    house.wait(29)
    assert [house.ask(process) for process in (0, 1)] == [NoAnswer("resting", 1.0)] * 2
    assert house.service.asked == asked


def test_what_is_shown_counts_the_last_minute_alone(house: House) -> None:
    house.service.illness = "broken"
    for _ in range(2):
        house.ask()
    seen = house.processes[1]
    assert (seen.state("ear").failed_count, seen.states()["ear"].failed_count) == (2, 2)
    house.wait(70)
    assert (seen.state("ear").failed_count, seen.states()["ear"].failed_count) == (0, 0)


def test_a_service_that_is_late_is_left_alone_too(house: House) -> None:
    house.service.illness, house.service.late_seconds = "late", 5.0
    for _ in range(5):
        assert house.ask() == NoAnswer("too_slow")
    assert house.phase() == "open"


def test_it_is_asked_again_after_the_break_and_closes_when_it_is_well(house: House) -> None:
    house.service.illness = "broken"
    for _ in range(5):
        house.ask()
    house.wait(30)
    house.ask()
    assert house.phase() == "open"
    house.wait(59)
    assert house.ask(1) == NoAnswer("resting", 1.0)
    house.service.illness = "well"
    house.wait(1)
    assert isinstance(house.ask(1), Answer)
    assert house.phase() == "closed"
    assert isinstance(house.ask(), Answer)


def test_of_many_who_ask_at_once_two_find_out(house: House) -> None:
    house.service.illness = "broken"
    for _ in range(5):
        house.ask()
    house.wait(30)
    house.service.illness, house.service.late_seconds, house.service.at_once_max = "late", 0.5, 0
    patient = OutgoingLimits(5, 1, 1_000)
    together = threading.Barrier(12)

    def ask(number: int) -> Answer | NoAnswer:
        together.wait(10)
        return house.ask(number % 2, patient)

    with ThreadPoolExecutor(12) as crowd:
        found = list(crowd.map(ask, range(12)))
    assert house.service.asked == 5 + 2
    assert house.service.at_once_max == 2
    assert sum(isinstance(one, Answer) for one in found) == 2
    assert house.phase() == "closed"


def test_what_is_our_own_mistake_is_not_held_against_it(house: House) -> None:
    house.service.illness = "refusing"
    assert {house.ask().status for _ in range(8)} == {404}  # type: ignore[union-attr]
    assert house.phase() == "closed"
    assert house.processes[0].state("ear").failed_count == 0


def test_who_asks_for_quiet_gets_it_from_every_process(house: House) -> None:
    house.service.illness = "busy"
    answer = house.ask()
    assert isinstance(answer, Answer)
    assert answer.status == 429
    assert house.ask(1) == NoAnswer("asked_too_much", 7.0)
    house.wait(7)
    house.service.illness = "well"
    assert isinstance(house.ask(1), Answer)
    assert house.phase() == "closed"


def test_by_hand_it_is_isolated_and_released(house: House) -> None:
    house.processes[0].isolate("ear", "acc_admin")
    house.wait(100_000)
    assert house.ask(1) == NoAnswer("isolated", None)
    assert house.service.asked == 0
    assert house.processes[1].states()["ear"].isolated_by == "acc_admin"
    house.processes[1].release("ear")
    assert isinstance(house.ask(), Answer)


def test_breaking_a_call_off_says_nothing_about_the_service(house: House) -> None:
    class Stop(Exception):
        """A person pressed cancel."""

    def pieces() -> Iterator[bytes]:
        yield b"{"
        raise Stop

    for _ in range(6):
        with pytest.raises(Stop):
            Outgoing(house.processes[0].of("ear")).ask(Question("POST", house.service.url, content=pieces()), LIMITS)
    assert house.phase() == "closed"
    assert house.processes[0].state("ear").failed_count == 0


def test_each_service_has_its_own(house: House) -> None:
    house.service.illness = "broken"
    for _ in range(5):
        house.ask()
    house.service.illness = "well"
    other = Outgoing(house.processes[0].of("voice"))
    assert isinstance(other.ask(Question("GET", house.service.url), LIMITS), Answer)
    assert {name: state.phase for name, state in house.processes[1].states().items()} == {
        "ear": "open",
        "voice": "closed",
    }


def test_a_clock_that_is_set_back_keeps_nobody_waiting(house: House) -> None:
    house.service.illness = "broken"
    for _ in range(5):
        house.ask()
    house.wait(-86_400)
    assert house.ask() == NoAnswer("resting", 30.0)
    house.service.illness = "well"
    house.wait(30)
    assert isinstance(house.ask(1), Answer)
    assert house.phase() == "closed"


def test_an_outcome_that_cannot_be_written_down_is_told_and_keeps_the_answer(
    tmp_path: Path, empty_database_file: Path
) -> None:
    copyfile(empty_database_file, tmp_path / "a.sqlite")
    database = Database(f"sqlite:///{tmp_path}/a.sqlite", limits=DatabaseLimits(lock_wait_ms=100))
    breaker = Breakers(database, lambda: START).of("ear")
    with ill_service() as service, holding_the_pen(database), capture_logs() as logs:
        assert isinstance(Outgoing(breaker).ask(Question("GET", service.url), LIMITS), Answer)
    database.dispose()
    assert [(line["event"], line["service"], line["outcome"]) for line in logs] == [
        ("outcome of a call not counted", "ear", "well")
    ]


def test_who_calls_a_service_waits_for_a_busy_database_for_two_seconds_and_everybody_else_for_as_long_as_they_may(
    house: House,
) -> None:
    breaker = house.processes[0].of("ear")
    admission = breaker.admit(1.0)
    assert isinstance(admission, Admission)
    breaker.record(admission, "well")
    with holding_the_pen(house.databases[1]):
        begun = time.monotonic()
        breaker.record(admission, "failed")
        waited = time.monotonic() - begun
    assert 1.5 < waited < 4
    with house.databases[0].transaction() as session:
        setting = "PRAGMA busy_timeout" if house.databases[0].is_sqlite else "SHOW lock_timeout"
        assert session.execute(text(setting)).scalar_one() in {5_000, "5s", "4s"}


def test_a_paid_answer_is_kept_whatever_keeps_its_outcome_from_being_counted(
    tmp_path: Path, empty_database_file: Path
) -> None:
    copyfile(empty_database_file, tmp_path / "a.sqlite")
    database = Database(f"sqlite:///{tmp_path}/a.sqlite", pool_size=1)
    breaker = Breakers(database, lambda: START).of("ear")
    admission = breaker.admit(1.0)
    assert isinstance(admission, Admission)
    with database.writing_engine.begin() as connection:
        connection.execute(text("DROP TABLE breakers"))
    with capture_logs() as logs:
        breaker.record(admission, "well")
    database.dispose()
    assert "no such table" in logs[0]["why"]


def test_a_clock_that_only_goes_forward_begins_where_the_machines_clock_is() -> None:
    wall = FixedClock(datetime(2026, 3, 1, 12, tzinfo=UTC))
    steady = SteadyClock(wall)
    first = steady.now_ms()
    assert 0 <= first - int(wall.now().timestamp() * 1_000) < 5_000
    wall.advance(timedelta(days=-1))
    assert 0 <= steady.now_ms() - first < 5_000


def test_while_it_rests_looking_writes_nothing(house: House) -> None:
    house.service.illness = "broken"
    for _ in range(5):
        house.ask()
    breaker = house.processes[0].of("ear")
    with holding_the_pen(house.databases[1]):
        assert breaker.admit(1.0) == Rest("resting", 30.0)
    house.processes[0].release("ear")
    with holding_the_pen(house.databases[1]):
        admission = breaker.admit(1.0)
        assert isinstance(admission, Admission)
        breaker.record(admission, "refused")  # no news, so nothing to write


def test_while_it_rests_a_process_looks_once_in_a_second(house: House) -> None:
    house.service.illness = "broken"
    for _ in range(5):
        house.ask()
    looks: list[str] = []

    @event.listens_for(house.databases[0].reading_engine, "before_cursor_execute")
    def look(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        looks.extend([statement] if statement.startswith("SELECT") else [])

    for tenth in range(20):
        assert house.ask() == NoAnswer("resting", 30.0 - tenth / 10)
        house.wait(0.1)
    assert len(looks) == 2


def test_who_was_refused_a_moment_ago_hears_of_a_release_by_somebody_else_within_a_second(house: House) -> None:
    house.processes[0].isolate("ear", "acc_admin")
    assert house.ask() == house.ask(1) == NoAnswer("isolated", None)
    house.processes[1].release("ear")
    assert isinstance(house.ask(1), Answer)
    house.wait(1)
    assert isinstance(house.ask(), Answer)


def test_a_refusal_that_is_kept_ends_with_the_break(house: House) -> None:
    house.service.illness = "broken"
    for _ in range(5):
        house.ask()
    house.wait(29.5)
    assert house.ask() == NoAnswer("resting", 0.5)
    house.service.illness = "well"
    house.wait(0.5)
    assert isinstance(house.ask(), Answer)


def test_half_open_nobody_is_kept_waiting_longer_than_the_probes(house: House) -> None:
    house.service.illness = "broken"
    for _ in range(5):
        house.ask()
    house.wait(30)
    house.service.illness = "well"
    probes = [house.processes[1].of("ear").admit(20.0) for _ in range(2)]
    assert house.ask() == NoAnswer("resting", 20.0)
    assert isinstance(probes[0], Admission)
    house.processes[1].of("ear").record(probes[0], "well")
    assert isinstance(house.ask(), Answer)


def test_an_answer_after_more_than_half_of_its_time_is_slow(house: House) -> None:
    house.service.illness, house.service.late_seconds = "late", 0.6
    limits = OutgoingLimits(deadline_seconds=1.1, attempts_max=1, answer_bytes_max=1_000)
    for _ in range(4):
        assert isinstance(house.ask(limits=limits), Answer)
    assert house.phase() == "closed"
    assert isinstance(house.ask(limits=limits), Answer)
    assert (house.phase(), house.processes[0].state("ear").failed_count) == ("open", 0)
