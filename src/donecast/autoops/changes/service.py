"""Use cases of changes: plan one with its reply, take the next that is due, note its leave and what came of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, cast

from sqlalchemy.orm import Session

from donecast.autoops import service as alerts
from donecast.autoops.changes import repository
from donecast.autoops.changes.models import ChangeRow
from donecast.autoops.changes.rules import APPROVAL_LASTS, Outcome

LOOK_EVERY = timedelta(minutes=1)
MAKING_LASTS = timedelta(minutes=5)
State = Literal["waiting", "making", "made", "refused", "expired", "failed"]
_OPEN: tuple[State, ...] = ("waiting", "making")


@dataclass(frozen=True, slots=True)
class Change:
    """A change whose reply stands in its thread, with the round that was verified."""

    run_id: str
    channel: str
    reply_ts: str
    reply: dict[str, Any]
    repeats: int
    outcome: Outcome
    needs_approval: bool
    is_same_reply: bool
    """Whether the reply that stands there is the one that was planned with it."""
    expires_at: datetime
    round: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Became:
    """What is known of a change."""

    state: State
    outcome: Outcome
    approved_by: str | None
    came_of_it: str | None


def plan(
    session: Session,
    run_id: str,
    alert_id: str,
    outcome: Outcome,
    reply: dict[str, Any],
    now: datetime,
    *,
    needs_approval: bool,
) -> None:
    """Notes, beside the reply that is kept, that its change may become more than a report."""
    row = ChangeRow(
        run_id=run_id,
        alert_id=alert_id,
        state="waiting",
        outcome=outcome,
        needs_approval=needs_approval,
        reply_sha256=alerts.sha256_of(reply),
        look_at=now,
        expires_at=now + APPROVAL_LASTS,
        changed_at=now,
    )
    repository.add(session, row)


def next_due(session: Session, now: datetime) -> Change | None:
    """The next change to look at, which nobody else looks at for a minute; None where its reply does not stand yet."""
    row = repository.due(session, _OPEN, now)
    if row is None:
        return None
    row.look_at = now + (LOOK_EVERY if row.state == "waiting" else MAKING_LASTS)
    alert = alerts.run(session, row.run_id)
    rounds = [document for station, document in alerts.found(session, row.run_id) if station == "round"]
    if alert.state != "replied" or alert.reply_ts is None or alert.reply is None or not rounds:
        return None
    return Change(
        run_id=row.run_id,
        channel=alert.channel,
        reply_ts=alert.reply_ts,
        reply=alert.reply,
        repeats=alert.repeats,
        outcome=cast(Outcome, row.outcome),
        needs_approval=row.needs_approval and row.approved_by is None,
        is_same_reply=alerts.sha256_of(alert.reply) == row.reply_sha256,
        expires_at=row.expires_at,
        round=rounds[-1],
    )


def begin(session: Session, run_id: str, approved_by: str | None, now: datetime) -> bool:
    """Notes that it is being made from now on, and by whose leave; False when it is not waiting any more."""
    values = {"state": "making", "look_at": now + MAKING_LASTS, "changed_at": now}
    if approved_by is not None:
        values["approved_by"] = approved_by
    return repository.update_in(session, run_id, _OPEN, values)


def end(session: Session, run_id: str, state: State, came_of_it: str, now: datetime, by: str | None = None) -> bool:
    """Notes how it ended; False when it had ended before."""
    values: dict[str, Any] = {"state": state, "came_of_it": came_of_it[:2_000], "changed_at": now}
    if by is not None:
        values["approved_by"] = by
    return repository.update_in(session, run_id, _OPEN, values)


def became(session: Session, run_id: str) -> Became | None:
    """What is known of the change of a run; None: it stays a report."""
    row = repository.change_of(session, run_id)
    if row is None:
        return None
    return Became(cast(State, row.state), cast(Outcome, row.outcome), row.approved_by, row.came_of_it)
