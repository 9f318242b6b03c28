"""Pure rules of the history: when a sample is due, and how long it is kept."""

from datetime import UTC, datetime, timedelta

EVERY = timedelta(minutes=5)
KEPT = timedelta(hours=26)
SHOWN = timedelta(hours=24)
FIGURES = (
    "error_rate_percent",
    "requests",
    "services_left_alone",
    "pool_percent",
    "work_open",
    "memory_percent",
    "disk_percent",
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def slot_of(now: datetime) -> datetime:
    """The beginning of the five minutes in which a moment lies."""
    return now - (now - _EPOCH) % EVERY
