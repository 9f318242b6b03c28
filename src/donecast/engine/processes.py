"""Starting a process, listening to it, and making sure of its end: the common floor of `sandbox` and `programs`."""

import contextlib
import os
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from donecast.engine.confinement import Walls
from donecast.engine.errors import EngineCancelled, EngineTimeout
from donecast.platform.disk_room import disk_full_said
from donecast.platform.temporary import folder_among_others

_STDERR_BYTES_KEPT = 8 * 1024
_POLL_SECONDS = 0.2
_READ_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended: its exit code (negative: the signal that killed it) and the last it said on stderr."""

    exit_code: int
    stderr_tail: str


def walls_for(deadline_seconds: float, memory_bytes_max: int, written_bytes_max: int) -> Walls:
    """Walls for a process of ours; processor time may be the deadline on every core, and no more."""
    cores = os.cpu_count() or 1
    return Walls(
        parent_id=os.getpid(),
        memory_bytes_max=memory_bytes_max,
        written_bytes_max=written_bytes_max,
        cpu_seconds_max=int(deadline_seconds * cores) + 1,
    )


def clean_environment(folder: Path, *, for_ourselves: bool = True) -> dict[str, str]:
    """An environment without the caller's secrets: a folder for scraps, one thread in linear algebra.

    ``for_ourselves``: with Python's path, which another program that is written in Python must not get.
    """
    path = os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path if entry)
    return {
        **({"PYTHONPATH": path} if for_ourselves else {}),
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        # Blocks of some megabytes come and go; else glibc would give their pages back and have them cleared each time.
        # What it keeps instead, it keeps for each thread.
        "MALLOC_MMAP_THRESHOLD_": str(32 * 1024**2),
        "MALLOC_TRIM_THRESHOLD_": str(16 * 1024**2),
    }


@contextmanager
def folder_of_process(scratch: Path | None) -> Iterator[Path]:
    """A fresh folder for one process, gone on any exit: in ``scratch``, whose owner is swept after when it was killed.

    None: among the system's temporary files, where those of owners that are gone are swept first. Raises DiskFull.
    """
    with disk_full_said():
        if scratch is None:
            with folder_among_others(Path(tempfile.gettempdir()), "donecast-process-") as folder:
                yield folder
            return
        folder = Path(tempfile.mkdtemp(prefix="process-", dir=scratch))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def run_to_end(
    argv: Sequence[str],
    *,
    stdin: bytes,
    folder: Path,
    environment: Mapping[str, str],
    deadline_seconds: float,
    on_output: Callable[[bytes], None],
    cancelled: Callable[[], bool] | None = None,
) -> Ended:
    """Runs a process in ``folder`` until it ends, handing on its stdout as it comes.

    Raises EngineTimeout and EngineCancelled. However this is left, the process and all it started are gone.
    """
    with tempfile.TemporaryFile(dir=folder) as given:
        given.write(stdin)
        given.seek(0)
        process = start(argv, stdin=given, folder=folder, environment=environment)
    return listen_to_end(process, deadline_seconds=deadline_seconds, on_output=on_output, cancelled=cancelled)


def start(
    argv: Sequence[str], *, stdin: int | IO[bytes], folder: Path, environment: Mapping[str, str]
) -> "subprocess.Popen[bytes]":
    """Starts a process in ``folder``, in a group of its own, with a pipe from its stdout and one from its stderr."""
    return subprocess.Popen(
        list(argv),
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        env=dict(environment),
        start_new_session=True,
    )


def listen_to_end(
    process: "subprocess.Popen[bytes]",
    *,
    deadline_seconds: float,
    on_output: Callable[[bytes], None],
    cancelled: Callable[[], bool] | None = None,
    order: bytes = b"",
) -> Ended:
    """Hands on the stdout of a process that runs already until it ends; else as `run_to_end`.

    ``order`` is what it finds on its stdin, where that is a pipe, as fast as it reads.
    """
    try:
        tail = _listen(process, time.monotonic() + deadline_seconds, on_output, cancelled, memoryview(order))
    finally:
        end(process)
    return Ended(process.returncode, tail.decode("utf-8", "replace"))


def _listen(
    process: "subprocess.Popen[bytes]",
    deadline: float,
    on_output: Callable[[bytes], None],
    cancelled: Callable[[], bool] | None,
    order: memoryview,
) -> bytes:
    tail = b""
    streams: list[IO[bytes]] = [stream for stream in (process.stdout, process.stderr) if stream]
    with selectors.DefaultSelector() as selector:
        for stream in streams:
            selector.register(stream, selectors.EVENT_READ)
        if process.stdin:
            # A pipe holds little, and who is still loading does not read: no write may wait for that.
            os.set_blocking(process.stdin.fileno(), False)
            selector.register(process.stdin, selectors.EVENT_WRITE)
        while selector.get_map():
            left = deadline - time.monotonic()
            if left <= 0:
                raise EngineTimeout
            if cancelled and cancelled():
                raise EngineCancelled
            for key, _ in selector.select(min(left, _POLL_SECONDS)):
                if key.fileobj is process.stdin:
                    order = _told_more(selector, process.stdin, order)
                elif not (data := os.read(key.fd, _READ_BYTES)):
                    selector.unregister(key.fileobj)
                elif key.fileobj is process.stdout:
                    on_output(data)
                else:
                    tail = (tail + data)[-_STDERR_BYTES_KEPT:]
    while not has_ended(process):
        if time.monotonic() > deadline:
            raise EngineTimeout
        time.sleep(0.01)
    return tail


def _told_more(selector: selectors.BaseSelector, stdin: IO[bytes], order: memoryview) -> memoryview:
    """Writes what the pipe takes, and closes it after all of it; answers what is left to write."""
    try:
        left = order[os.write(stdin.fileno(), order[:_READ_BYTES]) :]
    except BlockingIOError:
        left = order
    except BrokenPipeError:  # it died while it waited; what it said tells why
        left = order[:0]
    if not left:
        selector.unregister(stdin)
        stdin.close()
    return left


def has_ended(process: "subprocess.Popen[bytes]") -> bool:
    """Whether a process has ended; it is not waited for, so that its id stays its own until `end`."""
    if process.returncode is not None:
        return True
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def end(process: "subprocess.Popen[bytes]") -> None:
    """Makes sure that a process and all it started are gone, whether or not it ended by itself; again does nothing."""
    if process.returncode is None:
        # The whole group, so that nothing a job started outlives it. Until the wait below, the id cannot be another's.
        with contextlib.suppress(ProcessLookupError, PermissionError):  # nobody alive is left in the group
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream:
            with contextlib.suppress(BrokenPipeError):  # it went before it had read everything
                stream.close()
