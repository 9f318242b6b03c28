"""Pure rules of billing: what we asked for, what the payment service says of it, and what follows.

Money is an integer in the currency's smallest unit (``amount``, with ``currency`` as three lower-case letters), credits
are integer milli-credits. What is said of payments (`...Facts`) is read anew each time and never taken from an event.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from donecast.billing.errors import OfferInvalid
from donecast.kit.money import AMOUNT_MC_MAX

Mode = Literal["test", "live"]
OfferKind = Literal["top_up", "plan"]
PurchaseKind = Literal["top_up", "plan", "upgrade"]
PurchaseState = Literal["open", "waiting", "expired", "failed", "paid", "refused", "refunded", "disputed"]
AlertKind = Literal[
    "wrong_amount",
    "wrong_currency",
    "wrong_customer",
    "unknown_customer",
    "unknown_purchase",
    "unknown_price",
    "unknown_payment",
    "unknown_object",
    "paid_twice",
    "other_mode",
    "second_plan",
    "plan_refunded",
    "credits_spent",
    "paid_after_end",
    "disputed",
]

SIGNATURE_SECONDS_MAX = 300
"""How far an event's signature may be from now, in either direction."""
AMOUNT_MAX = 99_999_999
"""The largest amount of one payment, in the smallest unit."""
NAME_CHARACTERS_MAX = 80
_CURRENCY = re.compile(r"[a-z]{3}", re.ASCII)
_SIGNED_AT = re.compile(r"\s*t=([0-9]{1,15})", re.ASCII)

# Money that came outweighs that it did not seem to; what was given back outweighs that it came.
_RANKS: Mapping[PurchaseState, int] = {
    "open": 0,
    "waiting": 1,
    "expired": 2,
    "failed": 2,
    "refused": 3,
    "paid": 4,
    "refunded": 5,
    "disputed": 6,
}
LIVE_STATES = frozenset({"active", "trialing", "past_due"})
"""Of a subscription that somebody has, be it with a late payment."""
_OVER = frozenset({"canceled", "incomplete_expired", "unpaid"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What can be bought; it never changes, so that an order and a price abroad mean it for ever.

    A top-up has ``credits_mc``; a plan has ``tier``, whose allowance the credits are, and is paid each month.
    """

    id: str
    kind: OfferKind
    name: str
    amount: int
    currency: str
    credits_mc: int | None
    tier: str | None
    on_sale: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """An order of ours. Instants are aware and UTC."""

    id: str
    account_id: str
    kind: PurchaseKind
    offer_id: str
    name: str
    credits_mc: int | None
    tier: str | None
    amount: int
    currency: str
    state: PurchaseState
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A subscription as others see it: what is paid for now, and what will be paid next."""

    id: str
    account_id: str
    status: str
    offer: Offer
    next_offer: Offer
    period_start: datetime
    period_end: datetime
    ends_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A payment that did not fit, with a sentence for the person who runs this DoneCast."""

    id: str
    kind: AlertKind
    said: str
    event_id: str
    object_id: str
    account_id: str | None
    purchase_id: str | None
    created_at: datetime
    settled_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What an event of the payment service is about; its content is not believed but looked up."""

    id: str
    type: str
    object_id: str
    mode: Mode
    happened_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFacts:
    """A checkout session as it is now."""

    id: str
    mode: str
    status: str
    payment_status: str
    amount: int | None
    currency: str | None
    customer_id: str | None
    purchase_id: str | None
    intent_id: str | None
    subscription_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedFacts:
    """What of a payment went back: refunded in the smallest unit, and whether its payer disputes it."""

    intent_id: str | None
    refunded: int
    disputed: bool


NOTHING_RETURNED = ReturnedFacts(intent_id=None, refunded=0, disputed=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceLine:
    """A line of an invoice: for a price, in a half-open period; a proration settles a change within a period."""

    price_id: str | None
    amount: int
    is_proration: bool
    period_start: datetime
    period_end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceFacts:
    """An invoice as it is now."""

    id: str
    status: str
    reason: str
    total: int
    currency: str
    customer_id: str | None
    subscription_id: str | None
    intent_id: str | None
    lines: tuple[InvoiceLine, ...]

    def plan_line(self, price_id: str | None) -> InvoiceLine | None:
        """The line that pays a whole period of a price."""
        return next((line for line in self.lines if line.price_id == price_id and not line.is_proration), None)

    @property
    def settled(self) -> int:
        """What changes within earlier periods add to the total; negative where they take from it."""
        return sum(line.amount for line in self.lines if line.is_proration)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionFacts:
    """A subscription as it is now. ``ends_at`` is set once it was cancelled."""

    id: str
    status: str
    customer_id: str
    price_id: str
    item_id: str
    purchase_id: str | None
    period_start: datetime
    period_end: datetime
    ends_at: datetime | None

    @property
    def is_live(self) -> bool:
        """Whether the person has the plan, be it with a late payment."""
        return self.status in LIVE_STATES

    @property
    def is_over(self) -> bool:
        """Whether the plan has ended, or counts as ended until it is paid."""
        return self.status in _OVER


@dataclass(frozen=True, slots=True)
class Misfit:
    """Why a payment is not what we asked for, with a sentence for the person who runs this DoneCast."""

    kind: AlertKind
    said: str


def checked_offer(offer: Offer) -> Offer:
    """The offer itself. Raises OfferInvalid with a sentence."""
    if not offer.name.strip() or len(offer.name) > NAME_CHARACTERS_MAX:
        raise OfferInvalid(f"An offer needs a name of at most {NAME_CHARACTERS_MAX} characters.")
    if not _CURRENCY.fullmatch(offer.currency):
        raise OfferInvalid("A currency has three letters, such as eur or usd.")
    if not 1 <= offer.amount <= AMOUNT_MAX:
        raise OfferInvalid(f"A price is a whole number from 1 to {AMOUNT_MAX} in the currency's smallest unit.")
    if offer.kind == "top_up" and (offer.tier is not None or not 1 <= (offer.credits_mc or 0) <= AMOUNT_MC_MAX):
        raise OfferInvalid("A top-up says how many credits it brings, and names no plan.")
    if offer.kind == "plan" and (offer.credits_mc is not None or not offer.tier):
        raise OfferInvalid("A plan names its tier, whose monthly credits it brings, and no credits of its own.")
    return offer


def signed_at(header: str) -> int | None:
    """The Unix second that a signature says it was made in; None where it says none."""
    found = next((match for part in header.split(",") if (match := _SIGNED_AT.fullmatch(part))), None)
    return int(found[1]) if found else None


def is_fresh(second: int, now: datetime) -> bool:
    """Whether a signature of that Unix second counts: 300 seconds old is still fresh, 301 is not."""
    return abs(int(now.timestamp()) - second) <= SIGNATURE_SECONDS_MAX


def state_after(before: PurchaseState, said: PurchaseState) -> PurchaseState:
    """The state of an order once this was said of it, in whatever order things are said."""
    return said if _RANKS[said] > _RANKS[before] else before


def misfit_of_money(
    what: str, *, asked: int, asked_currency: str, paid: int | None, paid_currency: str | None
) -> Misfit | None:
    """Why money that came is not the money that was asked for; None when it is."""
    if paid_currency != asked_currency:
        said = f"{what} was paid in {paid_currency}, and we asked for {asked_currency}."
        return Misfit("wrong_currency", f"{said} Nothing was credited.")
    if paid != asked:
        said = f"{what} was paid with {paid}, and we asked for {asked} ({asked_currency}, smallest unit)."
        return Misfit("wrong_amount", f"{said} Nothing was credited.")
    return None


def taken_back_mc(credits_mc: int, amount: int, returned: ReturnedFacts) -> int:
    """How many of a payment's credits go back in all: its share of the money, rounded down; all in a dispute."""
    if returned.disputed or returned.refunded >= amount:
        return credits_mc
    return credits_mc * max(0, returned.refunded) // amount


def state_of_returned(amount: int, returned: ReturnedFacts) -> PurchaseState:
    """The state of a paid order of which something went back; one that is partly refunded stays paid."""
    if returned.disputed:
        return "disputed"
    return "refunded" if returned.refunded >= amount else "paid"


def best_of(offers: Iterable[Offer]) -> Offer | None:
    """The offer that costs most: whoever pays two plans has the better one."""
    return max(offers, key=lambda offer: (offer.amount, offer.id), default=None)
