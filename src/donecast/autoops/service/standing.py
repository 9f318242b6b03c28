"""Where alerts and their runs stand, for whoever asks: the command and the admin pages. Nothing is changed."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy.orm import Session

from donecast.autoops import repository
from donecast.autoops.models import AlertRow
from donecast.autoops.rules.states import WITHOUT_REPLY, State
from donecast.autoops.service.alerts import run


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one alert stands, in a sentence, and whether that is how it was to end: its trouble was answered."""

    words: str
    is_answered: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """An alert as admins see it. ``cursor`` begins a page behind it; ``document`` is the alert as a value."""

    run_id: str | None
    document: dict[str, Any]
    state: State
    disposition: str | None
    repeats: int
    cost_microdollars: int
    received_at: datetime
    touched_at: datetime
    reply: dict[str, Any] | None
    error: str | None
    cursor: str


def newest(session: Session, before: str | None, limit: int) -> list[Seen]:
    """Alerts that are no repeats, newest first, from behind a cursor on."""
    return [_seen(row) for row in repository.newest(session, before, limit)]


def seen_run(session: Session, run_id: str) -> Seen:
    """One run. Raises NoSuchRun."""
    return _seen(run(session, run_id))


def _seen(row: AlertRow) -> Seen:
    return Seen(
        run_id=row.run_id,
        document=row.document,
        state=cast(State, row.state),
        disposition=row.disposition,
        repeats=row.repeats,
        cost_microdollars=row.cost_microdollars,
        received_at=row.received_at,
        touched_at=row.touched_at,
        reply=row.reply,
        error=row.error,
        cursor=row.ts_order,
    )


def standing_of(session: Session, alert_id: str) -> Standing:
    """Where an alert that was taken in stands."""
    row = repository.alert(session, alert_id)
    if row is None:
        raise AssertionError(f"{alert_id} was not taken in")
    if row.repeat_of is None:
        return _standing(row, "It")
    first = repository.alert(session, row.repeat_of)
    if first is None:
        return Standing("It is a repeat of an alert that is not known any more.", is_answered=True)
    of = _standing(first, "That one")
    return Standing(f"It is a repeat of {first.run_id or f'the alert {first.id}'}. {of.words}", of.is_answered)


def _standing(row: AlertRow, who: str) -> Standing:
    run_id = f" ({row.run_id})" if row.run_id else ""
    if row.state == "replied" and row.reply_ts is not None:
        at = datetime.fromtimestamp(float(row.reply_ts), UTC)
        return Standing(f"{who} was answered at {at:%Y-%m-%d %H:%M} UTC{run_id}.", is_answered=True)
    if row.state == "suppressed":
        return Standing(f"{who} was answered by an earlier program.", is_answered=True)
    if row.state in WITHOUT_REPLY:
        return Standing(f"{who} ended without a reply{run_id}: {row.error}", is_answered=False)
    return Standing(f"{who} is not answered yet{run_id}: {row.error or 'it is worked on'}", is_answered=False)
