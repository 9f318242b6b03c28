"""Changing a plan: more at once for the difference, less from the next period on."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from donecast.billing import repository
from donecast.billing.errors import (
    ChangeUnderWay,
    NoSuchOffer,
    NoSuchPurchase,
    NotSubscribed,
    OtherCurrency,
    PlanEnding,
    PlanUnpaid,
    SamePlan,
)
from donecast.billing.models import PurchaseRow
from donecast.billing.rules import Mode, Offer, Plan, Purchase
from donecast.billing.service import rows, subscriptions
from donecast.billing.service.orders import add_order, note_state
from donecast.kit.clock import Clock

_UPGRADE_AGE_MAX = timedelta(hours=24)
"""So long the payment service knows what it was asked under a key."""


@dataclass(frozen=True, slots=True)
class PlanChange:
    """What shall become of a plan. ``purchase`` is the order of the difference; None where nothing is charged now.

    ``key`` names this change: asked for again before anything has changed, it is the same.
    """

    plan: Plan
    offer: Offer
    purchase: Purchase | None
    key: str


def open_change(session: Session, clock: Clock, mode: Mode, account_id: str, offer_id: str) -> PlanChange:
    """Another plan in place of the person's.

    Raises NoSuchOffer, NotSubscribed, SamePlan, OtherCurrency, PlanUnpaid, PlanEnding, ChangeUnderWay.
    """
    offer_row = repository.offer_by_id(session, offer_id)
    if offer_row is None or not offer_row.on_sale or offer_row.kind != "plan":
        raise NoSuchOffer
    row = subscriptions.live_row(session, account_id, mode)
    if row is None:
        raise NotSubscribed
    plan, wanted = subscriptions.plan(session, row), rows.offer(offer_row)
    if wanted.id == plan.next_offer.id:
        raise SamePlan
    if wanted.currency != plan.offer.currency:
        raise OtherCurrency
    if plan.status != "active":
        raise PlanUnpaid
    if plan.ends_at is not None:
        raise PlanEnding
    begun = repository.open_upgrade(session, row.id)
    if begun is not None and begun.offer_id == wanted.id:
        return _upgrade(plan, wanted, begun)
    if begun is not None and clock.now() - begun.created_at < _UPGRADE_AGE_MAX:
        raise ChangeUnderWay
    if begun is not None:
        note_state(begun, clock, "expired")
    difference = wanted.amount - plan.offer.amount
    key = f"change:{row.id}:{row.version}:{wanted.id}"
    if difference <= 0:
        return PlanChange(plan, wanted, None, key)
    order = add_order(session, clock, mode, account_id, wanted, "upgrade", difference, subscription_id=row.id)
    return _upgrade(plan, wanted, order)


def _upgrade(plan: Plan, wanted: Offer, order: PurchaseRow) -> PlanChange:
    return PlanChange(plan, wanted, rows.purchase(order), f"upgrade:{order.id}")


def note_change_failed(session: Session, clock: Clock, purchase_id: str) -> None:
    """That an upgrade was not paid, so that another one may be tried."""
    row = repository.locked_purchase(session, purchase_id)
    if row is None:
        raise NoSuchPurchase
    note_state(row, clock, "failed")
