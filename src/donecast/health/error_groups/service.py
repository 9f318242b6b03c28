"""Use cases of error groups: write down what was told, look through it, say what becomes of it."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, cast

from sqlalchemy.orm import Session

from donecast.health.error_groups import repository
from donecast.health.error_groups.errors import NoSuchErrorGroup
from donecast.health.error_groups.models import ErrorEventRow, ErrorGroupRow
from donecast.health.error_groups.pending import Newest, PendingErrors, PendingGroup
from donecast.health.error_groups.rules import (
    EVENTS_PER_GROUP_MAX,
    EVENTS_SHOWN,
    GROUPS_MAX,
    KEPT_DAYS,
    PAGE_MAX,
    PEOPLE_PER_GROUP_MAX,
    TREND_DAYS,
    ErrorEvent,
    ErrorGroup,
    ErrorStats,
    Status,
    Trend,
    Wanted,
    hour_of,
    status_after,
    trend,
    worse_level,
)
from donecast.kit.clock import Clock
from donecast.kit.ids import new_id
from donecast.platform.database import Database
from donecast.platform.error_rules import ErrorReport, Frame, Level
from donecast.platform.error_tracking import ErrorTracker
from donecast.platform.work_unit import run_unit


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """Some of the groups that are asked for, last seen first, and how many there are in all."""

    groups: tuple[ErrorGroup, ...]
    total: int


def error_groups(session: Session, clock: Clock, wanted: Wanted, *, limit: int = 20) -> ErrorPage:
    """The groups last seen in the wanted hours that fit, at most 100 at once."""
    since = clock.now() - timedelta(hours=wanted.hours_back)
    rows = repository.wanted_groups(session, wanted, since, min(limit, PAGE_MAX))
    return ErrorPage(_groups(session, rows), repository.wanted_count(session, wanted, since))


def error_stats(session: Session) -> ErrorStats:
    """What is neither resolved nor ignored, whenever it was seen."""
    counts = repository.open_counts(session)
    by_level = {level: count for level, count, _last in counts}
    return ErrorStats(
        total_unresolved=sum(by_level.values()),
        critical_errors=by_level.get("fatal", 0) + by_level.get("error", 0),
        warnings=by_level.get("warning", 0),
        most_recent=max((last for _level, _count, last in counts), default=None),
    )


def open_by_level(session: Session) -> dict[str, int]:
    """How many groups are neither resolved nor ignored, by level."""
    return {level: count for level, count, _last in repository.open_counts(session)}


def error_group(session: Session, group_id: str) -> ErrorGroup:
    """One group. Raises NoSuchErrorGroup."""
    row = repository.group(session, group_id)
    if row is None:
        raise NoSuchErrorGroup
    return _groups(session, [row])[0]


def last_events(session: Session, group_id: str, limit: int = EVENTS_SHOWN) -> tuple[ErrorEvent, ...]:
    """The last events of a group, newest first, at most as many as are kept (20)."""
    return tuple(_event(row) for row in repository.last_events(session, group_id, limit))


def error_trends(session: Session, clock: Clock, group_ids: Sequence[str]) -> dict[str, Trend]:
    """The lines of 24 hours and 14 days of each of these groups."""
    now = clock.now()
    counts: dict[str, dict[Any, int]] = {group_id: {} for group_id in group_ids}
    for group_id, hour, count in repository.hours(session, group_ids, now - timedelta(days=TREND_DAYS)):
        counts[group_id][hour] = count
    return {group_id: trend(found, now) for group_id, found in counts.items()}


def trend_of_all(session: Session, clock: Clock) -> Trend:
    """The lines of all errors together."""
    now = clock.now()
    return trend(repository.hours_of_all(session, now - timedelta(days=TREND_DAYS)), now)


def set_error_status(
    session: Session, clock: Clock, group_id: str, status: Literal["unresolved", "resolved", "ignored"]
) -> ErrorGroup:
    """What becomes of a group; a resolved one that is seen again is regressed. Raises NoSuchErrorGroup."""
    resolved_at = clock.now() if status == "resolved" else None
    if not repository.change(session, group_id, {"status": status, "resolved_at": resolved_at}):
        raise NoSuchErrorGroup
    return error_group(session, group_id)


def assign_error(session: Session, group_id: str, account_id: str | None) -> ErrorGroup:
    """Who looks after a group; None: nobody. Raises NoSuchErrorGroup."""
    if not repository.change(session, group_id, {"assignee": account_id}):
        raise NoSuchErrorGroup
    return error_group(session, group_id)


def take_studio_error(
    errors: ErrorTracker,
    *,
    type_name: str,
    message: str,
    level: Level,
    frames: Sequence[Frame],
    facts: Mapping[str, str],
    browser: str,
) -> None:
    """Tells of an error in somebody's browser; ``facts`` that are empty are not known."""
    errors.tell(
        ErrorReport(
            id=secrets.token_hex(16),
            at=errors.clock.now(),
            level=level,
            source="studio",
            type=type_name,
            message=message,
            frames=frames,
            facts={name: value for name, value in facts.items() if value},
            breadcrumbs=(),
            tags={"browser": browser} if browser else {},
        )
    )


def write_pending(database: Database, pending: PendingErrors) -> int:
    """Writes what waits in memory; answers how many events. What cannot be written waits on. Raises DatabaseBusy."""
    waiting = pending.take_out()
    if not waiting:
        return 0
    written = False
    try:
        # Scrubbed before anybody waits for the database.
        ready = {mark: (group.newest, [event.values for event in group.events]) for mark, group in waiting.items()}

        def write(session: Session) -> None:
            repository.wait_briefly(session)
            for fingerprint in sorted(waiting):  # everybody in the same order, so that nobody waits for ever
                newest, events = ready[fingerprint]
                _write(session, pending, waiting[fingerprint], newest, events)

        run_unit(database, write, is_fact=True)
        written = True
    finally:
        if not written:
            pending.put_back(waiting)
    return sum(group.event_count for group in waiting.values())


def forget_old_errors(database: Database, clock: Clock, groups_max: int = GROUPS_MAX) -> int:
    """Forgets groups that nobody met for 30 days, and the oldest beyond so many; answers how many."""
    with database.transaction() as session:
        old = repository.delete_not_seen_since(session, clock.now() - timedelta(days=KEPT_DAYS))
        return old + repository.keep_last_groups(session, groups_max)


def _write(
    session: Session,
    pending: PendingErrors,
    waiting: PendingGroup,
    newest: Newest,
    events: Sequence[dict[str, Any]],
) -> None:
    row = repository.locked(
        session,
        {
            "id": new_id("err", newest.at),
            "fingerprint": waiting.fingerprint,
            "type": newest.type[:120],
            "message": newest.message[:500],
            "culprit": newest.culprit[:300],
            "level": newest.level,
            "source": newest.source,
            "environment": pending.environment,
            "release": pending.release[:80],
            "event_count": 0,
            "first_seen": waiting.first_seen,
            "last_seen": newest.at,
            "status": "unresolved",
            "resolved_at": None,
            "assignee": None,
        },
    )
    row.event_count += waiting.event_count
    row.first_seen = min(row.first_seen, waiting.first_seen)
    row.status = status_after(cast(Status, row.status), row.resolved_at, newest.at)
    row.level = worse_level(row.level, newest.level)
    if newest.at >= row.last_seen:
        row.last_seen, row.message, row.culprit = newest.at, newest.message[:500], newest.culprit[:300]
        row.environment, row.release = pending.environment, pending.release[:80]
    session.flush()
    repository.add_events(session, [{**event, "group_id": row.id} for event in events])
    repository.keep_last_events(session, row.id, EVENTS_PER_GROUP_MAX)
    for hour, count in sorted(waiting.hours.items()):
        repository.add_hour(session, row.id, hour_of(hour), count)
    room = PEOPLE_PER_GROUP_MAX - repository.people_counts(session, [row.id]).get(row.id, 0)
    repository.add_people(session, row.id, sorted(waiting.user_ids)[: max(0, room)])


def _groups(session: Session, rows: Sequence[ErrorGroupRow]) -> tuple[ErrorGroup, ...]:
    ids = [row.id for row in rows]
    people, last = repository.people_counts(session, ids), repository.last_people(session, ids)
    return tuple(
        ErrorGroup(
            id=row.id,
            type=row.type,
            message=row.message,
            culprit=row.culprit,
            level=row.level,
            source=row.source,
            environment=row.environment,
            release=row.release,
            event_count=row.event_count,
            user_count=people.get(row.id, 0),
            last_user_id=last.get(row.id),
            first_seen=row.first_seen,
            last_seen=row.last_seen,
            status=cast(Status, row.status),
            assignee=row.assignee,
        )
        for row in rows
    )


def _event(row: ErrorEventRow) -> ErrorEvent:
    return ErrorEvent(row.id, row.at, row.level, row.message, row.facts, row.tags, row.frames, row.breadcrumbs)
