"""The only queries of billing."""

from typing import Any, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from donecast.billing.models import (
    AlertRow,
    CustomerRow,
    EventRow,
    OfferRow,
    PaymentRow,
    PriceRow,
    PurchaseRow,
    SubscriptionRow,
)

PURCHASES_SHOWN_MAX = 200
ALERTS_SHOWN_MAX = 500


def offer_by_id(session: Session, offer_id: str) -> OfferRow | None:
    """The offer, on sale or not, or None."""
    return session.get(OfferRow, offer_id)


def offers_on_sale(session: Session) -> list[OfferRow]:
    """What can be bought, cheapest first, plans before top-ups."""
    query = select(OfferRow).where(OfferRow.on_sale).order_by(OfferRow.kind, OfferRow.amount, OfferRow.id)
    return list(session.scalars(query))


def offers(session: Session) -> list[OfferRow]:
    """Every offer that there ever was, newest first."""
    return list(session.scalars(select(OfferRow).order_by(OfferRow.id.desc())))


def price_id_of(session: Session, offer_id: str, mode: str) -> str | None:
    """Under which id an offer's price is known abroad, or None."""
    row = session.get(PriceRow, (offer_id, mode))
    return row.price_id if row else None


def offer_of_price(session: Session, price_id: str) -> OfferRow | None:
    """The offer that a price abroad means, or None."""
    query = select(OfferRow).join(PriceRow, PriceRow.offer_id == OfferRow.id).where(PriceRow.price_id == price_id)
    return session.scalar(query)


def customer_id_of(session: Session, account_id: str, mode: str) -> str | None:
    """Under which id an account is known abroad, or None."""
    row = session.get(CustomerRow, (account_id, mode))
    return row.customer_id if row else None


def account_of_customer(session: Session, customer_id: str) -> str | None:
    """The account's id that a customer abroad means, or None."""
    return session.scalar(select(CustomerRow.account_id).where(CustomerRow.customer_id == customer_id))


def purchase_of(session: Session, account_id: str, purchase_id: str) -> PurchaseRow | None:
    """The person's own order, or None."""
    query = select(PurchaseRow).where(PurchaseRow.id == purchase_id, PurchaseRow.account_id == account_id)
    return session.scalar(query)


def purchases_of(session: Session, account_id: str) -> list[PurchaseRow]:
    """A person's orders, newest first, so many as are shown."""
    query = select(PurchaseRow).where(PurchaseRow.account_id == account_id).order_by(PurchaseRow.id.desc())
    return list(session.scalars(query.limit(PURCHASES_SHOWN_MAX)))


def purchase_by_key(session: Session, account_id: str, request_key: str) -> PurchaseRow | None:
    """The order that a person's request made before, or None."""
    query = select(PurchaseRow).where(PurchaseRow.account_id == account_id, PurchaseRow.request_key == request_key)
    return session.scalar(query)


def locked_purchase(session: Session, purchase_id: str) -> PurchaseRow | None:
    """The order, held until the transaction ends, or None."""
    return session.get(PurchaseRow, purchase_id, with_for_update=True, populate_existing=True)


def locked_purchase_of_plan(session: Session, subscription_id: str) -> PurchaseRow | None:
    """The order that began a subscription, held until the transaction ends, or None."""
    query = select(PurchaseRow).where(PurchaseRow.subscription_id == subscription_id, PurchaseRow.kind == "plan")
    return session.scalar(query.with_for_update().execution_options(populate_existing=True))


def open_upgrade(session: Session, subscription_id: str) -> PurchaseRow | None:
    """The order of an upgrade whose payment has not been heard of, held until the transaction ends, or None."""
    query = (
        select(PurchaseRow)
        .where(
            PurchaseRow.subscription_id == subscription_id, PurchaseRow.kind == "upgrade", PurchaseRow.state == "open"
        )
        .order_by(PurchaseRow.id.desc())
        .limit(1)
    )
    return session.scalar(query.with_for_update().execution_options(populate_existing=True))


def payment_by_id(session: Session, payment_id: str) -> PaymentRow | None:
    """What was credited for a payment object, or None."""
    return session.get(PaymentRow, payment_id)


def locked_payment_of_intent(session: Session, intent_id: str) -> PaymentRow | None:
    """What was credited for a payment intent, held until the transaction ends, or None."""
    query = select(PaymentRow).where(PaymentRow.intent_id == intent_id).order_by(PaymentRow.id)
    return session.scalar(query.with_for_update().execution_options(populate_existing=True))


def subscription_by_id(session: Session, subscription_id: str) -> SubscriptionRow | None:
    """The subscription as it is in the database now, or None."""
    return session.get(SubscriptionRow, subscription_id, populate_existing=True)


def subscriptions_of(session: Session, account_id: str, mode: str) -> list[SubscriptionRow]:
    """A person's subscriptions, newest first."""
    query = select(SubscriptionRow).where(SubscriptionRow.account_id == account_id, SubscriptionRow.mode == mode)
    return list(session.scalars(query.order_by(SubscriptionRow.created_at.desc(), SubscriptionRow.id)))


def claim_version(session: Session, subscription_id: str, seen: int) -> bool:
    """Whether nobody wrote to the subscription since it had that version; from now on it has the next one."""
    claim = (
        update(SubscriptionRow)
        .where(SubscriptionRow.id == subscription_id, SubscriptionRow.version == seen)
        .values(version=seen + 1)
    )
    return cast(CursorResult[Any], session.execute(claim)).rowcount == 1


def event_by_id(session: Session, event_id: str) -> EventRow | None:
    """The event if it was taken, or None."""
    return session.get(EventRow, event_id)


def alert_by_id(session: Session, alert_id: str) -> AlertRow | None:
    """The alert, or None."""
    return session.get(AlertRow, alert_id)


def alerts(session: Session) -> list[AlertRow]:
    """Alerts that nobody has settled first, newest first, so many as are shown."""
    query = select(AlertRow).order_by(AlertRow.settled_at.is_not(None), AlertRow.id.desc())
    return list(session.scalars(query.limit(ALERTS_SHOWN_MAX)))
