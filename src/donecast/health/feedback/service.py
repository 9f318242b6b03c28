"""Use cases of the error pages, whoever tells of the errors."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from donecast.accounts.audit import service as audit
from donecast.health.bug_reports import service as bug_reports
from donecast.health.bug_reports.rules import Report
from donecast.health.feedback.rules import summed
from donecast.health.feedback.sources import ErrorSource, require_writable
from donecast.health.sentry.errors import TROUBLES, SentryNotAsked, SentryTrouble
from donecast.health.sentry.rules import CRITICAL, Change, Event, Issue, Standing, Wish
from donecast.health.sentry.service import Found
from donecast.kit.errors import DonecastError
from donecast.platform.telemetry import current_request_id
from donecast.platform.web import Ground
from donecast.platform.work_unit import run_unit

HOURS, DAYS = 24, 14
REPORTS_MAX = 10


@dataclass(frozen=True, slots=True)
class Figures:
    """How many errors wait; None where it is not known. ``answers``: whether whoever tells of errors does so now."""

    standing: Standing
    answers: bool
    total_unresolved: int | None = None
    critical_errors: int | None = None
    warnings: int | None = None
    most_recent: Issue | None = None


@dataclass(frozen=True, slots=True)
class Trend:
    """How many errors there were in each hour or day; the last one ends at ``until``."""

    standing: Standing
    bars: tuple[int, ...]
    until: datetime


@dataclass(frozen=True, slots=True)
class Detail:
    """One error with its last events, or why those cannot be seen; and the bug reports of the same requests."""

    standing: Standing
    issue: Issue
    events: tuple[Event, ...]
    trouble: SentryTrouble | None
    bug_reports: tuple[Report, ...]


def events(ground: Ground, source: ErrorSource, wish: Wish) -> tuple[Found, Standing]:
    """A page of the list. Raises the SentryTrouble of the last attempt where nothing was ever told."""
    standing = _told(source.made_ready(ground))
    if wish.terms != Wish(since=wish.since).terms and wish.after is None:
        trouble = source.look_up(ground, wish)
        if trouble is not None:
            standing = _troubled(standing, trouble)
    with ground.database.reading() as session:
        return source.found(ground, session, wish), standing


def figures(ground: Ground, source: ErrorSource) -> Figures:
    """How many errors wait."""
    standing = source.made_ready(ground)
    answers = standing.as_of is not None and not standing.failure
    if standing.as_of is None:
        return Figures(standing, answers)
    with ground.database.reading() as session:
        by_level = source.unresolved_by_level(session)
        last = source.found(ground, session, Wish(since=_ages_ago(ground), limit=1)).issues
    return Figures(
        standing,
        answers,
        total_unresolved=sum(by_level.values()),
        critical_errors=sum(by_level.get(level, 0) for level in CRITICAL),
        warnings=by_level.get("warning", 0),
        most_recent=last[0] if last else None,
    )


def trend(ground: Ground, source: ErrorSource, *, daily: bool) -> Trend:
    """All errors together, by hour over a day or by day over a fortnight. Raises as `events` does."""
    standing = _told(source.made_ready(ground))
    now = ground.clock.now()
    length, step = (DAYS, timedelta(days=1)) if daily else (HOURS, timedelta(hours=1))
    with ground.database.reading() as session:
        bars = source.trends(ground, session, now - length * step, daily=daily)
    return Trend(standing, summed(bars, length), standing.as_of or now)


def detail(ground: Ground, source: ErrorSource, issue_id: str) -> Detail:
    """One error. Raises SentryIssueGone, or SentryTrouble where nothing at all is known of it."""
    issue, found, trouble = source.look_at(ground, issue_id)
    standing = source.made_ready(ground)
    request_ids = {event.request_id for event in found if event.request_id} | set(issue.facts.request_ids)
    with ground.database.reading() as session:
        reports = bug_reports.reports_of_requests(session, request_ids, REPORTS_MAX)
    return Detail(_troubled(standing, trouble) if trouble else standing, issue, found, trouble, tuple(reports))


def change(ground: Ground, source: ErrorSource, issue_id: str, wanted: Change, *, actor_id: str) -> Issue:
    """Changes one error. Raises SentryReadOnly, SentryIssueGone or SentryTrouble.

    That it was asked for stands in the audit log before it is carried out, so that no change is without an entry.
    """
    require_writable(source)
    details = {name: value for name, value in asdict(wanted).items() if value is not None}
    _note(ground, actor_id, wanted.act, issue_id, {**details, "source": source.kind})
    try:
        return source.change(ground, issue_id, wanted)
    except DonecastError as error:
        _note(ground, actor_id, f"{wanted.act}_failed", issue_id, {**details, "code": error.code})
        raise


def _note(ground: Ground, actor_id: str, act: str, issue_id: str, details: dict[str, object]) -> None:
    run_unit(
        ground.database,
        lambda session: audit.note(
            session,
            actor_id=actor_id,
            act=act,
            subject=issue_id,
            details=details,
            at=ground.clock.now(),
            request_id=current_request_id(),
        ),
    )


def _told(standing: Standing) -> Standing:
    """The same, unless nothing was ever told: then an empty list would be a lie."""
    if standing.as_of is None:
        kind = TROUBLES.get(standing.failure)
        raise kind(standing.message, action=standing.action) if kind else SentryNotAsked
    return standing


def _troubled(standing: Standing, trouble: SentryTrouble) -> Standing:
    return replace(standing, failure=trouble.code, message=trouble.message, action=trouble.action)


def _ages_ago(ground: Ground) -> datetime:
    return ground.clock.now() - timedelta(days=36_500)
