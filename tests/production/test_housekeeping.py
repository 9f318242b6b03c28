"""What the house does by itself: harmless to repeat, whole after being killed in the middle."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from donecast.credits import service as ledger
from donecast.credits import steps as chores
from donecast.credits.rules.pricing import Transcription
from donecast.entry.http import create_app
from donecast.kit.clock import FixedClock
from donecast.platform.database import DatabaseBusy
from donecast.platform.web import Ground
from donecast.production.housekeeping import Housekeeping
from donecast.production.rounds import do_once
from donecast.recordings import service as recordings
from tests.support.people import Person, sign_up

NOON = datetime(2026, 3, 30, 12, tzinfo=UTC)
GB = 10**9


class KilledHere(Exception):
    """The worker's end, at this very point."""


@dataclass
class House:
    """An installation whose clock a test moves, and its housekeeping."""

    ground: Ground
    clock: FixedClock
    keeping: Housekeeping

    def wait(self, **time: float) -> None:
        self.clock.advance(timedelta(**time))

    def rounds(self, keeping: Housekeeping | None = None) -> None:
        """Everything once, as the background does it."""
        keeping = keeping or self.keeping
        for act in (
            keeping.sweep_holds,
            keeping.begin_periods,
            keeping.bill_months,
            keeping.bill_delivered,
            keeping.pay_dues,
            keeping.sample_storage,
            keeping.audit,
        ):
            act()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.ground.database.reading() as session:
            return [tuple(row) for row in session.execute(text(query))]

    def digest(self) -> str:
        with self.ground.database.reading() as session:
            return ledger.ledger_digest(session)

    def storage(self) -> list[tuple[str, int]]:
        """What was charged for storage: the operation and the amount."""
        query = "SELECT operation_id, amount_mc FROM credit_entries WHERE reason = 'STORAGE' ORDER BY operation_id"
        return [(row[0], row[1]) for row in self.rows(query)]

    def keep(self, person: Person, name: str, count: int, content: str = "a") -> None:
        """A file in somebody's library, without its bytes."""
        with self.ground.database.transaction() as session:
            session.execute(
                text(
                    "INSERT INTO media_items (id, account_id, category, name, state, content_hash, bytes, container, "
                    "codec, sample_rate, channels, duration_ms, silences_ms, created_at) VALUES "
                    "(:id, :account, 'recording', 'x', 'ready', :hash, :bytes, '', '', 0, 0, 0, '[]', :at)"
                ),
                {
                    "id": name,
                    "account": person.account.id,
                    "hash": content * 64,
                    "bytes": count,
                    "at": "2026-03-01 00:00:00",
                },
            )

    def forget(self, name: str) -> None:
        with self.ground.database.transaction() as session:
            session.execute(text("DELETE FROM media_items WHERE id = :id"), {"id": name})

    def hold(self, person: Person, minutes: int) -> None:
        with self.ground.database.transaction() as session:
            work = Transcription(minutes * 60_000)
            ledger.hold(session, self.clock, person.account.id, operation_id="op", work=work)

    def charge(self, person: Person, minutes: int, operation_id: str = "op") -> None:
        with self.ground.database.transaction() as session:
            work = Transcription(minutes * 60_000)
            ledger.charge_for_work(session, self.clock, person.account.id, work, operation_id=operation_id)

    def available(self, person: Person) -> int | None:
        with self.ground.database.reading() as session:
            return ledger.get_user_credit_balance(session, self.clock, person.account.id).available_mc


@pytest.fixture
def ground(ground: Ground) -> Ground:
    """The same with a clock that a test moves."""
    return replace(ground, clock=FixedClock(NOON))


@pytest.fixture
def house(ground: Ground) -> House:
    assert isinstance(ground.clock, FixedClock)
    return House(ground, ground.clock, Housekeeping(ground))


def killing(act: Callable[..., Any], at: int) -> Callable[..., Any]:
    """The same act, which is the worker's end when it is called for the ``at``-th time."""
    calls = 0

    def killed(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == at:
            raise KilledHere
        return act(*arguments, **named)

    return killed


def test_a_hold_that_ran_out_is_given_back_within_the_minute(house: House, ann: Person) -> None:
    house.hold(ann, 10)
    assert house.keeping.sweep_holds() == 0
    house.wait(minutes=30)
    assert house.keeping.sweep_holds() == 1
    assert house.keeping.sweep_holds() == 0
    assert house.rows("SELECT held_mc, available_mc FROM credit_wallets") == [(0, 90_000)]


def test_a_month_begins_for_who_does_not_look(house: House, ann: Person) -> None:
    house.charge(ann, 10)
    house.wait(days=2)
    assert (house.keeping.begin_periods(), house.keeping.begin_periods()) == (1, 0)
    assert house.rows("SELECT available_mc FROM credit_wallets") == [(90_000,)]


def test_work_that_was_delivered_is_billed_when_there_are_credits_and_nobody_waits_behind_the_poor(
    house: House, ann: Person, ben: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("donecast.credits.service.unbilled.AT_ONCE", 1)
    house.charge(ann, 60)
    for person in (ann, ben):
        with house.ground.database.transaction() as session:
            ledger.note_unbilled(
                session,
                house.clock,
                person.account.id,
                operation_id="late",
                work=Transcription(600_000),
                happened_at=house.clock.now(),
            )
    assert (house.keeping.bill_delivered(), house.available(ben)) == (1, 75_000)
    house.wait(days=2)
    assert (house.keeping.bill_delivered(), house.keeping.bill_delivered()) == (1, 0)
    assert house.available(ann) == 75_000


class TestStorage:
    """A sample a day, a bill a month."""

    def test_a_day_is_sampled_once_and_also_for_who_keeps_nothing(self, house: House, ann: Person, ben: Person) -> None:
        house.keep(ann, "med_1", 3 * GB)
        house.keep(ann, "med_2", 3 * GB)  # the same file a second time
        house.keep(ann, "med_3", GB, content="b")
        assert (house.keeping.sample_storage(), house.keeping.sample_storage()) == (True, False)
        samples = dict(house.rows("SELECT account_id, stored_bytes FROM credit_storage_samples"))
        assert samples == {ann.account.id: 4 * GB, ben.account.id: 0}
        house.wait(days=1)
        assert house.keeping.sample_storage()
        assert house.rows("SELECT count(*) FROM credit_storage_samples") == [(4,)]

    def test_a_month_is_billed_by_the_mean_of_its_days_once(self, house: House, ann: Person, ben: Person) -> None:
        house.keep(ann, "med_1", 10 * GB)
        house.rounds()
        house.wait(days=1)
        house.forget("med_1")
        house.rounds()
        assert house.keeping.bill_months() == []
        house.wait(days=1)
        assert (house.keeping.bill_months(), house.keeping.bill_months()) == (["2026-03"], [])
        assert house.storage() == [(f"storage:{ann.account.id}:2026-03", 10_000)]
        assert Housekeeping(house.ground).bill_months() == []

    def test_months_that_ended_while_the_machine_was_off_are_billed_in_their_order(
        self, house: House, ann: Person
    ) -> None:
        house.keep(ann, "med_1", GB)
        house.rounds()
        house.wait(days=70)
        assert house.keeping.bill_months() == ["2026-03", "2026-04", "2026-05"]
        assert house.storage() == [(f"storage:{ann.account.id}:2026-03", 2_000)]

    def test_a_debt_is_paid_by_itself_when_there_are_credits(self, house: House, ann: Person) -> None:
        house.keep(ann, "med_1", 60 * GB)
        house.keeping.sample_storage()
        house.wait(days=2)
        house.keeping.begin_periods()
        house.keeping.bill_months()
        assert (house.keeping.pay_dues(), house.available(ann)) == (0, 0)
        assert house.rows("SELECT due_mc FROM credit_storage_dues") == [(30_000,)]
        house.wait(days=30)
        assert (house.keeping.pay_dues(), house.keeping.pay_dues()) == (1, 0)
        assert house.available(ann) == 60_000

    def test_a_week_after_a_debt_the_doors_for_uploads_say_so(
        self, house: House, ann: Person, client: TestClient
    ) -> None:
        house.keep(ann, "med_1", 60 * GB)
        house.keeping.sample_storage()
        house.wait(days=2)
        house.keeping.bill_months()
        tus = {"Tus-Resumable": "1.0.0", "Upload-Length": "100", "Upload-Metadata": "filename YS53YXY="}
        house.wait(days=6, hours=23)
        assert ann.ask("POST", "/api/uploads", headers=tus).status_code == 201
        house.wait(hours=1)
        answers = [
            ann.ask("POST", "/api/uploads", headers=tus),
            ann.ask("POST", "/api/media", files={"file": ("a.wav", b"x")}, data={"category": "recording"}),
        ]
        for answer in answers:
            assert answer.status_code == 402
            assert answer.json()["error"]["code"] == "uploads_stopped"
            assert answer.json()["error"]["details"] == {"due": "30.000"}
            assert answer.json()["error"]["message"] == (
                "30.000 credits for storage have been owed since 2026-04-01, so nothing more can be uploaded for now. "
                "Your files are kept; nothing is deleted before 2026-05-01."
            )
        standing = ann.ask("GET", "/api/billing/standing").json()
        assert (standing["uploads_stopped"], standing["storage_debt"]["due"]) == (True, "30.000")
        with house.ground.database.transaction() as session:
            ledger.grant_credits(
                session, house.clock, ann.account.id, operation_id="buy", kind="purchased", amount_mc=30_000
            )
        house.keeping.pay_dues()
        recordings.require_uploads_open(house.ground, ann.account.id)


class TestAudit:
    """Each night."""

    def test_it_is_done_once_a_night(self, house: House, ann: Person) -> None:
        house.charge(ann, 10)
        assert (house.keeping.audit(), house.keeping.audit()) == (True, False)
        house.wait(hours=14)
        assert not house.keeping.audit()  # two o'clock
        house.wait(hours=1)
        assert house.keeping.audit()

    def test_what_does_not_agree_is_logged_as_an_error(
        self, house: House, ann: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        house.charge(ann, 10)
        said: list[tuple[str, str]] = []

        class Log:
            def error(self, _words: str, kind: str, where: str) -> None:
                said.append((kind, where))

        monkeypatch.setattr("donecast.credits.service.audits.logger", Log)
        monkeypatch.setattr("donecast.credits.steps.logger", Log)
        with house.ground.database.transaction() as session:
            session.execute(text("UPDATE credit_wallets SET available_mc = 89000, head_digest = 'x'"))
        assert not chores.audit(house.ground.database).well
        assert {where for _, where in said} == {ann.account.id}
        assert "chain_end" in {kind for kind, _ in said}


PLACES = (
    "donecast.credits.steps.open_book",
    "donecast.credits.service.storage.charge_for_storage",
    "donecast.credits.service.storage.unpaid.samples",
    "donecast.credits.service.unbilled.charge_for_work",
    "donecast.credits.service.sample_storage",
    "donecast.production.service.note_chore",
)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("at", [1, 2])
def test_killed_anywhere_and_begun_again_it_leaves_the_same_ledger(
    house: House, ground: Ground, client: TestClient, ann: Person, ben: Person, place: str, at: int
) -> None:
    """One house is killed in each of three rounds and begun again; what stands is what one pass without it leaves."""
    carl = sign_up(ground, client, "carl@example.com")
    for number, person in enumerate((ann, ben, carl)):
        house.keep(person, f"med_{number}", (number + 1) * GB, content=str(number))
        house.charge(person, 5 + number)
        with ground.database.transaction() as session:
            ledger.note_unbilled(
                session,
                house.clock,
                person.account.id,
                operation_id="late",
                work=Transcription(600_000),
                happened_at=house.clock.now(),
            )
    killed = 0
    for _ in range(3):
        with pytest.MonkeyPatch.context() as patch:
            module, _, name = place.rpartition(".")
            patch.setattr(place, killing(_named(module, name), at))
            try:
                house.rounds(Housekeeping(ground))
            except KilledHere:
                killed += 1
        house.rounds(Housekeeping(ground))
        before = house.digest()
        house.rounds(Housekeeping(ground))
        assert house.digest() == before
        house.wait(days=1)
    assert killed
    charges = house.rows(
        "SELECT reason, count(*), sum(amount_mc) FROM credit_entries WHERE act = 'charge' GROUP BY reason ORDER BY 1"
    )
    assert charges == [("STORAGE", 3, 12_000), ("TRANSCRIPTION", 6, 45_000 + 27_000)]
    assert house.rows("SELECT count(*) FROM credit_storage_samples") == [(9,)]
    assert chores.audit(ground.database).well


def _named(module: str, name: str) -> Callable[..., Any]:
    """What a name in a module, or in one that a module knows, stands for."""
    found: Any = __import__("donecast")
    for part in f"{module}.{name}".split(".")[1:]:
        found = getattr(found, part)
    act: Callable[..., Any] = found
    return act


@pytest.mark.postgres
def test_on_postgres_two_workers_do_the_same_at_once(postgres_ground: Ground) -> None:
    clock = FixedClock(NOON)
    ground = replace(postgres_ground, clock=clock)
    with TestClient(create_app(ground)) as client:
        ann = sign_up(ground, client, "ann@example.com")
    house = House(ground, clock, Housekeeping(ground))
    house.keep(ann, "med_1", GB)
    failed: list[Exception] = []

    def work() -> None:
        try:
            house.rounds(Housekeeping(ground))
        except Exception as error:  # noqa: BLE001  told by the thread that looks
            failed.append(error)

    for _ in range(3):
        threads = [Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        house.wait(days=1)
    assert failed == []
    assert house.storage() == [(f"storage:{ann.account.id}:2026-03", 2_000)]
    assert house.rows("SELECT count(*) FROM credit_storage_samples") == [(3,)]
    assert chores.audit(ground.database).well


def test_what_goes_wrong_in_a_round_does_not_end_it() -> None:
    def busy() -> None:
        raise DatabaseBusy

    do_once(busy)
    do_once(lambda: 1 // 0)
