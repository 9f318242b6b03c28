"""The dispatcher: one in each worker; hands queued orders to the durable engine and looks after dead workers."""

from collections.abc import Callable
from datetime import timedelta
from threading import Event, Thread

from donecast.kit.errors import DonecastError
from donecast.platform.durable import DurableEngine
from donecast.platform.telemetry import logger
from donecast.platform.web import Ground
from donecast.production import repository
from donecast.production.errors import WorkLost
from donecast.production.models import WorkerRow
from donecast.production.progress import Progress
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
        self._stop = Event()
        self._threads: list[Thread] = []

    def start(self) -> None:
        """Begins to work in the background."""
        worker = self._ground.settings.worker
        self.beat()
        for name, act, interval_ms in (
            ("dispatch", self.dispatch, worker.dispatch_interval_ms),
            ("heartbeat", self.beat, worker.worker_heartbeat_ms),
            ("sweep", self.sweep, worker.worker_heartbeat_ms),
        ):
            thread = Thread(target=self._repeat, args=(act, interval_ms / 1000), name=f"donecast-{name}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Ends the background work and takes this worker off the list."""
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=5)

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
        with self._ground.database.transaction() as session:
            dead = repository.claim_dead_worker(
                session,
                sweeper_id=self._worker_id,
                now=now,
                heard_before=heard_before,
                claimed_before=heard_before,
            )
        taken: list[str] = []
        if dead is not None:
            taken = self._engine.take_over(dead)
            logger().warning("took over from a dead worker", dead_worker_id=dead, workflow_ids=taken)
            with self._ground.database.transaction() as session:
                repository.clear_dead_worker(session, dead, heard_before)
        self._end_lost_work()
        return taken

    def _end_lost_work(self) -> None:
        silent_before = self._ground.clock.now() - 2 * self._lease
        with self._ground.database.reading() as session:
            silent = [(row.id, row.attempt) for row in repository.silent_operations(session, silent_before)]
        for operation_id, attempt in silent:
            if self._engine.has_ended(workflow_id(operation_id, attempt)):
                self._progress.finish(operation_id, "failed", WorkLost())

    def _repeat(self, act: Callable[[], object], interval_seconds: float) -> None:
        while not self._stop.wait(interval_seconds):
            try:
                act()
            except DonecastError as error:  # a busy or full database; the next round tries again
                logger().warning("dispatcher waits", code=error.code, message=error.message)
            except Exception:  # noqa: BLE001  an edge: whatever it was is logged, and the next round tries again
                # A thread that ended here would leave a worker that looks alive and does nothing, or one that works
                # and looks dead, so that others take its work over while it goes on.
                logger().error("dispatcher stumbled", act=getattr(act, "__name__", ""), exc_info=True)
