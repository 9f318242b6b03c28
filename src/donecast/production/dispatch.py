"""The dispatcher: one in each worker; hands queued orders to the durable engine and looks after dead workers."""

from datetime import timedelta

from donecast.platform.durable import DurableEngine
from donecast.platform.telemetry import logger
from donecast.platform.web import Ground
from donecast.platform.work_unit import run_unit
from donecast.production import repository
from donecast.production.errors import WorkLost
from donecast.production.models import WorkerRow
from donecast.production.progress import Progress
from donecast.production.rounds import Rounds
from donecast.production.rules import workflow_id

WORKFLOW = "produce_episode"
_ORDERS_AT_ONCE = 50


class Dispatcher:
    """Beats, dispatches, sweeps. Every act may be repeated by any worker at any time."""

    def __init__(self, ground: Ground, engine: DurableEngine) -> None:
        self._ground = ground
        self._engine = engine
        self._progress = Progress(ground)
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
        """Ends the background work and takes this worker off the list."""
        self._rounds.end()

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
        """Queues again what dead workers had begun, and ends operations that the engine lost; answers workflow ids."""
        now = self._ground.clock.now()
        heard_before = now - self._lease
        dead = run_unit(
            self._ground.database,
            lambda session: repository.claim_dead_worker(
                session,
                sweeper_id=self._worker_id,
                now=now,
                heard_before=heard_before,
                claimed_before=heard_before,
            ),
        )
        taken: list[str] = []
        if dead is not None:
            taken = self._engine.take_over(dead)
            logger().warning("took over from a dead worker", dead_worker_id=dead, workflow_ids=taken)
            run_unit(self._ground.database, lambda session: repository.clear_dead_worker(session, dead, heard_before))
        self._end_lost_work()
        return taken

    def _end_lost_work(self) -> None:
        silent_before = self._ground.clock.now() - 2 * self._lease
        with self._ground.database.reading() as session:
            silent = [(row.id, row.attempt) for row in repository.silent_operations(session, silent_before)]
        for operation_id, attempt in silent:
            if self._engine.has_ended(workflow_id(operation_id, attempt)):
                self._progress.finish(operation_id, "failed", WorkLost())
