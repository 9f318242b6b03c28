"""The only queries of bug reports."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from donecast.health.bug_reports.models import BugReportEntryRow, BugReportRow
from donecast.health.bug_reports.rules import Wanted


def insert(session: Session, values: dict[str, Any]) -> bool:
    """Adds a report unless there is one of its fingerprint; answers whether it did."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    statement = dialect.insert(BugReportRow).values(**values).on_conflict_do_nothing(index_elements=["fingerprint"])
    return session.scalar(statement.returning(BugReportRow.id)) is not None


def to_change(session: Session, fingerprint: str) -> BugReportRow:
    """The report of a fingerprint, which nobody else changes meanwhile."""
    return session.scalars(select(BugReportRow).where(BugReportRow.fingerprint == fingerprint).with_for_update()).one()


def by_id(session: Session, report_id: str, *, to_change: bool = False) -> BugReportRow | None:
    """The report, or None."""
    query = select(BugReportRow).where(BugReportRow.id == report_id)
    return session.scalar(query.with_for_update() if to_change else query)


def found(session: Session, wanted: Wanted, limit: int) -> Sequence[BugReportRow]:
    """Reports, those seen last first."""
    query = select(BugReportRow)
    for column, value in (
        (BugReportRow.state, wanted.state),
        (BugReportRow.severity, wanted.severity),
        (BugReportRow.category, wanted.category),
        (BugReportRow.account_id, wanted.account_id),
    ):
        if value is not None:
            query = query.where(column == value)
    if wanted.request_id is not None:
        seen = select(BugReportEntryRow.report_id).where(BugReportEntryRow.request_id == wanted.request_id)
        query = query.where(BugReportRow.id.in_(seen))
    if wanted.fingerprint_start is not None:
        query = query.where(BugReportRow.fingerprint.startswith(wanted.fingerprint_start))
    if wanted.words is not None:
        texts = (BugReportRow.message, BugReportRow.error_code, BugReportRow.origin)
        query = query.where(or_(*(column.icontains(wanted.words, autoescape=True) for column in texts)))
    if wanted.before is not None:
        query = query.where(BugReportRow.last_at < wanted.before)
    return session.scalars(query.order_by(BugReportRow.last_at.desc(), BugReportRow.id.desc()).limit(limit)).all()


def met_by(session: Session, request_ids: Collection[str], limit: int) -> Sequence[BugReportRow]:
    """Reports that any of these requests met, those seen last first."""
    met = select(BugReportEntryRow.report_id).where(BugReportEntryRow.request_id.in_(request_ids))
    query = select(BugReportRow).where(BugReportRow.id.in_(met))
    return session.scalars(query.order_by(BugReportRow.last_at.desc(), BugReportRow.id.desc()).limit(limit)).all()


def counts(session: Session) -> dict[str, int]:
    """How many reports are in each state."""
    rows = session.execute(select(BugReportRow.state, func.count()).group_by(BugReportRow.state))
    return {str(state): int(count) for state, count in rows}


def entries(session: Session, report_id: str) -> Sequence[BugReportEntryRow]:
    """What happened to a report, newest first."""
    query = select(BugReportEntryRow).where(BugReportEntryRow.report_id == report_id)
    return session.scalars(query.order_by(BugReportEntryRow.at.desc(), BugReportEntryRow.id.desc())).all()


def seen_since(session: Session, report_id: str, since: datetime) -> int:
    """How often a report was met since an instant."""
    query = select(func.count()).where(
        BugReportEntryRow.report_id == report_id, BugReportEntryRow.kind == "seen", BugReportEntryRow.at > since
    )
    return session.scalar(query) or 0


def episodes_hit_since(session: Session, account_id: str, since: datetime) -> int:
    """How many of a person's episodes were hit since an instant."""
    query = select(func.count(BugReportEntryRow.episode_id.distinct())).where(
        BugReportEntryRow.account_id == account_id, BugReportEntryRow.kind == "seen", BugReportEntryRow.at > since
    )
    return session.scalar(query) or 0


def told_since(session: Session, account_id: str, category: str, since: datetime) -> int:
    """How many reports of a category a person made since an instant."""
    query = select(func.count()).where(
        BugReportRow.account_id == account_id, BugReportRow.category == category, BugReportRow.first_at > since
    )
    return session.scalar(query) or 0


def forget_sightings(session: Session, report_id: str, keep: int) -> None:
    """Forgets all but the newest times that a report was seen."""
    mine = (BugReportEntryRow.report_id == report_id, BugReportEntryRow.kind == "seen")
    newest = select(BugReportEntryRow.id).where(*mine).order_by(BugReportEntryRow.id.desc()).limit(keep)
    session.execute(delete(BugReportEntryRow).where(*mine, BugReportEntryRow.id.not_in(newest)))


def forget_ended(session: Session, before: datetime) -> None:
    """Forgets reports that are settled and were not met since an instant."""
    settled = (BugReportRow.state.in_(("resolved", "wont_fix")), BugReportRow.last_at < before)
    session.execute(delete(BugReportRow).where(*settled))


def forget_beyond(session: Session, rows: int) -> None:
    """Forgets those met longest ago, so that no more than so many are kept."""
    kept = select(BugReportRow.id).order_by(BugReportRow.last_at.desc()).limit(rows)
    session.execute(delete(BugReportRow).where(BugReportRow.id.not_in(kept)))
