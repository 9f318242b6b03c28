"""Where this room meets the ledger: every grant, every taking back, and every change of tier that a payment causes.

Call it last in a transaction: it keeps the person's wallet locked until the end.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from donecast.credits import service as credit_service
from donecast.credits.errors import NoSuchTier
from donecast.credits.rules.tiers import FIRST_TIER, Tier, is_upgrade
from donecast.kit.clock import Clock

_ACTOR = "billing"


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What was still there of a grant and was taken, and under which operation the rest of it stands now."""

    amount_mc: int
    grant_key: str


def allowance_mc(session: Session, tier_id: str) -> int | None:
    """The credits a month of a tier; None where there is no such tier, or where it is without limit."""
    try:
        return credit_service.tier_named(session, tier_id).monthly_mc
    except NoSuchTier:
        return None


def has_no_limit(session: Session, clock: Clock, account_id: str) -> bool:
    """Whether credits are of no use to the person."""
    return _tier_of(session, clock, account_id).unlimited


def top_up(session: Session, clock: Clock, account_id: str, credits_mc: int, key: str, name: str) -> None:
    """Gives bought credits, which never expire; under the same key once."""
    credit_service.grant_credits(
        session,
        clock,
        account_id,
        operation_id=key,
        kind="purchased",
        amount_mc=credits_mc,
        notes=name,
        actor=_ACTOR,
    )


def take_back(
    session: Session, clock: Clock, account_id: str, wanted_mc: int, *, grant_key: str, key: str, why: str
) -> TakenBack:
    """Takes at most ``wanted_mc`` of what is unspent of a grant; what the person keeps becomes a grant of its own."""
    withdrawn = credit_service.withdraw_grant(
        session, clock, account_id, granted_by=grant_key, operation_id=key, why=why, actor=_ACTOR
    )
    kept_mc = max(0, withdrawn.draft.amount_mc - wanted_mc)
    if not kept_mc:
        return TakenBack(withdrawn.draft.amount_mc, grant_key)
    top_up(session, clock, account_id, kept_mc, f"{key}:kept", why)
    return TakenBack(wanted_mc, f"{key}:kept")


def begin_plan(session: Session, clock: Clock, account_id: str, tier_id: str, *, since: datetime) -> None:
    """A plan was paid: a higher tier comes at once, a lower one when the present period ends.

    ``since`` is the first instant of the period that was paid. A tier without limit stays.
    """
    if not has_no_limit(session, clock, account_id):
        credit_service.assign_tier(session, clock, account_id, tier_id, actor=_ACTOR, anchor_at=since)


def plan_next(session: Session, clock: Clock, account_id: str, tier_id: str | None) -> None:
    """What will be paid from the next period on; None for nothing. A higher tier waits until it is paid."""
    now = _tier_of(session, clock, account_id)
    wanted = credit_service.tier_named(session, tier_id or FIRST_TIER)
    if now.unlimited:
        return
    following = now.id if is_upgrade(now, wanted) else wanted.id
    credit_service.assign_tier(session, clock, account_id, following, actor=_ACTOR)


def end_plan(session: Session, clock: Clock, account_id: str, tier_id: str | None) -> None:
    """A plan has ended: the person is on another one that they pay, or on the first tier. Credits given stay."""
    if not has_no_limit(session, clock, account_id):
        credit_service.assign_tier(session, clock, account_id, tier_id or FIRST_TIER, actor=_ACTOR, at_once=True)


def _tier_of(session: Session, clock: Clock, account_id: str) -> Tier:
    return credit_service.get_user_credit_balance(session, clock, account_id).tier
