"""A paid piece of work: held before, charged with its result, given back; whatever happens in between."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from donecast.credits import service
from donecast.credits.errors import NotEnoughCredits
from donecast.credits.paying import Payer, Payment, capture_if_held
from donecast.credits.rules.pricing import Transcription
from donecast.credits.steps import bill_delivered, sweep_holds
from donecast.kit.clock import FixedClock
from donecast.kit.errors import DonecastError, Stopped
from donecast.platform.web import Ground
from tests.support.ledgers import NOON

_WHO = "acc_ann"
_TEN_MINUTES = Transcription(600_000)
"""15 credits of a first allowance of 90."""


@dataclass
class Purse:
    """A person's credits over a real database."""

    ground: Ground

    def payment(self, operation_id: str = "op", work: Transcription = _TEN_MINUTES) -> Payment:
        return Payment(self.ground, Payer(_WHO, "ep_1"), operation_id, at_most=work)

    def capture(self, payment: Payment, work: Transcription = _TEN_MINUTES) -> None:
        with self.ground.database.transaction() as session:
            payment.capture(session, work)

    def stands(self) -> tuple[int, int]:
        """What can be spent and what is set aside, in milli-credits."""
        with self.ground.database.reading() as session:
            balance = service.get_user_credit_balance(session, self.ground.clock, _WHO)
        assert balance.available_mc is not None
        return balance.available_mc, balance.held_mc

    def acts(self) -> list[str]:
        with self.ground.database.reading() as session:
            found = session.execute(text("SELECT act FROM credit_entries WHERE act <> 'grant' ORDER BY sequence"))
            return list(found.scalars())


@pytest.fixture
def purse(ground: Ground) -> Purse:
    return Purse(ground)


def test_it_is_held_while_the_work_is_done_and_charged_with_its_result(purse: Purse) -> None:
    with purse.payment() as payment:
        assert purse.stands() == (75_000, 15_000)
        purse.capture(payment, Transcription(300_000))
    assert purse.stands() == (82_500, 0)
    assert purse.acts() == ["hold", "charge"]


def test_work_that_somebody_else_finished_meanwhile_costs_nothing(purse: Purse) -> None:
    with purse.payment():
        pass
    assert purse.stands() == (90_000, 0)


@pytest.mark.parametrize("error", [DonecastError("no"), Stopped(), RuntimeError("a fault"), KeyboardInterrupt()])
def test_work_that_ends_without_a_result_costs_nothing_and_can_be_begun_again(
    purse: Purse, error: BaseException
) -> None:
    with pytest.raises(type(error)), purse.payment():
        raise error
    assert purse.stands() == (90_000, 0)
    with purse.payment() as payment:
        purse.capture(payment)
    assert purse.stands() == (75_000, 0)


def test_the_same_work_again_is_charged_once(purse: Purse) -> None:
    for _ in range(3):
        with purse.payment() as payment:
            purse.capture(payment)
    assert purse.stands() == (75_000, 0)
    assert purse.acts() == ["hold", "charge"]


def test_what_a_vendor_took_stays_charged_when_it_fails_and_is_refunded_when_we_do(purse: Purse) -> None:
    with pytest.raises(DonecastError), purse.payment() as payment:
        purse.capture(payment)
        raise DonecastError("The service says that it failed.")
    assert purse.stands() == (75_000, 0)
    with pytest.raises(RuntimeError), purse.payment("another") as payment:
        purse.capture(payment)
        raise RuntimeError("we cannot read its answer")
    assert purse.stands() == (75_000, 0)
    assert purse.acts()[-1] == "refund"
    with purse.payment("another") as payment:  # and is done again for nothing
        purse.capture(payment)
    assert purse.stands() == (75_000, 0)


def test_nothing_is_begun_without_enough(purse: Purse) -> None:
    begun = False
    with pytest.raises(NotEnoughCredits) as told, purse.payment(work=Transcription(3_700_000)):
        begun = True
    assert not begun
    assert told.value.details == {"required": "92.500", "available": "90.000", "shortfall": "2.500"}
    assert purse.stands() == (90_000, 0)
    assert purse.acts() == []


@pytest.fixture
def slow(ground: Ground) -> tuple[Purse, FixedClock]:
    """The same, where time passes only when it is told to, in the middle of a month."""
    clock = FixedClock(NOON)
    return Purse(replace(ground, clock=clock)), clock


def test_long_work_keeps_its_credits_set_aside(slow: tuple[Purse, FixedClock]) -> None:
    purse, clock = slow
    told: list[int | None] = []
    with purse.payment() as payment:
        alive = payment.while_alive(lambda percent, _: told.append(percent))
        for percent in range(0, 100, 10):
            clock.advance(timedelta(minutes=10))
            alive(percent, None)
        sweep_holds(purse.ground.database, clock)
        assert purse.stands() == (75_000, 15_000)
        purse.capture(payment)
    assert told == list(range(0, 100, 10))
    assert purse.acts() == ["hold", "charge"]


def test_work_that_outlived_its_hold_is_delivered_and_billed_when_there_are_credits_again(
    slow: tuple[Purse, FixedClock],
) -> None:
    purse, clock = slow
    with purse.payment() as payment:
        clock.advance(timedelta(minutes=31))
        sweep_holds(purse.ground.database, clock)
        with purse.payment("all the rest", Transcription(3_600_000)) as other:
            purse.capture(other, Transcription(3_600_000))
        purse.capture(payment)
    assert purse.stands() == (0, 0)
    assert bill_delivered(purse.ground.database, clock) == 0
    with purse.ground.database.transaction() as session:
        service.grant_credits(session, clock, _WHO, operation_id="gift", kind="promo", amount_mc=20_000, notes="a gift")
    assert bill_delivered(purse.ground.database, clock) == 1
    assert purse.stands() == (5_000, 0)
    assert bill_delivered(purse.ground.database, clock) == 0


def test_work_that_said_nothing_for_longer_than_its_hold_lives_goes_on_and_is_charged(
    slow: tuple[Purse, FixedClock],
) -> None:
    purse, clock = slow
    told: list[str | None] = []
    with purse.payment() as payment:
        report = payment.while_alive(lambda _percent, detail: told.append(detail))
        clock.advance(timedelta(hours=1))  # such as while a machine sleeps
        report(50, "Writing out the words")
        purse.capture(payment)
    assert told == ["Writing out the words"]
    assert purse.stands() == (75_000, 0)
    assert purse.acts() == ["hold", "ran_out", "charge"]


def test_what_nobody_was_to_pay_for_is_not_charged(purse: Purse) -> None:
    with purse.ground.database.transaction() as session:
        capture_if_held(session, purse.ground, Payer(_WHO), operation_id="a sample", work=_TEN_MINUTES)
    assert purse.acts() == []


def test_who_stops_the_same_work_does_not_spoil_it_for_another(purse: Purse) -> None:
    with purse.payment() as payment:
        with pytest.raises(Stopped), purse.payment():
            raise Stopped
        purse.capture(payment)
    assert bill_delivered(purse.ground.database, purse.ground.clock) == 1
    assert purse.stands() == (75_000, 0)
    assert bill_delivered(purse.ground.database, purse.ground.clock) == 0


def test_work_that_was_paid_after_its_hold_ran_out_can_be_done_again_for_nothing(
    slow: tuple[Purse, FixedClock],
) -> None:
    purse, clock = slow
    for minutes in (31, 0):
        with purse.payment() as payment:
            clock.advance(timedelta(minutes=minutes))
            sweep_holds(purse.ground.database, clock)
            purse.capture(payment)
    assert purse.stands() == (75_000, 0)
