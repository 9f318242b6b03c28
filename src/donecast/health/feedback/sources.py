"""Who tells of errors: Sentry, through its mirror; see `own` for the other one."""

from datetime import datetime
from typing import Literal, Protocol

from sqlalchemy.orm import Session

from donecast.health.sentry import service as mirror
from donecast.health.sentry.client import Sentry
from donecast.health.sentry.errors import SentryReadOnly, SentryTrouble
from donecast.health.sentry.rules import Change, Event, Issue, Standing, Wish
from donecast.health.sentry.service import Found
from donecast.platform.web import Ground

SourceKind = Literal["sentry", "own"]


class ErrorSource(Protocol):
    """What tells of errors."""

    @property
    def kind(self) -> SourceKind:
        """Which one it is."""
        ...

    @property
    def may_write(self) -> bool:
        """Whether errors can be resolved, ignored and assigned."""
        ...

    def made_ready(self, ground: Ground, *, at_once: bool = False) -> Standing:
        """How it stands; asked anew where nobody did for a while, or ``at_once``."""
        ...

    def found(self, ground: Ground, session: Session, wish: Wish) -> Found:
        """What it has of a wish."""
        ...

    def unresolved_by_level(self, session: Session) -> dict[str, int]:
        """How many errors wait, by level."""
        ...

    def trends(self, ground: Ground, session: Session, since: datetime, *, daily: bool) -> list[tuple[int, ...]]:
        """Trends by hour or by day that together are that of all errors."""
        ...

    def look_up(self, ground: Ground, wish: Wish) -> SentryTrouble | None:
        """Looks for ids that it may not have at hand; answers why it could not."""
        ...

    def look_at(self, ground: Ground, issue_id: str) -> tuple[Issue, tuple[Event, ...], SentryTrouble | None]:
        """An error, its last ten events, and why there are none of these. Raises SentryIssueGone or SentryTrouble."""
        ...

    def change(self, ground: Ground, issue_id: str, change: Change) -> Issue:
        """The error after a change. Raises SentryReadOnly, SentryIssueGone or SentryTrouble."""
        ...


class SentrySource:
    """Sentry, through its mirror; see `ErrorSource`."""

    kind: SourceKind = "sentry"

    def __init__(self, sentry: Sentry) -> None:
        self._sentry = sentry

    @property
    def may_write(self) -> bool:
        """See `ErrorSource`."""
        return self._sentry.may_write

    def made_ready(self, ground: Ground, *, at_once: bool = False) -> Standing:
        """See `ErrorSource`."""
        return mirror.refresh(ground, self._sentry, after=mirror.AT_ONCE if at_once else mirror.STALE_AFTER)

    def found(self, ground: Ground, session: Session, wish: Wish) -> Found:  # noqa: ARG002
        """See `ErrorSource`."""
        return mirror.found(session, wish)

    def unresolved_by_level(self, session: Session) -> dict[str, int]:
        """See `ErrorSource`."""
        return mirror.unresolved_by_level(session)

    def trends(self, ground: Ground, session: Session, since: datetime, *, daily: bool) -> list[tuple[int, ...]]:  # noqa: ARG002
        """See `ErrorSource`."""
        return mirror.trend_bars(session, since, daily=daily)

    def look_up(self, ground: Ground, wish: Wish) -> SentryTrouble | None:
        """See `ErrorSource`; costs a question of at most ten seconds."""
        try:
            mirror.look_up(ground, self._sentry, wish.terms)
        except SentryTrouble as trouble:
            return trouble
        return None

    def look_at(self, ground: Ground, issue_id: str) -> tuple[Issue, tuple[Event, ...], SentryTrouble | None]:
        """See `ErrorSource`; the mirror tells of the error where Sentry does not."""
        try:
            return *mirror.look_at(ground, self._sentry, issue_id), None
        except SentryTrouble as trouble:
            with ground.database.reading() as session:
                issue = mirror.mirrored(session, issue_id)
            if issue is None:
                raise
            return issue, (), trouble

    def change(self, ground: Ground, issue_id: str, change: Change) -> Issue:
        """See `ErrorSource`."""
        return mirror.change(ground, self._sentry, issue_id, change)


def require_writable(source: ErrorSource) -> None:
    """Raises SentryReadOnly."""
    if not source.may_write:
        raise SentryReadOnly
