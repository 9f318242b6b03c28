"""Processes of DoneCast that begin in a moment: forked from one that has imported all of it, which takes seconds.

They are processes of their own in all else, and run what ``donecast COMMAND`` runs. Proofs start theirs from nothing,
as people do, see `servers.start_donecast`.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from donecast.entry.cli import main
from tests.support.servers import environment_of

_CONTEXT = get_context("forkserver")
_CONTEXT.set_forkserver_preload([__name__])


@dataclass(frozen=True, slots=True)
class Forked:
    """See `servers.Child`."""

    process: ForkServerProcess

    @property
    def returncode(self) -> int | None:
        return self.process.exitcode

    def poll(self) -> int | None:
        return self.process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self.process.join(timeout)
        if self.process.exitcode is None:
            raise subprocess.TimeoutExpired("donecast", timeout or 0.0)
        return self.process.exitcode

    def kill(self) -> None:
        self.process.kill()

    def send_signal(self, number: int) -> None:
        if self.process.pid is not None and self.process.exitcode is None:
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
