"""Whether a slow statement is really ended: one is run, on a connection such as every page uses, and timed.

What a database says that it is set to is no proof: PostgreSQL writes 300000 as ``5min``, and SQLite has no such
setting. The statement sleeps more than it computes, so that it costs next to nothing.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import text

from donecast.platform.database import Database, DatabaseSlow

_GRACE_SECONDS = 2.0
"""A busy machine notices a little late."""
_NAP_SHORTEST_SECONDS = 0.05
_NAPS = 200
# Between two naps SQLite computes for a few milliseconds, for only then does it look at the clock.
_SLOW_ON_SQLITE = """
WITH RECURSIVE numbers (n) AS (
    SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n % 20000 <> 0 OR donecast_nap()
) SELECT count(*) FROM numbers
"""


@dataclass(frozen=True, slots=True)
class LimitProof:
    """What came of it: the limit, after how long the statement was over, and whether it was ended by the limit."""

    limit_ms: int
    took_ms: int
    was_ended: bool

    @property
    def holds(self) -> bool:
        """Whether statements end in time."""
        return self.was_ended and self.took_ms <= self.limit_ms + 1_000 * _GRACE_SECONDS


def prove_limit(database: Database, is_over: Callable[[], bool] = lambda: False) -> LimitProof:
    """Takes as long as a statement may. Raises DatabaseBusy when the database does not answer.

    ``is_over``: asked now and then on SQLite, where the statement runs in this very process; then nothing is proved.
    """
    limit_ms = database.limits.statement_ms
    seconds_max = limit_ms / 1_000 + _GRACE_SECONDS
    database.ping()  # so that the time of connecting does not count
    begun = time.monotonic()
    was_ended = False
    try:
        if database.is_sqlite:
            _nap_on_sqlite(database, begun + seconds_max, max(_NAP_SHORTEST_SECONDS, seconds_max / _NAPS), is_over)
        else:
            with database.reading() as session:
                session.execute(text("SELECT pg_sleep(:seconds)"), {"seconds": seconds_max})
    except DatabaseSlow:
        was_ended = True
    return LimitProof(limit_ms, int(1_000 * (time.monotonic() - begun)), was_ended)


def _nap_on_sqlite(database: Database, until: float, nap_seconds: float, is_over: Callable[[], bool]) -> None:
    def nap() -> bool:
        time.sleep(nap_seconds)
        return time.monotonic() < until and not is_over()

    with database.reading() as session:
        driver = session.connection().connection.driver_connection
        assert driver is not None  # noqa: S101  a session has one while it lasts
        driver.create_function("donecast_nap", 0, nap)
        session.execute(text(_SLOW_ON_SQLITE)).scalar()
