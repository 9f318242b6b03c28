"""Holds: set aside, renewed, ended once; by capture, by release, or by themselves."""

import pytest

from donecast.credits import service
from donecast.credits.errors import (
    AlreadyCharged,
    HoldEnded,
    NoSuchHold,
    NotEnoughCredits,
    OperationDiffers,
    TooManyHolds,
)
from donecast.credits.rules.pricing import Assembly, Transcription
from donecast.credits.service import holds
from tests.support.ledgers import ANN, MINUTE, Ledger

TEN = Transcription(600_000)
"""15 credits."""
SIXTY = Transcription(3_600_000)
"""90 credits: the whole allowance."""


def test_a_hold_takes_from_what_can_be_spent_and_charges_nothing(ledger: Ledger) -> None:
    held = ledger.hold(work=TEN)
    assert (held.amount_mc, held.state) == (15_000, "open")
    balance = ledger.balance()
    assert (balance.available_mc, balance.held_mc) == (75_000, 15_000)
    with ledger.database.reading() as session:
        assert service.usage(session, ledger.clock, ANN).used_mc == 0
        assert service.hold_under(session, ANN, "op") == held
        assert service.hold_under(session, ANN, "other") is None
    ledger.require_sound()


def test_capture_charges_what_it_took_and_gives_the_rest_back(ledger: Ledger) -> None:
    ledger.hold(work=TEN)
    charge = ledger.capture(work=Transcription(480_000))
    assert charge.amount_mc == 12_000
    assert charge.breakdown.total_credits == "12.000"
    balance = ledger.balance()
    assert (balance.available_mc, balance.held_mc) == (78_000, 0)
    assert [entry[0] for entry in ledger.entries()] == ["grant", "hold", "charge"]
    ledger.require_sound()


def test_of_several_grants_the_dearest_comes_back_first(ledger: Ledger) -> None:
    ledger.give(50_000)
    ledger.hold(work=Transcription(4_000_000))
    charge = ledger.capture(work=Transcription(3_700_000))
    assert [draw.amount_mc for draw in charge.entry.draft.draws] == [90_000, 2_500]
    assert ledger.rows("SELECT remaining_mc FROM credit_grants ORDER BY kind") == [(0,), (47_500,)]


def test_work_above_the_hold_is_charged_as_the_hold_and_counted(ledger: Ledger) -> None:
    ledger.hold(work=TEN)
    charge = ledger.capture(work=Transcription(700_000))
    assert charge.amount_mc == 15_000
    assert [line.amount_mc for line in charge.breakdown.lines] == [17_500, -2_500]
    with ledger.database.reading() as session:
        assert service.absorbed(session) == (1, 2_500)
    ledger.require_sound()


def test_a_hold_ends_once(ledger: Ledger) -> None:
    ledger.hold("captured")
    first = ledger.capture("captured")
    assert ledger.capture("captured") == first
    assert ledger.hold("captured").state == "captured"
    with pytest.raises(AlreadyCharged):
        ledger.release("captured")
    with pytest.raises(AlreadyCharged):
        ledger.renew("captured")
    ledger.hold("released")
    assert ledger.release("released").state == "released"
    assert ledger.release("released").state == "released"
    with pytest.raises(HoldEnded):
        ledger.capture("released")
    with pytest.raises(HoldEnded):
        ledger.renew("released")
    assert ledger.available() == 88_500
    ledger.require_sound()


def test_what_was_never_held_cannot_be_ended(ledger: Ledger) -> None:
    for act in (ledger.capture, ledger.release, ledger.renew):
        with pytest.raises(NoSuchHold):
            act("nothing")


def test_the_same_hold_is_answered_and_another_under_its_id_is_a_conflict(ledger: Ledger) -> None:
    first = ledger.hold(work=TEN)
    ledger.wait(minutes=5)
    assert ledger.hold(work=TEN) == first
    assert ledger.available() == 75_000
    with pytest.raises(OperationDiffers):
        ledger.hold(work=MINUTE)
    with pytest.raises(OperationDiffers):
        ledger.capture(work=Assembly(60_000))
    ledger.capture(work=MINUTE)
    with pytest.raises(OperationDiffers):
        ledger.capture(work=TEN)


def test_after_a_release_the_same_id_may_hold_again(ledger: Ledger) -> None:
    first = ledger.hold(work=TEN)
    ledger.release()
    second = ledger.hold(work=TEN)
    assert (second.round, second.state) == (1, "open")
    assert second.id != first.id
    with pytest.raises(OperationDiffers):
        ledger.release()
        ledger.hold(work=MINUTE)
    ledger.hold(work=TEN)
    ledger.capture(work=TEN)
    assert ledger.available() == 75_000
    ledger.require_sound()


def test_too_little_opens_no_hold(ledger: Ledger) -> None:
    ledger.hold("all", SIXTY)
    before = ledger.digest()
    with pytest.raises(NotEnoughCredits) as refused:
        ledger.hold("more", MINUTE)
    assert refused.value.details["available"] == "0.000"
    assert ledger.digest() == before


def test_a_hold_runs_out_at_its_half_hour_and_not_before(ledger: Ledger) -> None:
    ledger.hold(work=SIXTY)
    ledger.wait(minutes=29, seconds=59)
    assert ledger.available() == 0
    ledger.wait(seconds=1)
    assert ledger.available() == 90_000
    ledger.hold("next", SIXTY)
    assert [entry[0] for entry in ledger.entries()] == ["grant", "hold", "ran_out", "hold"]
    ledger.require_sound()


def test_renewal_keeps_a_hold_for_as_long_as_somebody_works(ledger: Ledger) -> None:
    ledger.hold(work=SIXTY)
    for _ in range(10):
        ledger.wait(minutes=20)
        ledger.renew()
    assert ledger.balance().held_mc == 90_000
    ledger.wait(minutes=30)
    with pytest.raises(HoldEnded):
        ledger.renew()
    assert ledger.available() == 90_000


def test_work_that_was_done_after_its_hold_ran_out_is_paid_from_what_is_there(ledger: Ledger) -> None:
    ledger.hold(work=TEN)
    ledger.wait(hours=9)
    charge = ledger.capture(work=Transcription(700_000))
    assert charge.amount_mc == 15_000
    assert ledger.capture(work=Transcription(700_000)) == charge
    assert ledger.available() == 75_000
    ledger.require_sound()


def test_after_a_hold_ran_out_too_little_is_too_little(ledger: Ledger) -> None:
    ledger.hold(work=TEN)
    ledger.wait(minutes=30)
    ledger.charge("other", Transcription(3_500_000))
    with pytest.raises(NotEnoughCredits):
        ledger.capture(work=TEN)
    ledger.give(15_000)
    assert ledger.capture(work=TEN).amount_mc == 15_000
    ledger.require_sound()


def test_a_hold_that_ran_out_may_be_held_again(ledger: Ledger) -> None:
    ledger.hold(work=TEN)
    ledger.wait(minutes=31)
    assert ledger.hold(work=TEN).round == 1
    assert ledger.capture(work=TEN).amount_mc == 15_000
    ledger.require_sound()


def test_a_price_that_changes_during_the_work_changes_nothing_for_it(ledger: Ledger) -> None:
    ledger.hold(work=TEN)
    with ledger.database.transaction() as session:
        changes = {"transcription_mc_per_minute": 9_000}
        service.change_rates(session, ledger.clock, changes, actor="acc_admin", why="Dearer")
    ledger.tier("creator")
    charge = ledger.capture(work=TEN)
    assert (charge.amount_mc, charge.entry.draft.rate_card_version) == (15_000, 1)
    assert ledger.charge("next", MINUTE).amount_mc == 9_000


def test_a_direct_charge_under_a_holds_id_ends_the_hold(ledger: Ledger) -> None:
    ledger.hold(work=TEN)
    charge = ledger.charge(work=MINUTE)
    assert charge.amount_mc == 1_500
    assert ledger.balance().held_mc == 0
    assert ledger.capture(work=MINUTE) == charge
    ledger.require_sound()


def test_what_was_charged_without_a_hold_is_not_held_afterwards(ledger: Ledger) -> None:
    ledger.charge()
    with pytest.raises(AlreadyCharged):
        ledger.hold()


def test_a_hold_over_the_end_of_a_month_loses_what_it_did_not_take(ledger: Ledger) -> None:
    ledger.wait(days=21, hours=11, minutes=50)  # ten minutes before the end of March
    ledger.hold(work=SIXTY)
    ledger.wait(minutes=15)
    ledger.capture(work=TEN)
    assert ledger.available() == 90_000
    assert ("expired", 75_000) in ledger.rows("SELECT pot, amount_mc FROM credit_postings")
    ledger.require_sound()


@pytest.mark.parametrize(("because", "left_mc"), [("failed", 180_000), ("cancelled", 90_000)])
def test_of_a_hold_over_the_end_of_a_month_a_failure_gives_all_back(ledger: Ledger, because: str, left_mc: int) -> None:
    ledger.wait(days=21, hours=11, minutes=50)
    ledger.hold(work=SIXTY)
    ledger.wait(minutes=15)
    ledger.release(because=because)
    assert ledger.available() == left_mc
    ledger.wait(days=30)
    ledger.settle()
    assert ledger.available() == 90_000
    ledger.require_sound()


def test_a_hold_on_unlimited_goes_back_to_where_it_came_from(ledger: Ledger) -> None:
    ledger.tier("unlimited")
    for end in (ledger.release, ledger.capture, lambda name: ledger.wait(minutes=30)):
        name = getattr(end, "__name__", "alone")
        ledger.hold(name, MINUTE)
        end(name)
    ledger.settle()
    assert ledger.balance().held_mc == 0
    sums = dict(ledger.rows("SELECT pot, sum(amount_mc) FROM credit_postings GROUP BY pot"))
    assert int(sums["issued:unlimited"]) == -1_500
    ledger.require_sound()


def test_one_person_cannot_hold_without_end(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holds, "OPEN_HOLDS_MAX", 2)
    ledger.hold("a")
    ledger.hold("b")
    with pytest.raises(TooManyHolds):
        ledger.hold("c")
    ledger.wait(minutes=30)
    assert ledger.hold("c").state == "open"


def test_a_hold_of_nothing_is_a_hold(ledger: Ledger) -> None:
    with ledger.database.transaction() as session:
        changes = {"local_thousandths": 0}
        service.change_rates(session, ledger.clock, changes, actor="acc_admin", why="Our own machine")
    free = Transcription(600_000, "local")
    assert ledger.hold(work=free).amount_mc == 0
    assert ledger.capture(work=free).amount_mc == 0
    assert ledger.available() == 90_000
    ledger.hold("other", free)
    ledger.wait(minutes=31)
    ledger.settle()
    ledger.require_sound()
