"""Keeps book of failures for rooms that do not know this one; see `platform.failure_reports`.

A failure that cannot be written down is logged and never changes what the one who tells it does.
"""

from collections.abc import Callable, Sequence
from functools import partial
from queue import Full, Queue
from threading import Event, Lock, Thread

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from donecast.health.bug_reports import service
from donecast.kit.clock import Clock
from donecast.kit.errors import DonecastError
from donecast.platform.database import Database
from donecast.platform.error_tracking import capture_exception
from donecast.platform.failure_reports import Failure
from donecast.platform.telemetry import logger
from donecast.platform.work_unit import run_unit
from donecast.production.rounds import do_once

WAITING_MAX = 1_000
"""Failures of uploads that wait to be written down; more are only logged."""
PAUSES_SECONDS = (1.0, 5.0, 30.0, 60.0, 120.0, 300.0, 600.0)
"""How long a busy or full database is left alone before each further try; then a failure is only logged."""
CLOSE_SECONDS_MAX = 5.0
Keep = Callable[[Session, Clock, str, Failure], str | None]


class BugReports:
    """The `FailureReports` of a process. ``base_url``: where the studio is, for links."""

    def __init__(
        self, database: Database, clock: Clock, base_url: str, pauses_seconds: Sequence[float] = PAUSES_SECONDS
    ) -> None:
        self._database, self._clock, self._base_url = database, clock, base_url
        self._pauses_seconds = pauses_seconds
        self._closing = Event()
        self._waiting: Queue[Failure] = Queue(WAITING_MAX)
        self._lock = Lock()
        self._thread: Thread | None = None

    def report_upload_failure(self, failure: Failure) -> None:
        """See `FailureReports`."""
        try:
            self._waiting.put_nowait(failure)
        except Full:
            logger().error("failure not reported", why="too many wait", error=repr(failure.error))
        with self._lock:
            if self._thread is None:
                self._thread = Thread(target=self._write_down, name="donecast-failures", daemon=True)
                self._thread.start()

    def report_transcription_failure(self, session: Session, failure: Failure) -> None:
        """See `FailureReports`."""
        self._keep(service.report_transcription_failure, session, failure)

    def report_assembly_failure(self, session: Session, failure: Failure) -> None:
        """See `FailureReports`."""
        self._keep(service.report_assembly_failure, session, failure)

    def report_generic(self, session: Session, failure: Failure) -> None:
        """See `FailureReports`."""
        self._keep(service.report_generic, session, failure)

    def drain(self) -> None:
        """Waits until all that was told so far is written down or logged."""
        self._waiting.join()

    def close(self) -> None:
        """See `FailureReports`."""
        self._closing.set()
        with self._waiting.all_tasks_done:
            self._waiting.all_tasks_done.wait_for(lambda: not self._waiting.unfinished_tasks, CLOSE_SECONDS_MAX)
            lost = self._waiting.unfinished_tasks
        if lost:
            logger().error("failures not reported", why="the process ends", failures=lost)

    def _keep(self, keep: Keep, session: Session, failure: Failure) -> None:
        try:
            with session.begin_nested():  # so that the caller's work stands, whatever becomes of the report
                keep(session, self._clock, self._base_url, failure)
        except Exception as error:  # noqa: BLE001  an edge: whoever tells of a failure must not make a second one
            logger().error("failure not reported", why=repr(error), error=repr(failure.error), exc_info=True)
            capture_exception(error)

    def _write_down(self) -> None:
        while True:
            failure = self._waiting.get()
            do_once(partial(self._write_down_in_time, failure))
            self._waiting.task_done()

    def _write_down_in_time(self, failure: Failure) -> None:
        # The others wait as well: what keeps one from being written down keeps all of them.
        for pause_seconds in self._pauses_seconds:
            try:
                self._write_down_one(failure)
            except (DonecastError, OperationalError) as error:
                logger().warning("failure not reported yet", why=repr(error), error=repr(failure.error))
                if self._closing.wait(pause_seconds):
                    break
            else:
                return
        self._write_down_one(failure)

    def _write_down_one(self, failure: Failure) -> None:
        run_unit(
            self._database,
            lambda session: service.report_upload_failure(session, self._clock, self._base_url, failure),
            is_fact=True,
        )
