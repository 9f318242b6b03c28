"""Files that grow piece by piece in ``data/uploads``, one for each upload, named by its id.

The length of the file is the offset: a process killed in the middle of a piece leaves a shorter file, and the upload
goes on from there. One writer at a time, across processes, by a lock that ends with its holder.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from io import FileIO
from pathlib import Path

from donecast.platform.disk_room import disk_full_said
from donecast.platform.file_locks import try_lock
from donecast.recordings.errors import UploadBusy, UploadOverlong


class GrowingFile:
    """An upload's file, locked for this writer."""

    def __init__(self, path: Path, file: FileIO) -> None:
        self.path = path
        self._file = file

    @property
    def offset(self) -> int:
        """How many bytes have come."""
        return os.fstat(self._file.fileno()).st_size

    def append(self, data: bytes, *, length: int) -> None:
        """Adds the next bytes. Raises DiskFull, or UploadOverlong, adding none, if there were more than ``length``."""
        if self.offset + len(data) > length:
            raise UploadOverlong
        rest = memoryview(data)
        with disk_full_said():
            while rest:
                rest = rest[self._file.write(rest) :]

    def settle(self) -> None:
        """Makes sure that the bytes outlive a loss of power. Raises DiskFull."""
        with disk_full_said():
            os.fsync(self._file.fileno())


class PartialFiles:
    """The folder of uploads under way."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def open(self, upload_id: str) -> Iterator[GrowingFile]:
        """The upload's file, made when it is not there, for this writer alone. Raises UploadBusy, DiskFull."""
        path = self._folder / upload_id
        with disk_full_said():
            self._folder.mkdir(parents=True, exist_ok=True)
            opened = path.open("ab", buffering=0)
        with opened as file:
            if not try_lock(file):
                raise UploadBusy
            yield GrowingFile(path, file)  # closing the file ends the lock

    def offset(self, upload_id: str) -> int:
        """How many bytes have come; 0 before the first."""
        try:
            return (self._folder / upload_id).stat().st_size
        except FileNotFoundError:
            return 0

    def remove(self, upload_id: str) -> None:
        """Forgets the bytes."""
        (self._folder / upload_id).unlink(missing_ok=True)

    def remove_older(self, than: datetime) -> None:
        """Forgets what nothing was added to since an instant: also what no row tells of, after a cancel in between."""
        for path in self._folder.glob("*"):
            with suppress(FileNotFoundError):  # another sweeper was quicker
                if path.stat().st_mtime < than.timestamp():
                    path.unlink()
