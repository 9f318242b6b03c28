"""Queries about what is not paid yet: work delivered without the ledger, samples of storage, and what is due for it."""

from datetime import date, datetime

from sqlalchemy import func, literal, select, tuple_
from sqlalchemy.orm import Session

from donecast.credits.models import EntryRow, StorageDueRow, StorageSampleRow, UnbilledRow


def unbilled(session: Session, account_id: str, operation_id: str) -> UnbilledRow | None:
    """Work that waits to be billed, or was, or None."""
    return session.get(UnbilledRow, (account_id, operation_id), populate_existing=True)


def unbilled_waiting(
    session: Session, after: tuple[datetime, str, str] | None, limit: int
) -> list[tuple[datetime, str, str]]:
    """Work that waits to be billed: when it was noted, whose it is, its operation. Oldest first, from behind one."""
    columns = (UnbilledRow.noted_at, UnbilledRow.account_id, UnbilledRow.operation_id)
    query = select(*columns).where(UnbilledRow.billed_at.is_(None)).order_by(*columns).limit(limit)
    if after is not None:
        behind = (literal(value, column.type) for value, column in zip(after, columns, strict=True))
        query = query.where(tuple_(*columns) > tuple_(*behind))
    return [(noted_at, account_id, operation_id) for noted_at, account_id, operation_id in session.execute(query)]


def has_unbilled(session: Session, account_id: str) -> bool:
    """Whether any work of a person waits to be billed."""
    query = select(UnbilledRow.operation_id).where(
        UnbilledRow.account_id == account_id, UnbilledRow.billed_at.is_(None)
    )
    return session.scalar(query.limit(1)) is not None


def sample(session: Session, account_id: str, day: date) -> StorageSampleRow | None:
    """A day's sample, or None."""
    return session.get(StorageSampleRow, (account_id, day), populate_existing=True)


def samples(session: Session, account_id: str, first: date, last: date) -> list[int]:
    """Bytes of each sampled day from the first to the last, both included."""
    query = (
        select(StorageSampleRow.stored_bytes)
        .where(StorageSampleRow.account_id == account_id, StorageSampleRow.day >= first, StorageSampleRow.day <= last)
        .order_by(StorageSampleRow.day)
    )
    return list(session.scalars(query))


def sampled_accounts_without(session: Session, first: date, last: date, month: str) -> list[str]:
    """Who kept something on one of these days and was not billed for the month yet, sorted."""
    billed = (
        select(EntryRow.id)
        .where(
            EntryRow.account_id == StorageSampleRow.account_id,
            EntryRow.operation_id == "storage:" + StorageSampleRow.account_id + f":{month}",
        )
        .exists()
    )
    query = (
        select(StorageSampleRow.account_id)
        .where(StorageSampleRow.day >= first, StorageSampleRow.day <= last, StorageSampleRow.stored_bytes > 0, ~billed)
        .distinct()
        .order_by(StorageSampleRow.account_id)
    )
    return list(session.scalars(query))


def first_sampled_day(session: Session) -> date | None:
    """The first day on which anybody kept something, or None."""
    return session.scalar(select(func.min(StorageSampleRow.day)).where(StorageSampleRow.stored_bytes > 0))


def dues(session: Session, account_id: str) -> list[StorageDueRow]:
    """What a person still owes for storage, oldest first."""
    query = (
        select(StorageDueRow)
        .where(StorageDueRow.account_id == account_id, StorageDueRow.settled_at.is_(None))
        .order_by(StorageDueRow.month)
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(query))


def accounts_with_dues(session: Session) -> list[str]:
    """Who owes something for storage, sorted."""
    query = (
        select(StorageDueRow.account_id)
        .where(StorageDueRow.settled_at.is_(None))
        .distinct()
        .order_by(StorageDueRow.account_id)
    )
    return list(session.scalars(query))
