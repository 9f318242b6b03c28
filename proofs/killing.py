"""Finding the processes that work for another, by what the system says of them, and ending what is theirs."""

import contextlib
import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

RENDER_JOB = "donecast.engine.render_job:render"
_POLL_SECONDS = 0.005


@dataclass(frozen=True, slots=True)
class Running:
    """A process: its id, and when it began, in ticks since the machine did, for ids are given again."""

    id: int
    began: int

    @property
    def lives(self) -> bool:
        """Whether it still runs; one that has ended and is not yet asked after does not."""
        return _status(self.id) in {(self.began, state) for state in "RSDTtIWP"}

    def kill(self) -> None:
        """kill -9, if it lives."""
        if self.lives:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.id, signal.SIGKILL)


def children_of(parent_id: int) -> list[Running]:
    """Every process that was started by any thread of another and lives."""
    found: list[Running] = []
    for listed in Path(f"/proc/{parent_id}/task").glob("*/children"):
        with contextlib.suppress(OSError):  # a thread may end while it is asked
            for number in map(int, listed.read_text().split()):
                status = _status(number)
                if status is not None:
                    found.append(Running(number, status[0]))
    return found


def renders_of(parent_id: int) -> list[Running]:
    """Those of its children that render, as soon as they are what they are to be."""
    return [child for child in children_of(parent_id) if RENDER_JOB in _command(child.id)]


def seconds_until_gone(processes: Sequence[Running], seconds_max: float) -> float:
    """How long it takes until none of them lives; infinity when one lives on."""
    begun = time.monotonic()
    while any(process.lives for process in processes):
        if time.monotonic() - begun > seconds_max:
            return float("inf")
        time.sleep(_POLL_SECONDS)
    return time.monotonic() - begun


def _status(number: int) -> tuple[int, str] | None:
    """When it began, and its state's letter."""
    try:
        # The name stands in brackets and may hold anything; what follows it is letters and numbers.
        fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
    except (OSError, UnicodeDecodeError):
        return None
    return int(fields[19]), fields[0]


def _command(number: int) -> str:
    try:
        return Path(f"/proc/{number}/cmdline").read_text()
    except (OSError, UnicodeDecodeError):
        return ""
