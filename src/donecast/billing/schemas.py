"""Plans and payments on the wire. Credits are decimal texts; amounts are in the currency's smallest unit."""

from datetime import datetime

from pydantic import BaseModel, Field

from donecast.billing.rules import AMOUNT_MAX, NAME_CHARACTERS_MAX, AlertKind, OfferKind, PurchaseKind, PurchaseState


class OfferOut(BaseModel):
    """What can be bought: credits once (`top_up`), or each month (`plan`, whose credits are its tier's)."""

    id: str
    kind: OfferKind
    name: str
    credits: str
    tier: str | None
    amount: int
    currency: str
    on_sale: bool


class OffersOut(BaseModel):
    """What is on sale. `message` says why nothing can be bought, where that is so."""

    payments_enabled: bool
    test_mode: bool
    message: str | None
    offers: list[OfferOut]


class OfferIn(BaseModel):
    """Something new to sell; `credits` for a top-up, `tier` for a plan, `amount` in the currency's smallest unit."""

    kind: OfferKind
    name: str = Field(min_length=1, max_length=NAME_CHARACTERS_MAX)
    amount: int = Field(ge=1, le=AMOUNT_MAX, strict=True)
    currency: str = Field(min_length=3, max_length=3)
    credits: str | None = Field(default=None, max_length=20)
    tier: str | None = Field(default=None, max_length=40)


class CheckoutIn(BaseModel):
    """What shall be bought. The same `request_key`, which is yours to choose, is the same order."""

    offer_id: str = Field(max_length=40)
    request_key: str | None = Field(default=None, min_length=8, max_length=100, pattern=r"^[!-~]+$")


class CheckoutOut(BaseModel):
    """Where the order is paid."""

    purchase_id: str
    url: str
    expires_at: datetime


class PortalOut(BaseModel):
    """Where cards, invoices and the end of a plan are managed."""

    url: str


class PurchaseOut(BaseModel):
    """An order, and how far it is. `credits` is null for plans, whose credits come with each paid month."""

    id: str
    kind: PurchaseKind
    name: str
    credits: str | None
    tier: str | None
    amount: int
    currency: str
    state: PurchaseState
    created_at: datetime


class PlanOut(BaseModel):
    """A plan that is paid for. `late` when its last payment failed; `ends_at` once it was cancelled."""

    offer: OfferOut
    next_offer: OfferOut
    late: bool
    period_start: datetime
    period_end: datetime
    ends_at: datetime | None


class MyPlanOut(BaseModel):
    """The person's plan, null without one. `message` says why nothing can be changed, where that is so."""

    payments_enabled: bool
    message: str | None
    plan: PlanOut | None


class PlanIn(BaseModel):
    """The plan that is wanted in place of the present one."""

    offer_id: str = Field(max_length=40)


class PlanChangeOut(BaseModel):
    """What becomes of the plan: `amount` is charged now for the difference, 0 when it begins with the next period."""

    offer: OfferOut
    amount: int
    currency: str
    begins_at: datetime | None


class AlertOut(BaseModel):
    """A payment that did not fit, for whoever runs this DoneCast."""

    id: str
    kind: AlertKind
    message: str
    event_id: str
    object_id: str
    account_id: str | None
    purchase_id: str | None
    created_at: datetime
    settled_at: datetime | None
