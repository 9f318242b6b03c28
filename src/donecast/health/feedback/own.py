"""Our own groups of errors, in the form in which the error pages know them: for an installation without a Sentry."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from sqlalchemy.orm import Session

from donecast.accounts import service as accounts
from donecast.health.error_groups import service as groups
from donecast.health.error_groups.errors import NoSuchErrorGroup
from donecast.health.error_groups.rules import OPEN, ErrorEvent, ErrorGroup, Trend, Wanted
from donecast.health.feedback.errors import NobodyOfThatAddress
from donecast.health.feedback.sources import SourceKind
from donecast.health.sentry.errors import SentryIssueGone, SentryTrouble
from donecast.health.sentry.rules import LEVELS, Breadcrumb, Change, Event, Frame, Issue, Level, Standing, Status, Wish
from donecast.health.sentry.service import Found
from donecast.platform.web import Ground
from donecast.platform.work_unit import run_unit

_HOUR = timedelta(hours=1)
_NOBODY = "-"


class OwnSource:
    """The errors that this installation keeps itself; see `sources.ErrorSource`."""

    kind: SourceKind = "own"
    may_write = True

    def made_ready(self, ground: Ground, *, at_once: bool = False) -> Standing:  # noqa: ARG002
        """See `ErrorSource`: it always tells, and of now."""
        now = ground.clock.now()
        return Standing(as_of=now, tried_at=now)

    def found(self, ground: Ground, session: Session, wish: Wish) -> Found:
        """See `ErrorSource`."""
        wanted = _wanted(session, wish, ground.clock.now())
        page = groups.error_groups(session, ground.clock, wanted, limit=wish.limit)
        trends = groups.error_trends(session, ground.clock, [group.id for group in page.groups])
        issues = tuple(_issue(session, group, trends[group.id]) for group in page.groups)
        last = page.groups[-1] if page.groups else None
        behind = (last.last_seen, last.id) if last else None
        more = behind is not None and self._is_more(ground, session, wish, behind)
        return Found(issues, page.total, more)

    def _is_more(self, ground: Ground, session: Session, wish: Wish, behind: tuple[datetime, str]) -> bool:
        wanted = _wanted(session, wish, ground.clock.now(), behind)
        return bool(groups.error_groups(session, ground.clock, wanted, limit=1).groups)

    def unresolved_by_level(self, session: Session) -> dict[str, int]:
        """See `ErrorSource`."""
        return groups.open_by_level(session)

    def trends(self, ground: Ground, session: Session, since: datetime, *, daily: bool) -> list[tuple[int, ...]]:  # noqa: ARG002
        """See `ErrorSource`: one trend, of all."""
        found = groups.trend_of_all(session, ground.clock)
        return [found.days if daily else found.hours]

    def look_up(self, ground: Ground, wish: Wish) -> SentryTrouble | None:
        """See `ErrorSource`: whatever is known is at hand."""

    def look_at(self, ground: Ground, issue_id: str) -> tuple[Issue, tuple[Event, ...], SentryTrouble | None]:
        """See `ErrorSource`."""
        with ground.database.reading() as session:
            try:
                group = groups.error_group(session, issue_id)
            except NoSuchErrorGroup as error:
                raise SentryIssueGone from error
            trend = groups.error_trends(session, ground.clock, [issue_id])[issue_id]
            events = tuple(_event(session, group, event) for event in groups.last_events(session, issue_id))
            return _issue(session, group, trend), events, None

    def change(self, ground: Ground, issue_id: str, change: Change) -> Issue:
        """See `ErrorSource`; an error that is ignored here is ignored for good. Raises NobodyOfThatAddress."""

        def save(session: Session) -> None:
            if change.assigned_to is not None:
                groups.assign_error(session, issue_id, _assignee(session, change.assigned_to))
            if change.status is not None:
                groups.set_error_status(session, ground.clock, issue_id, change.status)

        try:
            run_unit(ground.database, save)
        except NoSuchErrorGroup as error:
            raise SentryIssueGone from error
        return self.look_at(ground, issue_id)[0]


def _wanted(session: Session, wish: Wish, now: datetime, after: tuple[datetime, str] | None = None) -> Wanted:
    statuses = set(wish.statuses)
    status = "" if not statuses or len(statuses) > 1 else "open" if "unresolved" in statuses else statuses.pop()
    return Wanted(
        hours_back=ceil((now - wish.since) / _HOUR),
        levels=wish.levels,
        text=wish.text,
        type=wish.error_type,
        status=status,
        user_id=_account_id(session, wish.user),
        request_id=wish.request_id,
        show_id=wish.show_id,
        episode_id=wish.episode_id,
        after=after or wish.after,
    )


def _account_id(session: Session, user: str) -> str:
    """Whom an address means; nobody where it has no account."""
    if "@" not in user:
        return user
    account = accounts.account_by_email(session, user)
    return account.id if account else _NOBODY


def _assignee(session: Session, address: str) -> str | None:
    if not address:
        return None
    account = accounts.account_by_email(session, address)
    if account is None:
        raise NobodyOfThatAddress
    return account.id


def _email(session: Session, account_id: str | None) -> str:
    account = accounts.account_by_id(session, account_id) if account_id else None
    return account.email if account else ""


def _issue(session: Session, group: ErrorGroup, trend: Trend) -> Issue:
    status: Status = "unresolved" if group.status in OPEN else "resolved" if group.status == "resolved" else "ignored"
    return Issue(
        id=group.id,
        title=f"{group.type}: {group.message}" if group.message else group.type,
        error_type=group.type,
        message=group.message,
        level=_level(group.level),
        status=status,
        event_count=group.event_count,
        user_count=group.user_count,
        first_seen=group.first_seen,
        last_seen=group.last_seen,
        culprit=group.culprit,
        assigned_to=_email(session, group.assignee),
        environment=group.environment,
        user_email=_email(session, group.last_user_id),
        hourly=trend.hours,
        daily=trend.days,
    )


def _event(session: Session, group: ErrorGroup, event: ErrorEvent) -> Event:
    facts = event.facts
    return Event(
        id=event.id,
        at=event.at,
        message=event.message,
        environment=group.environment,
        release=group.release,
        user_id=facts.get("user_id", ""),
        user_email=_email(session, facts.get("user_id")),
        request_id=facts.get("request_id", ""),
        show_id=facts.get("show_id", ""),
        episode_id=facts.get("episode_id", ""),
        route=facts.get("route", ""),
        action=facts.get("action", ""),
        frames=tuple(_frame(frame) for frame in reversed(event.frames)),
        breadcrumbs=tuple(_breadcrumb(crumb) for crumb in event.breadcrumbs),
    )


def _frame(frame: Mapping[str, Any]) -> Frame:
    line = frame.get("line")
    return Frame(
        file=str(frame.get("place", "")),
        line=line if isinstance(line, int) else None,
        function=str(frame.get("function", "")),
        in_app=bool(frame.get("is_ours")),
    )


def _breadcrumb(crumb: Mapping[str, Any]) -> Breadcrumb:
    return Breadcrumb(*(str(crumb.get(name) or "") for name in ("at", "category", "level", "message")))


def _level(level: str) -> Level:
    return next((known for known in LEVELS if known == level), "error")
