"""Credits on the wire. Amounts are texts with three places; those of `UsageOut` are numbers written from integers."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, Field, StrictInt, WithJsonSchema

from donecast.accounts.rules import Account
from donecast.credits.rules.chain import instant_text
from donecast.credits.rules.rates import RateCard
from donecast.credits.rules.tiers import Months, Tier
from donecast.credits.rules.wording import formula_of
from donecast.credits.service import (
    Balance,
    Invoice,
    InvoicePage,
    PriceChange,
    RefundRequest,
    RequestState,
    StorageDebt,
    Usage,
)
from donecast.kit.money import JsonNumber, credits_text, decimal_text

Number = Annotated[JsonNumber, WithJsonSchema({"type": "number"})]
"""At most three places, written from thousandths."""
NUMBER_MAX = 2**63 - 1
"""The highest number that an entry can have."""
Key = Annotated[str, Field(min_length=8, max_length=60, pattern=r"^[A-Za-z0-9_-]+$")]
"""Chosen by whoever asks, new for each act; sent again, the act is done once."""
Why = Annotated[str, Field(max_length=500)]


class RecentChargeOut(BaseModel):
    """One of the newest charges."""

    reason: str
    credits: Number
    notes: str
    created_at: datetime


class UsageOut(BaseModel):
    """The running month: null is unlimited; what was given back counts as not used."""

    processing_minutes_used_this_month: Number
    max_processing_minutes_month: Number | None
    credits_used_this_month: Number
    max_credits_month: Number | None
    credits_remaining: Number | None
    breakdown_by_action: dict[str, Number]
    recent_charges: list[RecentChargeOut]


class StorageDebtOut(BaseModel):
    """What is owed for storage, since when, when uploads stop, and before when nothing is deleted."""

    due: str
    since: datetime
    uploads_stop_at: datetime
    kept_until: datetime


class StandingOut(BaseModel):
    """What somebody has now; `available`, `allowance` and `minutes_left` are null where there is no limit.

    `held` is set aside for work that is going on. `minutes_left` is what `available` stands for.
    """

    tier_id: str
    tier_name: str
    period_start: datetime
    period_end: datetime
    allowance: str | None
    available: str | None
    held: str
    minutes_left: str | None
    storage_debt: StorageDebtOut | None
    uploads_stopped: bool


class InvoiceEntryOut(BaseModel):
    """One entry. `formulas` say how its amount came about; `refundable` is what is left of a charge."""

    id: str
    number: int
    at: datetime
    what: str
    reason: str
    notes: str
    formulas: list[str]
    credits: str
    refundable: str
    refers_to: str | None


class InvoiceOut(BaseModel):
    """What one episode came to; without an episode one act and its refunds."""

    episode_id: str | None
    charged: str
    refunded: str
    total: str
    entries: list[InvoiceEntryOut]


class InvoicePageOut(BaseModel):
    """Newest first; `next_before` asks for what follows, null: that was all."""

    invoices: list[InvoiceOut]
    next_before: int | None


class RefundWishIn(BaseModel):
    """Why the charge should be given back."""

    why: Why


class RefundRequestOut(BaseModel):
    """A request for a refund and what came of it; `words` are the answer."""

    id: str
    charge_id: str
    charge_reason: str
    charge_notes: str
    charge_credits: str
    charged_at: datetime
    why: str
    asked_at: datetime
    state: RequestState
    refunded: str | None
    words: str | None
    decided_at: datetime | None


class AskedRefundOut(RefundRequestOut):
    """The same as an admin sees it."""

    account_id: str
    decided_by: str | None


class RefundDecisionIn(BaseModel):
    """Yes or no, in words that the person reads; without an amount, yes gives back all that is left of the charge."""

    approve: bool
    amount: str | None = Field(default=None, max_length=40)
    words: str = Field(max_length=200)


class RatesOut(BaseModel):
    """Milli-credits for each unit and multipliers in thousandths, as one version of the list of prices has them."""

    version: int
    rates: dict[str, int]


class RateCardOut(RatesOut):
    """The whole list: `by_tier` holds what a plan has for itself."""

    by_tier: dict[str, dict[str, int]]


class RateChangesIn(BaseModel):
    """Rates to change, for all or for one plan. `version` is the list that was looked at."""

    version: StrictInt
    changes: dict[str, StrictInt] = Field(min_length=1, max_length=50)
    tier_id: str | None = Field(default=None, max_length=40)
    why: Why


class TierOut(BaseModel):
    """A plan; `monthly_credits` null is unlimited. `rollover_basis_points` are ten-thousandths."""

    id: str
    name: str
    monthly_credits: str | None
    months: Months
    rollover_basis_points: int


class TierIn(BaseModel):
    """A plan as it shall be, and why."""

    name: str = Field(max_length=200)
    monthly_credits: str | None = Field(max_length=40)
    months: Months = "anniversary"
    rollover_basis_points: StrictInt = 0
    why: Why


class PriceChangeOut(BaseModel):
    """Who changed what of the plans and prices, when, why, from what to what."""

    subject: str
    old: Any
    new: Any
    rate_card_version: int | None
    changed_by: str
    changed_at: datetime
    why: str


class PersonOut(BaseModel):
    """An account as an admin sees it."""

    id: str
    email: str
    name: str
    role: str


class PersonCreditsOut(BaseModel):
    """Somebody's credits: what is there, and what was used in the running period."""

    person: PersonOut
    standing: StandingOut
    used: str
    breakdown_by_action: dict[str, str]
    requests: list[AskedRefundOut]


class AdjustmentIn(BaseModel):
    """Credits given by hand, or taken where the amount is negative; `why` is what the person reads."""

    key: Key
    amount: str = Field(max_length=40)
    why: str = Field(max_length=200)


class AwardIn(BaseModel):
    """Credits as a present; without `expires_at` they never expire."""

    key: Key
    amount: str = Field(max_length=40)
    why: str = Field(max_length=200)
    expires_at: AwareDatetime | None = None


class RefundIn(BaseModel):
    """A charge to give back; without an amount, all that is left of it."""

    key: Key
    charge_id: str = Field(max_length=40)
    amount: str | None = Field(default=None, max_length=40)
    why: str = Field(max_length=200)


class TierChoiceIn(BaseModel):
    """The plan that somebody shall be on."""

    tier_id: str = Field(max_length=40)


def usage_document(usage: Usage) -> dict[str, Any]:
    """`UsageOut` as `kit.money.json_text` writes it."""
    return {
        "processing_minutes_used_this_month": JsonNumber(usage.minutes_used_thousandths),
        "max_processing_minutes_month": _number(usage.max_minutes_thousandths),
        "credits_used_this_month": JsonNumber(usage.used_mc),
        "max_credits_month": _number(usage.max_mc),
        "credits_remaining": _number(usage.remaining_mc),
        "breakdown_by_action": {reason: JsonNumber(amount_mc) for reason, amount_mc in usage.by_action.items()},
        "recent_charges": [
            {
                "reason": one.reason,
                "credits": JsonNumber(one.amount_mc),
                "notes": one.notes,
                "created_at": instant_text(one.created_at),
            }
            for one in usage.recent
        ],
    }


def standing_out(usage: Usage, balance: Balance, debt: StorageDebt | None, *, uploads_stopped: bool) -> StandingOut:
    """What somebody has, as the wire shows it."""
    minutes = usage.remaining_minutes_thousandths
    return StandingOut(
        tier_id=usage.tier.id,
        tier_name=usage.tier.name,
        period_start=usage.period.start,
        period_end=usage.period.end,
        allowance=_credits(usage.max_mc),
        available=_credits(balance.available_mc),
        held=credits_text(balance.held_mc),
        minutes_left=None if minutes is None else decimal_text(minutes),
        storage_debt=StorageDebtOut(
            due=credits_text(debt.due_mc),
            since=debt.since,
            uploads_stop_at=debt.uploads_stop_at,
            kept_until=debt.kept_until,
        )
        if debt
        else None,
        uploads_stopped=uploads_stopped,
    )


def invoice_page_out(page: InvoicePage) -> InvoicePageOut:
    """A page of the ledger as the wire shows it."""
    return InvoicePageOut(invoices=[_invoice_out(one) for one in page.invoices], next_before=page.next_before)


def _invoice_out(invoice: Invoice) -> InvoiceOut:
    return InvoiceOut(
        episode_id=invoice.episode_id,
        charged=credits_text(invoice.charged_mc),
        refunded=credits_text(invoice.refunded_mc),
        total=credits_text(invoice.net_mc),
        entries=[
            InvoiceEntryOut(
                id=entry.id,
                number=entry.sequence,
                at=entry.happened_at,
                what=entry.act,
                reason=entry.reason,
                notes=entry.notes,
                formulas=[formula_of(line) for line in entry.lines],
                credits=credits_text(entry.amount_mc),
                refundable=credits_text(entry.refundable_mc),
                refers_to=entry.refers_to if entry.act == "refund" else None,
            )
            for entry in invoice.entries
        ],
    )


def refund_request_out(request: RefundRequest) -> RefundRequestOut:
    """A request as its person sees it."""
    return RefundRequestOut(**_request_facts(request))


def asked_refund_out(request: RefundRequest) -> AskedRefundOut:
    """A request as an admin sees it."""
    return AskedRefundOut(**_request_facts(request), account_id=request.account_id, decided_by=request.decided_by)


def _request_facts(request: RefundRequest) -> dict[str, Any]:
    return {
        "id": request.id,
        "charge_id": request.charge_id,
        "charge_reason": request.charge_reason,
        "charge_notes": request.charge_notes,
        "charge_credits": credits_text(request.charge_mc),
        "charged_at": request.charged_at,
        "why": request.why,
        "asked_at": request.asked_at,
        "state": request.state,
        "refunded": _credits(request.refunded_mc),
        "words": request.words,
        "decided_at": request.decided_at,
    }


def rate_card_out(card: RateCard) -> RateCardOut:
    """The list of prices as the wire shows it."""
    return RateCardOut(
        version=card.version,
        rates=card.rates.named(),
        by_tier={tier_id: dict(own) for tier_id, own in card.by_tier.items()},
    )


def tier_out(tier: Tier) -> TierOut:
    """The plan as the wire shows it."""
    return TierOut(
        id=tier.id,
        name=tier.name,
        monthly_credits=_credits(tier.monthly_mc),
        months=tier.months,
        rollover_basis_points=tier.rollover_basis_points,
    )


def price_change_out(change: PriceChange, changed_by: str) -> PriceChangeOut:
    """A line of the history, with who it was in words."""
    return PriceChangeOut(
        subject=change.subject,
        old=change.old,
        new=change.new,
        rate_card_version=change.rate_card_version,
        changed_by=changed_by,
        changed_at=change.changed_at,
        why=change.why,
    )


def person_out(account: Account) -> PersonOut:
    """An account as an admin sees it."""
    return PersonOut(id=account.id, email=account.email, name=account.name, role=account.role)


def _number(thousandths: int | None) -> JsonNumber | None:
    return None if thousandths is None else JsonNumber(thousandths)


def _credits(amount_mc: int | None) -> str | None:
    return None if amount_mc is None else credits_text(amount_mc)
