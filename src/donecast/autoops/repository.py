"""The only queries of Auto-Ops."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from donecast.autoops.models import AlertRow, ChannelRow, RecordRow


def insert_alert(session: Session, values: dict[str, Any]) -> bool:
    """Adds an alert unless it is there; answers whether it did."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    statement = dialect.insert(AlertRow).values(**values).on_conflict_do_nothing(index_elements=["id"])
    return session.scalar(statement.returning(AlertRow.id)) is not None


def alert(session: Session, alert_id: str) -> AlertRow | None:
    """One alert, as it reads now."""
    return session.get(AlertRow, alert_id, populate_existing=True)


def alert_to_change(session: Session, alert_id: str) -> AlertRow | None:
    """The same, locked until the end of the transaction."""
    return session.get(AlertRow, alert_id, with_for_update=True, populate_existing=True)


def alert_of_run(session: Session, run_id: str) -> AlertRow | None:
    """The alert that a run is about."""
    return session.scalar(select(AlertRow).where(AlertRow.run_id == run_id))


def first_told(session: Session, fingerprint: str, since: datetime, without: Collection[str]) -> AlertRow | None:
    """The newest alert about the same trouble that is no repeat itself and stands in none of the states ``without``.

    It is locked until the end of the transaction.
    """
    query = (
        select(AlertRow)
        .where(AlertRow.fingerprint == fingerprint, AlertRow.repeat_of.is_(None), AlertRow.received_at > since)
        .where(AlertRow.state.not_in(without))
        .order_by(AlertRow.received_at.desc(), AlertRow.ts_order.desc())
        .limit(1)
        .with_for_update()
    )
    return session.scalar(query)


def claimable(
    session: Session, waiting: Collection[str], working: Collection[str], now: datetime, alert_id: str | None
) -> AlertRow | None:
    """The oldest alert, or this one, that nobody works on: it waits and is due, or its worker has not been heard of."""
    query = select(AlertRow).where(_can_be_claimed(waiting, working, now))
    if alert_id is not None:
        query = query.where(AlertRow.id == alert_id)
    return session.scalar(query.order_by(AlertRow.ts_order).limit(1).with_for_update(skip_locked=True))


def any_claimable(
    session: Session, waiting: Collection[str], working: Collection[str], by: datetime, alert_id: str | None
) -> bool:
    """Whether an alert, or this one, is one that may be worked on by then."""
    query = select(AlertRow.id).where(_can_be_claimed(waiting, working, by))
    if alert_id is not None:
        query = query.where(AlertRow.id == alert_id)
    return session.scalar(query.limit(1)) is not None


def _can_be_claimed(waiting: Collection[str], working: Collection[str], now: datetime) -> ColumnElement[bool]:
    return or_(
        AlertRow.state.in_(waiting) & (AlertRow.due_at <= now),
        AlertRow.state.in_(working) & (AlertRow.lease_until < now),
    )


def change(session: Session, alert_id: str, fence: int, states: Collection[str], values: dict[str, Any]) -> bool:
    """Changes an alert that stands in one of the states and is held by this fence; answers whether it was so."""
    statement = update(AlertRow).where(AlertRow.id == alert_id, AlertRow.fence == fence, AlertRow.state.in_(states))
    return cast(CursorResult[Any], session.execute(statement.values(**values))).rowcount == 1


def with_untold_repeats(session: Session, touched_before: datetime, limit: int) -> Sequence[AlertRow]:
    """Answered alerts whose thread may hear of repeats now, oldest first; none that notes an error: it cannot hear."""
    query = select(AlertRow).where(
        AlertRow.state == "replied",
        AlertRow.repeats > AlertRow.repeats_told,
        AlertRow.touched_at <= touched_before,
        AlertRow.error.is_(None),
    )
    return session.scalars(query.order_by(AlertRow.ts_order).limit(limit)).all()


def add_record(
    session: Session, run_id: str, alert_id: str, station: str, document: dict[str, Any], at: datetime
) -> None:
    """Writes down what a station brought."""
    number = session.scalar(select(func.count()).select_from(RecordRow).where(RecordRow.run_id == run_id)) or 0
    row = RecordRow(run_id=run_id, number=number, alert_id=alert_id, station=station, document=document, at=at)
    session.add(row)


def records(session: Session, run_id: str) -> Sequence[RecordRow]:
    """What the stations of a run brought, in their order."""
    return session.scalars(select(RecordRow).where(RecordRow.run_id == run_id).order_by(RecordRow.number)).all()


def newest(session: Session, before: str | None, limit: int) -> Sequence[AlertRow]:
    """Alerts that are no repeats, newest first, from before a time stamp on."""
    query = select(AlertRow).where(AlertRow.repeat_of.is_(None))
    if before is not None:
        query = query.where(AlertRow.ts_order < before)
    return session.scalars(query.order_by(AlertRow.ts_order.desc()).limit(limit)).all()


def any_in(session: Session, states: Collection[str], alert_id: str | None) -> bool:
    """Whether an alert, or this one, stands in one of the states."""
    query = select(AlertRow.id).where(AlertRow.state.in_(states))
    if alert_id is not None:
        query = query.where(AlertRow.id == alert_id)
    return session.scalar(query.limit(1)) is not None


def counts(session: Session) -> dict[str, int]:
    """Number of alerts by state."""
    query = select(AlertRow.state, func.count().label("total")).group_by(AlertRow.state)
    return {row.state: row.total for row in session.execute(query)}


def all_alerts(session: Session) -> Sequence[AlertRow]:
    """Every alert, oldest first; for the export."""
    return session.scalars(select(AlertRow).order_by(AlertRow.ts_order)).all()


def channel(session: Session, name: str) -> ChannelRow | None:
    """How far a channel was read, locked until the end of the transaction."""
    return session.get(ChannelRow, name, with_for_update=True, populate_existing=True)
