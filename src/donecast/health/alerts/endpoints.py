"""Admins look at alerts."""

from fastapi import APIRouter

from donecast.accounts.access import CurrentAdmin
from donecast.health.alerts import service
from donecast.health.alerts.schemas import AlertsOut, alert_out
from donecast.platform.web import GroundHere, ReadingSession

router = APIRouter(tags=["health"])


@router.get("/api/admin/alerts")
def list_health_alerts(_admin: CurrentAdmin, ground: GroundHere, session: ReadingSession) -> AlertsOut:
    """What a person has to look at, and what was, for ninety days."""
    found = service.watched(session)
    return AlertsOut(
        looked_at=found.looked_at,
        is_late=service.is_late(found.looked_at, ground.clock.now()),
        not_known=list(found.not_known),
        told_by=service.ways_out(ground),
        open_count=sum(alert.closed_at is None for alert in found.alerts),
        alerts=[alert_out(alert, ground.settings.notices.runbooks_url) for alert in found.alerts],
    )
