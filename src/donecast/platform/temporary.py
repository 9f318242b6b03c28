"""Temporary files: one place, each folder with an owner that removes it, swept at start.

Whether an owner lives is told by a lock on a file in its folder, never by a process id: containers that share a data
folder have process ids of their own.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import FileIO
from pathlib import Path

from donecast.platform.database import DiskFull
from donecast.platform.file_locks import is_still_at, try_lock

_LOCK = ".owner"
_UNLOCKED_AGE_MAX = timedelta(hours=1)
"""A folder without a lock file is being made this moment, or its owner died at just that point."""


class TemporaryFiles:
    """Folders that vanish with the block that asked for them."""

    def __init__(self, root: Path, *, free_bytes_min: int) -> None:
        self._root = root
        self._free_bytes_min = free_bytes_min
        root.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def folder(self, purpose: str) -> Iterator[Path]:
        """A fresh folder, gone on any exit. Raises DiskFull before work starts on a disk that is nearly full."""
        self.require_space(0)
        path, owner = self._owned_folder(purpose)
        with owner:  # closing the file ends the lock
            try:
                yield path
            finally:
                shutil.rmtree(path)

    def require_space(self, bytes_needed: int) -> None:
        """Raises DiskFull unless that many bytes fit and the reserve stays free."""
        if shutil.disk_usage(self._root).free < bytes_needed + self._free_bytes_min:
            raise DiskFull

    def sweep(self, now: datetime) -> int:
        """Removes what owners that are gone have left; answers how many folders."""
        return sum(self._swept(path, now) for path in list(self._root.iterdir()))

    def _owned_folder(self, purpose: str) -> tuple[Path, FileIO]:
        while True:
            path = Path(tempfile.mkdtemp(prefix=f"{purpose}-", dir=self._root))
            owner = (path / _LOCK).open("xb", buffering=0)
            # A sweeper may have found the lock file before it was locked, and have taken the folder away.
            if try_lock(owner) and is_still_at(owner, path / _LOCK):
                return path, owner
            owner.close()

    def _swept(self, path: Path, now: datetime) -> bool:
        try:
            with (path / _LOCK).open("r+b", buffering=0) as owner:
                if not try_lock(owner):
                    return False
                shutil.rmtree(path)
        except FileNotFoundError:
            return self._swept_unlocked(path, now)
        return True

    def _swept_unlocked(self, path: Path, now: datetime) -> bool:
        try:
            if now - datetime.fromtimestamp(path.stat().st_mtime, UTC) < _UNLOCKED_AGE_MAX:
                return False
            shutil.rmtree(path)
        except FileNotFoundError:  # its owner, or another sweeper, was quicker
            return False
        return True
