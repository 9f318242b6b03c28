"""Running a command and saying what it cost: wall and processor seconds, and the memory of its whole process tree."""

import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_SAMPLES_PER_SECOND = 20


@dataclass(frozen=True, slots=True)
class Cost:
    """What a command took. ``peak_mib`` is None where memory was not watched; watching costs some processor time."""

    wall_s: float
    cpu_s: float
    peak_mib: float | None
    said: str


def run(command: Sequence[str], *, cores: int | None = None, watch_memory: bool = False) -> Cost:
    """Runs a command to its end on the first ``cores`` cores (all when None).

    Memory is the largest sum, over the tree of processes, of proportional set sizes (Linux), looked at 20 times a
    second. Raises CalledProcessError when the command fails.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    environment = {
        **os.environ,
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join([*sys.path[:1], "src", "."]),
    }
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    if cores is not None:
        os.sched_setaffinity(process.pid, set(sorted(os.sched_getaffinity(0))[:cores]))
    watcher = _MemoryWatcher(process.pid) if watch_memory else None
    said, errors = process.communicate()
    wall = time.monotonic() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    peak = watcher.end() if watcher else None
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, list(command)[:6], said[-500:], errors[-2000:])
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(wall, cpu, peak, said)


class _MemoryWatcher:
    def __init__(self, process_id: int) -> None:
        self._root, self._peak_kib = process_id, 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._ended.wait(1 / _SAMPLES_PER_SECOND):
            self._peak_kib = max(self._peak_kib, sum(map(_proportional_kib, _tree(self._root))))

    def end(self) -> float:
        """The peak in MiB."""
        self._ended.set()
        self._thread.join()
        return self._peak_kib / 1024


def _tree(root: int) -> list[int]:
    found, waiting = [], [root]
    while waiting:
        process_id = waiting.pop()
        found.append(process_id)
        try:
            tasks = list(Path(f"/proc/{process_id}/task").iterdir())
            waiting += [int(child) for task in tasks for child in (task / "children").read_text().split()]
        except OSError:  # it ended while we looked
            continue
    return found


def _proportional_kib(process_id: int) -> int:
    try:
        lines = Path(f"/proc/{process_id}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
