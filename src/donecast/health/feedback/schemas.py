"""What the error pages are told and answer."""

from datetime import datetime, timedelta
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from donecast.health.feedback.rules import cursor_after
from donecast.health.feedback.service import Detail, Figures, Trend
from donecast.health.feedback.sources import ErrorSource, SourceKind
from donecast.health.sentry.rules import Breadcrumb, Change, Event, Frame, Issue, Level, Standing, Status
from donecast.health.sentry.service import Found

ID_PATTERN = r"^[A-Za-z0-9@._+-]*$"


class SourceOut(BaseModel):
    """Who told of the errors, of when that is, and whether it answers now.

    ``state`` is ``ok`` or the code of the failure, which ``message`` and ``action`` say in words. ``complete`` is false
    where there are more errors than are kept here.
    """

    kind: SourceKind
    state: str
    as_of: datetime | None
    message: str
    action: str
    complete: bool
    read_only: bool


class ErrorOut(BaseModel):
    """Errors of one kind, on one line. The trends are counts by hour and by day, the oldest first."""

    id: str
    issue_id: str
    short_id: str
    title: str
    error_type: str
    message: str
    culprit: str
    level: Level
    environment: str
    user_email: str
    user_count: int
    first_seen: datetime
    last_seen: datetime
    event_count: int
    status: Status
    assigned_to: str
    url: str
    trend_24h: list[int]
    trend_14d: list[int]


class ErrorPageOut(BaseModel):
    """A page of errors, the last seen first; ``total`` is on all pages."""

    events: list[ErrorOut]
    total: int
    next_cursor: str | None
    source: SourceOut


class ErrorStatsOut(BaseModel):
    """How many errors wait; null where it is not known. ``critical_errors`` are fatal and error together."""

    total_unresolved: int | None
    critical_errors: int | None
    warnings: int | None
    most_recent: ErrorOut | None
    api_available: bool
    source: SourceOut


class TrendBarOut(BaseModel):
    """So many errors in the hour or day that ends then."""

    until: datetime
    count: int


class ErrorTrendOut(BaseModel):
    """All errors together, the oldest bar first."""

    period: Literal["24h", "14d"]
    bars: list[TrendBarOut]
    source: SourceOut


class FrameOut(BaseModel):
    """A place in the code; ``in_app`` is whether it is ours."""

    file: str
    line: int | None
    function: str
    in_app: bool


class BreadcrumbOut(BaseModel):
    """What happened before."""

    at: str
    category: str
    level: str
    message: str


class ErrorEventOut(BaseModel):
    """One time that it happened; frames from the innermost on."""

    id: str
    at: datetime
    message: str
    environment: str
    release: str
    user_id: str
    user_email: str
    request_id: str
    show_id: str
    episode_id: str
    route: str
    action: str
    frames: list[FrameOut]
    breadcrumbs: list[BreadcrumbOut]


class MatchingReportOut(BaseModel):
    """A bug report that one of the same requests met."""

    id: str
    number: str
    state: str
    severity: str
    message: str


class ErrorDetailOut(BaseModel):
    """One error and its last ten events; ``events`` is null while they cannot be seen, and ``source`` says why."""

    issue: ErrorOut
    events: list[ErrorEventOut] | None
    bug_reports: list[MatchingReportOut]
    source: SourceOut


class ErrorChangeIn(BaseModel):
    """What is to become of an error. Ignored for so many hours, or for good; assigned to an address, or to nobody."""

    model_config = ConfigDict(extra="forbid")

    status: Status | None = None
    ignore_hours: Annotated[int, Field(ge=1, le=24 * 90)] | None = None
    assigned_to: Annotated[str, Field(max_length=254, pattern=ID_PATTERN)] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.status is None and self.assigned_to is None:
            raise ValueError("status or assigned_to is needed")
        if self.ignore_hours is not None and self.status != "ignored":
            raise ValueError("ignore_hours belongs to the status ignored")
        return self

    def change(self) -> Change:
        """As the use case takes it."""
        return Change(self.status, self.ignore_hours, self.assigned_to)


def source_out(source: ErrorSource, standing: Standing) -> SourceOut:
    """Who told of the errors."""
    return SourceOut(
        kind=source.kind,
        state=standing.failure or "ok",
        as_of=standing.as_of,
        message=standing.message,
        action=standing.action,
        complete=standing.complete,
        read_only=not source.may_write,
    )


def error_out(issue: Issue) -> ErrorOut:
    """One line."""
    return ErrorOut(
        id=issue.id,
        issue_id=issue.id,
        short_id=issue.short_id,
        title=issue.title,
        error_type=issue.error_type,
        message=issue.message,
        culprit=issue.culprit,
        level=issue.level,
        environment=issue.environment,
        user_email=issue.user_email,
        user_count=issue.user_count,
        first_seen=issue.first_seen,
        last_seen=issue.last_seen,
        event_count=issue.event_count,
        status=issue.status,
        assigned_to=issue.assigned_to,
        url=issue.url,
        trend_24h=list(issue.hourly),
        trend_14d=list(issue.daily),
    )


def page_out(source: ErrorSource, found: Found, standing: Standing) -> ErrorPageOut:
    """A page."""
    last = found.issues[-1] if found.more else None
    return ErrorPageOut(
        events=[error_out(issue) for issue in found.issues],
        total=found.total,
        next_cursor=cursor_after(last.last_seen, last.id) if last else None,
        source=source_out(source, standing),
    )


def stats_out(source: ErrorSource, figures: Figures) -> ErrorStatsOut:
    """The figures."""
    return ErrorStatsOut(
        total_unresolved=figures.total_unresolved,
        critical_errors=figures.critical_errors,
        warnings=figures.warnings,
        most_recent=error_out(figures.most_recent) if figures.most_recent else None,
        api_available=figures.answers,
        source=source_out(source, figures.standing),
    )


def trend_out(source: ErrorSource, trend: Trend, *, daily: bool) -> ErrorTrendOut:
    """The trend of all."""
    step = timedelta(days=1) if daily else timedelta(hours=1)
    backwards = range(len(trend.bars) - 1, -1, -1)
    return ErrorTrendOut(
        period="14d" if daily else "24h",
        bars=[
            TrendBarOut(until=trend.until - back * step, count=count)
            for back, count in zip(backwards, trend.bars, strict=True)
        ],
        source=source_out(source, trend.standing),
    )


def detail_out(source: ErrorSource, detail: Detail) -> ErrorDetailOut:
    """One error."""
    return ErrorDetailOut(
        issue=error_out(detail.issue),
        events=None if detail.trouble else [_event_out(event) for event in detail.events],
        bug_reports=[
            MatchingReportOut(id=one.id, number=one.number, state=one.state, severity=one.severity, message=one.message)
            for one in detail.bug_reports
        ],
        source=source_out(source, detail.standing),
    )


def _event_out(event: Event) -> ErrorEventOut:
    return ErrorEventOut(
        id=event.id,
        at=event.at,
        message=event.message,
        environment=event.environment,
        release=event.release,
        user_id=event.user_id,
        user_email=event.user_email,
        request_id=event.request_id,
        show_id=event.show_id,
        episode_id=event.episode_id,
        route=event.route,
        action=event.action,
        frames=[_frame_out(frame) for frame in event.frames],
        breadcrumbs=[_breadcrumb_out(crumb) for crumb in event.breadcrumbs],
    )


def _frame_out(frame: Frame) -> FrameOut:
    return FrameOut(file=frame.file, line=frame.line, function=frame.function, in_app=frame.in_app)


def _breadcrumb_out(crumb: Breadcrumb) -> BreadcrumbOut:
    return BreadcrumbOut(at=crumb.at, category=crumb.category, level=crumb.level, message=crumb.message)
