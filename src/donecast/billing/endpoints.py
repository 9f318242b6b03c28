"""Plans, top-ups and payments of a person; what is sold, and what did not fit, for whoever runs this DoneCast."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Request
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from donecast.accounts.access import CurrentAccount, CurrentAdmin
from donecast.billing import checkout, ledger, service
from donecast.billing.errors import EventRefused, OfferInvalid, PaymentsOff
from donecast.billing.hook import HOOK_PATH, take_event
from donecast.billing.payment_service import PaymentService
from donecast.billing.rules import Alert, Offer, Plan, Purchase
from donecast.billing.schemas import (
    AlertOut,
    CheckoutIn,
    CheckoutOut,
    MyPlanOut,
    OfferIn,
    OfferOut,
    OffersOut,
    PlanChangeOut,
    PlanIn,
    PlanOut,
    PortalOut,
    PurchaseOut,
)
from donecast.kit.money import amount_of, credits_text
from donecast.platform.web import GroundHere, ReadingSession, UnitRoute, WritingSession

_OFF = f"{PaymentsOff.message} {PaymentsOff.action}"
_NOTHING_ON_SALE = "Nothing is on sale yet. The person who runs this DoneCast decides what is."

router = APIRouter(prefix="/api", tags=["billing"], route_class=UnitRoute)
hooks = APIRouter(include_in_schema=False)


def payments_or_none(request: Request) -> PaymentService | None:
    """The app's payment service; None while payments are off."""
    return cast("PaymentService | None", request.app.state.payments)


def payments_of(request: Request) -> PaymentService:
    """The app's payment service. Raises PaymentsOff."""
    found = payments_or_none(request)
    if found is None:
        raise PaymentsOff
    return found


PaymentsIfAny = Annotated[PaymentService | None, Depends(payments_or_none)]
PaymentsHere = Annotated[PaymentService, Depends(payments_of)]


@router.get("/billing/offers")
def list_offers(account: CurrentAccount, session: ReadingSession, payments: PaymentsIfAny) -> OffersOut:
    """What can be bought here, and whether anything can."""
    del account
    found = service.offers_on_sale(session)
    message = _OFF if payments is None else None if found else _NOTHING_ON_SALE
    return OffersOut(
        payments_enabled=payments is not None,
        test_mode=payments is not None and payments.mode == "test",
        message=message,
        offers=[_offer(session, one) for one in found],
    )


@router.post("/billing/checkout", status_code=201)
def buy_offer(body: CheckoutIn, account: CurrentAccount, ground: GroundHere, payments: PaymentsHere) -> CheckoutOut:
    """Orders what is offered; it is credited once it is paid at the address in the answer."""
    found = checkout.buy(ground, payments, account, body.offer_id, body.request_key)
    return CheckoutOut(purchase_id=found.purchase_id, url=found.url, expires_at=found.expires_at)


@router.post("/billing/portal")
def open_portal(account: CurrentAccount, ground: GroundHere, payments: PaymentsHere) -> PortalOut:
    """The page on which cards, invoices and the end of a plan are managed."""
    return PortalOut(url=checkout.portal(ground, payments, account))


@router.get("/billing/purchases")
def list_purchases(account: CurrentAccount, session: ReadingSession) -> list[PurchaseOut]:
    """The person's orders, newest first."""
    return [_purchase(one) for one in service.purchases_of(session, account.id)]


@router.get("/billing/purchases/{purchase_id}")
def read_purchase(purchase_id: str, account: CurrentAccount, session: ReadingSession) -> PurchaseOut:
    """One order: whether its payment has come."""
    return _purchase(service.purchase_of(session, account.id, purchase_id))


@router.get("/billing/plan")
def read_plan(account: CurrentAccount, session: ReadingSession, payments: PaymentsIfAny) -> MyPlanOut:
    """The plan that the person pays, if any."""
    if payments is None:
        return MyPlanOut(payments_enabled=False, message=_OFF, plan=None)
    found = service.plan_of(session, account.id, payments.mode)
    return MyPlanOut(payments_enabled=True, message=None, plan=_plan(session, found) if found else None)


@router.post("/billing/plan", status_code=202)
def change_plan(body: PlanIn, account: CurrentAccount, ground: GroundHere, payments: PaymentsHere) -> PlanChangeOut:
    """Another plan: a dearer one at once for the difference, a cheaper one from the next period on."""
    change = checkout.change_plan(ground, payments, account, body.offer_id)
    with ground.database.reading() as session:
        offer = _offer(session, change.offer)
    return PlanChangeOut(
        offer=offer,
        amount=change.purchase.amount if change.purchase else 0,
        currency=change.offer.currency,
        begins_at=None if change.purchase else change.plan.period_end,
    )


@router.get("/admin/billing/offers")
def list_all_offers(admin: CurrentAdmin, session: ReadingSession) -> list[OfferOut]:
    """Everything that is or was on sale, newest first."""
    del admin
    return [_offer(session, one) for one in service.offers(session)]


@router.post("/admin/billing/offers", status_code=201)
def make_offer(body: OfferIn, admin: CurrentAdmin, ground: GroundHere, session: WritingSession) -> OfferOut:
    """Puts something on sale. An offer never changes; for another price, make another one and take this one off."""
    if (body.credits is None) == (body.tier is None):
        raise OfferInvalid("A top-up says how many credits it brings; a plan names its tier. Say one of the two.")
    made = service.make_offer(
        session,
        ground.clock,
        admin.id,
        kind=body.kind,
        name=body.name,
        amount=body.amount,
        currency=body.currency,
        credits_mc=amount_of(body.credits) if body.credits is not None else None,
        tier=body.tier,
    )
    return _offer(session, made)


@router.delete("/admin/billing/offers/{offer_id}", status_code=204)
def retire_offer(offer_id: str, admin: CurrentAdmin, session: WritingSession) -> None:
    """Takes an offer off sale; plans that were bought go on."""
    del admin
    service.retire_offer(session, offer_id)


@router.get("/admin/billing/alerts")
def list_alerts(admin: CurrentAdmin, session: ReadingSession) -> list[AlertOut]:
    """Payments that did not fit, those that nobody has settled first."""
    del admin
    return [_alert(row) for row in service.alerts(session)]


@router.post("/admin/billing/alerts/{alert_id}/settle")
def settle_alert(alert_id: str, admin: CurrentAdmin, ground: GroundHere, session: WritingSession) -> AlertOut:
    """Marks an alert as dealt with."""
    del admin
    return _alert(service.settle_alert(session, ground.clock, alert_id))


@hooks.post(HOOK_PATH, status_code=204)
async def stripe_calls(request: Request, ground: GroundHere, payments: PaymentsHere) -> None:
    """Where Stripe tells of payments. Public: it has no account here, but its signature.

    Anything but success makes Stripe send the event again: so does what we cannot look at just now, and so does not
    what we have understood and will never credit.
    """
    try:
        body = await request.body()
    except ClientDisconnect as error:  # it is too long, which the web app's frame says, or nobody waits for an answer
        raise EventRefused from error
    await run_in_threadpool(take_event, ground, payments, request.headers, body)


def _offer(session: Session, offer: Offer) -> OfferOut:
    plan_mc = ledger.allowance_mc(session, offer.tier) if offer.tier is not None else None
    return OfferOut(
        id=offer.id,
        kind=offer.kind,
        name=offer.name,
        credits=credits_text(offer.credits_mc or plan_mc or 0),
        tier=offer.tier,
        amount=offer.amount,
        currency=offer.currency,
        on_sale=offer.on_sale,
    )


def _purchase(purchase: Purchase) -> PurchaseOut:
    return PurchaseOut(
        id=purchase.id,
        kind=purchase.kind,
        name=purchase.name,
        credits=credits_text(purchase.credits_mc) if purchase.credits_mc is not None else None,
        tier=purchase.tier,
        amount=purchase.amount,
        currency=purchase.currency,
        state=purchase.state,
        created_at=purchase.created_at,
    )


def _plan(session: Session, plan: Plan) -> PlanOut:
    return PlanOut(
        offer=_offer(session, plan.offer),
        next_offer=_offer(session, plan.next_offer),
        late=plan.status == "past_due",
        period_start=plan.period_start,
        period_end=plan.period_end,
        ends_at=plan.ends_at,
    )


def _alert(alert: Alert) -> AlertOut:
    return AlertOut(
        id=alert.id,
        kind=alert.kind,
        message=alert.said,
        event_id=alert.event_id,
        object_id=alert.object_id,
        account_id=alert.account_id,
        purchase_id=alert.purchase_id,
        created_at=alert.created_at,
        settled_at=alert.settled_at,
    )
