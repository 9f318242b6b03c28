"""Alerts on the wire."""

from dataclasses import asdict
from datetime import datetime

from pydantic import BaseModel

from donecast.health.alerts.rules import FIRST_STEPS, Alert, Severity, runbook_of
from donecast.notices.rules import Channel


class HealthAlertOut(BaseModel):
    """One alert: what, how bad, since when, what to do first, and where its runbook stands."""

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
    """Those that are on first, then those that closed last; when the rules were last judged.

    ``is_late``: nobody keeps watch. ``not_known``: what was looked at in vain. ``told_by``: the ways out of the studio
    by which alerts are told.
    """

    looked_at: datetime | None
    is_late: bool
    not_known: list[str]
    told_by: list[Channel]
    open_count: int
    alerts: list[HealthAlertOut]


def alert_out(alert: Alert, runbooks_url: str) -> HealthAlertOut:
    """One alert on the wire."""
    runbook = runbook_of(alert.name, runbooks_url)
    return HealthAlertOut(**asdict(alert), first_step=FIRST_STEPS.get(alert.name, ""), runbook=runbook)
