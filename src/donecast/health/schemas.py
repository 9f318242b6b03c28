"""What the health routes answer. Fields that only an admin sees are left out for everybody else."""

from datetime import UTC, datetime
from typing import Literal

from pydantic import BaseModel

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
