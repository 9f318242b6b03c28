"""Where a test finds what was told."""

from dataclasses import dataclass, field
from datetime import datetime

from donecast.platform.error_rules import ErrorReport
from donecast.platform.error_tracking import Trail


@dataclass
class Shelf:
    """A sink that keeps what it gets."""

    reports: list[ErrorReport] = field(default_factory=list)

    @property
    def lost(self) -> dict[str, int]:
        """Nothing."""
        return {}

    def take(self, report: ErrorReport) -> None:
        """Keeps it."""
        self.reports.append(report)

    def flush(self) -> None:
        """Nothing waits."""

    def begin(self, trail: Trail) -> None:
        """Follows nothing."""

    def trace(self, trail: Trail, ended_at: datetime) -> None:
        """Follows nothing."""
