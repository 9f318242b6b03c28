"""Storage: samples, the monthly bill, what is due and what follows."""

from datetime import timedelta

import pytest

from donecast.credits import service, steps
from donecast.credits.rules.pricing import Transcription
from tests.support.ledgers import ANN, BEN, Ledger

GB = 10**9


def sample(ledger: Ledger, stored_bytes: int, days: int = 1, who: str = ANN) -> None:
    for _ in range(days):
        with ledger.database.transaction() as session:
            service.sample_storage(session, ledger.clock, who, stored_bytes)
        ledger.wait(days=1)


def bill(ledger: Ledger, month: str = "2026-03", who: str = ANN) -> int | None:
    with ledger.database.transaction() as session:
        charge = service.charge_for_storage(session, ledger.clock, who, month=month)
    return charge.amount_mc if charge else None


def test_the_mean_of_the_days_is_billed_once(ledger: Ledger) -> None:
    sample(ledger, 12_340_000_000, 15)
    ledger.wait(days=10)
    assert bill(ledger) == bill(ledger) == 24_680
    (row,) = ledger.rows("SELECT operation_id, notes FROM credit_entries WHERE act = 'charge'")
    assert row == (f"storage:{ANN}:2026-03", "Monthly storage: 12.34 GB")
    ledger.require_sound()


def test_the_days_last_sample_counts_and_days_without_one_do_not(ledger: Ledger) -> None:
    for stored in (5 * GB, 3 * GB):
        with ledger.database.transaction() as session:
            service.sample_storage(session, ledger.clock, ANN, stored)
    ledger.wait(days=4)
    sample(ledger, GB)
    assert bill(ledger) == 4_000
    assert bill(ledger, "2026-02") is None


def test_a_bill_counts_in_the_period_whose_credits_pay_it(ledger: Ledger) -> None:
    sample(ledger, GB)
    ledger.wait(days=22)
    bill(ledger)
    with ledger.database.reading() as session:
        usage = service.usage(session, ledger.clock, ANN)
    assert (usage.by_action["STORAGE"], usage.remaining_mc) == (2_000, 88_000)


def test_what_cannot_be_paid_becomes_due_and_is_paid_as_a_whole_later(ledger: Ledger) -> None:
    ledger.charge(work=Transcription(3_400_000))
    sample(ledger, 20 * GB)
    assert bill(ledger) == 5_000
    assert ledger.available() == 0
    with ledger.database.reading() as session:
        debt = service.storage_debt(session, ANN)
    assert debt is not None
    assert (debt.due_mc, debt.uploads_stop_at - debt.since) == (35_000, timedelta(days=7))
    assert debt.kept_until - debt.since == timedelta(days=30)
    ledger.give(34_999)
    assert steps.pay_dues(ledger.database, ledger.clock) == 0
    ledger.give(1, "more")
    assert steps.pay_dues(ledger.database, ledger.clock) == 1
    assert steps.pay_dues(ledger.database, ledger.clock) == 0
    assert ledger.available() == 0
    with ledger.database.reading() as session:
        assert service.storage_debt(session, ANN) is None
    total = sum(amount for _, reason, amount in ledger.entries() if reason == "STORAGE")
    assert total == 40_000
    ledger.require_sound()


def test_uploads_stop_after_seven_days_and_go_on_when_it_is_paid(ledger: Ledger) -> None:
    def stopped() -> bool:
        with ledger.database.reading() as session:
            return service.uploads_stopped(session, ledger.clock, ANN)

    assert not stopped()
    sample(ledger, 100 * GB)
    bill(ledger)
    ledger.wait(days=6, hours=23, minutes=59)
    assert not stopped()
    ledger.wait(minutes=1)
    assert stopped()
    ledger.give(1_000_000)
    steps.pay_dues(ledger.database, ledger.clock)
    assert not stopped()


def test_on_unlimited_it_is_only_recorded(ledger: Ledger) -> None:
    ledger.tier("unlimited")
    sample(ledger, 1_000 * GB)
    assert bill(ledger) == 2_000_000
    with ledger.database.reading() as session:
        assert service.storage_debt(session, ANN) is None
    ledger.require_sound()


@pytest.mark.parametrize("times", [1, 3])
def test_the_monthly_run_bills_everybody_once(ledger: Ledger, times: int) -> None:
    for who in (ANN, BEN):
        with ledger.database.transaction() as session:
            service.sample_storage(session, ledger.clock, who, GB)
    billed = [steps.bill_storage(ledger.database, ledger.clock, "2026-03") for _ in range(times)]
    assert billed == [2, *[0] * (times - 1)]
    assert (ledger.available(ANN), ledger.available(BEN)) == (88_000, 88_000)


def test_work_delivered_without_the_ledger_is_billed_later_once(ledger: Ledger) -> None:
    then = ledger.clock.now()
    for _ in range(2):
        with ledger.database.transaction() as session:
            work = Transcription(600_000)
            service.note_unbilled(session, ledger.clock, ANN, operation_id="op", work=work, happened_at=then)
    ledger.wait(hours=2)
    assert steps.bill_delivered(ledger.database, ledger.clock) == 1
    assert steps.bill_delivered(ledger.database, ledger.clock) == 0
    assert ledger.available() == 75_000
    assert ledger.charge("op", Transcription(600_000)).amount_mc == 15_000
    assert ledger.available() == 75_000
    with ledger.database.transaction() as session:
        assert service.bill_noted(session, ledger.clock, ANN, "op") is None
    ledger.require_sound()


def test_delivered_work_waits_until_there_are_credits(ledger: Ledger) -> None:
    ledger.charge("all", Transcription(3_600_000))
    with ledger.database.transaction() as session:
        service.note_unbilled(
            session, ledger.clock, ANN, operation_id="op", work=Transcription(60_000), happened_at=ledger.clock.now()
        )
    assert steps.bill_delivered(ledger.database, ledger.clock) == 0
    ledger.give(1_500)
    assert steps.bill_delivered(ledger.database, ledger.clock) == 1
    assert ledger.available() == 0


def test_the_sweep_gives_back_what_ran_out_and_nothing_else(ledger: Ledger) -> None:
    ledger.hold("old")
    ledger.hold("bens", who=BEN)
    ledger.wait(minutes=20)
    ledger.hold("young")
    ledger.wait(minutes=10)
    assert steps.sweep_holds(ledger.database, ledger.clock) == 2
    assert steps.sweep_holds(ledger.database, ledger.clock) == 0
    assert ledger.rows("SELECT operation_id, state FROM credit_holds ORDER BY operation_id") == [
        ("bens", "ran_out"),
        ("old", "ran_out"),
        ("young", "open"),
    ]
    ledger.require_sound()


def test_the_monthly_run_begins_everybodys_period_once(ledger: Ledger) -> None:
    for number in range(5):
        ledger.charge(who=f"acc_{number}")
    ledger.wait(days=31)
    assert steps.begin_periods(ledger.database, ledger.clock) == 5
    assert steps.begin_periods(ledger.database, ledger.clock) == 0
    assert ledger.rows("SELECT DISTINCT available_mc FROM credit_wallets") == [(90_000,)]
    assert steps.audit(ledger.database).well
