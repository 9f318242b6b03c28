"""The only queries of alerts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from donecast.health.alerts.models import AlertRoundRow, OpsAlertRow

_THE_ROUND = 1


def _dialect(session: Session) -> Any:
    return sqlite if session.get_bind().dialect.name == "sqlite" else postgresql


def take_round(session: Session, now: datetime, begun_before: datetime) -> bool:
    """Takes the next round unless somebody began one since; answers whether it is ours."""
    first = _dialect(session).insert(AlertRoundRow).values(id=_THE_ROUND, begun_at=now)
    if session.scalar(first.on_conflict_do_nothing().returning(AlertRoundRow.id)) is not None:
        return True
    taken = session.execute(
        update(AlertRoundRow)
        .where(AlertRoundRow.id == _THE_ROUND, AlertRoundRow.begun_at <= begun_before)
        .values(begun_at=now)
    )
    return cast("CursorResult[Any]", taken).rowcount == 1


def begun_at(session: Session) -> datetime | None:
    """When the last round began; None: there was none yet."""
    return session.scalar(select(AlertRoundRow.begun_at))


def open_to_change(session: Session) -> Sequence[OpsAlertRow]:
    """All that are on, which nobody else changes meanwhile."""
    return session.scalars(select(OpsAlertRow).where(OpsAlertRow.closed_at.is_(None)).with_for_update()).all()


def alerts(session: Session, limit: int) -> Sequence[OpsAlertRow]:
    """Those that are on first, then those that closed last."""
    query = select(OpsAlertRow).order_by(OpsAlertRow.closed_at.is_not(None), OpsAlertRow.opened_at.desc())
    return session.scalars(query.limit(limit)).all()


def open_names(session: Session) -> list[str]:
    """The names of those that are on, sorted."""
    query = select(OpsAlertRow.name).where(OpsAlertRow.closed_at.is_(None)).distinct().order_by(OpsAlertRow.name)
    return list(session.scalars(query))


def insert_open(session: Session, values: dict[str, Any]) -> bool:
    """Opens one unless somebody did meanwhile; answers whether it did."""
    statement = _dialect(session).insert(OpsAlertRow).values(**values).on_conflict_do_nothing()
    return session.scalar(statement.returning(OpsAlertRow.id)) is not None


def forget_closed(session: Session, before: datetime) -> None:
    """Forgets those that closed before an instant."""
    session.execute(delete(OpsAlertRow).where(OpsAlertRow.closed_at < before))
