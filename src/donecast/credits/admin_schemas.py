"""What admins see and send of credits on the wire. Amounts are texts with three places."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field, StrictInt

from donecast.accounts.rules import Account
from donecast.credits.rules.rates import RateCard
from donecast.credits.rules.tiers import Months, Tier
from donecast.credits.schemas import (
    RatesOut,
    RefundRequestOut,
    StandingOut,
    Why,
    credits_or_null,
    refund_request_facts,
)
from donecast.credits.service import PriceChange, RefundRequest
from donecast.platform.web import InstantIn

Key = Annotated[str, Field(min_length=8, max_length=60, pattern=r"^[A-Za-z0-9_-]+$")]
"""Chosen by whoever asks, new for each act; sent again, the act is done once."""


class AskedRefundOut(RefundRequestOut):
    """The same as an admin sees it, with who asks."""

    account_id: str
    email: str
    decided_by: str | None


class RefundDecisionIn(BaseModel):
    """Yes or no, in words that the person reads; without an amount, yes gives back all that is left of the charge."""

    approve: bool
    amount: str | None = Field(default=None, max_length=40)
    words: str = Field(max_length=200)


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
    """A plan as it shall be, and why. `is_new`: refused where there is one with this short name."""

    name: str = Field(max_length=200)
    monthly_credits: str | None = Field(max_length=40)
    months: Months = "anniversary"
    rollover_basis_points: StrictInt = 0
    is_new: bool = False
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
    expires_at: InstantIn | None = None


class RefundIn(BaseModel):
    """A charge to give back; without an amount, all that is left of it."""

    key: Key
    charge_id: str = Field(max_length=40)
    amount: str | None = Field(default=None, max_length=40)
    why: str = Field(max_length=200)


class TierChoiceIn(BaseModel):
    """The plan that somebody shall be on."""

    tier_id: str = Field(max_length=40)


def asked_refund_out(request: RefundRequest, email: str) -> AskedRefundOut:
    """A request as an admin sees it."""
    return AskedRefundOut(
        **refund_request_facts(request), account_id=request.account_id, email=email, decided_by=request.decided_by
    )


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
        monthly_credits=credits_or_null(tier.monthly_mc),
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
