"""Queries of what people look at: the ledger grouped like an invoice, and requests for refunds."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from donecast.credits.models import EntryRow, RefundRequestRow
from donecast.credits.repository import AnyRow

_SHOWN = ("grant", "charge", "refund", "expire", "adjust", "withdraw")
"""What is set aside and given back again comes to nothing, and stands in the statement alone."""


def _group() -> ColumnElement[str]:
    """What an entry belongs to: its episode; without one a refund goes to its charge, all else stands alone."""
    alone = case((EntryRow.act == "refund", EntryRow.refers_to), else_=EntryRow.id)
    return func.coalesce(EntryRow.episode_id, alone)


def groups(session: Session, account_id: str, before: int | None, limit: int) -> list[tuple[str, int]]:
    """Groups of a person's entries and the number of each one's newest, newest first, from before one of them."""
    shown = (
        select(_group().label("name"), EntryRow.sequence)
        .where(EntryRow.account_id == account_id, EntryRow.act.in_(_SHOWN))
        .subquery()
    )
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
