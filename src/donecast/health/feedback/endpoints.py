"""The error pages of whoever runs DoneCast; `sentry` in the addresses also where DoneCast's own store answers."""

from datetime import timedelta
from typing import Annotated, Literal, cast

from fastapi import APIRouter, Depends, Path, Query, Request

from donecast.accounts.access import CurrentAdmin
from donecast.health.feedback import service
from donecast.health.feedback.errors import CursorInvalid
from donecast.health.feedback.rules import place_of
from donecast.health.feedback.schemas import (
    ID_PATTERN,
    ErrorChangeIn,
    ErrorDetailOut,
    ErrorOut,
    ErrorPageOut,
    ErrorStatsOut,
    ErrorTrendOut,
    SourceOut,
    detail_out,
    error_out,
    page_out,
    source_out,
    stats_out,
    trend_out,
)
from donecast.health.feedback.sources import ErrorSource
from donecast.health.sentry.rules import Level, Status, Wish
from donecast.platform.web import GroundHere

LIMIT_MAX = 100
_HOURS_MAX = 24 * 90

router = APIRouter(prefix="/api/admin/feedback/sentry", tags=["errors"])


def source_of(request: Request) -> ErrorSource:
    """Who tells this app of errors."""
    return cast(ErrorSource, request.app.state.error_source)


SourceHere = Annotated[ErrorSource, Depends(source_of)]
Term = Annotated[str, Query(max_length=254, pattern=ID_PATTERN)]
IssueId = Annotated[str, Path(max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]


def wish_of(
    ground: GroundHere,
    limit: Annotated[int, Query(ge=1, le=LIMIT_MAX)] = 20,
    hours_back: Annotated[int, Query(ge=1, le=_HOURS_MAX, description="Last seen within so many hours")] = 24,
    severity: Annotated[Level | Literal["", "critical"], Query(description="critical: fatal and error")] = "",
    status: Annotated[Status | Literal["", "all"], Query(description="Empty: unresolved")] = "",
    search: Annotated[str, Query(max_length=200)] = "",
    error_type: Annotated[str, Query(max_length=200)] = "",
    user: Term = "",
    request_id: Term = "",
    show_id: Term = "",
    episode_id: Term = "",
    cursor: Annotated[str, Query(max_length=80)] = "",
) -> Wish:
    """Which errors are asked for. Raises CursorInvalid."""
    after = place_of(cursor) if cursor else None
    if cursor and after is None:
        raise CursorInvalid
    return Wish(
        since=ground.clock.now() - timedelta(hours=hours_back),
        limit=limit,
        levels=() if severity == "" else ("fatal", "error") if severity == "critical" else (severity,),
        statuses=() if status == "all" else (status or "unresolved",),
        text=search.replace("\x00", ""),
        error_type=error_type.replace("\x00", ""),
        user=user,
        request_id=request_id,
        show_id=show_id,
        episode_id=episode_id,
        after=after,
    )


@router.get("/events")
def list_errors(
    _admin: CurrentAdmin, wish: Annotated[Wish, Depends(wish_of)], ground: GroundHere, source: SourceHere
) -> ErrorPageOut:
    """Errors that were seen lately, the last seen first. Where nobody can tell, the answer is why, and no list."""
    return page_out(source, *service.events(ground, source, wish))


@router.get("/stats")
def read_error_stats(_admin: CurrentAdmin, ground: GroundHere, source: SourceHere) -> ErrorStatsOut:
    """How many errors wait, and whether whoever tells of them answers."""
    return stats_out(source, service.figures(ground, source))


@router.get("/trend")
def read_error_trend(
    _admin: CurrentAdmin, ground: GroundHere, source: SourceHere, period: Literal["24h", "14d"] = "24h"
) -> ErrorTrendOut:
    """All errors together, by hour over a day or by day over a fortnight."""
    daily = period == "14d"
    return trend_out(source, service.trend(ground, source, daily=daily), daily=daily)


@router.post("/refresh")
def refresh_errors(_admin: CurrentAdmin, ground: GroundHere, source: SourceHere) -> SourceOut:
    """Asks now instead of within the next minute; not while the source wants to be left alone."""
    return source_out(source, source.made_ready(ground, at_once=True))


@router.get("/events/{issue_id}")
def read_error(issue_id: IssueId, _admin: CurrentAdmin, ground: GroundHere, source: SourceHere) -> ErrorDetailOut:
    """One error and its last ten events."""
    return detail_out(source, service.detail(ground, source, issue_id))


@router.put("/events/{issue_id}")
def change_error(
    issue_id: IssueId, body: ErrorChangeIn, admin: CurrentAdmin, ground: GroundHere, source: SourceHere
) -> ErrorOut:
    """Resolves, ignores, reopens or assigns one error; it stands in the audit log."""
    return error_out(service.change(ground, source, issue_id, body.change(), actor_id=admin.id))
