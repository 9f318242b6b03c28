"""The lines of a day, for the monitoring page."""

from fastapi import APIRouter

from donecast.accounts.access import CurrentAdmin
from donecast.health.history import service
from donecast.health.history.rules import EVERY
from donecast.health.history.schemas import HistoryOut, SampleOut
from donecast.platform.web import GroundHere, ReadingSession

router = APIRouter(prefix="/api/admin/monitoring", tags=["health"])


@router.get("/history")
def read_health_history(_admin: CurrentAdmin, ground: GroundHere, session: ReadingSession) -> HistoryOut:
    """How the program was over the last day, every five minutes."""
    found = service.lines(session, ground.clock.now())
    return HistoryOut(
        every_seconds=int(EVERY.total_seconds()),
        lines={figure: [SampleOut(at=at, value=value) for at, value in line] for figure, line in found.items()},
    )
