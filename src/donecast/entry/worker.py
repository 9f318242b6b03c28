"""The process part that does durable work: the line, on the durable engine, fed by the dispatcher."""

import signal
from functools import partial
from threading import Event, Thread

from donecast.entry.watch import Watch
from donecast.entry.wiring import open_aside, open_workshop
from donecast.health import service as health
from donecast.kit.errors import DonecastError, ErrorKind
from donecast.platform.durable import DurableEngine
from donecast.platform.pool_uses import SAVE_EVERY, PoolUses
from donecast.platform.telemetry import logger
from donecast.platform.web import Ground
from donecast.production.dispatch import WORKFLOW, Dispatcher
from donecast.production.housekeeping import Housekeeping
from donecast.production.line import Line
from donecast.production.rounds import Rounds, do_once
from donecast.recordings import service as recordings


class WorkerUnnamed(DonecastError):
    """Several workers may share a PostgreSQL database, and each needs a name of its own that stays."""

    code = "worker_unnamed"
    kind = ErrorKind.INVALID
    message = "This worker has no name."
    action = "Set DONECAST_WORKER_ID to a name that no other worker has and that stays the same after a restart."


class Worker:
    """Runs beside the web app in `donecast up`, and alone in `donecast worker`."""

    def __init__(self, ground: Ground) -> None:
        settings = ground.settings
        if not settings.on_one_machine and not settings.worker.worker_id:
            raise WorkerUnnamed
        self._ground = ground
        self._engine = DurableEngine(
            url=settings.durable_url, worker_id=settings.worker_id, concurrency=settings.worker.worker_concurrency
        )
        self._engine.register(WORKFLOW, Line(open_workshop(ground)).attempt)
        self._dispatcher = Dispatcher(ground, self._engine)
        self._housekeeping = Housekeeping(ground)
        aside = open_aside(ground)
        self._pool_uses = PoolUses(aside.database, ground.database, ground.traffic.process_id, "worker")
        self._rounds = Rounds(ground.errors)
        self._watch = Watch(aside)
        self._told = Event()

    def start(self) -> None:
        """Takes up what was begun before, then waits for orders."""
        swept = self._ground.temporary.sweep(self._ground.clock.now())
        half_stored = self._ground.blobs.sweep_half_stored()
        Thread(target=self._check_leftovers, name="donecast-check", daemon=True).start()
        self._dispatcher.give_back()
        self._engine.launch()
        self._dispatcher.start()
        Thread(target=self._prove_limit, name="donecast-limit", daemon=True).start()
        self._housekeeping.start()
        self._rounds.begin("pools", [self._tell_pools], SAVE_EVERY)
        self._watch.start()
        logger().info(
            "worker started",
            worker_id=self._ground.settings.worker_id,
            temporary_folders_swept=swept,
            half_stored_files_swept=half_stored,
        )

    def _tell_pools(self) -> None:
        self._pool_uses.save(self._ground.clock.now())

    def _prove_limit(self) -> None:
        """Whether this worker's slow statements are ended; takes as long as one may take, and sleeps meanwhile."""
        with self._ground.errors.tracked("round", action="prove_limit"):
            do_once(partial(health.prove_worker_limit, self._ground, self._told.is_set))

    def _check_leftovers(self) -> None:
        """Looks at large recordings whose check was interrupted by the last stop."""
        errors = self._ground.errors
        with self._ground.database.reading() as session:
            unchecked = recordings.unchecked_ids(session)
        for media_id in unchecked:
            with errors.tracked("round", action="check_leftovers"):
                do_once(partial(recordings.check_soon, self._ground, media_id))

    def stop(self) -> None:
        """Ends; what runs goes on where it was at the next start."""
        self._told.set()
        self._housekeeping.stop()
        self._dispatcher.stop()
        self._engine.stop()
        self._rounds.end()
        self._watch.stop()


def run_alone(worker: Worker) -> None:
    """Works until the process is told to stop (SIGINT or SIGTERM)."""
    told = Event()
    for kind in (signal.SIGINT, signal.SIGTERM):
        signal.signal(kind, lambda _signal, _frame: told.set())
    worker.start()
    told.wait()
    worker.stop()
