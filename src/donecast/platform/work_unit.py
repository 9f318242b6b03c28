"""A unit of work: everything that one act saves, done again as a whole when its transaction could not be had.

A transaction is lost to a deadlock, to a lock that came too late, to somebody who saved the same first, or with its
connection. Then the work runs again from its first look, three times at most, with pauses by chance. Never is a bare
commit repeated. So ``work`` touches nothing but its session, or only what may be done twice: it asks no vendor.

A commit whose answer was lost is not guessed at. PostgreSQL is asked what became of that very transaction: was it
committed, the unit has its result; was it not, the unit runs again. Only where that cannot be told (the server is gone
for good, or another one took its place) does `SaveUnknown` say so. SQLite's commits are calls and answer. So no unit
needs a key to be run again; the ledger, jobs, renditions and orders have theirs all the same, for whoever is killed.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from sqlalchemy import text
from sqlalchemy.exc import DataError
from sqlalchemy.orm import Session

from donecast.platform.database import Database, DatabaseBusy, NoConnectionFree
from donecast.platform.retrying import jittered_pauses
from donecast.platform.telemetry import logger

ATTEMPTS_MAX = 3
SECONDS_MAX = 15.0
"""No attempt is begun later: somebody may be waiting, and SQLite itself waits for its writers' turn."""
_PAUSE_SECONDS = 0.1
_QUESTIONS_MAX = 5

_T = TypeVar("_T")
Fence = Callable[[Session], None]
_FENCE: ContextVar[Fence | None] = ContextVar("fence", default=None)


class DatabaseStaysBusy(DatabaseBusy):
    """A unit of work was tried as often as it may be; whoever called it does not try again at once."""


class SaveUnknown(DatabaseBusy):
    """The connection broke while we saved, and what became of it could not be told."""

    code = "save_unknown"
    message = "The connection to the database broke while we saved, so we do not know whether this was kept."
    action = "Look whether it is there before you do it again."
    retryable = False


NOT_AGAIN = (NoConnectionFree, DatabaseStaysBusy, SaveUnknown)
"""What waiting once more does not mend: a pool that is used up, and what was tried as often as it may be."""


@dataclass(slots=True)
class Attempts:
    """How often one unit was begun, and whether it may be begun again; its clock is steady."""

    database: Database
    _begun: int = 0
    _pauses: Iterator[float] = field(default_factory=lambda: jittered_pauses(_PAUSE_SECONDS, 1.0))
    _since: float = field(default_factory=time.monotonic)

    def pause_after(self, error: DatabaseBusy) -> float:
        """Seconds to wait before the next attempt. Raises DatabaseStaysBusy when there is none."""
        self._begun += 1
        if self._begun >= ATTEMPTS_MAX or time.monotonic() - self._since > SECONDS_MAX:
            raise DatabaseStaysBusy from error
        logger().info("a unit of work is done again", attempt=self._begun + 1, why=repr(error.__cause__ or error))
        return next(self._pauses)

    def was_committed(self, mark: str | None) -> bool:
        """What became of a transaction whose commit failed; ``mark`` is its `commit_mark`. Raises SaveUnknown."""
        if mark is None:
            return False
        for pause in islice(jittered_pauses(_PAUSE_SECONDS, 1.0), _QUESTIONS_MAX):
            try:
                with self.database.reading() as session:
                    found = str(session.scalar(text("SELECT pg_xact_status(CAST(:mark AS xid8))"), {"mark": mark}))
            except DatabaseBusy:
                found = "not known yet"
            except DataError as error:  # another server, which has not come so far
                raise SaveUnknown from error
            if found in {"committed", "aborted"}:
                return found == "committed"
            time.sleep(pause)
        raise SaveUnknown


def run_unit(database: Database, work: Callable[[Session], _T], *, is_fact: bool = False) -> _T:
    """Does the work in one transaction and saves it, again as a whole where that could not be had.

    Within `fenced` the fence is asked first, each time, unless what is saved ``is_fact`` of the world outside, which
    is true whoever says it. Raises what ``work`` and the fence raise, DatabaseStaysBusy, SaveUnknown.
    """
    attempts = Attempts(database)
    while True:
        mark: str | None = None
        try:
            with database.transaction() as session:
                if not is_fact:
                    _ask_fence(session)
                result = work(session)
                mark = commit_mark(database, session)
            return result
        except NOT_AGAIN:
            raise
        except DatabaseBusy as error:
            if attempts.was_committed(mark):
                return result
            pause = attempts.pause_after(error)
        time.sleep(pause)


def commit_mark(database: Database, session: Session) -> str | None:
    """By what PostgreSQL knows this transaction, asked last before its commit; None where nothing hangs on it."""
    if database.is_sqlite:
        return None
    session.flush()
    found = session.scalar(text("SELECT pg_current_xact_id_if_assigned()::text"))
    return str(found) if found is not None else None


@contextmanager
def fenced(fence: Fence) -> Iterator[None]:
    """Every unit that this thread runs in the block asks the fence first, which raises when it may write no more."""
    token = _FENCE.set(fence)
    try:
        yield
    finally:
        _FENCE.reset(token)


def _ask_fence(session: Session) -> None:
    fence = _FENCE.get()
    if fence is not None:
        fence(session)
