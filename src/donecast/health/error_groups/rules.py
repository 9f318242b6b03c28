"""Pure rules of error groups: what is kept, what a new sighting means, how hours become lines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

Status = Literal["unresolved", "resolved", "ignored", "regressed"]
OPEN: tuple[Status, ...] = ("unresolved", "regressed")
LEVELS = ("fatal", "error", "warning", "info")
KEPT_DAYS = 30
GROUPS_MAX = 2_000
EVENTS_PER_GROUP_MAX = 20
PEOPLE_PER_GROUP_MAX = 1_000
PENDING_GROUPS_MAX = 200
"""Different errors that may wait in memory to be written; what is more is counted as lost."""
EVENTS_SHOWN = 10
PAGE_MAX = 100
STUDIO_ERRORS_PER_PLACE_AND_MINUTE = 20
STUDIO_ERRORS_PER_MINUTE = 300
STUDIO_ERROR_BYTES_MAX = 32 * 1024
TREND_HOURS, TREND_DAYS = 24, 14


@dataclass(frozen=True, slots=True)
class ErrorGroup:
    """Errors that belong together. ``last_user_id`` is the person whom it hit last, if one was signed in."""

    id: str
    type: str
    message: str
    culprit: str
    level: str
    source: str
    environment: str
    release: str
    event_count: int
    user_count: int
    last_user_id: str | None
    first_seen: datetime
    last_seen: datetime
    status: Status
    assignee: str | None


@dataclass(frozen=True, slots=True)
class ErrorEvent:
    """One of the last events of a group. ``facts`` are those of `error_tracking.FACTS` that were known."""

    id: str
    at: datetime
    level: str
    message: str
    facts: Mapping[str, str]
    tags: Mapping[str, str]
    frames: Sequence[Mapping[str, Any]]
    breadcrumbs: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class ErrorStats:
    """What is not resolved and not ignored; ``critical_errors`` are fatal and error."""

    total_unresolved: int
    critical_errors: int
    warnings: int
    most_recent: datetime | None


@dataclass(frozen=True, slots=True)
class Trend:
    """Events of each of the last 24 hours and 14 days (in UTC), the present one last."""

    hours: tuple[int, ...]
    days: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which groups are asked for: seen in the last hours, and all that is given besides; empty means any.

    ``after``: only those behind the group that was last seen then and has that id.

    ``user_id``, ``request_id``, ``show_id`` and ``episode_id`` look through the last events of each group. ``text`` is
    looked for in type, message and culprit, whatever its case.
    """

    hours_back: int = 24
    levels: tuple[str, ...] = ()
    text: str = ""
    type: str = ""
    status: str = ""
    """A status, ``open`` for unresolved and regressed, or empty."""
    user_id: str = ""
    request_id: str = ""
    show_id: str = ""
    episode_id: str = ""
    after: tuple[datetime, str] | None = None


def status_after(status: Status, resolved_at: datetime | None, seen_at: datetime) -> Status:
    """What a new sighting makes of a status: what was resolved before it has come back."""
    if status == "resolved" and (resolved_at is None or seen_at > resolved_at):
        return "regressed"
    return status


def worse_level(one: str, other: str) -> str:
    """The worse of two levels."""
    return min(one, other, key=LEVELS.index)


def hour_of(instant: datetime) -> datetime:
    """The beginning of the hour in which an instant lies."""
    return instant.replace(minute=0, second=0, microsecond=0)


def trend(counts: Mapping[datetime, int], now: datetime) -> Trend:
    """The two lines of a group from its hours."""
    this_hour = hour_of(now)
    hours = [counts.get(this_hour - timedelta(hours=back), 0) for back in reversed(range(TREND_HOURS))]
    days = [0] * TREND_DAYS
    for hour, count in counts.items():
        back = (now.date() - hour.date()).days
        if 0 <= back < TREND_DAYS:
            days[TREND_DAYS - 1 - back] += count
    return Trend(tuple(hours), tuple(days))
