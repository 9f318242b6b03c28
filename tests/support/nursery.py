"""Processes of DoneCast that begin in a moment: forked from one that has imported all of it, which takes seconds.

They are processes of their own in all else, and run what ``donecast COMMAND`` runs. Proofs start theirs from nothing,
as people do, see `servers.start_donecast`.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from threading import Lock

from donecast.entry.cli import main
from tests.support.servers import environment_of

_CONTEXT = get_context("forkserver")
_CONTEXT.set_forkserver_preload([__name__])

_TURN_SECONDS = 0.02
"""For how long one who waits holds the others off."""


@dataclass(frozen=True, slots=True)
class Forked:
    """See `servers.Child`. How it ended can be read from the pipe behind it only once, so one asks at a time."""

    process: ForkServerProcess
    asking: Lock = field(default_factory=Lock)

    @property
    def returncode(self) -> int | None:
        return self.poll()

    def poll(self) -> int | None:
        with self.asking:
            return self.process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            with self.asking:
                self.process.join(_TURN_SECONDS)
                ended = self.process.exitcode
            if ended is not None:
                return ended
            if deadline is not None and time.monotonic() >= deadline:
                raise subprocess.TimeoutExpired("donecast", timeout or 0.0)
            time.sleep(0)

    def kill(self) -> None:
        self.process.kill()

    def send_signal(self, number: int) -> None:
        if self.process.pid is not None and self.poll() is None:
            os.kill(self.process.pid, number)


def fork_donecast(command: list[str], settings: Mapping[str, object], log: Path) -> Forked:
    """Starts ``donecast COMMAND`` as a process of its own; its words go to the log file."""
    process = _CONTEXT.Process(target=_run, args=(command, environment_of(settings), log))
    process.start()
    return Forked(process)


def _run(command: list[str], environment: dict[str, str], log: Path) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(log.parent)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(out, 1)
    os.dup2(out, 2)
    sys.exit(main(command))
