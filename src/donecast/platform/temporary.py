"""Temporary files: one place, each folder with an owner that removes it, swept at start.

Whether an owner lives is told by a lock on a file in its folder, never by a process id: containers that share a data
folder have process ids of their own.
"""

import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import FileIO
from pathlib import Path

from donecast.platform.disk_room import DiskFull, disk_full_said
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
        """A fresh folder, gone on any exit.

        Raises DiskFull before work starts on a disk that is nearly full, and when the work in the block fills it.
        """
        self.require_space(0)
        with disk_full_said(), _owned_folder(self._root, f"{purpose}-") as path, disk_full_said(path):
            yield path

    def require_space(self, bytes_needed: int) -> None:
        """Raises DiskFull unless that many bytes fit and the reserve stays free."""
        if shutil.disk_usage(self._root).free < bytes_needed + self._free_bytes_min:
            raise DiskFull

    def sweep(self, now: datetime) -> int:
        """Removes what owners that are gone have left; answers how many folders."""
        return sum(_swept(path) or _swept_unlocked(path, now) for path in list(self._root.iterdir()))


@contextmanager
def folder_among_others(root: Path, prefix: str) -> Iterator[Path]:
    """A fresh folder, gone on any exit, in a place that is not ours alone: beside a person's files, or the system's.

    First goes what is left of such folders whose owners are gone. Only what begins with the prefix, belongs to this
    user and holds our lock file is touched, or is empty.
    """
    for path in list(root.glob(f"{prefix}*")):
        with contextlib.suppress(OSError):  # somebody else's, or somebody else was quicker: no reason not to work
            status = path.lstat()
            if stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid() and not _swept(path):
                path.rmdir()
    with _owned_folder(root, prefix) as path:
        yield path


@contextmanager
def _owned_folder(root: Path, prefix: str) -> Iterator[Path]:
    path, owner = _locked_folder(root, prefix)
    with owner:  # closing the file ends the lock
        try:
            yield path
        finally:
            _remove(path)


def _locked_folder(root: Path, prefix: str) -> tuple[Path, FileIO]:
    while True:
        path = Path(tempfile.mkdtemp(prefix=prefix, dir=root))
        try:
            owner = (path / _LOCK).open("xb", buffering=0)
        except FileNotFoundError:  # it was empty, and a sweeper took it
            continue
        # A sweeper may have found the lock file before it was locked, and have taken the folder away.
        if try_lock(owner) and is_still_at(owner, path / _LOCK):
            return path, owner
        owner.close()


def _remove(path: Path) -> None:
    """The lock file goes last: who is killed on the way leaves a folder that can be told to be left."""
    for inside in list(path.iterdir()):
        if inside.is_dir() and not inside.is_symlink():
            shutil.rmtree(inside)
        elif inside.name != _LOCK:
            inside.unlink()
    (path / _LOCK).unlink(missing_ok=True)
    with contextlib.suppress(FileNotFoundError):  # it was empty, and a sweeper took it
        path.rmdir()


def _swept(path: Path) -> bool:
    """Whether a folder had a lock file that nobody holds, and is gone now."""
    try:
        with (path / _LOCK).open("r+b", buffering=0) as owner:
            if not try_lock(owner) or not is_still_at(owner, path / _LOCK):
                return False
            _remove(path)
    except FileNotFoundError:
        return False
    return True


def _swept_unlocked(path: Path, now: datetime) -> bool:
    try:
        if (path / _LOCK).exists() or now - datetime.fromtimestamp(path.stat().st_mtime, UTC) < _UNLOCKED_AGE_MAX:
            return False
        shutil.rmtree(path)
    except FileNotFoundError:  # its owner, or another sweeper, was quicker
        return False
    return True
