"""Temporary files: one place, each with an owner that removes it, swept at start."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from donecast.platform.database import DiskFull


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
        path = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-{purpose}-", dir=self._root))
        try:
            yield path
        finally:
            shutil.rmtree(path)

    def require_space(self, bytes_needed: int) -> None:
        """Raises DiskFull unless that many bytes fit and the reserve stays free."""
        if shutil.disk_usage(self._root).free < bytes_needed + self._free_bytes_min:
            raise DiskFull

    def sweep(self) -> int:
        """Removes what processes that are gone have left; answers how many folders."""
        swept = 0
        for path in self._root.iterdir():
            owner = path.name.partition("-")[0]
            if owner.isdigit() and not Path(f"/proc/{owner}").exists() and not _alive(int(owner)):
                shutil.rmtree(path)
                swept += 1
        return swept


def _alive(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
