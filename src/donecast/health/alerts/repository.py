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
    first = _dialect(session).insert(AlertRoundRow).values(id=_THE_ROUND, begun_at=now, not_known="")
    if session.scalar(first.on_conflict_do_nothing().returning(AlertRoundRow.id)) is not None:
        return True
    taken = session.execute(
        update(AlertRoundRow)
        .where(AlertRoundRow.id == _THE_ROUND, AlertRoundRow.begun_at <= begun_before)
        .values(begun_at=now)
    )
    return cast("CursorResult[Any]", taken).rowcount == 1


def note_judged(session: Session, at: datetime, not_known: Sequence[str]) -> None:
    """Notes that the round that was taken came to its end, and what it looked at in vain."""
    judged = update(AlertRoundRow).where(AlertRoundRow.id == _THE_ROUND)
    session.execute(judged.values(judged_at=at, not_known="\n".join(not_known)))


def last_round(session: Session) -> tuple[datetime | None, tuple[str, ...]]:
    """When the rules were last judged (None: never), and what could not be looked at then."""
    row = session.get(AlertRoundRow, _THE_ROUND)
    return (row.judged_at, tuple(row.not_known.splitlines())) if row else (None, ())


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
