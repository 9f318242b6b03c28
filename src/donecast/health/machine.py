"""What this process takes of its machine. Read in a thread: a disk that hangs must not hold up anybody who asks."""

import resource
import shutil
from pathlib import Path

import psutil

from donecast.health.rules import DiskRoom, Resources


class Machine:
    """The process that asks, and the disk of its data folder. Shares of the processor are those since the last look."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._process = psutil.Process()
        self._process.cpu_percent()  # from now on

    def resources(self) -> Resources:
        """At this moment."""
        with self._process.oneshot():
            memory, threads = self._process.memory_info(), self._process.num_threads()
        whole = psutil.virtual_memory()
        room = shutil.disk_usage(self._data)
        return Resources(
            memory_mb=round(memory.rss / 1024**2, 1),
            memory_percent=round(100 * memory.rss / whole.total, 1),
            machine_memory_percent=whole.percent,
            cpu_percent=self._process.cpu_percent(),
            open_files=self._process.num_fds(),
            open_files_max=resource.getrlimit(resource.RLIMIT_NOFILE)[0],
            threads=threads,
            disk=DiskRoom(free_bytes=room.free, total_bytes=room.total),
        )
