"""The dispatcher: one in each worker; hands queued orders to the durable engine and looks after dead workers."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from donecast.platform.durable import DurableEngine
from donecast.platform.telemetry import logger
from donecast.platform.web import Ground
from donecast.platform.work_unit import run_unit
from donecast.production import repository
from donecast.production.models import WorkerRow
from donecast.production.recovery import Recovery, Sign, sign_of
from donecast.production.rounds import Rounds
from donecast.production.rules import workflow_id
from donecast.production.stuck_rules import Signs

WORKFLOW = "produce_episode"
_ORDERS_AT_ONCE = 50


class Dispatcher:
    """Beats, dispatches, sweeps. Every act may be repeated by any worker at any time."""

    def __init__(self, ground: Ground, engine: DurableEngine, now_ms: Callable[[], int] | None = None) -> None:
        self._ground = ground
        self._engine = engine
        self._now_ms = now_ms or ground.breakers.now_ms
        self._signs = Signs()
        self._recovery = Recovery(ground, self._now_ms)
        self._worker_id = ground.settings.worker_id
        self._lease = timedelta(milliseconds=ground.settings.worker.worker_lease_ms)
        self._rounds = Rounds(ground.errors)

    def start(self) -> None:
        """Begins to work in the background."""
        worker = self._ground.settings.worker
        self.beat()
        for name, act, interval_ms in (
            ("dispatch", self.dispatch, worker.dispatch_interval_ms),
            ("heartbeat", self.beat, worker.worker_heartbeat_ms),
            ("sweep", self.sweep, worker.worker_heartbeat_ms),
        ):
            self._rounds.begin(name, [act], timedelta(milliseconds=interval_ms))

    def stop(self) -> None:
        """Ends the background work and takes this worker off the list, so that nobody thinks it dead.

        What it had begun goes on at its next start, or elsewhere once the leases have run out.
        """
        self._rounds.end()
        run_unit(self._ground.database, lambda session: repository.stop_worker(session, self._worker_id))

    def beat(self) -> None:
        """Gives a sign of life."""
        now = self._ground.clock.now()
        with self._ground.database.transaction() as session:
            row = repository.worker(session, self._worker_id)
            if row is None:
                session.add(WorkerRow(id=self._worker_id, started_at=now, heartbeat_at=now))
            else:
                row.heartbeat_at, row.sweeper_id, row.swept_at = now, None, None

    def dispatch(self) -> int:
        """Hands queued orders to the durable engine; answers how many. A crash in between only repeats it."""
        with self._ground.database.reading() as session:
            orders = [(row.id, row.attempt) for row in repository.undispatched(session, _ORDERS_AT_ONCE)]
        for operation_id, attempt in orders:
            name = workflow_id(operation_id, attempt)
            self._engine.start(WORKFLOW, name, name)
            with self._ground.database.transaction() as session:
                row = repository.operation(session, operation_id)
                if row is not None:
                    row.dispatched_attempt = max(row.dispatched_attempt, attempt)
        return len(orders)

    def sweep(self) -> list[str]:
        """Takes over from dead workers and recovers work whose lease is gone, or that the engine lost.

        Answers the workflows that were taken over. Nobody is thought dead before this process has watched them be
        silent for a whole lease, and each piece of their work for a whole lease of its own.
        """
        taken = [workflow_id for dead in self._dead_workers() for workflow_id in self._take_over(*dead)]
        self._recovery.recover_gone()
        self._recovery.recover_lost(self._is_lost)
        return taken

    def give_back(self) -> None:
        """Before work begins: what this worker had when it was last killed waits again."""
        now = self._ground.clock.now()
        run_unit(self._ground.database, lambda session: repository.give_back_leases(session, self._worker_id, now))

    def _is_lost(self, workflow: str) -> bool:
        with self._ground.database.reading() as session:
            workers = {row.id for row in repository.workers(session)}
        return self._engine.is_lost(workflow, workers)

    def _dead_workers(self) -> list[tuple[str, datetime, dict[str, Sign]]]:
        leases, lasts_ms = self._recovery.leases(), self._ground.settings.worker.step_lease_ms
        with self._ground.database.reading() as session:
            heard = {row.id: row.heartbeat_at for row in repository.workers(session) if row.id != self._worker_id}
        silent = self._signs.silent_ms(heard, self._now_ms())
        lease_ms = self._ground.settings.worker.worker_lease_ms
        dead = []
        for worker_id in (one for one, silent_ms in silent.items() if silent_ms >= lease_ms):
            held = [lease for lease in leases if lease.holder == worker_id]
            if all(lease.silent_ms >= lasts_ms for lease in held):
                dead.append((worker_id, heard[worker_id], {lease.operation_id: lease.sign for lease in held}))
        return dead

    def _take_over(self, dead: str, heard_at: datetime, signs: dict[str, Sign]) -> list[str]:
        now = self._ground.clock.now()

        def claim(session: Session) -> bool:
            if {row.id: sign_of(row) for row in repository.leases_to_change(session, dead)} != signs:
                return False  # it lives after all
            claimed = repository.claim_dead_worker(
                session, dead, heard_at, sweeper_id=self._worker_id, now=now, claimed_before=now - self._lease
            )
            if claimed:
                repository.give_back_leases(session, dead, now)
            return claimed

        if not run_unit(self._ground.database, claim):
            return []
        taken = self._engine.take_over(dead)
        logger().warning("took over from a dead worker", dead_worker_id=dead, workflow_ids=taken)
        run_unit(self._ground.database, lambda session: repository.clear_dead_worker(session, dead, heard_at))
        return taken
