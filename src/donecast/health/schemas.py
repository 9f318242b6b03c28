"""What the health routes answer. Fields that only an admin sees are left out for everybody else."""

from datetime import UTC, datetime
from typing import Literal

from pydantic import BaseModel

from donecast.health.service import TrafficFacts
from donecast.platform.breaker_rules import BreakerState, Phase, next_probe_at_ms


class LivezOut(BaseModel):
    """It answers."""

    status: Literal["ok"] = "ok"


class ReadyzOut(BaseModel):
    """Whether it can do its work, which part cannot, and for each of these what to do."""

    status: Literal["ok", "fail"]
    checks: dict[str, Literal["ok", "fail"]]
    advice: dict[str, str]


class BreakerOut(BaseModel):
    """One outside service. Failures are those of the last minute, or of the minute before it was left alone."""

    state: Phase
    failure_count: int | None = None
    opened_at: datetime | None = None
    next_probe_at: datetime | None = None
    quiet_until: datetime | None = None
    isolated_by: str | None = None


class BreakersOut(BaseModel):
    """All outside services; degraded while any of them is left alone, be it because it asked for quiet."""

    status: Literal["healthy", "degraded"]
    open_count: int
    breakers: dict[str, BreakerOut]


class RouteTrafficOut(BaseModel):
    """The requests of one route, by status class; ``gone`` are callers who did not wait for the answer."""

    route: str
    method: str
    counts: dict[str, int]


class SlowRequestOut(BaseModel):
    """A request of the last hour whose answer took more than a second to begin."""

    at: datetime
    request_id: str
    method: str
    route: str
    ms: int


class ErrorRateOut(BaseModel):
    """Requests of the window: ``total_requests`` are errors and successes; 4xx are among the latter and told apart."""

    error_rate_percent: float
    window_seconds: int
    error_count: int | None = None
    success_count: int | None = None
    total_requests: int | None = None
    client_error_count: int | None = None
    burst_since: datetime | None = None
    routes: list[RouteTrafficOut] | None = None
    slow_requests: list[SlowRequestOut] | None = None


def error_rate_out(traffic: TrafficFacts) -> ErrorRateOut:
    """The share of errors, as everybody sees it: how much business there is, is for nobody else to know."""
    return ErrorRateOut(
        error_rate_percent=traffic.sums.error_rate_percent,
        window_seconds=traffic.window_seconds,
    )


def error_rate_in_full_out(traffic: TrafficFacts) -> ErrorRateOut:
    """The same with counts, routes and slow requests, as an admin sees it."""
    sums = traffic.sums
    routes: dict[tuple[str, str], dict[str, int]] = {}
    for label, count in sorted(traffic.counts.items()):
        routes.setdefault((label.route, label.method), {})[label.outcome] = count
    return error_rate_out(traffic).model_copy(
        update={
            "error_count": sums.errors,
            "success_count": sums.successes,
            "total_requests": sums.total,
            "client_error_count": sums.client_errors,
            "burst_since": traffic.burst.began_at if traffic.burst else None,
            "routes": [
                RouteTrafficOut(route=route, method=method, counts=counts) for (route, method), counts in routes.items()
            ],
            "slow_requests": [
                SlowRequestOut(at=one.at, request_id=one.request_id, method=one.method, route=one.route, ms=one.took_ms)
                for one in traffic.slow
            ],
        }
    )


def breaker_out(state: BreakerState, now_ms: int, *, in_full: bool) -> BreakerOut:
    """A breaker as an admin sees it, or as everybody does."""
    if not in_full:
        return BreakerOut(state=state.phase)
    is_resting = state.phase in {"open", "half_open"}
    return BreakerOut(
        state=state.phase,
        failure_count=state.failed_count,
        opened_at=_instant(state.opened_at_ms) if is_resting else None,
        next_probe_at=_instant(next_probe_at_ms(state)) if state.phase == "open" else None,
        quiet_until=_instant(state.quiet_until_ms) if state.quiet_until_ms > now_ms else None,
        isolated_by=state.isolated_by or None,
    )


def _instant(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1_000, UTC)
