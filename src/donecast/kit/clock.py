"""The clock: the only place where the present moment comes from. Instants are UTC."""

from datetime import UTC, datetime, timedelta
from typing import Protocol

EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
"""Between them every instant can be told in every time zone, and be counted on from."""


def in_utc(instant: datetime) -> datetime:
    """An instant from elsewhere in UTC, which one without a time zone is taken for.

    Raises ValueError before `EARLIEST` and from `LATEST` on.
    """
    known = instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant
    if not EARLIEST <= known < LATEST:
        raise ValueError(f"must lie in the years {EARLIEST.year} to {LATEST.year - 1}")
    return known.astimezone(UTC)


class Clock(Protocol):
    """Something that knows what time it is."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        return datetime.now(UTC)


class FixedClock:
    """A clock that stands still until it is moved; for tests and rehearsals."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """The instant it was set to."""
        return self._now

    def advance(self, by: timedelta) -> None:
        """Moves the present forward."""
        self._now += by
