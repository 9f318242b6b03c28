"""Recovery: work whose lease is gone is queued again by itself, and ended after its last attempt.

Also what an operator does by hand about stuck work. Whoever recovers takes the token first, so that a worker that lives
after all is refused from then on.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from donecast.platform.telemetry import logger
from donecast.platform.web import Ground
from donecast.platform.work_unit import run_unit
from donecast.production import repository, service
from donecast.production.errors import WorkKeepsStopping, WorkLost
from donecast.production.models import OperationRow
from donecast.production.progress import Progress
from donecast.production.rules import ACTIVE, workflow_id
from donecast.production.stuck_rules import (
    Remedy,
    Signs,
    StuckRules,
    Trouble,
    WorkFacts,
    may_clean_up,
    remedy_of,
    trouble_of,
)


@dataclass(frozen=True, slots=True)
class StuckWork:
    """An operation that does not move: what is wrong, for how long, and how often it was queued again."""

    operation_id: str
    episode_id: str
    account_id: str
    trouble: Trouble
    silent_ms: int
    recoveries: int
    holder: str | None


Sign = tuple[int, int]
"""Of life: a lease's token and beat, of which one changes."""


@dataclass(frozen=True, slots=True)
class WatchedLease:
    """Whose an operation is, its last sign of life, and for how long this process has seen no other."""

    operation_id: str
    holder: str
    sign: Sign
    silent_ms: int


def sign_of(row: OperationRow) -> Sign:
    """The sign of life that a row shows."""
    return row.lease_token, row.lease_beats


class Recovery:
    """Of one observer; ``now_ms`` is a steady clock's."""

    def __init__(self, ground: Ground, now_ms: Callable[[], int]) -> None:
        self._ground = ground
        self._now_ms = now_ms
        self._signs = Signs()
        self._progress = Progress(ground)

    def leases(self) -> list[WatchedLease]:
        """What workers have, and for how long each gave no sign of life, as far as this process has watched."""
        return [
            WatchedLease(row.id, row.lease_holder or "", sign_of(row), silent_ms) for row, silent_ms in self._watched()
        ]

    def recover_gone(self) -> list[str]:
        """What no worker renewed for a whole lease, as far as this process has watched; answers the operations."""
        recovered = []
        for row, silent_ms in self._watched():
            remedy = remedy_of(WorkFacts(silent_ms, 0, row.beginnings), rules_of(self._ground))
            if remedy is not None and not row.stuck_ignored and self._apply(row.id, remedy, sign_of(row)):
                recovered.append(row.id)
        return recovered

    def recover_lost(self, is_lost: Callable[[str], bool]) -> list[str]:
        """What was handed over, nobody has, and the durable engine no longer knows; answers the operations."""
        lease = timedelta(milliseconds=self._ground.settings.worker.worker_lease_ms)
        with self._ground.database.reading() as session:
            silent = repository.silent_operations(session, self._ground.clock.now() - 2 * lease)
        rules, recovered = rules_of(self._ground), []
        for row in silent:
            remedy: Remedy = "requeue" if row.beginnings + 1 < rules.attempts_max else "fail_and_release"
            if is_lost(workflow_id(row.id, row.attempt)) and self._apply(row.id, remedy, sign_of(row)):
                recovered.append(row.id)
        return recovered

    def _watched(self) -> list[tuple[OperationRow, int]]:
        with self._ground.database.reading() as session:
            rows = [row for row in repository.unended_operations(session) if row.lease_holder]
        silent = self._signs.silent_ms({row.id: sign_of(row) for row in rows}, self._now_ms())
        return [(row, silent[row.id]) for row in rows]

    def _apply(self, operation_id: str, remedy: Remedy, sign: Sign) -> bool:
        def act(session: Session) -> bool:
            row = repository.operation_to_change(session, operation_id)
            if row is None or row.state not in ACTIVE or sign_of(row) != sign:
                return False
            remedy_work(self._ground, self._progress, session, row, remedy)
            return True

        done = run_unit(self._ground.database, act)
        if done:
            logger().warning("stuck work is recovered", operation_id=operation_id, remedy=remedy)
        return done


def remedy_work(ground: Ground, progress: Progress, session: Session, row: OperationRow, remedy: Remedy) -> None:
    """Does it to an operation that has not ended and whose row is locked."""
    if remedy == "ignore":
        row.stuck_ignored = True
        return
    had_a_worker = row.lease_holder is not None
    row.lease_token += 1
    if remedy == "fail_and_release":
        progress.end(session, row, "failed", WorkKeepsStopping() if had_a_worker else WorkLost())
    elif row.cancel_requested:  # nobody is left who would notice
        progress.end(session, row, "cancelled", None)
    else:
        # A beginning was counted when it began; what nobody began was handed over in vain, which counts as one.
        beginnings = row.beginnings if had_a_worker else row.beginnings + 1
        service.queue_again(row, ground.clock.now())
        row.beginnings = beginnings


@dataclass(frozen=True, slots=True)
class Choice:
    """To what a clean-up by hand is to be done: to all or to those named, and whether even while somebody is at it."""

    operation_ids: frozenset[str] | None = None
    even_running: bool = False

    def takes(self, one: StuckWork) -> bool:
        """Whether this one is meant."""
        is_named = self.operation_ids is not None and one.operation_id in self.operation_ids
        meant = is_named or self.operation_ids is None
        return meant and may_clean_up(one.trouble, is_named=is_named, even_running=self.even_running)


def stuck_work(ground: Ground, session: Session) -> list[StuckWork]:
    """What does not move at this moment, oldest first, without what an operator ignores; by this machine's clock."""
    found = [_stuck(ground, row) for row in repository.unended_operations(session)]
    return [one for one in found if one is not None]


def clean_up(ground: Ground, session: Session, choice: Choice, remedy: Remedy) -> list[StuckWork]:
    """Does by hand what is asked for to each that is meant; answers to which, as they were when they were locked.

    Whoever gave a sign of life between the look and the lock is left alone.
    """
    progress, done = Progress(ground), []
    for seen in filter(choice.takes, stuck_work(ground, session)):
        row = repository.operation_to_change(session, seen.operation_id)
        still = _stuck(ground, row) if row is not None and row.state in ACTIVE else None
        if row is not None and still is not None and choice.takes(still):
            remedy_work(ground, progress, session, row, remedy)
            done.append(still)
    return done


def _stuck(ground: Ground, row: OperationRow) -> StuckWork | None:
    now = ground.clock.now()
    leased_at = row.lease_renewed_at if row.lease_holder else None
    silent_ms = None if leased_at is None else _ms(now - leased_at)
    going_ms = _ms(now - (row.begun_at or leased_at if leased_at else row.updated_at))
    trouble = trouble_of(WorkFacts(silent_ms, going_ms, row.beginnings), rules_of(ground))
    if trouble is None or row.stuck_ignored:
        return None
    quiet_ms = silent_ms if trouble == "lease_gone" and silent_ms is not None else going_ms
    recoveries = max(0, row.beginnings - 1) if row.lease_holder else row.beginnings
    return StuckWork(row.id, row.episode_id, row.account_id, trouble, quiet_ms, recoveries, row.lease_holder)


def rules_of(ground: Ground) -> StuckRules:
    """As the settings say."""
    worker = ground.settings.worker
    return StuckRules(
        lease_ms=worker.step_lease_ms,
        waiting_ms_max=worker.order_wait_minutes_max * 60_000,
        attempts_max=worker.work_attempts_max,
    )


def _ms(span: timedelta) -> int:
    return int(span.total_seconds() * 1_000)
