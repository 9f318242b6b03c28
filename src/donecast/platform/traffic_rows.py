"""Counts of requests that all processes share: each saves its own, and anybody sums them up.

A process saves every `BUCKET_SECONDS` and once more when it stops. One that is killed loses what it counted since the
last time, five seconds at most. What a process that is gone had saved still counts until it is too old.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from donecast.kit.errors import DonecastError
from donecast.platform.database import Base, Database
from donecast.platform.models import ErrorBurstRow, SlowRequestRow, TrafficBucketRow, TrafficMinuteRow
from donecast.platform.telemetry import logger
from donecast.platform.traffic import (
    BUCKET_SECONDS,
    KEPT_SECONDS,
    Label,
    Outcome,
    Traffic,
    Unsaved,
    bucket_start,
    first_bucket,
    summed,
)
from donecast.platform.traffic_rules import BURST_SECONDS_MIN, BURST_WINDOW_SECONDS, Tally, is_burst, tally

MINUTES_KEPT = timedelta(hours=6)
SLOW_LISTED_MAX = 100
BURST_KEPT = timedelta(minutes=2)
"""Only processes that answer people end a burst; when they are dead or nobody asks, it is over after that."""
_BURST = "errors"
_MINUTE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class SlowFacts:
    """A request whose answer began late."""

    at: datetime
    request_id: str
    method: str
    route: str
    took_ms: int


@dataclass(frozen=True, slots=True)
class BurstFacts:
    """Since when errors come thick and fast, and how many there were in the minute in which that was seen."""

    began_at: datetime
    errors: int


class TrafficRows:
    """The shared counts, as one process sees and adds to them."""

    def __init__(self, database: Database, traffic: Traffic) -> None:
        self._database, self._traffic = database, traffic
        self._swept_minute = 0

    def save(self) -> None:
        """Saves what was counted and not saved yet, then looks whether there is a burst of errors.

        Raises DatabaseBusy, whereupon the same is saved the next time.
        """
        unsaved = self._traffic.take_unsaved()
        try:
            if unsaved.buckets or unsaved.slow:
                with self._database.transaction() as session:
                    self._write(session, unsaved)
        except (DonecastError, SQLAlchemyError):
            self._traffic.put_back(unsaved)
            raise
        self._look_for_burst()
        self._sweep()

    def counts(self, window_seconds: int) -> dict[Label, int]:
        """Requests of the last so many seconds over all processes: this one's to the moment, others' as they saved."""
        since = _instant(first_bucket(self._traffic.now_seconds(), window_seconds))
        query = (
            select(
                TrafficBucketRow.route,
                TrafficBucketRow.method,
                TrafficBucketRow.outcome,
                func.sum(TrafficBucketRow.count),
            )
            .where(TrafficBucketRow.started_at >= since, TrafficBucketRow.process_id != self._traffic.process_id)
            .group_by(TrafficBucketRow.route, TrafficBucketRow.method, TrafficBucketRow.outcome)
        )
        with self._database.reading() as session:
            others = [
                (Label(route, method, cast(Outcome, outcome)), int(count))
                for route, method, outcome, count in session.execute(query)
            ]
        return summed([others, self._traffic.counts(window_seconds).items()])

    def _write(self, session: Session, unsaved: Unsaved) -> None:
        own = self._traffic.process_id
        buckets = [
            {"process_id": own, "started_at": _instant(start), **label._asdict(), "count": count}
            for start, counts in unsaved.buckets.items()
            for label, count in counts.items()
        ]
        minutes = [
            {
                "process_id": own,
                "started_at": _instant(minute),
                "total": sums.total,
                "errors": sums.errors,
                "client_errors": sums.client_errors,
            }
            for minute, sums in self._minutes(unsaved.buckets)
        ]
        self._upsert(session, TrafficBucketRow, buckets, ("count",))
        self._upsert(session, TrafficMinuteRow, minutes, ("total", "errors", "client_errors"))
        session.add_all(
            SlowRequestRow(
                at=_instant(one.at_ms / 1_000),
                request_id=one.request_id,
                method=one.label.method,
                route=one.label.route,
                took_ms=one.took_ms,
            )
            for one in unsaved.slow
        )

    def _minutes(self, starts: Iterable[int]) -> list[tuple[int, Tally]]:
        """The whole minutes that the buckets belong to, with all that this process counted in them."""
        minutes = sorted({start - start % _MINUTE_SECONDS for start in starts})
        return [(minute, tally(self._traffic.between(minute, minute + _MINUTE_SECONDS))) for minute in minutes]

    def _upsert(
        self, session: Session, table: type[Base], rows: list[dict[str, Any]], columns: tuple[str, ...]
    ) -> None:
        if not rows:
            return
        insert = (sqlite if self._database.is_sqlite else postgresql).insert(table)
        keys = [column.name for column in table.__table__.primary_key]
        values = {column: insert.excluded[column] for column in columns}
        session.execute(insert.on_conflict_do_update(index_elements=keys, set_=values), rows)

    def _look_for_burst(self) -> None:
        """Says once that a burst began, and once that it is over, whoever sees it first."""
        errors = tally(self.counts(BURST_WINDOW_SECONDS)).errors
        with self._database.reading() as session:
            going_on = _burst_as_written(session)
        if is_burst(errors, was_burst=going_on is not None) == (going_on is not None):
            return
        now = _instant(self._traffic.now_seconds())
        if going_on is not None and now - going_on.began_at < timedelta(seconds=BURST_SECONDS_MIN):
            return
        with self._database.transaction() as session:
            if going_on is None:
                self._upsert(session, ErrorBurstRow, [{"name": _BURST, "began_at": None, "errors": 0}], ("name",))
            change = update(ErrorBurstRow).where(ErrorBurstRow.name == _BURST)
            if going_on is None:
                change = change.where(ErrorBurstRow.began_at.is_(None)).values(began_at=now, errors=errors)
            else:
                change = change.where(ErrorBurstRow.began_at == going_on.began_at).values(began_at=None)
            is_first = cast(Any, session.execute(change)).rowcount == 1
        if is_first and going_on is None:
            logger().error("burst of errors", errors=errors, window_seconds=BURST_WINDOW_SECONDS)
        elif is_first and going_on is not None:
            logger().info("burst of errors is over", began_at=going_on.began_at.isoformat())

    def _sweep(self) -> None:
        """Forgets once a minute what is too old."""
        now = self._traffic.now_seconds()
        if now // _MINUTE_SECONDS == self._swept_minute:
            return
        self._swept_minute = now // _MINUTE_SECONDS
        hour_ago = _instant(bucket_start(now) - KEPT_SECONDS - BUCKET_SECONDS)
        with self._database.transaction() as session:
            session.execute(delete(TrafficBucketRow).where(TrafficBucketRow.started_at < hour_ago))
            session.execute(delete(SlowRequestRow).where(SlowRequestRow.at < hour_ago))
            session.execute(delete(TrafficMinuteRow).where(TrafficMinuteRow.started_at < _instant(now) - MINUTES_KEPT))


def tally_over(session: Session, now: datetime, window: timedelta) -> Tally:
    """All processes' requests of the last whole minutes and this one, six hours at most; five seconds late at most."""
    since = now.replace(second=0, microsecond=0) - window + timedelta(minutes=1)
    minutes = TrafficMinuteRow
    query = select(func.sum(minutes.total), func.sum(minutes.errors), func.sum(minutes.client_errors))
    total, errors, client_errors = session.execute(query.where(minutes.started_at >= since)).one()
    return Tally(int(total or 0), int(errors or 0), int(client_errors or 0))


def burst(session: Session, now: datetime) -> BurstFacts | None:
    """The burst of errors that is going on, or None; one that no process has counted for lately goes on no more."""
    since = now - BURST_KEPT
    counted = session.scalar(select(TrafficBucketRow.started_at).where(TrafficBucketRow.started_at >= since).limit(1))
    return None if counted is None else _burst_as_written(session)


def _burst_as_written(session: Session) -> BurstFacts | None:
    row = session.get(ErrorBurstRow, _BURST)
    return BurstFacts(row.began_at, row.errors) if row and row.began_at else None


def slow_requests(session: Session, limit: int = SLOW_LISTED_MAX) -> list[SlowFacts]:
    """The newest of the last hour, newest first."""
    newest = select(SlowRequestRow).order_by(SlowRequestRow.at.desc(), SlowRequestRow.id.desc()).limit(limit)
    return [SlowFacts(row.at, row.request_id, row.method, row.route, row.took_ms) for row in session.scalars(newest)]


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
