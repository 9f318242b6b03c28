"""What the payment service said of plans: subscriptions as they are now, and invoices that were paid for them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from donecast.billing import ledger, repository
from donecast.billing.models import PurchaseRow, SubscriptionRow
from donecast.billing.rules import (
    LIVE_STATES,
    NOTHING_RETURNED,
    Event,
    InvoiceFacts,
    InvoiceLine,
    Misfit,
    Offer,
    ReturnedFacts,
    SubscriptionFacts,
    best_of,
    misfit_of_money,
)
from donecast.billing.service import rows, subscriptions
from donecast.billing.service.alerts import raise_alert
from donecast.billing.service.arrivals import give_back, note_event, record_payment
from donecast.billing.service.orders import note_state
from donecast.kit.clock import Clock

_REPEATED = "repeated"


class StaleLook(Exception):
    """Somebody else wrote what they saw of the subscription after we looked: look again. Undo everything."""


@dataclass(frozen=True, slots=True)
class _Due:
    """What an invoice pays for: an offer, in the period of a line; of an upgrade the order of the difference."""

    offer: Offer
    asked: int
    line: InvoiceLine
    purchase: PurchaseRow | None


def version_of(session: Session, subscription_id: str) -> int | None:
    """How often the subscription was written; ask before looking. None when it is not known yet."""
    row = repository.subscription_by_id(session, subscription_id)
    return row.version if row else None


def take_subscription(session: Session, clock: Clock, event: Event, facts: SubscriptionFacts, seen: int | None) -> str:
    """A subscription as it was looked up after ``seen`` was asked for; its outcome. Raises StaleLook."""
    noted = note_event(session, clock, event)
    if noted is None:
        return _REPEATED
    before = _terms(repository.subscription_by_id(session, facts.id))
    row = _written(session, clock, event, facts, seen)
    if isinstance(row, Misfit):
        noted.outcome = raise_alert(session, clock, event, row)
        return noted.outcome
    noted.outcome = "noted"
    _tell_changes(session, clock, row, before, facts)
    return noted.outcome


def take_invoice(
    session: Session,
    clock: Clock,
    event: Event,
    invoice: InvoiceFacts,
    subscription: SubscriptionFacts,
    seen: int | None,
    returned: ReturnedFacts = NOTHING_RETURNED,
) -> str:
    """A paid invoice of a plan, with its subscription as `take_subscription` gets it; its outcome. Raises StaleLook."""
    noted = note_event(session, clock, event)
    if noted is None:
        return _REPEATED
    before = _terms(repository.subscription_by_id(session, subscription.id))
    row = _written(session, clock, event, subscription, seen)
    if isinstance(row, Misfit):
        noted.outcome = raise_alert(session, clock, event, row)
        return noted.outcome
    if invoice.status != "paid":
        noted.outcome = "not_paid"
    elif repository.payment_by_id(session, invoice.id) is not None:
        noted.outcome = "credited_before"
    else:
        noted.outcome = _credit(session, clock, event, invoice, row, returned)
    # The look at an invoice may have seen the plan's end first; its own event will find nothing new then.
    _tell_changes(session, clock, row, before, subscription)
    return noted.outcome


def _tell_changes(
    session: Session,
    clock: Clock,
    row: SubscriptionRow,
    before: tuple[str, str, datetime | None] | None,
    facts: SubscriptionFacts,
) -> None:
    """What was told once is not told again: an operator may have changed the tier by hand since."""
    if row.paid_offer_id is not None and before != _terms(row):
        _plan_ahead(session, clock, row, is_over=facts.is_over)


def _terms(row: SubscriptionRow | None) -> tuple[str, str, datetime | None] | None:
    return (row.status, row.offer_id, row.ends_at) if row else None


def _written(
    session: Session, clock: Clock, event: Event, facts: SubscriptionFacts, seen: int | None
) -> SubscriptionRow | Misfit:
    """The subscription's row as it is now; or why it cannot be ours."""
    offer = repository.offer_of_price(session, facts.price_id)
    if offer is None:
        return Misfit("unknown_price", f"The subscription {facts.id} is paid at a price that is no offer of ours.")
    row = repository.subscription_by_id(session, facts.id)
    if row is None:
        found = _begun(session, clock, event, facts, offer.id)
        if isinstance(found, Misfit):
            return found
        row = found
    elif seen is None or not repository.claim_version(session, facts.id, seen):
        raise StaleLook
    row.status, row.offer_id, row.ends_at, row.updated_at = facts.status, offer.id, facts.ends_at, clock.now()
    return row


def _begun(
    session: Session, clock: Clock, event: Event, facts: SubscriptionFacts, offer_id: str
) -> SubscriptionRow | Misfit:
    purchase = repository.locked_purchase(session, facts.purchase_id) if facts.purchase_id else None
    account_id = repository.account_of_customer(session, facts.customer_id)
    if account_id is None or (purchase is not None and purchase.account_id != account_id):
        said = f"The subscription {facts.id} is by the customer {facts.customer_id}, who did not order it here."
        return Misfit("unknown_customer", said)
    if subscriptions.has_plan(session, account_id, event.mode):
        said = f"The subscription {facts.id} is this person's second one. Both are credited; end one and give it back."
        raise_alert(session, clock, event, Misfit("second_plan", said), account_id=account_id)
    now = clock.now()
    row = SubscriptionRow(
        id=facts.id,
        account_id=account_id,
        mode=event.mode,
        status=facts.status,
        offer_id=offer_id,
        version=1,
        created_at=now,
        updated_at=now,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        raise StaleLook from None
    if purchase is not None:
        purchase.subscription_id = facts.id
    return row


def _credit(
    session: Session,
    clock: Clock,
    event: Event,
    invoice: InvoiceFacts,
    row: SubscriptionRow,
    returned: ReturnedFacts,
) -> str:
    due = _due(session, invoice, row)
    if isinstance(due, Misfit):
        return raise_alert(session, clock, event, due, account_id=row.account_id)
    misfit = _misfit_of(invoice, due)
    if misfit is not None:
        if due.purchase is not None:
            note_state(due.purchase, clock, "refused")
        purchase_id = due.purchase.id if due.purchase else None
        return raise_alert(session, clock, event, misfit, account_id=row.account_id, purchase_id=purchase_id)
    payment = record_payment(
        session,
        clock,
        invoice.id,
        due.purchase,
        account_id=row.account_id,
        amount=due.asked,
        currency=invoice.currency,
        credits_mc=0,
        intent_id=invoice.intent_id,
        subscription_id=row.id,
    )
    if payment is None:
        return "credited_before"
    if due.purchase is not None:
        note_state(due.purchase, clock, "paid")
    if returned.refunded or returned.disputed:
        give_back(session, clock, event, payment, returned)
    # An invoice that comes late pays for an earlier period and says nothing of the present one.
    if due.line.period_end <= clock.now() or (row.paid_end is not None and due.line.period_end < row.paid_end):
        return "credited_late"
    row.paid_offer_id, row.paid_start, row.paid_end = due.offer.id, due.line.period_start, due.line.period_end
    if row.status not in LIVE_STATES:
        said = f"The invoice {invoice.id} was paid for a plan that had ended before we heard of it. Give it back."
        return raise_alert(session, clock, event, Misfit("paid_after_end", said), account_id=row.account_id)
    best = best_of(offer for offer, _ in _paid_plans(session, row))
    if best is not None and best.tier is not None:
        ledger.begin_plan(session, clock, row.account_id, best.tier, since=due.line.period_start)
    _plan_ahead(session, clock, row, is_over=False)
    return "credited"


def _due(session: Session, invoice: InvoiceFacts, row: SubscriptionRow) -> _Due | Misfit:
    if invoice.reason == "subscription_update":
        purchase = repository.open_upgrade(session, row.id)
        line = next((line for line in invoice.lines if line.amount > 0), None)
        if purchase is None or line is None:
            return Misfit("unknown_purchase", f"The invoice {invoice.id} charges a change of plan that nobody ordered.")
        offer = subscriptions.offer_by_id(session, purchase.offer_id)
        if line.price_id != repository.price_id_of(session, offer.id, row.mode):
            return Misfit(
                "unknown_price", f"The invoice {invoice.id} is for another plan than the one that was ordered."
            )
        return _Due(offer, purchase.amount, line, purchase)
    for line in invoice.lines:
        offer_row = repository.offer_of_price(session, line.price_id) if line.price_id else None
        if offer_row is not None and not line.is_proration:
            return _Due(rows.offer(offer_row), offer_row.amount, line, _order_of(session, invoice, row))
    return Misfit("unknown_price", f"The invoice {invoice.id} is for nothing that is an offer of ours.")


def _order_of(session: Session, invoice: InvoiceFacts, row: SubscriptionRow) -> PurchaseRow | None:
    """The order that began the plan, for its first invoice."""
    if invoice.reason != "subscription_create":
        return None
    return repository.locked_purchase_of_plan(session, row.id)


def _misfit_of(invoice: InvoiceFacts, due: _Due) -> Misfit | None:
    settled = 0 if due.purchase is not None and due.purchase.kind == "upgrade" else invoice.settled
    return misfit_of_money(
        f"The invoice {invoice.id}",
        asked=due.asked,
        asked_currency=due.offer.currency,
        paid=invoice.total - settled,
        paid_currency=invoice.currency,
    )


def _plan_ahead(session: Session, clock: Clock, row: SubscriptionRow, *, is_over: bool) -> None:
    """Tells the ledger what comes after the period that is paid, or that nothing is paid any more."""
    plans = _paid_plans(session, row)
    if is_over:
        best = best_of(offer for offer, _ in plans)
        ledger.end_plan(session, clock, row.account_id, best.tier if best else None)
    following = best_of(
        subscriptions.offer_by_id(session, one.offer_id)
        for _, one in plans
        if one.status != "past_due" and one.ends_at is None
    )
    ledger.plan_next(session, clock, row.account_id, following.tier if following else None)


def _paid_plans(session: Session, row: SubscriptionRow) -> list[tuple[Offer, SubscriptionRow]]:
    """The plans that the person has paid for, mostly one."""
    session.flush()
    found = repository.subscriptions_of(session, row.account_id, row.mode)
    return [
        (subscriptions.offer_by_id(session, one.paid_offer_id), one)
        for one in found
        if one.status in LIVE_STATES and one.paid_offer_id is not None
    ]
