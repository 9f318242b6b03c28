"""Heavy work in a process of its own: it may crash, hang or eat memory there, and the worker lives on.

A job is a function named by where it stands, ``"donecast.engine.jobs:render"``, of the form::

    def render(arguments: Mapping[str, Any], progress: Callable[[int], None]) -> dict[str, Any]

Arguments and answer are plain JSON values; files travel as paths. The errors it raises, if they are DonecastErrors,
come out of `run_job` as the same class. Names come from our code and never from a user.
"""

import importlib
import json
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from donecast.engine.errors import EngineCrashed, EngineOutOfMemory, EngineTimeout
from donecast.engine.processes import Ended, clean_environment, folder_of_process, run_to_end, walls_for
from donecast.kit.errors import DonecastError

Progress = Callable[[int], None]
"""Called with whole percent, never falling."""

_ANSWER_BYTES_MAX = 64 * 1024**2
_MEMORY_BYTES_MAX = 4 * 1024**3
_WRITTEN_BYTES_MAX = 16 * 1024**3


def run_job(
    name: str,
    arguments: Mapping[str, Any],
    *,
    readable: Sequence[Path] = (),
    writable: Sequence[Path] = (),
    deadline_seconds: float,
    memory_bytes_max: int = _MEMORY_BYTES_MAX,
    written_bytes_max: int = _WRITTEN_BYTES_MAX,
    on_progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    scratch: Path | None = None,
) -> dict[str, Any]:
    """Runs the job ``module:function`` in a confined child process and answers what it returned.

    The job's working directory and TMPDIR is a fresh folder inside ``scratch`` (the system's place for temporary files
    when None), removed however the job ends. Beside it, and beside the program's own installation, the job opens only
    what lies at or below ``readable`` and ``writable`` (on Linux; see `landlock`). ``cancelled`` is asked a few times a
    second. Raises what the job raised, or EngineTimeout, EngineOutOfMemory, EngineCrashed, EngineCancelled. The child
    dies with this process, and with the thread that called.
    """
    answers = Answers(name, on_progress)
    walls = walls_for(deadline_seconds, memory_bytes_max, written_bytes_max)
    with folder_of_process(scratch) as folder:
        ended = run_to_end(
            [*child_command(name), walls.to_json(), places_to_json(readable, writable)],
            stdin=json.dumps(arguments).encode(),
            folder=folder,
            environment=clean_environment(folder),
            deadline_seconds=deadline_seconds,
            on_output=answers.take,
            cancelled=cancelled,
        )
    return answers.result(ended)


def child_command(name: str) -> list[str]:
    """The command of a job's process; walls and places follow, or come as two lines before the arguments on stdin."""
    return [sys.executable, "-m", "donecast.engine.child", name]


def places_to_json(readable: Sequence[Path], writable: Sequence[Path]) -> str:
    """What the process may open, as one line."""
    return json.dumps(
        {
            "readable": [str(path.absolute()) for path in readable],
            "writable": [str(path.absolute()) for path in writable],
        }
    )


class Answers:
    """Reads a child's lines: ``{"progress": 12}``, and at the end one ``{"result": {}}`` or ``{"error": {}}``."""

    def __init__(self, name: str, on_progress: Progress | None) -> None:
        self._name = name
        self._on_progress = on_progress
        self._percent = -1
        self._pending = b""
        self._last: dict[str, Any] = {}

    def take(self, data: bytes) -> None:
        """Takes stdout as it comes, in pieces of any size."""
        *lines, self._pending = (self._pending + data).split(b"\n")
        if len(self._pending) > _ANSWER_BYTES_MAX:
            raise EngineCrashed(details={"job": self._name, "why": "its answer is too long"})
        for line in lines:
            self._read(line)

    def _read(self, line: bytes) -> None:
        try:
            message = json.loads(line)
            percent = int(message.get("progress", -1))
        except (ValueError, AttributeError, TypeError) as error:
            raise EngineCrashed(details={"job": self._name, "why": "its answer is not JSON"}) from error
        if "progress" not in message:
            self._last = message
        elif self._on_progress and percent > self._percent:
            self._percent = percent
            self._on_progress(percent)

    def result(self, ended: Ended) -> dict[str, Any]:
        """What the job returned; raises what it raised, or what its end means."""
        details = {"job": self._name, "exit_code": ended.exit_code, "stderr": ended.stderr_tail}
        if error := self._last.get("error"):
            raise _error_from(error)
        if ended.exit_code == -signal.SIGXCPU:
            raise EngineTimeout(details=details)
        if ended.exit_code != 0 and "MemoryError" in ended.stderr_tail:
            raise EngineOutOfMemory(details=details)
        if ended.exit_code != 0 or not isinstance(self._last.get("result"), dict):
            raise EngineCrashed(details=details)
        result: dict[str, Any] = self._last["result"]
        return result


def _error_from(document: Mapping[str, Any]) -> DonecastError:
    """The error a child described; a class that is not one of ours becomes EngineCrashed."""
    module, _, name = str(document.get("class")).partition(":")
    found: Any = EngineCrashed
    if module.split(".")[0] == "donecast":
        found = getattr(importlib.import_module(module), name, EngineCrashed)
    if not (isinstance(found, type) and issubclass(found, DonecastError)):
        found = EngineCrashed
    error: DonecastError = found(document["message"], action=document["action"], details=document["details"])
    return error
