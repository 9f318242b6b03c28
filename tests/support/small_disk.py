"""A disk that is really full when it is full: a tmpfs, which only root may mount."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from donecast.entry.wiring import lay_ground
from donecast.platform.settings import Settings
from donecast.platform.web import Ground

PAGE_BYTES = os.sysconf("SC_PAGESIZE")


@dataclass(frozen=True, slots=True)
class SmallDisk:
    """A mounted disk, whose size changes while it is in use."""

    root: Path
    bytes: int

    def fill(self, *, leave_bytes: int = 0) -> None:
        """Leaves only so much free, and what is missing to a whole page."""
        self._resize(shutil.disk_usage(self.root).used + leave_bytes)

    def make_room(self) -> None:
        """Somebody tidied up."""
        self._resize(self.bytes)

    def _resize(self, size_bytes: int) -> None:
        subprocess.run(["mount", "-o", f"remount,size={max(size_bytes, 1)}", self.root], check=True)


@contextmanager
def small_disk(root: Path, size_bytes: int) -> Iterator[SmallDisk]:
    """Mounts one at ``root``; the test is skipped where that is not allowed."""
    root.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size_bytes},mode=0755", "none", str(root)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False).returncode:
        pytest.skip("a small disk cannot be mounted here: it takes root, and CAP_SYS_ADMIN in a container")
    try:
        yield SmallDisk(root, size_bytes)
    finally:
        subprocess.run(["umount", "-l", root], check=True)


@contextmanager
def laid_on(disk: SmallDisk, settings: Settings, empty_database_file: Path, *names: str) -> Iterator[Ground]:
    """An installation of which only what is named, folders or the database's file, lies on the small disk."""
    settings.data.mkdir(parents=True, exist_ok=True)
    for name in names:
        (settings.data / name).symlink_to(disk.root / name)
        if "." not in name:
            (disk.root / name).mkdir()
    shutil.copyfile(empty_database_file, settings.data / "donecast.sqlite")
    ground = lay_ground(settings)
    try:
        yield ground
    finally:
        ground.database.dispose()
