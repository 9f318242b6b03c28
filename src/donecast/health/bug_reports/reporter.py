"""Keeps book of failures for rooms that do not know this one; see `platform.failure_reports`.

A failure that cannot be written down is logged and never changes what the one who tells it does.
"""

from collections.abc import Callable
from functools import partial
from queue import Full, Queue
from threading import Lock, Thread

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from donecast.health.bug_reports import service
from donecast.kit.clock import Clock
from donecast.kit.errors import DonecastError
from donecast.platform.database import Database
from donecast.platform.failure_reports import Failure
from donecast.platform.telemetry import logger
from donecast.production.rounds import do_once

WAITING_MAX = 1_000
"""Failures of uploads that wait to be written down; more are only logged."""
Keep = Callable[[Session, Clock, str, Failure], str | None]


class BugReports:
    """The `FailureReports` of a process. ``base_url``: where the studio is, for links."""

    def __init__(self, database: Database, clock: Clock, base_url: str) -> None:
        self._database, self._clock, self._base_url = database, clock, base_url
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

    def _keep(self, keep: Keep, session: Session, failure: Failure) -> None:
        try:
            with session.begin_nested():  # so that the caller's work stands, whatever becomes of the report
                keep(session, self._clock, self._base_url, failure)
        except (DonecastError, SQLAlchemyError) as error:
            logger().error("failure not reported", why=repr(error), error=repr(failure.error))

    def _write_down(self) -> None:
        while True:
            failure = self._waiting.get()
            do_once(partial(self._write_down_one, failure))
            self._waiting.task_done()

    def _write_down_one(self, failure: Failure) -> None:
        with self._database.transaction() as session:
            service.report_upload_failure(session, self._clock, self._base_url, failure)
