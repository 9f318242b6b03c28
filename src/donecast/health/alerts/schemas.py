"""Alerts on the wire."""

from dataclasses import asdict
from datetime import datetime

from pydantic import BaseModel

from donecast.health.alerts.rules import FIRST_STEPS, Alert, Severity


class HealthAlertOut(BaseModel):
    """One alert: what, how bad, since when, what to do first, and the name of its runbook in docs/runbooks."""

    id: str
    name: str
    subject: str
    severity: Severity
    figures: str
    opened_at: datetime
    closed_at: datetime | None
    reminders: int
    first_step: str
    runbook: str


class AlertsOut(BaseModel):
    """Those that are on first, then those that closed last; when the rules were last looked through."""

    looked_at: datetime | None
    open_count: int
    alerts: list[HealthAlertOut]


def alert_out(alert: Alert) -> HealthAlertOut:
    """One alert on the wire."""
    return HealthAlertOut(
        **asdict(alert), first_step=FIRST_STEPS.get(alert.name, ""), runbook=f"docs/runbooks/{alert.name}.md"
    )
