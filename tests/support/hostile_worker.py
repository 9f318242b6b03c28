"""A worker that examines one hostile file after the other: ``python -m tests.support.hostile_worker FOLDER``.

It does with each what the product does, and writes a line of JSON about it. The only thing of its own is the scale on
which the child process is weighed before it ends.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

from donecast.engine import analysis, sandbox
from donecast.engine.limits import EngineLimits
from donecast.kit.errors import DonecastError


def examine(path: Path, out: Path) -> dict[str, Any]:
    """What becomes of a file, in plain values."""
    weights: dict[str, float] = {}

    def run_weighed(_name: str, arguments: Mapping[str, Any], **options: Any) -> dict[str, Any]:
        answer = sandbox.run_job("tests.support.weighed_job:analyse", arguments, **options)
        weights.update(answer.pop("weighed"))
        return answer

    started = time.monotonic()
    outcome: dict[str, Any] = {}
    with patch.object(analysis, "run_job", run_weighed):
        try:
            facts = analysis.analyse(path, out, limits=EngineLimits(deadline_seconds=200)).facts
            outcome = {"facts": {name: getattr(facts, name) for name in facts.__dataclass_fields__}}
        except DonecastError as error:
            weighed: Any = error.details.get("weighed", {})
            weights.update(weighed)
            outcome = {"error": type(error).__name__, "message": error.message, "action": error.action}
    left = sorted(entry.name for entry in out.iterdir())
    return {**outcome, **weights, "seconds": time.monotonic() - started, "left": left}


def main(arguments: list[str]) -> int:
    """Examines ``NUMBER/file/*`` into ``NUMBER/out``, by number."""
    folders = sorted(Path(arguments[0]).iterdir(), key=lambda folder: int(folder.name))
    for folder in folders:
        path = folder / "file" / json.loads((folder / "name.json").read_text())
        about = {"number": int(folder.name), "worker": os.getpid(), **examine(path, folder / "out")}
        about["descriptors"] = sum(1 for _ in Path("/proc/self/fd").iterdir())
        about["threads"] = sum(1 for _ in Path("/proc/self/task").iterdir())
        about["worker_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        sys.stdout.write(json.dumps(about) + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
