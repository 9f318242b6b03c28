"""The mirror: a round that asks Sentry, and what is read from it whether Sentry answers or not.

What one round learns is saved page by page; only a round that came to its end says "as of". A failure is written down
beside it, under its own code.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from donecast.health.sentry import repository
from donecast.health.sentry.client import Sentry, Trend
from donecast.health.sentry.errors import SentryIssueGone, SentryRateLimited, SentryTrouble
from donecast.health.sentry.models import SentryIssueRow, SentryMirrorRow
from donecast.health.sentry.rules import Change, Event, Facts, Issue, Standing, Wish, due, learned, query_of
from donecast.platform.telemetry import logger
from donecast.platform.web import Ground
from donecast.platform.work_unit import run_unit

ROUND_EVERY = timedelta(minutes=1)
STALE_AFTER = timedelta(minutes=3)
"""Older than this, whoever asks for the list asks Sentry first: no worker seems to do it."""
AT_ONCE = timedelta(seconds=5)
"""As soon as somebody wants it by hand."""
ISSUES_MAX = 1_000
EVENTS_LEARNED_PER_ROUND_MAX = 30
_PERIOD = "90d"
_DAILY_EVERY = timedelta(minutes=10)
_BUSY_AT_MOST = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Found:
    """Issues of one page, how many there are on all pages, and whether there is another one."""

    issues: tuple[Issue, ...]
    total: int
    more: bool


@dataclass(slots=True)
class _Attempt:
    """One round. ``holds_all`` stays None while the list was not read to its end."""

    at: datetime
    with_daily: bool
    holds_all: bool | None = None
    trouble: SentryTrouble | None = None


def refresh(ground: Ground, sentry: Sentry, *, after: timedelta = ROUND_EVERY) -> Standing:
    """One round, unless the last one is younger than ``after`` or another process is at it. Never raises SentryTrouble.

    ``after`` zero asks in any case, but not while Sentry wants to be left alone.
    """
    now = ground.clock.now()
    with ground.database.transaction() as session:
        repository.forget_other_places(session, sentry.place)
        row = repository.locked_mirror(session, sentry.place)
        standing = _standing(row)
        if not due(standing, now, after) or (row.busy_until is not None and now < row.busy_until):
            return standing
        row.busy_until = now + _BUSY_AT_MOST
    attempt = _Attempt(now, with_daily=standing.daily_at is None or now - standing.daily_at >= _DAILY_EVERY)
    try:
        attempt.holds_all = _copy(ground, sentry, attempt)
        _learn(ground, sentry)
    except SentryTrouble as error:
        attempt.trouble = error
        logger().warning("sentry told nothing", code=error.code, details=error.details)
    return _noted(ground, sentry, attempt)


def standing_of(session: Session, sentry: Sentry) -> Standing:
    """How the mirror stands."""
    row = repository.mirror(session, sentry.place)
    return _standing(row) if row else Standing()


def found(session: Session, wish: Wish) -> Found:
    """What the mirror has of a wish."""
    rows = repository.issues(session, wish, wish.limit + 1)
    return Found(tuple(map(_issue, rows[: wish.limit])), repository.count(session, wish), len(rows) > wish.limit)


def mirrored(session: Session, issue_id: str) -> Issue | None:
    """One issue as it was told last, or None."""
    row = repository.issue_by_id(session, issue_id)
    return _issue(row) if row else None


def unresolved_by_level(session: Session) -> dict[str, int]:
    """How many issues wait, by level."""
    return repository.unresolved_by_level(session)


def trend_bars(session: Session, since: datetime, *, daily: bool) -> list[tuple[int, ...]]:
    """The trend of each issue that was seen since then, by hour or by day."""
    return [_numbers(days if daily else hours) for hours, days in repository.trends(session, since)]


def look_up(ground: Ground, sentry: Sentry, terms: Facts) -> None:
    """Asks Sentry for issues with these ids, which the mirror may not know of, and puts them into it.

    Raises SentryTrouble.
    """
    page = sentry.issues(query=query_of(terms), period=_PERIOD)
    now = ground.clock.now()
    with ground.database.transaction() as session:
        _save(session, sentry, page.issues, now)
        rows = repository.issues_by_id(session, [issue.id for issue in page.issues])
        for row in rows.values():
            _write_facts(row, _facts(row).joined(terms))


def look_at(ground: Ground, sentry: Sentry, issue_id: str) -> tuple[Issue, tuple[Event, ...]]:
    """An issue and its last ten events, asked at Sentry; the mirror learns from them.

    Raises SentryIssueGone or SentryTrouble.
    """
    issue, events = sentry.issue(issue_id), sentry.last_events(issue_id)

    def save(session: Session) -> Issue:
        _save(session, sentry, [issue], ground.clock.now())
        row = repository.issues_by_id(session, [issue_id])[issue_id]
        for event in reversed(events):
            _learn_from(row, event)
        return _issue(row)

    return run_unit(ground.database, save), events


def change(ground: Ground, sentry: Sentry, issue_id: str, wanted: Change) -> Issue:
    """Changes one issue at Sentry and in the mirror. Raises SentryReadOnly, SentryIssueGone or SentryTrouble."""
    sentry.change(issue_id, wanted)
    issue = sentry.issue(issue_id)

    def save(session: Session) -> Issue:
        _save(session, sentry, [issue], ground.clock.now())
        return _issue(repository.issues_by_id(session, [issue_id])[issue_id])

    return run_unit(ground.database, save)


def _copy(ground: Ground, sentry: Sentry, attempt: _Attempt) -> bool:
    """Every issue of the last 90 days, page by page; answers whether all fitted in."""
    fits = True
    trends: tuple[Trend, ...] = ("24h", "14d") if attempt.with_daily else ("24h",)
    for trend in trends:
        cursor, number = None, 0
        while True:
            page = sentry.issues(query="", period=_PERIOD, trend=trend, cursor=cursor)
            with ground.database.transaction() as session:
                _save(session, sentry, page.issues, attempt.at)
            number, cursor = number + len(page.issues), page.next_cursor
            # A page without issues that promises another one would lead us round for ever.
            if cursor is None or not page.issues or number >= ISSUES_MAX:
                break
        fits = fits and cursor is None
    with ground.database.transaction() as session:
        repository.forget_untold(session, attempt.at)
    return fits


def _learn(ground: Ground, sentry: Sentry) -> None:
    """Who and what the latest errors were about, which a list does not say: one event for each, some each round."""
    with ground.database.reading() as session:
        waiting = [(row.id, row.last_seen) for row in repository.unlearned(session, EVENTS_LEARNED_PER_ROUND_MAX)]
    for issue_id, last_seen in waiting:
        try:
            event = sentry.last_event(issue_id)
        except SentryIssueGone:
            event = None
        with ground.database.transaction() as session:
            row = repository.issue_by_id(session, issue_id)
            if row is not None:
                row.learned_for = last_seen
                if event is not None:
                    _learn_from(row, event)


def _noted(ground: Ground, sentry: Sentry, attempt: _Attempt) -> Standing:
    trouble = attempt.trouble
    with ground.database.transaction() as session:
        row = repository.locked_mirror(session, sentry.place)
        row.tried_at, row.busy_until, row.not_before = attempt.at, None, None
        row.failure, row.message, row.action = "", "", ""
        if attempt.holds_all is not None:
            row.as_of, row.complete = attempt.at, attempt.holds_all
            row.daily_at = attempt.at if attempt.with_daily else row.daily_at
        if trouble is not None:
            row.failure, row.message, row.action = trouble.code, trouble.message, trouble.action
        if isinstance(trouble, SentryRateLimited):
            seconds = trouble.details.get("after_seconds")
            row.not_before = attempt.at + timedelta(seconds=seconds if isinstance(seconds, int | float) else 0)
        return _standing(row)


def _standing(row: SentryMirrorRow) -> Standing:
    return Standing(
        as_of=row.as_of,
        tried_at=row.tried_at,
        complete=row.complete,
        failure=row.failure,
        message=row.message,
        action=row.action,
        not_before=row.not_before,
        daily_at=row.daily_at,
    )


def _save(session: Session, sentry: Sentry, issues: Iterable[Issue], now: datetime) -> None:
    repository.locked_mirror(session, sentry.place)
    told = {issue.id: issue for issue in issues}
    known = repository.issues_by_id(session, told)
    for issue in told.values():
        row = known.get(issue.id)
        if row is None:
            row = SentryIssueRow(
                id=issue.id,
                environment="",
                user_email="",
                users="",
                request_ids="",
                shows="",
                episodes="",
                hourly="",
                daily="",
            )
            repository.add_issue(session, row)
        row.title, row.error_type, row.message = issue.title, issue.error_type, issue.message
        row.culprit, row.short_id, row.url = issue.culprit, issue.short_id, issue.url
        row.level, row.status, row.assigned_to = issue.level, issue.status, issue.assigned_to
        row.event_count, row.user_count = issue.event_count, issue.user_count
        row.first_seen, row.last_seen, row.told_at = issue.first_seen, issue.last_seen, now
        row.hourly = _listed(issue.hourly) or row.hourly
        row.daily = _listed(issue.daily) or row.daily
    session.flush()


def _learn_from(row: SentryIssueRow, event: Event) -> None:
    issue = learned(_issue(row), event)
    row.environment, row.user_email = issue.environment, issue.user_email
    _write_facts(row, issue.facts)


def _issue(row: SentryIssueRow) -> Issue:
    return Issue(
        id=row.id,
        title=row.title,
        error_type=row.error_type,
        message=row.message,
        level=row.level,  # type: ignore[arg-type]
        status=row.status,  # type: ignore[arg-type]
        event_count=row.event_count,
        user_count=row.user_count,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        short_id=row.short_id,
        culprit=row.culprit,
        url=row.url,
        assigned_to=row.assigned_to,
        environment=row.environment,
        user_email=row.user_email,
        hourly=_numbers(row.hourly),
        daily=_numbers(row.daily),
        facts=_facts(row),
    )


def _facts(row: SentryIssueRow) -> Facts:
    return Facts(_named(row.users), _named(row.request_ids), _named(row.shows), _named(row.episodes))


def _write_facts(row: SentryIssueRow, facts: Facts) -> None:
    row.users, row.request_ids = _names(facts.users), _names(facts.request_ids)
    row.shows, row.episodes = _names(facts.shows), _names(facts.episodes)


def _names(names: Sequence[str]) -> str:
    """``|one|another|``, so that a search for ``|one|`` finds whole ids only."""
    return f"|{'|'.join(name.replace('|', '') for name in names)}|" if names else ""


def _named(text: str) -> tuple[str, ...]:
    return tuple(name for name in text.split("|") if name)


def _listed(numbers: Sequence[int]) -> str:
    return ",".join(map(str, numbers))


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(",") if part)
