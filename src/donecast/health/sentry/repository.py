"""The only queries of the mirror."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from donecast.health.sentry.models import SentryIssueRow, SentryMirrorRow
from donecast.health.sentry.rules import Facts, Wish


def issues(session: Session, wish: Wish, limit: int) -> list[SentryIssueRow]:
    """The issues that a wish means, the last seen first, from where it says."""
    query = select(SentryIssueRow).where(*_conditions(wish))
    if wish.after is not None:
        at, identity = wish.after
        row = SentryIssueRow
        query = query.where(or_(row.last_seen < at, and_(row.last_seen == at, row.id < identity)))
    return list(session.scalars(query.order_by(SentryIssueRow.last_seen.desc(), SentryIssueRow.id.desc()).limit(limit)))


def count(session: Session, wish: Wish) -> int:
    """How many issues a wish means, on all its pages."""
    return session.scalar(select(func.count()).select_from(SentryIssueRow).where(*_conditions(wish))) or 0


def unresolved_by_level(session: Session) -> dict[str, int]:
    """How many issues wait, by level."""
    query = select(SentryIssueRow.level, func.count()).where(SentryIssueRow.status == "unresolved")
    return {row[0]: row[1] for row in session.execute(query.group_by(SentryIssueRow.level))}


def trends(session: Session, since: datetime) -> list[tuple[str, str]]:
    """The hourly and daily trend of each issue that was seen since then."""
    query = select(SentryIssueRow.hourly, SentryIssueRow.daily).where(SentryIssueRow.last_seen >= since)
    return [(hourly, daily) for hourly, daily in session.execute(query)]


def issue_by_id(session: Session, issue_id: str) -> SentryIssueRow | None:
    """The issue as it was told last, or None."""
    return session.get(SentryIssueRow, issue_id)


def issues_by_id(session: Session, ids: Collection[str]) -> dict[str, SentryIssueRow]:
    """Those of the issues that are here, by id."""
    rows = session.scalars(select(SentryIssueRow).where(SentryIssueRow.id.in_(ids)))
    return {row.id: row for row in rows}


def unlearned(session: Session, limit: int) -> list[SentryIssueRow]:
    """Issues with an event that was not looked at yet, those that wait first."""
    row = SentryIssueRow
    query = select(row).where(or_(row.learned_for.is_(None), row.learned_for < row.last_seen))
    return list(session.scalars(query.order_by((row.status != "unresolved"), row.last_seen.desc()).limit(limit)))


def add_issue(session: Session, row: SentryIssueRow) -> None:
    """An issue that was not here."""
    session.add(row)


def forget_untold(session: Session, since: datetime) -> None:
    """Takes out what no round since then has named: merged, deleted, or too old."""
    session.execute(delete(SentryIssueRow).where(SentryIssueRow.told_at < since))


def forget_other_places(session: Session, place: str) -> None:
    """Takes out everything when it belongs to another place."""
    others = session.scalar(select(func.count()).select_from(SentryMirrorRow).where(SentryMirrorRow.place != place))
    if others:
        session.execute(delete(SentryIssueRow))
        session.execute(delete(SentryMirrorRow).where(SentryMirrorRow.place != place))


def mirror(session: Session, place: str) -> SentryMirrorRow | None:
    """How the mirror of a place stands, or None before the first round."""
    return session.get(SentryMirrorRow, place)


def locked_mirror(session: Session, place: str) -> SentryMirrorRow:
    """The same, made where it is missing, and held until the transaction ends: issues are written by one at a time."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    fresh = dialect.insert(SentryMirrorRow).values(place=place, complete=True, failure="", message="", action="")
    session.execute(fresh.on_conflict_do_nothing())
    return session.get_one(SentryMirrorRow, place, with_for_update=True, populate_existing=True)


def _conditions(wish: Wish) -> list[ColumnElement[bool]]:
    row = SentryIssueRow
    found: list[ColumnElement[bool]] = [row.last_seen >= wish.since]
    if wish.levels:
        found.append(row.level.in_(wish.levels))
    if wish.statuses:
        found.append(row.status.in_(wish.statuses))
    if wish.error_type:
        found.append(func.lower(row.error_type) == wish.error_type.lower())
    for word in wish.text.split():
        columns = (row.title, row.message, row.error_type, row.culprit, row.short_id)
        found.append(or_(*(column.icontains(word, autoescape=True) for column in columns)))
    return found + _named(wish.terms)


def _named(terms: Facts) -> list[ColumnElement[bool]]:
    row = SentryIssueRow
    places = (
        (row.users, terms.users),
        (row.request_ids, terms.request_ids),
        (row.shows, terms.shows),
        (row.episodes, terms.episodes),
    )
    return [column.contains(f"|{term}|", autoescape=True) for column, asked in places for term in asked]
