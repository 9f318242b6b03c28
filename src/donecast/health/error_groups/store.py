"""The sink that keeps errors here: takes them at once, writes them in rounds, forgets them after their time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from donecast.health.error_groups import service
from donecast.health.error_groups.pending import PendingErrors
from donecast.kit.clock import Clock
from donecast.platform.database import Database
from donecast.platform.error_rules import ErrorReport
from donecast.platform.error_tracking import Trail
from donecast.platform.telemetry import logger

WRITE_EVERY = timedelta(seconds=2)
_FORGET_EVERY = timedelta(minutes=10)


@dataclass(slots=True)
class ErrorStore:
    """See `error_tracking.ErrorSink`."""

    database: Database
    clock: Clock
    pending: PendingErrors
    _forgot_at: datetime | None = None
    _lost_told: int = field(default=0)

    @property
    def lost(self) -> Mapping[str, int]:
        """See `ErrorSink`."""
        return {"too many kinds at once": self.pending.lost_count} if self.pending.lost_count else {}

    def take(self, report: ErrorReport) -> None:
        """Notes a report in memory."""
        self.pending.take(report)

    def begin(self, trail: Trail) -> None:
        """Courses of requests are not kept here."""

    def trace(self, trail: Trail, ended_at: datetime) -> None:
        """Courses of requests are not kept here."""

    def flush(self) -> None:
        """Writes what waits. Raises DatabaseBusy, and then it waits on."""
        service.write_pending(self.database, self.pending)
        lost = self.pending.lost_count
        if lost > self._lost_told:
            logger().warning("more kinds of errors at once than are kept", lost=lost - self._lost_told)
            self._lost_told = lost
        now = self.clock.now()
        self._forgot_at = self._forgot_at or now
        if now - self._forgot_at >= _FORGET_EVERY:
            service.forget_old_errors(self.database, self.clock)
            self._forgot_at = now
