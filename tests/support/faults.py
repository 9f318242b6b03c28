"""Faults on demand: a transaction that breaks, or a process that dies, at its nth statement."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from donecast.platform.database import Database


class Broken(Exception):
    """The planted fault."""


@contextmanager
def at_statement(database: Database, number: int, act: Callable[[], None]) -> Iterator[list[int]]:
    """Calls ``act`` before the nth statement of the block, or before the commit that follows the last one.

    Yields a list whose one item counts the statements; a commit counts as one.
    """
    seen = [0]

    def count(*_: Any) -> None:
        seen[0] += 1
        if seen[0] == number:
            act()

    def count_statement(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        # A transaction that has not begun has nothing to lose, and SQLAlchemy does not expect it to fail there.
        if not statement.startswith("BEGIN"):
            count()

    engine = database.writing_engine
    event.listen(engine, "before_cursor_execute", count_statement)
    event.listen(Session, "before_commit", count)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", count_statement)
        event.remove(Session, "before_commit", count)


def break_down() -> None:
    """Raises Broken."""
    raise Broken


def die() -> None:
    """Ends this process as a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)


def dies_at(url: str, number: int, work: Callable[[Database], object]) -> bool:
    """Whether a process of its own that does ``work`` on a database died before its nth statement, as it was told."""
    child = get_context("fork").Process(target=_work_until, args=(url, number, work))
    child.start()
    child.join()
    if child.exitcode not in {0, -signal.SIGKILL}:
        raise RuntimeError(f"the process ended with {child.exitcode}")
    return child.exitcode != 0


def _work_until(url: str, number: int, work: Callable[[Database], object]) -> None:
    database = Database(url)
    with at_statement(database, number, die):
        work(database)
    database.dispose()
