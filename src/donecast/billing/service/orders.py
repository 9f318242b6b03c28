"""Orders: written here before the payment service hears of them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from donecast.billing import ledger, repository
from donecast.billing.errors import AlreadySubscribed, NoSuchOffer, NoSuchPurchase, NothingToBuy, PurchaseDiffers
from donecast.billing.models import CustomerRow, PriceRow, PurchaseRow
from donecast.billing.payment_service import OpenedCheckout
from donecast.billing.rules import Mode, Offer, Purchase, PurchaseKind, PurchaseState, state_after
from donecast.billing.service import rows, subscriptions
from donecast.kit.clock import Clock
from donecast.kit.ids import new_id


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """An order that shall be paid; ``url`` where it can be paid already, until ``expires_at``."""

    purchase: Purchase
    offer: Offer
    url: str | None
    expires_at: datetime | None


def open_order(
    session: Session, clock: Clock, mode: Mode, account_id: str, offer_id: str, request_key: str | None
) -> OpenOrder:
    """The order for an offer; the same one for the same ``request_key`` of the person.

    Raises NoSuchOffer, NothingToBuy, AlreadySubscribed, PurchaseDiffers.
    """
    found = repository.purchase_by_key(session, account_id, request_key) if request_key else None
    if found is not None:
        return _repeated(session, clock, found, offer_id)
    offer_row = repository.offer_by_id(session, offer_id)
    if offer_row is None or not offer_row.on_sale:
        raise NoSuchOffer
    offer = rows.offer(offer_row)
    if ledger.has_no_limit(session, clock, account_id):
        raise NothingToBuy
    if offer.kind == "plan" and subscriptions.has_plan(session, account_id, mode):
        raise AlreadySubscribed
    row = add_order(session, clock, mode, account_id, offer, offer.kind, offer.amount, request_key=request_key)
    return OpenOrder(rows.purchase(row), offer, None, None)


def _repeated(session: Session, clock: Clock, row: PurchaseRow, offer_id: str) -> OpenOrder:
    offer_row = repository.offer_by_id(session, row.offer_id)
    if row.offer_id != offer_id or row.kind == "upgrade" or row.state != "open" or offer_row is None:
        raise PurchaseDiffers
    still_open = row.checkout_expires_at is not None and row.checkout_expires_at > clock.now()
    url = row.checkout_url if still_open else None
    return OpenOrder(rows.purchase(row), rows.offer(offer_row), url, row.checkout_expires_at if url else None)


def add_order(
    session: Session,
    clock: Clock,
    mode: Mode,
    account_id: str,
    offer: Offer,
    kind: PurchaseKind,
    amount: int,
    *,
    request_key: str | None = None,
    subscription_id: str | None = None,
) -> PurchaseRow:
    """A new order. Raises PurchaseDiffers when the same request made one in this very moment."""
    now = clock.now()
    row = PurchaseRow(
        id=new_id("pur", now),
        account_id=account_id,
        offer_id=offer.id,
        kind=kind,
        name=offer.name,
        credits_mc=offer.credits_mc,
        tier=offer.tier,
        amount=amount,
        currency=offer.currency,
        mode=mode,
        state="open",
        request_key=request_key,
        subscription_id=subscription_id,
        created_at=now,
        updated_at=now,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        raise PurchaseDiffers from error
    return row


def note_checkout(session: Session, clock: Clock, purchase_id: str, opened: OpenedCheckout) -> None:
    """Where the order is paid."""
    row = repository.locked_purchase(session, purchase_id)
    if row is None:
        raise NoSuchPurchase
    row.session_id, row.checkout_url, row.checkout_expires_at = opened.session_id, opened.url, opened.expires_at
    row.updated_at = clock.now()


def note_state(row: PurchaseRow, clock: Clock, said: PurchaseState) -> None:
    """What was said of an order, unless something weightier is known of it."""
    before = rows.state(row)
    row.state = state_after(before, said)
    if row.state != before:
        row.updated_at = clock.now()


def customer_id_of(session: Session, account_id: str, mode: Mode) -> str | None:
    """Under which id an account is known to the payment service, or None."""
    return repository.customer_id_of(session, account_id, mode)


def note_customer(session: Session, account_id: str, mode: Mode, customer_id: str) -> str:
    """Keeps under which id an account is known; the id that was kept first stays, and is answered."""
    try:
        with session.begin_nested():
            session.add(CustomerRow(account_id=account_id, mode=mode, customer_id=customer_id))
    except IntegrityError:
        kept = repository.customer_id_of(session, account_id, mode)
        if kept is None:
            raise
        return kept
    return customer_id


def price_id_of(session: Session, offer_id: str, mode: Mode) -> str | None:
    """Under which id a plan's price is known to the payment service, or None."""
    return repository.price_id_of(session, offer_id, mode)


def note_price(session: Session, offer_id: str, mode: Mode, price_id: str) -> str:
    """Keeps under which id a plan's price is known; the id that was kept first stays, and is answered."""
    try:
        with session.begin_nested():
            session.add(PriceRow(offer_id=offer_id, mode=mode, price_id=price_id))
    except IntegrityError:
        kept = repository.price_id_of(session, offer_id, mode)
        if kept is None:
            raise
        return kept
    return price_id


def purchases_of(session: Session, account_id: str) -> list[Purchase]:
    """A person's orders, newest first."""
    return [rows.purchase(row) for row in repository.purchases_of(session, account_id)]


def purchase_of(session: Session, account_id: str, purchase_id: str) -> Purchase:
    """The person's own order. Raises NoSuchPurchase."""
    row = repository.purchase_of(session, account_id, purchase_id)
    if row is None:
        raise NoSuchPurchase
    return rows.purchase(row)
