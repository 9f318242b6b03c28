"""What the payment service said: each event once, in any order, in one transaction with all that follows from it.

The ledger is told last, for it keeps a person's wallet locked until the transaction ends.
"""

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from donecast.billing import ledger, repository
from donecast.billing.models import EventRow, PaymentRow, PurchaseRow
from donecast.billing.rules import (
    NOTHING_RETURNED,
    Event,
    Misfit,
    ReturnedFacts,
    SessionFacts,
    misfit_of_money,
    state_of_returned,
    taken_back_mc,
)
from donecast.billing.service import rows
from donecast.billing.service.alerts import raise_alert
from donecast.billing.service.orders import note_state
from donecast.kit.clock import Clock
from donecast.kit.money import credits_text

_REPEATED = "repeated"


def is_taken(session: Session, event_id: str) -> bool:
    """Whether the event was taken before."""
    return repository.event_by_id(session, event_id) is not None


def note_event(session: Session, clock: Clock, event: Event) -> EventRow | None:
    """The event's row, with which all that follows is committed; None when it was taken before, or is just now."""
    row = EventRow(
        id=event.id,
        type=event.type[:100],
        object_id=event.object_id[:255],
        mode=event.mode,
        outcome="",
        happened_at=event.happened_at,
        received_at=clock.now(),
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        return None
    return row


def take_nothing(session: Session, clock: Clock, event: Event, misfit: Misfit | None = None) -> str:
    """An event from which nothing follows here, and why where that is strange; its outcome."""
    row = note_event(session, clock, event)
    if row is None:
        return _REPEATED
    row.outcome = raise_alert(session, clock, event, misfit) if misfit else "ignored"
    return row.outcome


def take_session(
    session: Session, clock: Clock, event: Event, facts: SessionFacts, returned: ReturnedFacts = NOTHING_RETURNED
) -> str:
    """A checkout session; ``returned`` is what of its payment went back before we heard of it. Its outcome."""
    row = note_event(session, clock, event)
    if row is None:
        return _REPEATED
    row.outcome = _take_session(session, clock, event, facts, returned)
    return row.outcome


def take_returned(session: Session, clock: Clock, event: Event, returned: ReturnedFacts) -> str:
    """Money that went back, or that its payer disputes. Its outcome."""
    row = note_event(session, clock, event)
    if row is None:
        return _REPEATED
    payment = repository.locked_payment_of_intent(session, returned.intent_id) if returned.intent_id else None
    if payment is None:
        said = f"Money of the payment {returned.intent_id} went back, and nothing was ever credited for it here."
        row.outcome = raise_alert(session, clock, event, Misfit("unknown_payment", said))
    else:
        row.outcome = give_back(session, clock, event, payment, returned)
    return row.outcome


def record_payment(
    session: Session,
    clock: Clock,
    payment_id: str,
    purchase: PurchaseRow | None,
    *,
    account_id: str,
    amount: int,
    currency: str,
    credits_mc: int,
    intent_id: str | None,
    subscription_id: str | None = None,
) -> PaymentRow | None:
    """The row by which a payment is credited once; None when it was credited before, or is just now."""
    row = PaymentRow(
        id=payment_id,
        account_id=account_id,
        purchase_id=purchase.id if purchase else None,
        subscription_id=subscription_id,
        intent_id=intent_id,
        amount=amount,
        currency=currency,
        credits_mc=credits_mc,
        grant_key=None if subscription_id else grant_key_of(payment_id),
        taken_back_mc=0,
        due_mc=0,
        refunded=0,
        is_disputed=False,
        created_at=clock.now(),
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        return None
    return row


def grant_key_of(payment_id: str) -> str:
    """The ledger's operation id of a payment's credits."""
    return f"payment:{payment_id}"


def give_back(session: Session, clock: Clock, event: Event, payment: PaymentRow, returned: ReturnedFacts) -> str:
    """Takes from the ledger what belongs to money that went back; again, or less than before, nothing happens."""
    known = rows.returned(payment)
    now = ReturnedFacts(
        intent_id=payment.intent_id,
        refunded=max(known.refunded, returned.refunded),
        disputed=known.disputed or returned.disputed,
    )
    if now == known:
        return "returned_before"
    payment.refunded, payment.is_disputed = now.refunded, now.disputed
    purchase = repository.locked_purchase(session, payment.purchase_id) if payment.purchase_id else None
    if purchase is not None:
        note_state(purchase, clock, state_of_returned(payment.amount, now))
    _tell_of_return(session, clock, event, payment, is_dispute=now.disputed and not known.disputed)
    _take_back(session, clock, event, payment, taken_back_mc(payment.credits_mc, payment.amount, now))
    return "returned"


def _take_back(session: Session, clock: Clock, event: Event, payment: PaymentRow, target_mc: int) -> None:
    more_mc = target_mc - payment.taken_back_mc - payment.due_mc
    if more_mc <= 0 or payment.grant_key is None:
        return
    taken = ledger.take_back(
        session,
        clock,
        payment.account_id,
        more_mc,
        grant_key=payment.grant_key,
        key=f"{grant_key_of(payment.id)}:back:{target_mc}",
        why="The payment was given back",
    )
    payment.grant_key = taken.grant_key
    payment.taken_back_mc += taken.amount_mc
    payment.due_mc = target_mc - payment.taken_back_mc
    if payment.due_mc:
        said = (
            f"Of the payment {payment.id}, which went back, {credits_text(payment.due_mc)} credits were spent already."
        )
        raise_alert(
            session,
            clock,
            event,
            Misfit("credits_spent", said),
            account_id=payment.account_id,
            purchase_id=payment.purchase_id,
        )


def _tell_of_return(session: Session, clock: Clock, event: Event, payment: PaymentRow, *, is_dispute: bool) -> None:
    plan = payment.subscription_id is not None
    if is_dispute:
        said = (
            f"The payer disputes the payment {payment.id}. What is left of its credits was taken back; if the dispute "
        )
        misfit = Misfit("disputed", f"{said}is won, give them again by hand.")
    elif plan:
        said = f"The payment {payment.id} of a plan went back. The plan and its credits go on until the plan is ended."
        misfit = Misfit("plan_refunded", said)
    else:
        return
    raise_alert(session, clock, event, misfit, account_id=payment.account_id, purchase_id=payment.purchase_id)


def _take_session(session: Session, clock: Clock, event: Event, facts: SessionFacts, returned: ReturnedFacts) -> str:
    purchase = repository.locked_purchase(session, facts.purchase_id) if facts.purchase_id else None
    if purchase is None or purchase.mode != event.mode:
        return raise_alert(session, clock, event, _unknown_payer(session, facts))
    misfit = _misfit_of_payer(session, purchase, facts)
    if misfit is not None:
        return raise_alert(session, clock, event, misfit, account_id=purchase.account_id, purchase_id=purchase.id)
    if facts.mode == "subscription":
        # What was paid is told by the plan's invoice; here only which plan it became.
        purchase.subscription_id = facts.subscription_id or purchase.subscription_id
        note_state(purchase, clock, "expired" if facts.status == "expired" else "waiting")
        return "noted"
    if facts.payment_status in {"paid", "no_payment_required"}:
        return _credit(session, clock, event, purchase, facts, returned)
    if event.type.endswith("async_payment_failed"):
        note_state(purchase, clock, "failed")
    elif facts.status in {"expired", "complete"}:
        note_state(purchase, clock, "expired" if facts.status == "expired" else "waiting")
    return "noted"


def _credit(
    session: Session, clock: Clock, event: Event, purchase: PurchaseRow, facts: SessionFacts, returned: ReturnedFacts
) -> str:
    payment_id = facts.intent_id or facts.id
    if repository.payment_by_id(session, payment_id) is not None:
        return "credited_before"
    misfit = misfit_of_money(
        f"The order {purchase.id}",
        asked=purchase.amount,
        asked_currency=purchase.currency,
        paid=facts.amount,
        paid_currency=facts.currency,
    )
    if purchase.state in {"paid", "refunded", "disputed"}:
        said = f"The order {purchase.id} was paid a second time, by {payment_id}. Give that money back."
        misfit = Misfit("paid_twice", said)
    if misfit is not None:
        note_state(purchase, clock, "refused")
        return raise_alert(session, clock, event, misfit, account_id=purchase.account_id, purchase_id=purchase.id)
    credits_mc = purchase.credits_mc or 0
    payment = record_payment(
        session,
        clock,
        payment_id,
        purchase,
        account_id=purchase.account_id,
        amount=purchase.amount,
        currency=purchase.currency,
        credits_mc=credits_mc,
        intent_id=facts.intent_id,
    )
    if payment is None:
        return "credited_before"
    note_state(purchase, clock, "paid")
    ledger.top_up(session, clock, purchase.account_id, credits_mc, grant_key_of(payment.id), purchase.name)
    if returned.refunded or returned.disputed:
        give_back(session, clock, event, payment, returned)
    return "credited"


def _unknown_payer(session: Session, facts: SessionFacts) -> Misfit:
    known = facts.customer_id is not None and repository.account_of_customer(session, facts.customer_id) is not None
    if known:
        return Misfit("unknown_purchase", f"The checkout {facts.id} belongs to no order of ours. Nothing was credited.")
    said = f"The checkout {facts.id} is by the customer {facts.customer_id}, who is nobody here. Nothing was credited."
    return Misfit("unknown_customer", said)


def _misfit_of_payer(session: Session, purchase: PurchaseRow, facts: SessionFacts) -> Misfit | None:
    if facts.customer_id is None or repository.account_of_customer(session, facts.customer_id) == purchase.account_id:
        return None
    said = f"The order {purchase.id} was paid by the customer {facts.customer_id}, who is not the one that ordered it."
    return Misfit("wrong_customer", f"{said} Nothing was credited.")
