"""What falls due by itself: holds that ran out, grants that expired, a new period's allowance.

``settle`` says what happened up to an instant, in the order in which it fell due. Whoever writes applies its changes;
whoever only reads takes its balance, so that both see the same.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from donecast.credits.rules.grants import (
    REFUND_GRANT_AGE_MAX,
    Draw,
    Grant,
    GrantKind,
    drawn_mc,
    given_back,
    rollover_mc,
)
from donecast.credits.rules.periods import Period, period_at
from donecast.credits.rules.tiers import Tier, allowance_key


@dataclass(frozen=True, slots=True)
class OpenHold:
    """Credits set aside. Without draws they are those of an unlimited tier, which came from no grant."""

    id: str
    amount_mc: int
    draws: tuple[Draw, ...]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Purse:
    """All that a settlement looks at: whose it is, the tier now and the one from the next period, grants and holds.

    ``anchor`` is the first instant of a subscription, None for calendar months. Grants are those with something left
    and those that open holds were drawn from.
    """

    account_id: str
    tier: Tier
    next_tier: Tier | None
    anchor: datetime | None
    period: Period
    grants: tuple[Grant, ...] = ()
    holds: tuple[OpenHold, ...] = ()


@dataclass(frozen=True, slots=True)
class NewGrant:
    """Credits to give, under a key that gives them once."""

    key: str
    kind: GrantKind
    amount_mc: int
    starts_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class HoldRanOut:
    """A hold's time is over: what goes back to its grants, and what becomes a grant of its own."""

    hold: OpenHold
    back: tuple[Draw, ...]
    replaced_mc: int
    fell_due_at: datetime


@dataclass(frozen=True, slots=True)
class GrantExpired:
    """A grant's time is over, and so much of it was unused."""

    grant_id: str
    kind: GrantKind
    amount_mc: int
    fell_due_at: datetime


@dataclass(frozen=True, slots=True)
class PeriodBegan:
    """A new period, under the tier that is in force in it, with what it brings."""

    period: Period
    tier: Tier
    anchor: datetime | None
    grants: tuple[NewGrant, ...]


Change = HoldRanOut | GrantExpired | PeriodBegan


@dataclass(frozen=True, slots=True)
class Settlement:
    """What fell due, and what is there after it."""

    changes: tuple[Change, ...]
    tier: Tier
    period: Period
    available_mc: int
    held_mc: int


def settle(purse: Purse, now: datetime) -> Settlement:
    """Everything that fell due up to ``now``, and the balance then."""
    remaining = {grant.id: grant for grant in purse.grants}
    due: list[tuple[datetime, int, str, OpenHold | Grant]] = [
        *((hold.expires_at, 1, hold.id, hold) for hold in purse.holds if hold.expires_at <= now),
        *((grant.expires_at, 0, grant.id, grant) for grant in purse.grants if grant.expires_at and grant.expired(now)),
    ]
    changes: list[Change] = []
    for at, _, _, one in sorted(due, key=lambda entry: entry[:3]):
        if isinstance(one, OpenHold):
            changes.append(_run_out(one, remaining, at))
        elif remaining[one.id].remaining_mc:
            changes.append(GrantExpired(one.id, one.kind, remaining[one.id].remaining_mc, at))
            remaining[one.id] = replace(one, remaining_mc=0)
    given_mc = sum(change.replaced_mc for change in changes if isinstance(change, HoldRanOut))
    tier, period = purse.tier, purse.period
    if now >= purse.period.end:
        began = _next_period(purse, now, changes)
        changes.append(began)
        tier, period = began.tier, began.period
        given_mc += sum(grant.amount_mc for grant in began.grants)
    return Settlement(
        tuple(changes),
        tier,
        period,
        available_mc=given_mc + sum(grant.remaining_mc for grant in remaining.values()),
        held_mc=sum(hold.amount_mc for hold in purse.holds if hold.expires_at > now),
    )


def refund_grant(key: str, amount_mc: int, now: datetime) -> NewGrant:
    """What takes the place of a grant that expired before its credits came back."""
    return NewGrant(key, "refund", amount_mc, now, now + REFUND_GRANT_AGE_MAX)


def _run_out(hold: OpenHold, remaining: dict[str, Grant], at: datetime) -> HoldRanOut:
    # Whoever worked on it has died, which is no fault of the person's: nothing of it is lost.
    back = given_back(hold.draws, remaining, at)
    for draw in back.draws:
        grant = remaining[draw.grant_id]
        remaining[draw.grant_id] = replace(grant, remaining_mc=grant.remaining_mc + draw.amount_mc)
    return HoldRanOut(hold, back.draws, back.orphaned_mc, at)


def _next_period(purse: Purse, now: datetime, changes: Iterable[Change]) -> PeriodBegan:
    """The period of now; those in between passed unused, and what they would have brought has expired with them."""
    tier = purse.next_tier or purse.tier
    anchor = None if tier.months == "calendar" else purse.anchor or purse.period.end
    period = period_at(now, anchor)
    if tier.monthly_mc is None:
        return PeriodBegan(period, tier, anchor, ())
    key = allowance_key(purse.account_id, period.start, tier.id)
    grants = [NewGrant(key, "monthly", tier.monthly_mc, period.start, period.end)]
    unused_mc = drawn_mc(
        Draw(change.grant_id, change.amount_mc)
        for change in changes
        if isinstance(change, GrantExpired) and change.kind == "monthly" and change.fell_due_at == period.start
    )
    kept_mc = rollover_mc(unused_mc, tier.rollover_basis_points, tier.monthly_mc)
    grants.append(NewGrant(f"{key}:rollover", "rollover", kept_mc, period.start, period.end))
    return PeriodBegan(period, tier, anchor, tuple(grant for grant in grants if grant.amount_mc))
