"""How full the pools of all processes are: each says so in a row, and whoever keeps watch reads those of all.

A row is written through connections that are not of the pools it tells of, for when these are used up nobody gets one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from donecast.platform.database import Database
from donecast.platform.models import PoolUseRow

SAVE_EVERY = timedelta(seconds=5)
FRESH_FOR = timedelta(seconds=30)
"""What a process said before that says nothing of now: it is gone, or cannot say."""
_KEPT = timedelta(hours=1)

Part = Literal["api", "worker"]
"""What a process, or a part of one, is for: to answer people, or to do work for which nobody sits and waits."""


@dataclass(frozen=True, slots=True)
class PoolUse:
    """The fullest pool of one part of a process, and how many wait for a connection of any."""

    process_id: str
    part: Part
    at: datetime
    utilization_percent: float
    waiting: int


class PoolUses:
    """Says how full the pools of ``watched`` are, through the connections of ``aside``."""

    def __init__(self, aside: Database, watched: Database, process_id: str, part: Part) -> None:
        self._aside, self._watched = aside, watched
        self._process_id, self._part = process_id, part

    def save(self, now: datetime) -> None:
        """Says it once, and forgets processes that are gone. Raises DatabaseBusy."""
        facts = [pool.facts() for pool in self._watched.pools]
        said = {
            "part": self._part,
            "at": now,
            "utilization_percent": max(pool.utilization_percent for pool in facts),
            "waiting": sum(pool.wait.waiting for pool in facts),
        }
        insert = (sqlite if self._aside.is_sqlite else postgresql).insert(PoolUseRow)
        with self._aside.transaction() as session:
            session.execute(
                insert.values(process_id=self._process_id, **said).on_conflict_do_update(
                    index_elements=["process_id"], set_=said
                )
            )
            session.execute(delete(PoolUseRow).where(PoolUseRow.at < now - _KEPT))


def fresh_uses(session: Session, now: datetime) -> list[PoolUse]:
    """What every process that lives said last, the fullest first."""
    query = select(PoolUseRow).where(PoolUseRow.at >= now - FRESH_FOR)
    rows = session.scalars(query.order_by(PoolUseRow.utilization_percent.desc(), PoolUseRow.process_id))
    return [PoolUse(row.process_id, row.part, row.at, row.utilization_percent, row.waiting) for row in rows]
