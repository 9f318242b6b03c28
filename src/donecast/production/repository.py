"""The only queries of the line."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, exists, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, aliased

from donecast.production.models import ChoreRow, OperationRow, StepRow, WorkerRow
from donecast.production.rules import ACTIVE


def operation(session: Session, operation_id: str) -> OperationRow | None:
    """The operation, whoever's it is; for the line itself."""
    return session.get(OperationRow, operation_id)


def operation_to_change(session: Session, operation_id: str) -> OperationRow | None:
    """The same, as it reads now and locked until the end of the transaction, so that nobody decides beside us."""
    return session.get(OperationRow, operation_id, with_for_update=True, populate_existing=True)


def operation_of(session: Session, account_id: str, operation_id: str) -> OperationRow | None:
    """The person's own operation, or None."""
    query = select(OperationRow).where(OperationRow.id == operation_id, OperationRow.account_id == account_id)
    return session.scalar(query)


def active_operation(session: Session, account_id: str, episode_id: str) -> OperationRow | None:
    """What runs or waits for an episode, locked until the end of the transaction: it cannot end meanwhile."""
    query = (
        select(OperationRow)
        .where(
            OperationRow.episode_id == episode_id,
            OperationRow.account_id == account_id,
            OperationRow.state.in_(ACTIVE),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return session.scalar(query)


def operations_since(session: Session, account_id: str, since: datetime) -> list[OperationRow]:
    """A person's operations that changed at or after an instant, in the order in which they changed."""
    query = (
        select(OperationRow)
        .where(OperationRow.account_id == account_id, OperationRow.updated_at >= since)
        .order_by(OperationRow.updated_at)
    )
    return list(session.scalars(query))


def steps(session: Session, operation_ids: Sequence[str]) -> list[StepRow]:
    """The steps that have been begun."""
    return list(session.scalars(select(StepRow).where(StepRow.operation_id.in_(operation_ids))))


def step(session: Session, operation_id: str, name: str) -> StepRow | None:
    """One step, or None while it has not been begun."""
    return session.get(StepRow, (operation_id, name))


def undispatched(session: Session, limit: int) -> list[OperationRow]:
    """Orders that no worker has handed to the durable engine yet, oldest first."""
    query = (
        select(OperationRow)
        .where(OperationRow.state == "queued", OperationRow.dispatched_attempt < OperationRow.attempt)
        .order_by(OperationRow.created_at)
        .limit(limit)
    )
    return list(session.scalars(query))


def silent_operations(session: Session, before: datetime) -> list[OperationRow]:
    """Operations that were handed over, that nobody has, and of which nothing was heard since an instant."""
    query = select(OperationRow).where(
        OperationRow.state.in_(ACTIVE),
        OperationRow.dispatched_attempt == OperationRow.attempt,
        OperationRow.lease_holder.is_(None),
        OperationRow.stuck_ignored.is_(False),
        OperationRow.updated_at < before,
    )
    return list(session.scalars(query))


def renew_lease(session: Session, operation_id: str, token: int, now: datetime) -> bool:
    """Another sign of life of the work under a token; False when it is not the newest any more."""
    renewed = session.execute(
        update(OperationRow)
        .where(OperationRow.id == operation_id, OperationRow.lease_token == token)
        .values(lease_beats=OperationRow.lease_beats + 1, lease_renewed_at=now)
        .returning(OperationRow.id)
    )
    return renewed.scalar() is not None


def leases_to_change(session: Session, holder: str) -> list[OperationRow]:
    """What a worker has, locked until the end of the transaction, so that it gives no sign of life meanwhile."""
    query = (
        select(OperationRow)
        .where(OperationRow.lease_holder == holder, OperationRow.state.in_(ACTIVE))
        .order_by(OperationRow.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(query))


def stop_worker(session: Session, worker_id: str) -> None:
    """Takes a worker off the list that stops in peace: what it had begun counts as if it had not been."""
    session.execute(
        update(OperationRow)
        .where(OperationRow.lease_holder == worker_id, OperationRow.state.in_(ACTIVE), OperationRow.beginnings > 0)
        .values(beginnings=OperationRow.beginnings - 1)
    )
    session.execute(delete(WorkerRow).where(WorkerRow.id == worker_id))


def give_back_leases(session: Session, holder: str, now: datetime) -> None:
    """What a worker had that is no more waits again from now on, and nothing that it still saves is taken."""
    session.execute(
        update(OperationRow)
        .where(OperationRow.lease_holder == holder, OperationRow.state.in_(ACTIVE))
        .values(state="queued", lease_holder=None, lease_token=OperationRow.lease_token + 1, updated_at=now)
    )


def unended_operations(session: Session) -> list[OperationRow]:
    """Everything that waits or runs, oldest first."""
    query = select(OperationRow).where(OperationRow.state.in_(ACTIVE)).order_by(OperationRow.created_at)
    return list(session.scalars(query))


def worker(session: Session, worker_id: str) -> WorkerRow | None:
    """A worker's row."""
    return session.get(WorkerRow, worker_id)


def workers(session: Session) -> list[WorkerRow]:
    """All workers that have not been cleared away."""
    return list(session.scalars(select(WorkerRow).order_by(WorkerRow.id)))


def note_slow_is_ended(session: Session, worker_id: str, is_ended: bool | None) -> None:
    """What came of a worker's slow statement; None: not known yet."""
    session.execute(update(WorkerRow).where(WorkerRow.id == worker_id).values(slow_is_ended=is_ended))


def claim_dead_worker(
    session: Session, worker_id: str, heard_at: datetime, *, sweeper_id: str, now: datetime, claimed_before: datetime
) -> bool:
    """Claims a worker that was last heard at an instant for one sweeper, unless another one deals with it."""
    claimed = session.execute(
        update(WorkerRow)
        .where(
            WorkerRow.id == worker_id,
            WorkerRow.heartbeat_at == heard_at,
            or_(WorkerRow.swept_at.is_(None), WorkerRow.swept_at < claimed_before),
        )
        .values(sweeper_id=sweeper_id, swept_at=now)
        .returning(WorkerRow.id)
    )
    return claimed.scalar() is not None


def clear_dead_worker(session: Session, worker_id: str, heard_at: datetime) -> None:
    """Forgets a worker that is still silent."""
    session.execute(delete(WorkerRow).where(WorkerRow.id == worker_id, WorkerRow.heartbeat_at == heard_at))


def operation_counts(session: Session) -> dict[str, int]:
    """Number of operations by state."""
    query = select(OperationRow.state, func.count().label("total")).group_by(OperationRow.state)
    return {row.state: row.total for row in session.execute(query)}


def failed_and_left_count(session: Session, since: datetime) -> int:
    """Operations that failed since an instant, of episodes for which nothing was ordered afterwards."""
    later = aliased(OperationRow)
    is_left = ~exists().where(later.episode_id == OperationRow.episode_id, later.created_at > OperationRow.created_at)
    query = select(func.count()).where(OperationRow.state == "failed", OperationRow.updated_at >= since, is_left)
    return session.scalar(query) or 0


def step_counts(session: Session) -> dict[tuple[str, str], int]:
    """Number of steps by name and state."""
    query = select(StepRow.name, StepRow.state, func.count().label("total")).group_by(StepRow.name, StepRow.state)
    return {(row.name, row.state): row.total for row in session.execute(query)}


def take_chore(session: Session, name: str, done_for: str, now: datetime) -> bool:
    """Notes a chore for a day unless it is noted for that day or a later one; answers whether it was not."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    fresh = {"done_for": done_for, "done_at": now}
    taken = session.execute(
        dialect.insert(ChoreRow)
        .values(name=name, findings=0, **fresh)
        .on_conflict_do_update(index_elements=["name"], set_=fresh, where=ChoreRow.done_for < done_for)
        .returning(ChoreRow.name)
    )
    return taken.scalar() is not None


def chore(session: Session, name: str) -> ChoreRow | None:
    """How far a chore of the house has come, or None."""
    return session.get(ChoreRow, name, populate_existing=True)
