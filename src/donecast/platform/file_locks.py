"""Locks that end with their holder: ``flock`` on a file, true across processes and containers that share a folder.

A process that is killed leaves no lock behind, and no process id is ever trusted: two containers may have equal ones.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


class LockHeld(Exception):
    """Somebody else holds the lock; the one who asked says so in a sentence of its own."""


def try_lock(file: IO[bytes]) -> bool:
    """Locks an open file for its opener alone, without waiting; closing it ends the lock. False: somebody holds it."""
    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_still_at(file: IO[bytes], path: Path) -> bool:
    """Whether the open file is the one at the path, and has not been removed or replaced meanwhile."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Holds the lock file at ``path`` for the block; its folder is made when it is not there. Raises LockHeld.

    The file stays, for removing it would let two holders each lock a file of their own.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab", buffering=0) as file:
        if not try_lock(file):
            raise LockHeld
        yield
