"""Queries of what people look at: the ledger grouped like an invoice, and requests for refunds."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Subquery, and_, case, false, func, or_, select
from sqlalchemy.orm import Session

from donecast.credits.models import EntryRow, RefundRequestRow
from donecast.credits.repository import AnyRow

_SHOWN = ("grant", "charge", "refund", "expire", "adjust", "withdraw")
"""What is set aside and given back again comes to nothing, and stands in the statement alone."""


def _group() -> ColumnElement[str]:
    """What an entry belongs to: its episode; without one a refund goes to its charge, all else stands alone."""
    alone = case((EntryRow.act == "refund", EntryRow.refers_to), else_=EntryRow.id)
    return func.coalesce(EntryRow.episode_id, alone)


def groups(
    session: Session, account_id: str, before: int | None, limit: int, of_episodes: bool | None
) -> list[tuple[str, int]]:
    """Groups of a person's entries and the number of each one's newest, newest first, from before one of them.

    ``of_episodes`` asks for those of episodes alone, or for all the others; None: for both.
    """
    rows = select(_group().label("name"), EntryRow.sequence).where(
        EntryRow.account_id == account_id, EntryRow.act.in_(_SHOWN)
    )
    if of_episodes is not None:
        rows = rows.where(EntryRow.episode_id.is_not(None) if of_episodes else EntryRow.episode_id.is_(None))
    shown = rows.subquery()
    newest = func.max(shown.c.sequence)
    query = select(shown.c.name, newest).group_by(shown.c.name).order_by(newest.desc()).limit(limit)
    if before is not None:
        query = query.having(newest < before)
    return [(name, int(sequence)) for name, sequence in session.execute(query)]


def entries_in(session: Session, account_id: str, names: Sequence[str]) -> Sequence[AnyRow]:
    """All entries of groups, newest first, each with its group as ``group_name``."""
    return session.execute(
        select(*EntryRow.__table__.columns, _group().label("group_name"))
        .where(EntryRow.account_id == account_id, EntryRow.act.in_(_SHOWN), _group().in_(names))
        .order_by(EntryRow.sequence.desc())
    ).all()


def charged_until(session: Session, account_id: str, start: datetime, ends: Sequence[datetime]) -> list[int]:
    """What was charged from ``start`` on until each of ``ends``, in their order, without what was given back of it."""
    net = _net_charges(account_id)
    sums = [func.coalesce(func.sum(case((net.c.happened_at < end, net.c.amount_mc), else_=0)), 0) for end in ends]
    query = select(*sums).where(net.c.happened_at >= start, net.c.happened_at < ends[-1])
    return [int(amount) for amount in session.execute(query).one()]


def charged_for(
    session: Session, account_id: str, episode_id: str | None, since: datetime, request_id: str | None
) -> int:
    """What was charged for an episode since an instant, or under a request."""
    for_episode = and_(EntryRow.episode_id == episode_id, EntryRow.happened_at >= since)
    query = select(func.coalesce(func.sum(EntryRow.amount_mc), 0)).where(
        EntryRow.account_id == account_id,
        EntryRow.act == "charge",
        or_(for_episode if episode_id else false(), EntryRow.request_id == request_id if request_id else false()),
    )
    return int(session.scalar(query) or 0)


def last_assembled(session: Session, account_id: str) -> tuple[str, int] | None:
    """The episode that was put together last, and what all of it came to; None: none was yet."""
    newest = (
        select(EntryRow.episode_id)
        .where(
            EntryRow.account_id == account_id,
            EntryRow.act == "charge",
            EntryRow.reason == "ASSEMBLY",
            EntryRow.episode_id.is_not(None),
        )
        .order_by(EntryRow.sequence.desc())
        .limit(1)
    )
    episode_id = session.scalar(newest)
    if episode_id is None:
        return None
    net = _net_charges(account_id)
    amount = session.scalar(select(func.sum(net.c.amount_mc)).where(net.c.episode_id == episode_id))
    return episode_id, int(amount or 0)


def _net_charges(account_id: str) -> Subquery:
    """A person's charges without what was given back of each."""
    back = (
        select(EntryRow.refers_to.label("charge_id"), func.sum(EntryRow.amount_mc).label("refunded_mc"))
        .where(EntryRow.account_id == account_id, EntryRow.act == "refund")
        .group_by(EntryRow.refers_to)
        .subquery()
    )
    net = EntryRow.amount_mc - func.coalesce(back.c.refunded_mc, 0)
    return (
        select(EntryRow.episode_id, EntryRow.happened_at, net.label("amount_mc"))
        .outerjoin(back, back.c.charge_id == EntryRow.id)
        .where(EntryRow.account_id == account_id, EntryRow.act == "charge")
        .subquery()
    )


def undecided(session: Session, account_id: str, charge_id: str) -> RefundRequestRow | None:
    """The request about a charge that waits, or None."""
    return session.scalar(
        select(RefundRequestRow).where(
            RefundRequestRow.account_id == account_id,
            RefundRequestRow.charge_id == charge_id,
            RefundRequestRow.decided_at.is_(None),
        )
    )


def request_to_decide(session: Session, request_id: str) -> RefundRequestRow | None:
    """The request as it reads now, locked until the end of the transaction, or None."""
    return session.get(RefundRequestRow, request_id, with_for_update=True, populate_existing=True)


def requests(
    session: Session, *, account_id: str | None, waiting: bool, before: datetime | None, limit: int
) -> Sequence[tuple[RefundRequestRow, AnyRow]]:
    """Requests with their charges, newest first: of one person or of all, those that wait or all."""
    query = (
        select(RefundRequestRow, EntryRow.reason, EntryRow.amount_mc, EntryRow.notes, EntryRow.happened_at)
        .join(EntryRow, EntryRow.id == RefundRequestRow.charge_id)
        .order_by(RefundRequestRow.asked_at.desc(), RefundRequestRow.id.desc())
        .limit(limit)
    )
    if account_id is not None:
        query = query.where(RefundRequestRow.account_id == account_id)
    if waiting:
        query = query.where(RefundRequestRow.decided_at.is_(None))
    if before is not None:
        query = query.where(RefundRequestRow.asked_at < before)
    return [(row[0], row) for row in session.execute(query)]
