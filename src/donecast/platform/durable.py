"""Durable work behind one door: the only file that knows DBOS.

A workflow is a plain function of a `StepRunner` and one text argument. Each step it runs is remembered: after a crash
the workflow runs again from its top, and steps that had finished answer from memory. A step that was interrupted runs
again, so a step must be harmless to repeat. `InlineRunner` runs the same functions without any memory.
"""

import logging
import sqlite3
from collections.abc import Callable, Collection
from contextlib import closing
from typing import Any, Protocol
from urllib.parse import quote

from dbos import DBOS, SetWorkflowID
from dbos import error as durable_errors
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.orm import Session

from donecast.kit.errors import DonecastError, ErrorKind
from donecast.platform.work_unit import DatabaseStaysBusy

APPLICATION_VERSION = "1"
"""Raised only when a running workflow of the older program cannot go on in the newer one."""
_QUEUE = "line"

_STORE_LOCK_SECONDS = 0.5

Step = Callable[[], str]


class DurableStoreMissing(DonecastError):
    """The durable engine's own tables are not there: no worker has ever run, or their file is gone."""

    code = "durable_store_missing"
    kind = ErrorKind.UNAVAILABLE
    message = "The store of the durable queue cannot be read; no worker has run here yet, or its file is gone."
    action = "Start a worker, which makes it: `donecast up`, or `donecast worker`."


class StepRunner(Protocol):
    """What a workflow does its steps with."""

    def step(self, name: str, action: Step) -> str:
        """Runs the action once, or answers what it answered before; the answer is a short text such as an id."""
        ...


Workflow = Callable[[StepRunner, str], None]


class InlineRunner:
    """Runs each step at once and remembers nothing; for one-off work such as `donecast produce`."""

    def step(self, name: str, action: Step) -> str:  # noqa: ARG002
        """Runs the action."""
        return action()


class _DurableRunner:
    def step(self, name: str, action: Step) -> str:
        options: Any = {
            "name": name,
            "retries_allowed": True,
            "max_attempts": 3,
            "interval_seconds": 1.0,
            # What a unit of work has tried as often as it may is not tried as often again, and again.
            "should_retry": lambda error: (
                isinstance(error, DonecastError) and error.retryable and not isinstance(error, DatabaseStaysBusy)
            ),
        }
        try:
            return DBOS.run_step(options, action)
        except durable_errors.DBOSMaxStepRetriesExceeded as exhausted:
            # The engine's wrapper would hide the sentence that people shall read.
            raise exhausted.errors[-1] from exhausted


class DurableEngine:
    """One per process. Register every workflow, then launch."""

    def __init__(self, *, url: str, worker_id: str, concurrency: int) -> None:
        logging.getLogger("dbos").setLevel(logging.WARNING)
        self._concurrency = concurrency
        self._workflows: dict[str, Callable[[str], None]] = {}
        self._engine = _sqlite_engine(url) if url.startswith("sqlite") else None
        config: Any = {
            "name": "donecast",
            "system_database_url": url,
            "executor_id": worker_id,
            "application_version": APPLICATION_VERSION,
            "max_executor_threads": 4 * concurrency,
            "run_admin_server": False,
            "log_level": "WARNING",
            "notification_listener_polling_interval_sec": 0.25,
        }
        if self._engine is not None:
            config["system_database_engine"] = self._engine
        DBOS(config=config)

    def register(self, name: str, workflow: Workflow) -> None:
        """Makes a workflow known by name; the name is stored, so it is kept for ever."""

        def body(argument: str) -> None:
            workflow(_DurableRunner(), argument)

        body.__qualname__ = body.__name__ = name
        self._workflows[name] = DBOS.workflow(name=name)(body)

    def launch(self) -> None:
        """Starts work, first with what this worker had begun before it was stopped or killed."""
        DBOS.launch()
        DBOS.register_queue(_QUEUE, worker_concurrency=self._concurrency, polling_interval_sec=0.2)

    def start(self, workflow_name: str, workflow_id: str, argument: str) -> None:
        """Queues a workflow for any worker; the same id again changes nothing."""
        with SetWorkflowID(workflow_id):
            DBOS.enqueue_workflow(_QUEUE, self._workflows[workflow_name], argument)

    def take_over(self, dead_worker_id: str) -> list[str]:
        """Queues again what a worker that will not return had begun; answers the workflow ids."""
        begun = DBOS.list_workflows(status="PENDING", executor_id=dead_worker_id, load_input=False, load_output=False)
        ids = [status.workflow_id for status in begun]
        if ids:
            DBOS.resume_workflows(ids, queue_name=_QUEUE)
        return ids

    def is_lost(self, workflow_id: str, workers: Collection[str]) -> bool:
        """Whether nothing will come of a workflow: it has ended, was never known, or none of the workers began it."""
        status = DBOS.get_workflow_status(workflow_id)
        if status is not None and status.status == "PENDING":
            return status.executor_id not in workers
        return status is None or status.status not in {"ENQUEUED", "DELAYED"}

    def stop(self) -> None:
        """Stops taking work; what runs is taken up again at the next launch."""
        DBOS.destroy(destroy_registry=True)
        if self._engine is not None:
            self._engine.dispose()


def require_store(url: str, session: Session) -> None:
    """Reads a row of the durable engine's own tables, on PostgreSQL by our session. Raises DurableStoreMissing."""
    query = "SELECT 1 FROM {} LIMIT 1"
    if not url.startswith("sqlite"):
        found = session.scalar(text("SELECT to_regclass('dbos.workflow_status') IS NOT NULL"))
        if not found:
            raise DurableStoreMissing
        session.execute(text(query.format("dbos.workflow_status")))
        return
    path = url.removeprefix("sqlite:///")
    try:
        with closing(sqlite3.connect(f"file:{quote(path)}?mode=ro", uri=True, timeout=_STORE_LOCK_SECONDS)) as store:
            store.execute(query.format("workflow_status"))
    except sqlite3.Error as error:
        raise DurableStoreMissing from error


def _sqlite_engine(url: str) -> Engine:
    # The durable engine leaves SQLite's journal as it is; write-ahead makes it several times faster and lets
    # readers through. Its own isolation_level form is used, which must not be mixed with our BEGIN statements.
    engine = create_engine(url, connect_args={"isolation_level": "IMMEDIATE", "timeout": 30}, pool_size=10)

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=30000"):
            connection.execute(f"PRAGMA {pragma}")

    return engine
