"""An event of the payment service: it says what to look at, never what is there.

Looked at is the object as it is now, so that the order of events does not matter; then everything that follows is
written in one transaction with the event itself. Whatever goes wrong before that leaves nothing, and the service sends
the event again.
"""

from collections.abc import Callable, Mapping

from sqlalchemy.orm import Session

from donecast.billing import service
from donecast.billing.errors import EventUnsettled, ObjectUnknown
from donecast.billing.payment_service import PaymentService
from donecast.billing.rules import NOTHING_RETURNED, Event, Misfit, ReturnedFacts
from donecast.platform.telemetry import logger
from donecast.platform.web import Ground
from donecast.platform.work_unit import run_unit

HOOK_PATH = "/api/hooks/stripe"
_LOOKS_MAX = 5
_PAID = frozenset({"paid", "no_payment_required"})
_Take = Callable[[Session], str]


def take_event(ground: Ground, payments: PaymentService, headers: Mapping[str, str], body: bytes) -> str:
    """Takes one call; answers what came of it. Raises EventRefused, and what the payment service raises."""
    event = payments.event_of(headers, body, ground.clock.now())
    with ground.database.reading() as session:
        if service.is_taken(session, event.id):
            return "repeated"
    outcome = _take(ground, payments, event)
    logger().info("payment event", event_id=event.id, event_type=event.type, outcome=outcome)
    return outcome


def _take(ground: Ground, payments: PaymentService, event: Event) -> str:
    look = _looks().get(event.type)
    if look is None:
        return _write(ground, lambda session: service.take_nothing(session, ground.clock, event))
    if event.mode != payments.mode:
        said = f"An event of {event.mode} mode came, and the key is for {payments.mode} mode. Nothing followed from it."
        return _write_misfit(ground, event, Misfit("other_mode", said))
    if not event.object_id:
        return _write_misfit(ground, event, Misfit("unknown_object", "An event named no object."))
    for _ in range(_LOOKS_MAX):
        try:
            return _write(ground, look(ground, payments, event))
        except ObjectUnknown:
            said = f"The payment service knows no {event.object_id}, which its own event named ({event.type})."
            return _write_misfit(ground, event, Misfit("unknown_object", said))
        except service.StaleLook:
            continue
    raise EventUnsettled


def _looks() -> Mapping[str, Callable[[Ground, PaymentService, Event], _Take]]:
    """What is looked at for each kind of event, and what is to be written then."""
    return {
        "checkout.session.completed": _look_at_session,
        "checkout.session.async_payment_succeeded": _look_at_session,
        "checkout.session.async_payment_failed": _look_at_session,
        "checkout.session.expired": _look_at_session,
        "invoice.paid": _look_at_invoice,
        "customer.subscription.created": _look_at_subscription,
        "customer.subscription.updated": _look_at_subscription,
        "customer.subscription.deleted": _look_at_subscription,
        "charge.refunded": _look_at_charge,
        "charge.dispute.created": _look_at_dispute,
    }


def _look_at_session(ground: Ground, payments: PaymentService, event: Event) -> _Take:
    facts = payments.session(event.object_id)
    returned = _returned(payments, facts.intent_id if facts.payment_status in _PAID else None)
    return lambda session: service.take_session(session, ground.clock, event, facts, returned)


def _look_at_subscription(ground: Ground, payments: PaymentService, event: Event) -> _Take:
    seen = _version(ground, event.object_id)
    facts = payments.subscription(event.object_id)
    return lambda session: service.take_subscription(session, ground.clock, event, facts, seen)


def _look_at_invoice(ground: Ground, payments: PaymentService, event: Event) -> _Take:
    invoice = payments.invoice(event.object_id)
    if invoice.subscription_id is None:
        said = f"The invoice {invoice.id} is for no plan, so nothing was credited for it."
        return lambda session: service.take_nothing(session, ground.clock, event, Misfit("unknown_purchase", said))
    seen = _version(ground, invoice.subscription_id)
    subscription = payments.subscription(invoice.subscription_id)
    returned = _returned(payments, invoice.intent_id)
    return lambda session: service.take_invoice(session, ground.clock, event, invoice, subscription, seen, returned)


def _look_at_charge(ground: Ground, payments: PaymentService, event: Event) -> _Take:
    returned = payments.returned_of_charge(event.object_id)
    return lambda session: service.take_returned(session, ground.clock, event, returned)


def _look_at_dispute(ground: Ground, payments: PaymentService, event: Event) -> _Take:
    returned = payments.returned_of_dispute(event.object_id)
    return lambda session: service.take_returned(session, ground.clock, event, returned)


def _returned(payments: PaymentService, intent_id: str | None) -> ReturnedFacts:
    """What went back before we heard of the payment: events may come late, and in any order."""
    return payments.returned_of_intent(intent_id) if intent_id else NOTHING_RETURNED


def _version(ground: Ground, subscription_id: str) -> int | None:
    with ground.database.reading() as session:
        return service.version_of(session, subscription_id)


def _write(ground: Ground, take: _Take) -> str:
    return run_unit(ground.database, take)


def _write_misfit(ground: Ground, event: Event, misfit: Misfit) -> str:
    return _write(ground, lambda session: service.take_nothing(session, ground.clock, event, misfit))
