"""Tiers and rates: what is in force, and changing it with a name, an instant and a reason. No restart is needed."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from donecast.credits import repository
from donecast.credits.errors import NoSuchTier, PricesChanged, RateInvalid, ReasonMissing, TierExists, TierInvalid
from donecast.credits.models import PriceChangeRow, RateCardRow, TierRow
from donecast.credits.rules.pricing import Quote, Work
from donecast.credits.rules.pricing import quote as quote_of
from donecast.credits.rules.rates import RateCard, card_from_json, card_to_json
from donecast.credits.rules.tiers import Tier
from donecast.credits.service.book import tier_of_row
from donecast.credits.service.opening import look
from donecast.kit.clock import Clock
from donecast.kit.ids import new_id

_CHANGES_SHOWN_MAX = 500


@dataclass(frozen=True, slots=True)
class PriceChange:
    """One line of the history: ``subject`` is ``rate:assembly_mc``, ``rate:assembly_mc:pro`` or ``tier:pro``."""

    subject: str
    old: Any
    new: Any
    rate_card_version: int | None
    changed_by: str
    changed_at: datetime
    why: str


def quote(session: Session, clock: Clock, account_id: str, work: tuple[Work, ...]) -> Quote:
    """What work will cost the person by the card in force. Raises WorkInvalid."""
    return quote_of(rate_card(session), look(session, clock, account_id).tier.id, work)


def rate_card(session: Session, version: int | None = None) -> RateCard:
    """The rate card of this version; without one, the card in force. Raises RateInvalid where there is none."""
    row = repository.rate_card(session, version)
    if row is None:
        raise RateInvalid("There is no such list of prices.", action="Look at the list of prices.")
    return card_from_json(row.version, row.rates)


def tier_named(session: Session, tier_id: str) -> Tier:
    """The tier. Raises NoSuchTier."""
    row = repository.tier(session, tier_id)
    if row is None:
        raise NoSuchTier
    return tier_of_row(row)


def all_tiers(session: Session) -> list[Tier]:
    """Every tier, in the order in which they are shown."""
    return [tier_of_row(row) for row in repository.tiers(session)]


def change_rates(
    session: Session, clock: Clock, changes: Mapping[str, int], *, tier_id: str | None = None, actor: str, why: str
) -> RateCard:
    """Puts the next card in force, with some rates changed for everybody or for one tier; nothing new, nothing written.

    Raises RateInvalid, NoSuchTier, ReasonMissing, PricesChanged.
    """
    said = _said(why)
    if tier_id is not None:
        tier_named(session, tier_id)
    before = rate_card(session)
    card = before.changed(before.version + 1, changes, tier_id)
    mark = f":{tier_id}" if tier_id else ""
    own_before = dict(before.by_tier.get(tier_id, {})) if tier_id else asdict(before.rates)
    changed = {name: new for name, new in changes.items() if own_before.get(name) != new}
    if not changed:
        return before
    now = clock.now()
    try:
        with session.begin_nested():
            session.add(RateCardRow(version=card.version, rates=card_to_json(card), made_at=now))
    except IntegrityError as error:  # somebody made the same version between our look and our save
        raise PricesChanged from error
    for name in sorted(changed):
        _note(session, now, f"rate:{name}{mark}", own_before.get(name), changed[name], actor, said, card.version)
    return card


def save_tier(session: Session, clock: Clock, tier: Tier, *, actor: str, why: str, is_new: bool = False) -> Tier:
    """Changes a tier, or makes one; ``is_new`` only makes. What was given for a running period stays as it is.

    Raises TierExists, TierInvalid, ReasonMissing.
    """
    said = _said(why)
    row = repository.tier(session, tier.id)
    if is_new and row is not None:
        raise TierExists
    old = asdict(tier_of_row(row)) if row else None
    if old == asdict(tier):
        return tier
    if row is None:
        if not tier.id.replace("-", "").isalnum() or len(tier.id) > 40:
            raise TierInvalid("A plan's short name has at most 40 letters, digits and hyphens.")
        row = TierRow(id=tier.id, position=len(repository.tiers(session)))
        session.add(row)
    row.name, row.monthly_mc, row.months = tier.name, tier.monthly_mc, tier.months
    row.rollover_basis_points = tier.rollover_basis_points
    _note(session, clock.now(), f"tier:{tier.id}", old, asdict(tier), actor, said, None)
    session.flush()
    return tier


def price_history(session: Session) -> list[PriceChange]:
    """What was changed, newest first."""
    return [
        PriceChange(row.subject, row.old, row.new, row.rate_card_version, row.changed_by, row.changed_at, row.why)
        for row in repository.price_changes(session, _CHANGES_SHOWN_MAX)
    ]


def _said(why: str) -> str:
    said = " ".join(why.split())[:500]
    if not said:
        raise ReasonMissing
    return said


def _note(
    session: Session, now: datetime, subject: str, old: Any, new: Any, actor: str, why: str, version: int | None
) -> None:
    session.add(
        PriceChangeRow(
            id=new_id("prc", now),
            subject=subject,
            old=old,
            new=new,
            rate_card_version=version,
            changed_by=actor,
            changed_at=now,
            why=why,
        )
    )
    session.flush()
