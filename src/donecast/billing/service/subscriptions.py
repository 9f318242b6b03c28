"""Subscriptions as they were when they were last looked at."""

from datetime import datetime

from sqlalchemy.orm import Session

from donecast.billing import repository
from donecast.billing.errors import NoSuchOffer
from donecast.billing.models import SubscriptionRow
from donecast.billing.rules import LIVE_STATES, Mode, Offer, Plan
from donecast.billing.service import rows


def has_plan(session: Session, account_id: str, mode: Mode) -> bool:
    """Whether the person pays a plan, or is about to."""
    return any(row.status in LIVE_STATES for row in repository.subscriptions_of(session, account_id, mode))


def plan_of(session: Session, account_id: str, mode: Mode) -> Plan | None:
    """The plan that the person has paid for, the newest where there are several; None without one."""
    row = live_row(session, account_id, mode)
    return plan(session, row) if row else None


def live_row(session: Session, account_id: str, mode: Mode) -> SubscriptionRow | None:
    """The row of that plan."""
    found = repository.subscriptions_of(session, account_id, mode)
    return next((row for row in found if row.status in LIVE_STATES and row.paid_offer_id is not None), None)


def plan(session: Session, row: SubscriptionRow) -> Plan:
    """A subscription that was paid for at least once, as others see it."""
    return Plan(
        id=row.id,
        account_id=row.account_id,
        status=row.status,
        offer=offer_by_id(session, row.paid_offer_id),
        next_offer=offer_by_id(session, row.offer_id),
        period_start=_known(row.paid_start),
        period_end=_known(row.paid_end),
        ends_at=row.ends_at,
    )


def offer_by_id(session: Session, offer_id: str | None) -> Offer:
    """The offer, on sale or not. Raises NoSuchOffer."""
    found = repository.offer_by_id(session, offer_id) if offer_id else None
    if found is None:
        raise NoSuchOffer
    return rows.offer(found)


def _known(instant: datetime | None) -> datetime:
    if instant is None:
        raise ValueError("a plan that is paid for has a period")
    return instant
