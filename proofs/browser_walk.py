"""A walk through the studio in a real browser: one of the scripts in ``frontend/e2e``, told where, who and what."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from proofs.harness import ROOT, ProofFailed
from tests.support.servers import environment_of


def walk(script: str, settings: Mapping[str, object]) -> dict[str, Any]:
    """The summary that ``frontend/e2e/<script>.mjs`` prints. Raises ProofFailed where it prints none."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["node", f"e2e/{script}.mjs"],
        cwd=ROOT / "frontend",
        env=environment_of(settings) | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    start = done.stdout.find("{")
    if start < 0:
        raise ProofFailed(f"the walk ended with {done.returncode}: {done.stderr[-800:]}")
    summary: dict[str, Any] = json.loads(done.stdout[start:])
    return summary


def print_problems(summary: Mapping[str, Any]) -> None:
    """What was wrong, a line each."""
    for problem in (*summary["violations"], *summary["page_errors"], *summary["failures"]):
        print(f"PROBLEM: {json.dumps(problem)[:400]}")
