"""What an issue is, which of its facts can be searched, and what of it is said: pure."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

Level = Literal["fatal", "error", "warning", "info", "debug"]
Status = Literal["unresolved", "resolved", "ignored"]
LEVELS: tuple[Level, ...] = ("fatal", "error", "warning", "info", "debug")
CRITICAL: tuple[Level, ...] = ("fatal", "error")
FACTS_MAX = 20
"""So many request ids, people, shows and episodes are remembered of an issue, the latest."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Whom and what an issue was about, the latest first: ids as we set them on its events."""

    users: tuple[str, ...] = ()
    request_ids: tuple[str, ...] = ()
    shows: tuple[str, ...] = ()
    episodes: tuple[str, ...] = ()

    def joined(self, later: "Facts") -> "Facts":
        """With what was learned later in front, and no more than is kept."""
        return Facts(
            _joined(later.users, self.users),
            _joined(later.request_ids, self.request_ids),
            _joined(later.shows, self.shows),
            _joined(later.episodes, self.episodes),
        )


@dataclass(frozen=True, slots=True)
class Issue:
    """Errors of one kind. ``hourly`` and ``daily``: how many there were, the oldest first; empty where not known."""

    id: str
    title: str
    error_type: str
    message: str
    level: Level
    status: Status
    event_count: int
    user_count: int
    first_seen: datetime
    last_seen: datetime
    short_id: str = ""
    culprit: str = ""
    url: str = ""
    assigned_to: str = ""
    environment: str = ""
    user_email: str = ""
    hourly: tuple[int, ...] = ()
    daily: tuple[int, ...] = ()
    facts: Facts = Facts()


@dataclass(frozen=True, slots=True)
class Breadcrumb:
    """What happened before an error."""

    at: str
    category: str
    level: str
    message: str


@dataclass(frozen=True, slots=True)
class Frame:
    """Where an error was: a file, a line in it and a function; ``in_app`` is whether the code is ours."""

    file: str
    line: int | None
    function: str
    in_app: bool


@dataclass(frozen=True, slots=True)
class Event:
    """One time that an error happened."""

    id: str
    at: datetime
    message: str
    environment: str = ""
    release: str = ""
    user_id: str = ""
    user_email: str = ""
    request_id: str = ""
    show_id: str = ""
    episode_id: str = ""
    route: str = ""
    action: str = ""
    frames: tuple[Frame, ...] = ()
    breadcrumbs: tuple[Breadcrumb, ...] = ()

    @property
    def facts(self) -> Facts:
        """What can be searched for."""
        people = tuple(one for one in (self.user_id, self.user_email) if one)
        return Facts(people, _one(self.request_id), _one(self.show_id), _one(self.episode_id))


@dataclass(frozen=True, slots=True)
class Change:
    """What is to become of one issue; None leaves it.

    ``ignore_hours``: for so long, None for ever. ``assigned_to`` empty: nobody.
    """

    status: Status | None = None
    ignore_hours: int | None = None
    assigned_to: str | None = None

    @property
    def act(self) -> str:
        """Its name in the audit log."""
        if self.status is None:
            return "assign_error"
        return {"resolved": "resolve_error", "ignored": "ignore_error", "unresolved": "reopen_error"}[self.status]


@dataclass(frozen=True, slots=True)
class Wish:
    """Which issues are asked for. ``levels`` and ``statuses`` empty: all. Recent means last seen since then."""

    since: datetime
    limit: int = 20
    levels: tuple[Level, ...] = ()
    statuses: tuple[Status, ...] = ("unresolved",)
    text: str = ""
    error_type: str = ""
    user: str = ""
    request_id: str = ""
    show_id: str = ""
    episode_id: str = ""
    after: tuple[datetime, str] | None = None

    @property
    def terms(self) -> Facts:
        """The ids that are searched for."""
        return Facts(_one(self.user), _one(self.request_id), _one(self.show_id), _one(self.episode_id))


@dataclass(frozen=True, slots=True)
class Standing:
    """How the mirror is: of when, whether it holds all, and why not newer. ``failure`` is an error's code."""

    as_of: datetime | None = None
    tried_at: datetime | None = None
    complete: bool = True
    failure: str = ""
    message: str = ""
    action: str = ""
    not_before: datetime | None = None
    daily_at: datetime | None = None


def query_of(terms: Facts) -> str:
    """Sentry's search for ids that we set as tags; empty where nothing is asked."""
    parts = [f'request_id:"{one}"' for one in terms.request_ids]
    parts += [f'show_id:"{one}"' for one in terms.shows] + [f'episode_id:"{one}"' for one in terms.episodes]
    parts += [f'user.{"email" if "@" in one else "id"}:"{one}"' for one in terms.users]
    return " ".join(parts)


def learned(issue: Issue, event: Event) -> Issue:
    """The issue with what one of its events says."""
    return replace(
        issue,
        environment=event.environment or issue.environment,
        user_email=event.user_email or issue.user_email,
        facts=issue.facts.joined(event.facts),
    )


def due(standing: Standing, now: datetime, every: timedelta) -> bool:
    """Whether Sentry may and should be asked again."""
    if standing.not_before is not None and now < standing.not_before:
        return False
    return standing.tried_at is None or now - standing.tried_at >= every


def _joined(later: tuple[str, ...], earlier: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*later, *earlier)))[:FACTS_MAX]


def _one(text: str) -> tuple[str, ...]:
    return (text,) if text else ()
