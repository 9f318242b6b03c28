"""The only queries of changes."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from donecast.autoops.changes.models import ChangeRow


def add(session: Session, row: ChangeRow) -> None:
    """Notes a change that may become more."""
    session.add(row)


def change_of(session: Session, run_id: str) -> ChangeRow | None:
    """That of a run, if there is one."""
    return session.get(ChangeRow, run_id, populate_existing=True)


def due(session: Session, states: Collection[str], now: datetime) -> ChangeRow | None:
    """The one that waits the longest to be looked at, locked until the end of the transaction."""
    query = select(ChangeRow).where(ChangeRow.state.in_(states), ChangeRow.look_at <= now)
    return session.scalar(query.order_by(ChangeRow.look_at).limit(1).with_for_update(skip_locked=True))


def update_in(session: Session, run_id: str, states: Collection[str], values: dict[str, Any]) -> bool:
    """Changes one that stands in one of the states; answers whether it did."""
    statement = update(ChangeRow).where(ChangeRow.run_id == run_id, ChangeRow.state.in_(states))
    return cast(CursorResult[Any], session.execute(statement.values(**values))).rowcount == 1
