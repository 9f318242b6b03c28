"""Buying: write the order, ask the payment service without holding anything, write what came of it."""

from dataclasses import dataclass
from datetime import datetime

from donecast.accounts.rules import Account
from donecast.billing import service
from donecast.billing.errors import CardRefused, NoPaymentsYet, PaymentsKeyRefused, PaymentsRejected
from donecast.billing.payment_service import CheckoutWish, PaymentService
from donecast.billing.rules import Offer
from donecast.billing.service import PlanChange
from donecast.platform.web import Ground
from donecast.platform.work_unit import run_unit

CREDITS_PAGE = "/studio/credits"


@dataclass(frozen=True, slots=True)
class Payable:
    """An order, and where it is paid until when."""

    purchase_id: str
    url: str
    expires_at: datetime


def buy(
    ground: Ground, payments: PaymentService, account: Account, offer_id: str, request_key: str | None = None
) -> Payable:
    """Orders what is offered. The same ``request_key`` of a person is the same order.

    Raises NoSuchOffer, NothingToBuy, AlreadySubscribed, PurchaseDiffers, and the errors of `PaymentService`.
    """
    order = run_unit(
        ground.database,
        lambda session: service.open_order(session, ground.clock, payments.mode, account.id, offer_id, request_key),
    )
    if order.url is not None and order.expires_at is not None:
        return Payable(order.purchase.id, order.url, order.expires_at)
    back = f"{ground.settings.server.base_url}{CREDITS_PAGE}?purchase={order.purchase.id}"
    opened = payments.open_checkout(
        CheckoutWish(
            purchase=order.purchase,
            customer_id=_customer_id(ground, payments, account),
            price_id=_price_id(ground, payments, order.offer) if order.offer.kind == "plan" else None,
            success_url=f"{back}&paid=1",
            cancel_url=back,
        )
    )
    run_unit(ground.database, lambda session: service.note_checkout(session, ground.clock, order.purchase.id, opened))
    return Payable(order.purchase.id, opened.url, opened.expires_at)


def change_plan(ground: Ground, payments: PaymentService, account: Account, offer_id: str) -> PlanChange:
    """Another plan: a dearer one is charged and credited at once, a cheaper one begins with the next period.

    What became of it is told by the payment service's events. Raises the errors of `service.open_change` and of
    `PaymentService`; after CardRefused everything is as before.
    """
    change = run_unit(
        ground.database, lambda session: service.open_change(session, ground.clock, payments.mode, account.id, offer_id)
    )
    price_id = _price_id(ground, payments, change.offer)
    now = payments.subscription(change.plan.id)
    purchase = change.purchase
    if purchase is None:
        payments.change_price(now, price_id, charged_since=None, key=change.key)
        return change
    if change.plan.next_offer.id != change.plan.offer.id:
        # The difference is reckoned from the price that stands there, which must be the one that was paid.
        paid_price_id = _price_id(ground, payments, change.plan.offer)
        payments.change_price(now, paid_price_id, charged_since=None, key=f"{change.key}:first")
    try:
        payments.change_price(now, price_id, charged_since=change.plan.period_start, key=change.key)
    except (CardRefused, PaymentsRejected, PaymentsKeyRefused):
        run_unit(ground.database, lambda session: service.note_change_failed(session, ground.clock, purchase.id))
        raise
    return change


def portal(ground: Ground, payments: PaymentService, account: Account) -> str:
    """The address at which a person manages cards, invoices and the end of a plan. Raises NoPaymentsYet."""
    with ground.database.reading() as session:
        customer_id = service.customer_id_of(session, account.id, payments.mode)
    if customer_id is None:
        raise NoPaymentsYet
    return payments.open_portal(customer_id, f"{ground.settings.server.base_url}{CREDITS_PAGE}")


def _customer_id(ground: Ground, payments: PaymentService, account: Account) -> str:
    with ground.database.reading() as session:
        known = service.customer_id_of(session, account.id, payments.mode)
    if known is not None:
        return known
    made = payments.make_customer(account.id, account.email, account.name)
    return run_unit(ground.database, lambda session: service.note_customer(session, account.id, payments.mode, made))


def _price_id(ground: Ground, payments: PaymentService, offer: Offer) -> str:
    with ground.database.reading() as session:
        known = service.price_id_of(session, offer.id, payments.mode)
    if known is not None:
        return known
    made = payments.make_price(offer)
    return run_unit(ground.database, lambda session: service.note_price(session, offer.id, payments.mode, made))
