"""What is sold."""

from sqlalchemy.orm import Session

from donecast.billing import ledger, repository
from donecast.billing.errors import NoSuchOffer, OfferInvalid
from donecast.billing.models import OfferRow
from donecast.billing.rules import Offer, OfferKind, checked_offer
from donecast.billing.service import rows
from donecast.kit.clock import Clock
from donecast.kit.ids import new_id


def offers_on_sale(session: Session) -> list[Offer]:
    """What can be bought now: plans first, then top-ups, cheapest first. A fresh install sells nothing."""
    return [rows.offer(row) for row in repository.offers_on_sale(session)]


def offers(session: Session) -> list[Offer]:
    """Every offer that there ever was, newest first."""
    return [rows.offer(row) for row in repository.offers(session)]


def make_offer(
    session: Session,
    clock: Clock,
    made_by: str,
    *,
    kind: OfferKind,
    name: str,
    amount: int,
    currency: str,
    credits_mc: int | None,
    tier: str | None,
) -> Offer:
    """Puts something on sale. Raises OfferInvalid."""
    now = clock.now()
    offer = checked_offer(
        Offer(
            id=new_id("of", now),
            kind=kind,
            name=name.strip(),
            amount=amount,
            currency=currency.lower(),
            credits_mc=credits_mc,
            tier=tier,
            on_sale=True,
        )
    )
    if offer.tier is not None and ledger.allowance_mc(session, offer.tier) is None:
        raise OfferInvalid("There is no such tier with a monthly allowance, so it cannot be sold.")
    row = OfferRow(
        id=offer.id,
        kind=offer.kind,
        name=offer.name,
        amount=offer.amount,
        currency=offer.currency,
        credits_mc=offer.credits_mc,
        tier=offer.tier,
        on_sale=True,
        made_by=made_by,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return offer


def retire_offer(session: Session, offer_id: str) -> None:
    """Takes an offer off sale; plans that run go on, and orders that are open may be paid. Raises NoSuchOffer."""
    row = repository.offer_by_id(session, offer_id)
    if row is None:
        raise NoSuchOffer
    row.on_sale = False
