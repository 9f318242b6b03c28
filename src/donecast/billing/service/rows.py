"""Rows of billing as the frozen values that travel."""

from typing import cast

from donecast.billing.models import AlertRow, OfferRow, PaymentRow, PurchaseRow
from donecast.billing.rules import (
    Alert,
    AlertKind,
    Offer,
    OfferKind,
    Purchase,
    PurchaseKind,
    PurchaseState,
    ReturnedFacts,
)


def offer(row: OfferRow) -> Offer:
    """What can be bought."""
    return Offer(
        id=row.id,
        kind=cast(OfferKind, row.kind),
        name=row.name,
        amount=row.amount,
        currency=row.currency,
        credits_mc=row.credits_mc,
        tier=row.tier,
        on_sale=row.on_sale,
    )


def purchase(row: PurchaseRow) -> Purchase:
    """An order of ours."""
    return Purchase(
        id=row.id,
        account_id=row.account_id,
        kind=cast(PurchaseKind, row.kind),
        offer_id=row.offer_id,
        name=row.name,
        credits_mc=row.credits_mc,
        tier=row.tier,
        amount=row.amount,
        currency=row.currency,
        state=state(row),
        created_at=row.created_at,
    )


def state(row: PurchaseRow) -> PurchaseState:
    """How far an order is."""
    return cast(PurchaseState, row.state)


def alert(row: AlertRow) -> Alert:
    """A payment that did not fit."""
    return Alert(
        id=row.id,
        kind=cast(AlertKind, row.kind),
        said=row.said,
        event_id=row.event_id,
        object_id=row.object_id,
        account_id=row.account_id,
        purchase_id=row.purchase_id,
        created_at=row.created_at,
        settled_at=row.settled_at,
    )


def returned(row: PaymentRow) -> ReturnedFacts:
    """What of a payment went back, as far as it is known here."""
    return ReturnedFacts(intent_id=row.intent_id, refunded=row.refunded, disputed=row.is_disputed)
