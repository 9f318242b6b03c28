"""The one door to other programs: found by name, confined like our own jobs, never through a shell."""

import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from donecast.engine import confinement
from donecast.engine.errors import ProgramFailed, ProgramMissing
from donecast.engine.processes import clean_environment, folder_of_process, run_to_end, walls_for

_OUTPUT_BYTES_MAX = 16 * 1024**2
_MEMORY_BYTES_MAX = 2 * 1024**3
_WRITTEN_BYTES_MAX = 2 * 1024**3


@dataclass(frozen=True, slots=True)
class Finished:
    """What a program that ended well has said."""

    stdout: bytes
    stderr_tail: str


def find_program(name: str) -> Path | None:
    """Where a program of this name stands, or None."""
    found = shutil.which(name)
    return Path(found) if found else None


def run_program(
    argv: Sequence[str],
    *,
    stdin: bytes = b"",
    deadline_seconds: float,
    memory_bytes_max: int = _MEMORY_BYTES_MAX,
    written_bytes_max: int = _WRITTEN_BYTES_MAX,
    output_bytes_max: int = _OUTPUT_BYTES_MAX,
    cancelled: Callable[[], bool] | None = None,
    scratch: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Finished:
    """Runs another program to its end, without network where the system allows, and answers its output.

    ``argv[0]`` is a program's name or path; files are given as absolute paths, for it runs in an empty folder that
    vanishes. ``environment`` is laid over the clean one. Raises ProgramMissing, ProgramFailed (exit code not 0, or too
    much output), EngineTimeout, EngineCancelled.
    """
    program = find_program(argv[0])
    if program is None:
        raise ProgramMissing(f"The program {argv[0]} is not installed.", details={"program": argv[0]})
    pieces: list[bytes] = []

    def keep(data: bytes) -> None:
        pieces.append(data)
        if sum(map(len, pieces)) > output_bytes_max:
            raise ProgramFailed(f"The program {argv[0]} said too much.", details={"program": argv[0]})

    with folder_of_process(scratch) as folder:
        ended = run_to_end(
            [
                *(sys.executable, "-I", "-S", str(Path(confinement.__file__).absolute())),
                walls_for(deadline_seconds, memory_bytes_max, written_bytes_max).to_json(),
                *(str(program.absolute()), *argv[1:]),
            ],
            stdin=stdin,
            folder=folder,
            environment={**clean_environment(folder, for_ourselves=False), **(environment or {})},
            deadline_seconds=deadline_seconds,
            on_output=keep,
            cancelled=cancelled,
        )
    if ended.exit_code != 0:
        raise ProgramFailed(
            f"The program {argv[0]} ended with an error.",
            details={"program": argv[0], "exit_code": ended.exit_code, "stderr": ended.stderr_tail},
        )
    return Finished(b"".join(pieces), ended.stderr_tail)
