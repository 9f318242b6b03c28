"""Use cases of the line: order, look, cancel, try again."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from donecast.episodes import service as episodes
from donecast.kit.clock import Clock
from donecast.kit.ids import new_id
from donecast.production import repository
from donecast.production.errors import NoSuchOperation, NothingToCancel, NothingToRetry
from donecast.production.models import ChoreRow, OperationRow
from donecast.production.rules import (
    ACTIVE,
    OperationState,
    OperationView,
    Order,
    PublishWhen,
    StepState,
    StepView,
    Until,
    steps_of,
)


def order(
    session: Session,
    clock: Clock,
    *,
    account_id: str,
    episode_id: str,
    until: Until,
    publish_when: PublishWhen,
    request_id: str | None,
) -> str:
    """Puts an episode on the line and answers the operation's id.

    While one runs for the episode, answers that one, which then goes as far and publishes as this order says.
    """
    episodes.episode_of(session, account_id, episode_id)  # whose is it?
    now = clock.now()
    running = repository.active_operation(session, account_id, episode_id)
    if running is not None:
        return _joined(running, until, publish_when, now)
    row = OperationRow(
        id=new_id("op", now),
        account_id=account_id,
        episode_id=episode_id,
        until=until,
        publish_when=publish_when,
        state="queued",
        attempt=1,
        dispatched_attempt=0,
        request_id=request_id,
        created_at=now,
        updated_at=now,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        # Somebody ordered the same between our look and our save, which a database with many writers allows.
        running = repository.active_operation(session, account_id, episode_id)
        if running is None:
            raise
        return _joined(running, until, publish_when, now)
    episodes.note_operation(session, episode_id, row.id, working=True)
    return row.id


def view(session: Session, account_id: str, operation_id: str) -> OperationView:
    """The operation as its owner sees it. Raises NoSuchOperation."""
    return views(session, [_owned(session, account_id, operation_id)])[0]


def views(session: Session, rows: Sequence[OperationRow]) -> list[OperationView]:
    """Operations with their steps, those not yet begun included."""
    begun = {(row.operation_id, row.name): row for row in repository.steps(session, [row.id for row in rows])}
    return [
        OperationView(
            id=row.id,
            episode_id=row.episode_id,
            until=cast(Until, row.until),
            state=cast(OperationState, row.state),
            steps=tuple(
                StepView(name, cast(StepState, step.state), step.percent, step.detail, step.runs)
                if (step := begun.get((row.id, name)))
                else StepView(name)
                for name in steps_of(cast(Until, row.until))
            ),
            error=row.error,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )
        for row in rows
    ]


def changed_since(session: Session, account_id: str, since: datetime) -> list[OperationView]:
    """A person's operations that changed at or after an instant."""
    return views(session, repository.operations_since(session, account_id, since))


def cancel(session: Session, clock: Clock, account_id: str, operation_id: str) -> OperationView:
    """Asks the line to stop; it does at its next breath. Raises NothingToCancel."""
    row = _to_change(session, account_id, operation_id)
    if row.state not in ACTIVE:
        raise NothingToCancel
    row.cancel_requested = True
    row.updated_at = clock.now()
    if row.dispatched_attempt < row.attempt:  # no worker has it yet, so there is nobody to wait for
        row.state = "cancelled"
        episodes.note_operation(session, row.episode_id, row.id, working=False)
    session.flush()
    return view(session, account_id, operation_id)


def retry(
    session: Session, clock: Clock, account_id: str, operation_id: str, *, request_id: str | None = None
) -> OperationView:
    """Queues a failed or cancelled operation again; what was finished is found and not done twice.

    From now on it is done for this request, whose id the person has who sees it fail again.
    """
    row = _to_change(session, account_id, operation_id)
    if row.state not in {"failed", "cancelled"}:
        raise NothingToRetry
    other = repository.active_operation(session, account_id, row.episode_id)
    if other is not None:
        return view(session, account_id, other.id)
    try:
        with session.begin_nested():
            queue_again(row, clock.now())
            row.request_id = request_id or row.request_id
    except IntegrityError:
        # Somebody ordered the same between our look and our save, which a database with many writers allows.
        other = repository.active_operation(session, account_id, row.episode_id)
        if other is None:
            raise
        return view(session, account_id, other.id)
    episodes.note_operation(session, row.episode_id, row.id, working=True)
    return view(session, account_id, operation_id)


def queue_again(row: OperationRow, now: datetime) -> None:
    """Makes another attempt of an operation."""
    row.state, row.error, row.cancel_requested = "queued", None, False
    row.attempt += 1
    row.beginnings = 0
    row.lease_holder, row.stuck_ignored = None, False
    row.updated_at = now


def order_of(session: Session, operation_id: str) -> Order:
    """What the line is asked to do. Raises NoSuchOperation."""
    row = repository.operation(session, operation_id)
    if row is None:
        raise NoSuchOperation
    return Order(
        row.id,
        row.attempt,
        row.account_id,
        row.episode_id,
        cast(Until, row.until),
        cast(PublishWhen, row.publish_when),
        row.request_id,
    )


def workers_alive(session: Session, heard_since: datetime) -> list[str]:
    """The workers that gave a sign of life since an instant."""
    return [row.id for row in repository.workers(session) if row.heartbeat_at >= heard_since]


def note_slow_is_ended(session: Session, worker_id: str, is_ended: bool | None) -> None:
    """What came of a worker's slow statement; None: it begins."""
    repository.note_slow_is_ended(session, worker_id, is_ended)


def slow_is_ended(session: Session, heard_since: datetime) -> dict[str, bool | None]:
    """Of each worker that gave a sign of life since an instant: whether its slow statement was ended, where known."""
    return {row.id: row.slow_is_ended for row in repository.workers(session) if row.heartbeat_at >= heard_since}


def order_waits_since(session: Session) -> datetime | None:
    """When the oldest order was given that no worker has taken over yet; None: none waits."""
    oldest = repository.undispatched(session, 1)
    return oldest[0].updated_at if oldest else None


def workers_by_sign(session: Session, heard_since: datetime) -> tuple[list[str], list[str]]:
    """Those that gave a sign of life since an instant; and those that did not and were not stopped."""
    rows = repository.workers(session)
    alive = [row.id for row in rows if row.heartbeat_at >= heard_since]
    return alive, [row.id for row in rows if row.heartbeat_at < heard_since]


def operation_counts(session: Session) -> dict[str, int]:
    """How many operations are in each state."""
    return repository.operation_counts(session)


def failed_and_left_count(session: Session, since: datetime) -> int:
    """How many operations failed since an instant, of episodes for which nothing was ordered afterwards."""
    return repository.failed_and_left_count(session, since)


def step_counts(session: Session) -> dict[tuple[str, str], int]:
    """How many steps are in each state, by name and state."""
    return repository.step_counts(session)


def chore_done_for(session: Session, name: str) -> str | None:
    """For what day or month a chore of the house was last done to its end; None: never."""
    row = repository.chore(session, name)
    return row.done_for if row else None


def chore_findings(session: Session, name: str) -> int | None:
    """How many things a chore found wrong the last time; None: it was never done."""
    row = repository.chore(session, name)
    return row.findings if row else None


def take_chore(session: Session, clock: Clock, name: str, done_for: str) -> bool:
    """Takes a chore of a day, before it is done, so that one worker does it; False when another one has it."""
    return repository.take_chore(session, name, done_for, clock.now())


def note_chore(session: Session, clock: Clock, name: str, done_for: str, findings: int = 0) -> None:
    """Notes for what day or month a chore was done to its end, and how many things it found wrong."""
    row = repository.chore(session, name)
    if row is not None:
        row.done_for, row.done_at, row.findings = max(row.done_for, done_for), clock.now(), findings
        return
    try:
        with session.begin_nested():
            session.add(ChoreRow(name=name, done_for=done_for, done_at=clock.now(), findings=findings))
    except IntegrityError:
        # Another worker noted the same between our look and our save, which a database with many writers allows.
        return


def _joined(running: OperationRow, until: Until, publish_when: PublishWhen, now: datetime) -> str:
    """Changes what is already going on to what is asked for now; how far it goes is only ever extended.

    Who orders again after cancelling has changed their mind.
    """
    further = until if running.until == "proposals" else running.until
    if (running.until, running.publish_when, running.cancel_requested) != (further, publish_when, False):
        running.until, running.publish_when, running.updated_at = further, publish_when, now
        running.cancel_requested = False
    return running.id


def _to_change(session: Session, account_id: str, operation_id: str) -> OperationRow:
    _owned(session, account_id, operation_id)
    row = repository.operation_to_change(session, operation_id)
    if row is None:
        raise NoSuchOperation
    return row


def _owned(session: Session, account_id: str, operation_id: str) -> OperationRow:
    row = repository.operation_of(session, account_id, operation_id)
    if row is None:
        raise NoSuchOperation
    return row
