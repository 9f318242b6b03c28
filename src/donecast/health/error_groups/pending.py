"""Errors that wait in memory to be written, never more than may wait."""

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any

from donecast.health.error_groups.rules import (
    EVENTS_PER_GROUP_MAX,
    PENDING_GROUPS_MAX,
    PEOPLE_PER_GROUP_MAX,
    hour_of,
    worse_level,
)
from donecast.platform.error_rules import ErrorReport, culprit, fingerprint
from donecast.platform.redaction import scrubbed

_NOT_KEPT = frozenset({"user_email"})
_MESSAGE_CHARACTERS_MAX = 4_000


@dataclass(frozen=True, slots=True)
class Sighting:
    """One event, ready to be written; its parts are scrubbed when they are asked for, away from the request."""

    report: ErrorReport

    @property
    def values(self) -> dict[str, Any]:
        """A row of the event, without its group."""
        report = self.report
        facts = {name: value for name, value in report.facts.items() if name not in _NOT_KEPT}
        clean: dict[str, Any] = scrubbed(
            {
                "message": report.message[:_MESSAGE_CHARACTERS_MAX],
                "facts": facts,
                "tags": dict(report.tags),
                "frames": [asdict(frame) for frame in report.frames],
                "breadcrumbs": [
                    {
                        "at": crumb.at.isoformat(),
                        "category": crumb.category,
                        "message": crumb.message,
                        "level": crumb.level,
                        "data": dict(crumb.data),
                        "milliseconds": crumb.milliseconds,
                    }
                    for crumb in report.breadcrumbs
                ],
            }
        )
        named = {name: clean["facts"].get(name) for name in ("user_id", "request_id", "show_id", "episode_id")}
        return {"id": f"evt_{report.id}", "at": report.at, "level": report.level, **named, **clean}


@dataclass(frozen=True, slots=True)
class Newest:
    """What a group shows of its newest event, scrubbed."""

    at: datetime
    type: str
    message: str
    culprit: str
    level: str
    source: str


@dataclass(slots=True)
class PendingGroup:
    """What waits of one group: its last events, and counts of all of them."""

    fingerprint: str
    first_seen: datetime
    last: ErrorReport
    level: str
    event_count: int = 0
    events: deque[Sighting] = field(default_factory=lambda: deque(maxlen=EVENTS_PER_GROUP_MAX))
    hours: Counter[datetime] = field(default_factory=Counter)
    user_ids: set[str] = field(default_factory=set)

    @property
    def newest(self) -> Newest:
        """What the group shows."""
        last = self.last
        clean = scrubbed({"type": last.type, "message": last.message, "culprit": culprit(last.frames)})
        return Newest(last.at, clean["type"], clean["message"], clean["culprit"], self.level, last.source)


@dataclass(slots=True)
class PendingErrors:
    """What waits, by fingerprint, until `service.write_pending` takes it."""

    environment: str
    release: str
    lost_count: int = 0
    _groups: dict[str, PendingGroup] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def take(self, report: ErrorReport) -> None:
        """Notes a report. Of a new kind of error when too many others wait, only that it was lost."""
        # The error itself would keep every variable of its frames alive.
        kept = ErrorReport(**{name: getattr(report, name) for name in report.__slots__ if name != "error"})
        mark = fingerprint(kept.type, kept.frames, kept.message)
        with self._lock:
            if mark not in self._groups and len(self._groups) >= PENDING_GROUPS_MAX:
                self.lost_count += 1
                return
            group = self._groups.setdefault(mark, PendingGroup(mark, kept.at, kept, kept.level))
            group.last, group.level = kept, worse_level(group.level, kept.level)
            group.event_count += 1
            group.events.append(Sighting(kept))
            group.hours[hour_of(kept.at)] += 1
            user_id = kept.facts.get("user_id")
            if user_id and len(group.user_ids) < PEOPLE_PER_GROUP_MAX:
                group.user_ids.add(user_id)

    def take_out(self) -> dict[str, PendingGroup]:
        """All that waits, which does not wait any more."""
        with self._lock:
            waiting, self._groups = self._groups, {}
            return waiting

    def put_back(self, waiting: Mapping[str, PendingGroup]) -> None:
        """What could not be written waits on, before what came meanwhile."""
        with self._lock:
            for mark, group in waiting.items():
                newer = self._groups.get(mark)
                if newer is None:
                    if len(self._groups) >= PENDING_GROUPS_MAX:
                        self.lost_count += group.event_count
                        continue
                    self._groups[mark] = group
                    continue
                newer.first_seen = min(newer.first_seen, group.first_seen)
                newer.event_count += group.event_count
                newer.events.extendleft(list(group.events)[::-1][: EVENTS_PER_GROUP_MAX - len(newer.events)])
                newer.hours.update(group.hours)
                newer.user_ids |= group.user_ids
                newer.level = worse_level(newer.level, group.level)
