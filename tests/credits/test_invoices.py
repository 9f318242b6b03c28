"""The ledger grouped like an invoice, requests for refunds, and what waits to be billed, on both engines."""

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread

import pytest

from donecast.credits import service
from donecast.credits.rules.pricing import Assembly, Transcription
from donecast.credits.service import InvoicePage, RefundRequest
from donecast.credits.steps import audit, bill_delivered
from tests.support.ledgers import ANN, BEN, MINUTE, NOON, Ledger


def page_of(ledger: Ledger, before: int | None = None, limit: int = 20, of_episodes: bool | None = None) -> InvoicePage:
    with ledger.database.reading() as session:
        return service.invoice_page(session, ANN, before=before, limit=limit, of_episodes=of_episodes)


def charge(ledger: Ledger, operation_id: str, episode_id: str | None) -> str:
    with ledger.database.transaction() as session:
        work = Assembly(600_000)
        return service.charge_for_work(
            session, ledger.clock, ANN, work, operation_id=operation_id, episode_id=episode_id
        ).entry.id


def ask_back(ledger: Ledger, charge_id: str, who: str = ANN) -> RefundRequest:
    with ledger.database.transaction() as session:
        return service.request_refund(session, ledger.clock, who, charge_id, "It did not work.")


def decide(ledger: Ledger, request_id: str, amount_mc: int | None = None) -> RefundRequest:
    with ledger.database.transaction() as session:
        return service.decide_refund(
            session, ledger.clock, request_id, approve=True, amount_mc=amount_mc, words="Yes.", actor="root"
        )


def test_episodes_stand_together_and_pages_follow(ledger: Ledger) -> None:
    first = charge(ledger, "a", "ep_1")
    charge(ledger, "b", None)
    charge(ledger, "c", "ep_1")
    ledger.refund(first, 1_000)
    ledger.hold("going on")
    whole = page_of(ledger)
    assert [(one.episode_id, one.net_mc, len(one.entries)) for one in whole.invoices] == [
        ("ep_1", 19_000, 3),
        (None, 10_000, 1),
        (None, 0, 1),
    ]
    assert whole.next_before is None
    top = page_of(ledger, limit=1)
    rest = page_of(ledger, before=top.next_before)
    assert (*top.invoices, *rest.invoices) == whole.invoices
    assert page_of(ledger, of_episodes=True).invoices == whole.invoices[:1]
    assert page_of(ledger, of_episodes=False).invoices == whole.invoices[1:]


def test_a_request_is_asked_once_and_granted_once(ledger: Ledger) -> None:
    charge_id = charge(ledger, "a", "ep_1")
    request = ask_back(ledger, charge_id)
    assert ask_back(ledger, charge_id) == request
    assert decide(ledger, request.id) == decide(ledger, request.id)
    assert ledger.available() == 90_000
    with ledger.database.reading() as session:
        assert service.refund_requests(session, waiting=True) == []
        found = service.refund_requests(session, account_id=ANN, before=NOON + timedelta(days=1))
        assert [(one.state, one.refunded_mc, one.decided_by) for one in found] == [("approved", 10_000, "root")]
        assert service.refund_requests(session, account_id=BEN) == []
    ledger.require_sound()


def at_once(act: Callable[[], RefundRequest]) -> list[RefundRequest]:
    """What six threads get that do the same in the same moment."""
    together, found = Barrier(6), list[RefundRequest]()

    def run() -> None:
        together.wait()
        found.append(act())

    threads = [Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_asked_and_decided_by_many_at_once_it_happens_once(ledger: Ledger) -> None:
    charge_id = charge(ledger, "a", None)
    asked = at_once(lambda: ask_back(ledger, charge_id))
    assert asked == [asked[0]] * 6
    decided = at_once(lambda: decide(ledger, asked[0].id, 4_000))
    assert decided == [decided[0]] * 6
    assert [amount_mc for act, _, amount_mc in ledger.entries() if act == "refund"] == [4_000]
    ledger.require_sound()


def test_what_waits_is_billed_in_pages_and_the_audit_finds_nothing(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("donecast.credits.service.unbilled.AT_ONCE", 2)
    for number in range(5):
        for who in (ANN, BEN):
            with ledger.database.transaction() as session:
                service.note_unbilled(
                    session, ledger.clock, who, operation_id=f"op {number}", work=MINUTE, happened_at=NOON
                )
        ledger.wait(seconds=number % 2)
    ledger.charge("all", Transcription(60 * 60_000), BEN)
    assert bill_delivered(ledger.database, ledger.clock) == 5
    assert audit(ledger.database).well


def test_months_to_bill_are_those_that_ended_since_the_last_one(ledger: Ledger) -> None:
    def months(billed: str | None) -> list[str]:
        with ledger.database.reading() as session:
            return service.months_to_bill(session, ledger.clock, billed)

    assert months(None) == []
    for stored in (0, 5):
        with ledger.database.transaction() as session:
            service.sample_storage(session, ledger.clock, ANN, stored)
        assert months(None) == []
    ledger.wait(days=60)
    assert (months(None), months("2026-03"), months("2026-04")) == (["2026-03", "2026-04"], ["2026-04"], [])
