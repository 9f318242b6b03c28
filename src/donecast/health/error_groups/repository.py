"""The only queries of error groups."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, Row, Select, and_, delete, func, or_, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from donecast.health.error_groups.models import ErrorEventRow, ErrorGroupRow, ErrorHourRow, ErrorPersonRow
from donecast.health.error_groups.rules import OPEN, Wanted

_LOCK_WAIT_MS = 2_000


def _dialect(session: Session) -> Any:
    return sqlite if session.get_bind().dialect.name == "sqlite" else postgresql


def wait_briefly(session: Session) -> None:
    """Whoever holds a group and has stopped must not hold up everybody who writes errors."""
    if session.get_bind().dialect.name != "sqlite":
        session.execute(text(f"SET LOCAL lock_timeout = {_LOCK_WAIT_MS}"))


def locked(session: Session, values: Mapping[str, Any]) -> ErrorGroupRow:
    """The group with these values' fingerprint, made if there is none, while nobody else changes it."""
    session.execute(
        _dialect(session)
        .insert(ErrorGroupRow)
        .values(**values)
        .on_conflict_do_nothing(index_elements=[ErrorGroupRow.fingerprint])
    )
    query = select(ErrorGroupRow).where(ErrorGroupRow.fingerprint == values["fingerprint"])
    return session.scalars(query.with_for_update()).one()


def add_events(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Adds events."""
    if rows:
        session.execute(_dialect(session).insert(ErrorEventRow).on_conflict_do_nothing(), list(rows))


def keep_last_events(session: Session, group_id: str, count: int) -> None:
    """Forgets all but the last so many events of a group."""
    last = select(ErrorEventRow.id).where(ErrorEventRow.group_id == group_id)
    last = last.order_by(ErrorEventRow.at.desc(), ErrorEventRow.id.desc()).limit(count)
    session.execute(delete(ErrorEventRow).where(ErrorEventRow.group_id == group_id, ErrorEventRow.id.not_in(last)))


def add_hour(session: Session, group_id: str, hour: datetime, count: int) -> None:
    """Adds to how often a group was seen in an hour."""
    statement = _dialect(session).insert(ErrorHourRow).values(group_id=group_id, hour=hour, event_count=count)
    more = {"event_count": ErrorHourRow.event_count + count}
    session.execute(statement.on_conflict_do_update(index_elements=["group_id", "hour"], set_=more))


def add_people(session: Session, group_id: str, user_ids: Sequence[str]) -> None:
    """Notes whom a group hit."""
    rows = [{"group_id": group_id, "user_id": user_id} for user_id in user_ids]
    if rows:
        session.execute(_dialect(session).insert(ErrorPersonRow).on_conflict_do_nothing(), rows)


def people_counts(session: Session, group_ids: Sequence[str]) -> dict[str, int]:
    """How many people each group hit."""
    query = select(ErrorPersonRow.group_id, func.count()).where(ErrorPersonRow.group_id.in_(group_ids))
    return {row[0]: row[1] for row in session.execute(query.group_by(ErrorPersonRow.group_id))}


def last_people(session: Session, group_ids: Sequence[str]) -> dict[str, str]:
    """Whom each group hit last, of those whose last events are kept."""
    query = select(ErrorEventRow.group_id, ErrorEventRow.user_id).where(
        ErrorEventRow.group_id.in_(group_ids), ErrorEventRow.user_id.is_not(None)
    )
    found = session.execute(query.order_by(ErrorEventRow.at, ErrorEventRow.id))
    return {group_id: user_id for group_id, user_id in found if user_id is not None}


def wanted_groups(session: Session, wanted: Wanted, since: datetime, limit: int) -> Sequence[ErrorGroupRow]:
    """The groups that are asked for, last seen first."""
    query = _matching(select(ErrorGroupRow), wanted, since)
    if wanted.after is not None:
        at, group_id = wanted.after
        row = ErrorGroupRow
        query = query.where(or_(row.last_seen < at, and_(row.last_seen == at, row.id < group_id)))
    query = query.order_by(ErrorGroupRow.last_seen.desc(), ErrorGroupRow.id.desc())
    return session.scalars(query.limit(limit)).all()


def wanted_count(session: Session, wanted: Wanted, since: datetime) -> int:
    """How many groups are asked for."""
    return session.scalar(_matching(select(func.count()).select_from(ErrorGroupRow), wanted, since)) or 0


def _matching(query: Select[Any], wanted: Wanted, since: datetime) -> Select[Any]:
    query = query.where(ErrorGroupRow.last_seen >= since)
    if wanted.levels:
        query = query.where(ErrorGroupRow.level.in_(wanted.levels))
    if wanted.type:
        query = query.where(ErrorGroupRow.type.icontains(wanted.type, autoescape=True))
    if wanted.status:
        statuses = OPEN if wanted.status == "open" else (wanted.status,)
        query = query.where(ErrorGroupRow.status.in_(statuses))
    if wanted.text:
        fields = (ErrorGroupRow.type, ErrorGroupRow.message, ErrorGroupRow.culprit)
        query = query.where(or_(*(column.icontains(wanted.text, autoescape=True) for column in fields)))
    asked = {
        ErrorEventRow.user_id: wanted.user_id,
        ErrorEventRow.request_id: wanted.request_id,
        ErrorEventRow.show_id: wanted.show_id,
        ErrorEventRow.episode_id: wanted.episode_id,
    }
    named = [column == value for column, value in asked.items() if value]
    if named:
        query = query.where(ErrorGroupRow.id.in_(select(ErrorEventRow.group_id).where(*named)))
    return query


def open_counts(session: Session) -> Sequence[Row[str, int, datetime]]:
    """Level, how many groups and when last seen, of what is neither resolved nor ignored."""
    query = select(ErrorGroupRow.level, func.count(), func.max(ErrorGroupRow.last_seen))
    return session.execute(query.where(ErrorGroupRow.status.in_(OPEN)).group_by(ErrorGroupRow.level)).all()


def group(session: Session, group_id: str) -> ErrorGroupRow | None:
    """One group."""
    return session.get(ErrorGroupRow, group_id)


def last_events(session: Session, group_id: str, limit: int) -> Sequence[ErrorEventRow]:
    """The last events of a group, newest first."""
    query = select(ErrorEventRow).where(ErrorEventRow.group_id == group_id)
    return session.scalars(query.order_by(ErrorEventRow.at.desc(), ErrorEventRow.id.desc()).limit(limit)).all()


def hours(session: Session, group_ids: Sequence[str], since: datetime) -> Sequence[Row[str, datetime, int]]:
    """Group, hour and how often, since an instant."""
    query = select(ErrorHourRow.group_id, ErrorHourRow.hour, ErrorHourRow.event_count)
    return session.execute(query.where(ErrorHourRow.group_id.in_(group_ids), ErrorHourRow.hour >= since)).all()


def hours_of_all(session: Session, since: datetime) -> dict[datetime, int]:
    """How often anything was seen in each hour since an instant."""
    query = select(ErrorHourRow.hour, func.sum(ErrorHourRow.event_count)).where(ErrorHourRow.hour >= since)
    return {row[0]: int(row[1]) for row in session.execute(query.group_by(ErrorHourRow.hour))}


def change(session: Session, group_id: str, values: Mapping[str, Any]) -> bool:
    """Changes a group; answers whether there is one."""
    statement = update(ErrorGroupRow).where(ErrorGroupRow.id == group_id).values(**values)
    return _count(session.execute(statement)) == 1


def delete_not_seen_since(session: Session, before: datetime) -> int:
    """Forgets groups that were not seen since an instant, and hours before it; answers how many groups."""
    session.execute(delete(ErrorHourRow).where(ErrorHourRow.hour < before))
    return _count(session.execute(delete(ErrorGroupRow).where(ErrorGroupRow.last_seen < before)))


def keep_last_groups(session: Session, count: int) -> int:
    """Forgets all but so many groups, those that were seen longest ago first; answers how many."""
    last = select(ErrorGroupRow.id).order_by(ErrorGroupRow.last_seen.desc(), ErrorGroupRow.id.desc()).limit(count)
    return _count(session.execute(delete(ErrorGroupRow).where(ErrorGroupRow.id.not_in(last))))


def _count(result: Any) -> int:
    return cast(CursorResult[Any], result).rowcount
