"""Balances and usage: what is there, what was used. Reading settles in thought alone and changes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from donecast.credits import repository
from donecast.credits.rules.entries import CHARGE_REASONS
from donecast.credits.rules.periods import Period
from donecast.credits.rules.tiers import Tier
from donecast.credits.service.opening import look
from donecast.credits.service.tariffs import rate_card
from donecast.kit.clock import Clock

RECENT_CHARGES = 10


@dataclass(frozen=True, slots=True)
class Balance:
    """What somebody has. ``available_mc`` can be spent now, None where there is no limit; ``held_mc`` is set aside."""

    tier: Tier
    period: Period
    available_mc: int | None
    held_mc: int

    @property
    def unlimited(self) -> bool:
        """Whether nothing is ever refused."""
        return self.tier.unlimited


@dataclass(frozen=True, slots=True)
class Sufficiency:
    """Whether an amount was there at the moment of the look, and what was missing."""

    sufficient: bool
    required_mc: int
    available_mc: int | None
    shortfall_mc: int


@dataclass(frozen=True, slots=True)
class RecentCharge:
    """A charge as the usage shows it."""

    reason: str
    amount_mc: int
    notes: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Usage:
    """A period as its person sees it. Amounts are milli-credits; None is unlimited.

    Minutes are what an amount stands for at the rate of the earlier count, in thousandths.

    ``used_mc`` is the sum of the period's charges without what was given back of them, not allowance less balance.
    """

    period: Period
    tier: Tier
    used_mc: int
    max_mc: int | None
    remaining_mc: int | None
    held_mc: int
    minutes_used_thousandths: int
    max_minutes_thousandths: int | None
    remaining_minutes_thousandths: int | None
    by_action: Mapping[str, int]
    recent: tuple[RecentCharge, ...]


def get_user_credit_balance(session: Session, clock: Clock, account_id: str) -> Balance:
    """What the person has now; who never had credits has the first tier's allowance."""
    settled = look(session, clock, account_id)
    available_mc = None if settled.tier.unlimited else settled.available_mc
    return Balance(settled.tier, settled.period, available_mc, settled.held_mc)


def check_sufficient_credits(session: Session, clock: Clock, account_id: str, required_mc: int) -> Sufficiency:
    """Whether an amount is there now. For showing only: what is paid for is held, and the hold decides."""
    available_mc = get_user_credit_balance(session, clock, account_id).available_mc
    short_mc = 0 if available_mc is None else max(0, required_mc - available_mc)
    return Sufficiency(not short_mc, required_mc, available_mc, short_mc)


def usage(session: Session, clock: Clock, account_id: str) -> Usage:
    """The running period: used, left, by action, and the newest charges."""
    settled = look(session, clock, account_id)
    period, tier = settled.period, settled.tier
    charged = repository.charged_by_reason(session, account_id, period.start, period.end)
    by_action: dict[str, int] = {**dict.fromkeys(CHARGE_REASONS, 0), **charged}
    used_mc = sum(by_action.values())
    rate_mc = rate_card(session).rates_for(tier.id).legacy_mc_per_minute
    remaining_mc = None if tier.unlimited else settled.available_mc
    return Usage(
        period=period,
        tier=tier,
        used_mc=used_mc,
        max_mc=tier.monthly_mc,
        remaining_mc=remaining_mc,
        held_mc=settled.held_mc,
        minutes_used_thousandths=_equivalent(used_mc, rate_mc) or 0,
        max_minutes_thousandths=_equivalent(tier.monthly_mc, rate_mc),
        remaining_minutes_thousandths=_equivalent(remaining_mc, rate_mc),
        by_action=by_action,
        recent=tuple(
            RecentCharge(row.reason, row.amount_mc, row.notes, row.happened_at)
            for row in repository.recent_charges(session, account_id, RECENT_CHARGES)
        ),
    )


def _equivalent(amount_mc: int | None, mc_per_minute: int) -> int | None:
    """How many thousandths of a minute an amount stands for, rounded down; None where there is no limit or no rate."""
    return None if amount_mc is None or not mc_per_minute else amount_mc * 1_000 // mc_per_minute
