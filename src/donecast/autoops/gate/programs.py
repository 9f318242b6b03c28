"""The gate's two doors to other programs, both through `engine`: git, which reads no configuration, and the jail."""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psutil

from donecast.autoops.gate.rules import Limits
from donecast.engine.errors import EngineCancelled, EngineTimeout
from donecast.engine.jail import Cell
from donecast.engine.processes import clean_environment, listen_to_end, start
from donecast.engine.programs import run_program

_GIT_SECONDS = 60.0
_TAIL_BYTES = 6_000
_LOOK_SECONDS = 0.2
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/alternatives")
_SETTINGS = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.untrackedCache=false",
    "core.attributesFile=/dev/null",
    "core.excludesFile=/dev/null",
    "core.autocrlf=false",
    "core.quotePath=false",
    "core.bare=false",
    "apply.whitespace=nowarn",
    "gc.auto=0",
    "maintenance.auto=false",
    "protocol.allow=never",
    "credential.helper=",
    "submodule.recurse=false",
)
_ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "LC_ALL": "C",
}


def run_git(
    git_folder: Path,
    *arguments: str,
    stdin: bytes = b"",
    places: Mapping[str, Path] | None = None,
    deadline_seconds: float = _GIT_SECONDS,
) -> bytes:
    """What git says about one repository, reading no configuration but that repository's own, and starting nothing.

    ``places`` are more of git's variables, such as ``GIT_INDEX_FILE``. Raises ProgramFailed and the errors of `engine`.
    """
    settings = [word for setting in _SETTINGS for word in ("-c", setting)]
    environment = {name: str(place) for name, place in (places or {}).items()}
    return run_program(
        ["git", "--no-pager", *settings, *arguments],
        stdin=stdin,
        deadline_seconds=deadline_seconds,
        environment={**_ENVIRONMENT, "GIT_DIR": str(git_folder), **environment},
    ).stdout


@dataclass(frozen=True, slots=True)
class Jailed:
    """How a program in the jail ended: by itself, or stopped for what it took."""

    exit_code: int
    said: str
    """The end of what it printed."""
    stopped: Literal["", "time", "memory", "output"] = ""
    walls: str = ""
    """Why nothing was run, where the jail says so."""


class _SaidTooMuch(Exception):
    pass


def python_of(root: Path) -> Path:
    """The Python whose packages a repository is tried with: its own where it has one, else ours."""
    return _own_python(root) or Path(sys.executable)


def _own_python(root: Path) -> Path | None:
    own = root / ".venv" / "bin" / "python"
    return own if own.exists() else None


def pytest_options(root: Path) -> tuple[str, ...]:
    """A repository without packages of its own is tried without what other packages of ours add to pytest."""
    return () if _own_python(root) else ("--disable-plugin-autoload",)


def places_of(python: Path) -> list[str]:
    """Where a Python and the system's libraries stand. Found by reading, for to ask it would be to run it."""
    prefix = python.absolute().parent.parent
    places = [prefix, python.resolve().parent.parent]
    settings = prefix / "pyvenv.cfg"
    if settings.is_file():
        pairs = (line.partition("=") for line in settings.read_text(encoding="utf-8").splitlines())
        homes = [value.strip() for name, _, value in pairs if name.strip() == "home"]
        places += [Path(home).parent for home in homes]
    return [*_SYSTEM, *(str(place) for place in places if place != Path("/"))]


def run_jailed(
    command: Sequence[str],
    *,
    python: Path,
    repository: Path,
    placed: Sequence[tuple[Path, str]] = (),
    writable: Sequence[tuple[Path, str]] = (),
    stdin: bytes = b"",
    deadline_seconds: float,
    limits: Limits,
    scratch: Path,
) -> Jailed:
    """Runs a command over a checkout that stands at ``/repository`` inside, and cannot be written to."""
    with tempfile.TemporaryDirectory(prefix="jail-", dir=scratch) as made:
        folder = Path(made)
        door = folder / "door"
        door.mkdir()
        cell = Cell(
            parent_id=os.getpid(),
            door=str(door),
            readable=places_of(python),
            placed=[(str(place), seen) for place, seen in [(repository, "/repository"), *placed]],
            writable=[(str(place), seen) for place, seen in writable],
            folder="/repository",
            command=command,
            memory_bytes_max=limits.address_bytes,
            written_bytes_max=limits.written_bytes,
            scraps_bytes_max=limits.scraps_bytes,
            cpu_seconds_max=int(deadline_seconds * (os.cpu_count() or 1)) + 1,
            processes_max=limits.processes,
        )
        return _run(cell, folder, stdin, deadline_seconds, limits)


def _run(cell: Cell, folder: Path, stdin: bytes, deadline_seconds: float, limits: Limits) -> Jailed:
    tail, said_bytes = b"", 0

    def hear(data: bytes) -> None:
        nonlocal tail, said_bytes
        tail = (tail + data)[-_TAIL_BYTES:]
        said_bytes += len(data)
        if said_bytes > limits.output_bytes:
            raise _SaidTooMuch

    with tempfile.TemporaryFile(dir=folder) as given:
        given.write(stdin)
        given.seek(0)
        process = start(
            [sys.executable, "-m", "donecast.engine.jail", cell.to_json()],
            stdin=given,
            folder=folder,
            environment=clean_environment(folder),
        )
    watch = _memory_watch(process.pid, limits.memory_bytes)
    stopped: Literal["", "time", "memory", "output"]
    try:
        ended = listen_to_end(process, deadline_seconds=deadline_seconds, on_output=hear, cancelled=watch)
    except EngineTimeout:
        stopped = "time"
    except EngineCancelled:
        stopped = "memory"
    except _SaidTooMuch:
        stopped = "output"
    else:
        return Jailed(ended.exit_code, tail.decode("utf-8", "replace"), walls=ended.stderr_tail)
    return Jailed(-1, tail.decode("utf-8", "replace"), stopped)


def _memory_watch(process_id: int, most: int) -> Callable[[], bool]:
    """Answers, when asked, whether a process and all it started use more memory than they may."""
    looked_at = time.monotonic()

    def is_too_much() -> bool:
        nonlocal looked_at
        if time.monotonic() - looked_at < _LOOK_SECONDS:
            return False
        looked_at = time.monotonic()
        try:
            root = psutil.Process(process_id)
            family = [root, *root.children(recursive=True)]
        except psutil.NoSuchProcess:
            return False
        # What processes share counts for each of them first, which is quick; only where that is too much, exactly.
        return _sum(family, "rss") > most and _sum(family, "pss") > most

    return is_too_much


def _sum(family: Sequence[psutil.Process], kind: Literal["rss", "pss"]) -> int:
    total = 0
    for process in family:
        try:
            total += process.memory_info().rss if kind == "rss" else process.memory_full_info().pss
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue  # it ended meanwhile
    return total
