"""Tests in the jail: names in, testimony out."""

import json
import secrets
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from donecast.autoops.gate.programs import Jailed, run_jailed
from donecast.autoops.gate.rules import Limits
from donecast.autoops.gate.testimony import Hearing, Task, heard

_WITNESS = Path(__file__).with_name("witness.py")
_REPORT_BYTES_MAX = 16 * 1024**2
_ARGUMENTS = (
    "--rootdir=.",
    "--continue-on-collection-errors",
    "--maxfail=0",
    "--tb=short",
    "--capture=no",  # so that what is printed is counted
    "--quiet",
    "--no-header",
    "-p",
    "no:cacheprovider",
)


@dataclass(frozen=True, slots=True)
class Ran:
    """What was told, and what was printed."""

    testimony: Hearing
    end: Jailed


def run_tests(
    tree: Path,
    names: Sequence[str],
    *,
    python: Path,
    options: Sequence[str],
    deadline_seconds: float,
    limits: Limits,
    scratch: Path,
) -> Ran:
    """Runs tests by their names over a tree, in the jail; ``options`` are more of pytest's."""
    task = Task(secrets.token_bytes(32), *(f"test_{secrets.token_hex(6)}" for _ in range(2)))
    with tempfile.NamedTemporaryFile(dir=scratch, prefix="report-") as report:
        path = Path(report.name)
        path.chmod(0o666)
        end = run_jailed(
            [str(python), "-I", "-B", "/gate/witness.py"],
            python=python,
            repository=tree,
            placed=[(_WITNESS, "/gate/witness.py")],
            writable=[(path, "/gate/report")],
            stdin=json.dumps(
                {
                    "key": task.key.hex(),
                    "report": "/gate/report",
                    "canaries": {"failing": task.failing, "passing": task.passing},
                    "arguments": [*_ARGUMENTS, *options],
                    "tests": list(names),
                }
            ).encode(),
            deadline_seconds=deadline_seconds,
            limits=limits,
            scratch=scratch,
        )
        if end.stopped:
            return Ran(Hearing(doubt=_STOPPED[end.stopped].format(seconds=deadline_seconds)), end)
        return Ran(heard(report.read(_REPORT_BYTES_MAX), task, end.exit_code), end)


_STOPPED = {
    "time": "it was stopped after {seconds:g} seconds",
    "memory": "it was stopped for taking too much memory",
    "output": "it was stopped for printing too much",
}
