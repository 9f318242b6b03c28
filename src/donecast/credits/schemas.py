"""Credits on the wire. Amounts are texts with three places; those of `UsageOut` are numbers written from integers."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field, WithJsonSchema

from donecast.credits.rules.chain import instant_text
from donecast.credits.rules.guide import GuideSection
from donecast.credits.rules.wording import formula_of
from donecast.credits.service import (
    Balance,
    Invoice,
    InvoicePage,
    Month,
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


class EpisodeCostOut(BaseModel):
    """What an episode came to."""

    id: str
    credits: str


class MonthOut(BaseModel):
    """The running period from day to day: what was used by the end of each day that has begun, the first one first.

    `enough_for`: how many more episodes like the last one `available` is enough for; null where there is no limit, or
    no episode yet.
    """

    period_start: datetime
    period_end: datetime
    used_by_day: list[str]
    last_episode: EpisodeCostOut | None
    enough_for: int | None


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


class RatesOut(BaseModel):
    """Milli-credits for each unit and multipliers in thousandths, as one version of the list of prices has them."""

    version: int
    rates: dict[str, int]


class GuideSectionOut(BaseModel):
    """A part of the guide to credits; its numbers are those in force on the person's plan."""

    id: str
    heading: str
    paragraphs: list[str]


def guide_section_out(section: GuideSection) -> GuideSectionOut:
    """A part of the guide as the wire shows it."""
    return GuideSectionOut(id=section.id, heading=section.heading, paragraphs=list(section.paragraphs))


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
        allowance=credits_or_null(usage.max_mc),
        available=credits_or_null(balance.available_mc),
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


def month_out(month: Month) -> MonthOut:
    """The running period as the wire shows it."""
    last = month.last_episode
    return MonthOut(
        period_start=month.period.start,
        period_end=month.period.end,
        used_by_day=[credits_text(amount_mc) for amount_mc in month.used_mc],
        last_episode=EpisodeCostOut(id=last[0], credits=credits_text(last[1])) if last else None,
        enough_for=month.enough_for,
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
    return RefundRequestOut(**refund_request_facts(request))


def refund_request_facts(request: RefundRequest) -> dict[str, Any]:
    """What a person and an admin both see of a request."""
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
        "refunded": credits_or_null(request.refunded_mc),
        "words": request.words,
        "decided_at": request.decided_at,
    }


def _number(thousandths: int | None) -> JsonNumber | None:
    return None if thousandths is None else JsonNumber(thousandths)


def credits_or_null(amount_mc: int | None) -> str | None:
    """The amount in credits; null where there is no limit, or nothing yet."""
    return None if amount_mc is None else credits_text(amount_mc)
