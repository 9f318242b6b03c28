"""The line in a real browser: sign in, drop the file, watch, listen, publish, read the feed; axe on each screen."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from proofs.harness import ROOT, ProofFailed, base_settings, folder, run_admin, sample
from tests.support.servers import await_url, environment_of, start_donecast, stop
from tools.environment import Environment

DURATION = "about 4 minutes"
_MINUTES_MAX = 15


def main(arguments: list[str]) -> int:
    """Walks it with the multi-minute recording, or with the first argument; pictures go to the second, a folder."""
    recording = Path(arguments[0]) if arguments else sample()
    shots = Path(arguments[1]) if len(arguments) > 1 else ROOT / "test-results" / "screens"
    shots.mkdir(parents=True, exist_ok=True)
    Environment().ensure_studio()
    with folder() as place:
        settings = {**base_settings(place / "data"), "first_admin_email": "first@example.com"}
        server = start_donecast(["up"], settings, place / "up.log")
        try:
            await_url(f"http://127.0.0.1:{settings['port']}/readyz", server)
            password = run_admin(settings, "account", "--email", "walker@example.com").splitlines()[-1]
            walk = _walk(f"http://127.0.0.1:{settings['port']}", password, recording, shots)
        finally:
            stop(server)
    for step in walk["steps"]:
        print(f"{step['name']:36} {step['ms'] / 1000:7.1f} s")
    print(f"screens looked at: {walk['looks']}, pictures in {shots}")
    for problem in (*walk["violations"], *walk["page_errors"], *walk["failures"]):
        print(f"PROBLEM: {json.dumps(problem)[:400]}")
    print(
        f"L3: walked {len(walk['steps'])} steps, heard {walk['heard_seconds']:.1f} s, "
        f"{walk['looks']} screens at 1280 and 390 px, {len(walk['violations'])} axe violations, "
        f"{len(walk['page_errors'])} page errors"
    )
    return 0 if walk["passed"] and not walk["violations"] and not walk["page_errors"] else 1


def _walk(url: str, password: str, recording: Path, shots: Path) -> dict[str, Any]:
    settings = {
        "url": url,
        "email": "walker@example.com",
        "password": password,
        "recording": recording,
        "shots": shots,
        "minutes": _MINUTES_MAX,
    }
    browser = environment_of(settings) | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        ["node", "e2e/line.mjs"], cwd=ROOT / "frontend", env=browser, capture_output=True, text=True, check=False
    )
    start = done.stdout.find("{")
    if start < 0:
        raise ProofFailed(f"the walk ended with {done.returncode}: {done.stderr[-800:]}")
    walk: dict[str, Any] = json.loads(done.stdout[start:])
    return walk


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
