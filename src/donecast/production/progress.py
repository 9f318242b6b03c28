"""Progress: what the line writes down while it works, so that people see it and may stop it."""

import os
import signal
import time
from collections.abc import Callable
from typing import Any, cast

from sqlalchemy.orm import Session

from donecast.credits import service as ledger
from donecast.episodes import service as episodes
from donecast.kit.errors import DonecastError
from donecast.kit.progress import Report
from donecast.platform.failure_reports import Failure
from donecast.platform.telemetry import logger
from donecast.platform.web import Ground
from donecast.platform.work_unit import run_unit
from donecast.production import repository, service
from donecast.production.errors import LeaseLost, NoSuchOperation, OperationCancelled, WorkKeepsStopping
from donecast.production.models import OperationRow, StepRow
from donecast.production.rules import (
    ACTIVE,
    STEPS_BEFORE_WORDS,
    OperationState,
    Order,
    StepName,
    StepState,
    StepView,
    worth_telling,
)

Work = Callable[[Report], str]
"""A step's work: gets a `Report`, which raises OperationCancelled when the person asked to stop; answers an id."""

OnChange = Callable[[StepView], None]


class Progress:
    """The book of one line: begins, moves and ends steps and operations."""

    def __init__(self, ground: Ground, on_change: OnChange | None = None) -> None:
        self._ground = ground
        self._on_change = on_change

    def begin(self, operation_id: str) -> None:
        """Counts that an attempt is begun, or begun again after a crash.

        Raises WorkKeepsStopping when that happened too often since it last finished a step.
        """

        def count(session: Session) -> int:
            row = self._locked(session, operation_id)
            row.beginnings += 1
            return row.beginnings

        if run_unit(self._ground.database, count) > self._ground.settings.worker.work_attempts_max:
            raise WorkKeepsStopping

    def watched(self, operation_id: str, name: StepName, work: Work) -> str:
        """Does one step's work and writes down its beginning, its progress and its end."""
        self._kill_point(name, "start")
        self._note(operation_id, name, "running", percent=None, detail=None, begun=True)
        told_at, told_percent, told_detail = time.monotonic(), 0, None

        def report(percent: int | None, detail: str | None) -> None:
            nonlocal told_at, told_percent, told_detail
            self._kill_point(name, "middle")
            now = time.monotonic()
            if detail != told_detail or worth_telling(told_percent, told_at, percent, now):
                self._note(operation_id, name, "running", percent=percent, detail=detail)
                told_at, told_percent, told_detail = now, percent or 0, detail

        try:
            answer = work(report)
        except LeaseLost:
            raise
        except OperationCancelled:
            self._note(operation_id, name, "waiting", percent=None, detail=None, quietly=True)
            raise
        except DonecastError as error:
            self._note(operation_id, name, "failed", percent=None, detail=error.message, quietly=True)
            raise
        self._kill_point(name, "end")
        self._note(operation_id, name, "done", percent=100, detail=None, quietly=True)
        return answer

    def skip(self, operation_id: str, name: StepName) -> None:
        """Writes down that a step is not needed this time."""
        self._note(operation_id, name, "skipped", percent=None, detail=None)

    def complete(self, operation_id: str, carried_out: Callable[[Order], bool]) -> bool:
        """Ends the operation as done if its order, as it reads this very moment, has been carried out.

        False when the person has asked for more meanwhile: the row is locked from the look to the end, and so is it
        where a wish is taken, so that a wish is either seen here or becomes an operation of its own.
        """

        def end(session: Session) -> bool:
            row = self._locked(session, operation_id)
            if row.state in ACTIVE:
                if not carried_out(service.order_of(session, operation_id)):
                    return False
                self.end(session, row, "done", None)
            return True

        return run_unit(self._ground.database, end)

    def finish(self, operation_id: str, state: OperationState, error: DonecastError) -> None:
        """Ends the operation before it is done; ending it again changes nothing.

        Work that stops for a person who has ordered it again meanwhile is not ended but queued as another attempt.
        """

        def end(session: Session) -> None:
            row = self._locked(session, operation_id)
            if row.state not in ACTIVE:
                return
            if state == "cancelled" and not row.cancel_requested:
                service.queue_again(row, self._ground.clock.now())
            else:
                self.end(session, row, state, error)

        run_unit(self._ground.database, end)

    def end(self, session: Session, row: OperationRow, state: OperationState, error: DonecastError | None) -> None:
        """Ends an operation whose row is locked; of one that failed, gives back what is still set aside for it."""
        row.state, row.lease_holder = state, None
        row.error = _words_of(error) if error else None
        row.updated_at = self._ground.clock.now()
        stopped_at = None
        for step in repository.steps(session, [row.id]):
            if step.state in {"running", "failed"}:
                stopped_at = cast(StepName, step.name)
            if step.state == "running":  # left so by a worker that was killed
                step.state, step.percent, step.detail = "waiting" if state == "cancelled" else "failed", None, None
        episodes.note_operation(session, row.episode_id, row.id, working=False)
        if state == "failed" and error:
            # What is left by a worker that was killed; one that lives has given it back.
            ledger.release_for_episode(session, self._ground.clock, row.account_id, row.episode_id)
            self._report(session, row, stopped_at, error)
        logger().info("operation ends", operation_id=row.id, state=state, code=error.code if error else None)

    def _report(self, session: Session, row: OperationRow, step: StepName | None, error: DonecastError) -> None:
        failure = Failure(
            error=error,
            account_id=row.account_id,
            request_id=row.request_id,
            episode_id=row.episode_id,
            operation_id=row.id,
            step=step,
            since=row.created_at,
        )
        reports = self._ground.failures
        if step in STEPS_BEFORE_WORDS:
            reports.report_transcription_failure(session, failure)
        elif step is not None and step != "publish":
            reports.report_assembly_failure(session, failure)
        else:
            reports.report_generic(session, failure)

    def _locked(self, session: Session, operation_id: str) -> OperationRow:
        row = repository.operation_to_change(session, operation_id)
        if row is None:
            raise NoSuchOperation
        return row

    def _note(
        self,
        operation_id: str,
        name: StepName,
        state: StepState,
        *,
        percent: int | None,
        detail: str | None,
        begun: bool = False,
        quietly: bool = False,
    ) -> None:
        now = self._ground.clock.now()

        def save(session: Session) -> StepView:
            operation = self._locked(session, operation_id)
            # What has ended stays so: a worker that was thought dead, and whose work another one finished, stops.
            is_over = operation.state not in ACTIVE
            if (operation.cancel_requested or is_over) and not quietly:
                raise OperationCancelled
            operation.state, operation.updated_at = operation.state if is_over else "running", now
            step = repository.step(session, operation_id, name)
            if step is None:
                step = StepRow(operation_id=operation_id, name=name, runs=0)
                session.add(step)
            step.state, step.percent, step.detail = state, percent, detail
            step.request_id = operation.request_id
            if begun:
                step.runs += 1
                step.started_at = now
            if state in {"done", "failed", "skipped"}:
                step.finished_at = now
            if state == "done":
                operation.beginnings = 1  # the one that goes on with the next step
            return StepView(name, state, percent, detail, step.runs)

        view = run_unit(self._ground.database, save)
        if self._on_change:
            self._on_change(view)

    def _kill_point(self, name: StepName, point: str) -> None:
        # Fault injection for the crash proofs: the process ends here as if the machine had lost its power.
        if self._ground.settings.worker.kill_at == f"{name}:{point}":
            os.kill(os.getpid(), signal.SIGKILL)


def _words_of(error: DonecastError) -> dict[str, Any]:
    return {
        "code": error.code,
        "message": error.message,
        "action": error.action,
        "retryable": error.retryable,
        "details": error.details,
    }
