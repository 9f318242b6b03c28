"""Payments that did not fit: kept for the person who runs this DoneCast, and told in the log."""

from sqlalchemy.orm import Session

from donecast.billing import repository
from donecast.billing.errors import NoSuchAlert
from donecast.billing.models import AlertRow
from donecast.billing.rules import Alert, Event, Misfit
from donecast.billing.service import rows
from donecast.kit.clock import Clock
from donecast.kit.ids import new_id
from donecast.platform.telemetry import logger


def raise_alert(
    session: Session,
    clock: Clock,
    event: Event,
    misfit: Misfit,
    *,
    account_id: str | None = None,
    purchase_id: str | None = None,
) -> str:
    """Keeps why something did not fit; answers its kind."""
    now = clock.now()
    session.add(
        AlertRow(
            id=new_id("al", now),
            kind=misfit.kind,
            said=misfit.said,
            event_id=event.id,
            object_id=event.object_id[:255],
            account_id=account_id,
            purchase_id=purchase_id,
            created_at=now,
        )
    )
    logger().error(
        "payment alert", kind=misfit.kind, said=misfit.said, event_id=event.id, payer=account_id, purchase=purchase_id
    )
    return misfit.kind


def alerts(session: Session) -> list[Alert]:
    """Alerts, those that nobody has settled first, then newest first."""
    return [rows.alert(row) for row in repository.alerts(session)]


def settle_alert(session: Session, clock: Clock, alert_id: str) -> Alert:
    """Marks an alert as dealt with; again, nothing changes. Raises NoSuchAlert."""
    row = repository.alert_by_id(session, alert_id)
    if row is None:
        raise NoSuchAlert
    row.settled_at = row.settled_at or clock.now()
    return rows.alert(row)
