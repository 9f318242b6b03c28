"""The line in a real browser: sign in, drop the file, watch, listen, publish, read the feed; axe on each screen."""

import sys
from pathlib import Path
from typing import Any

from proofs.browser_walk import print_problems, walk
from proofs.harness import ROOT, base_settings, folder, run_admin, sample
from tests.support.servers import await_url, start_donecast, stop
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
            found = _walk(f"http://127.0.0.1:{settings['port']}", password, recording, shots)
        finally:
            stop(server)
    for step in found["steps"]:
        print(f"{step['name']:36} {step['ms'] / 1000:7.1f} s")
    print(f"screens looked at: {found['looks']}, pictures in {shots}")
    print_problems(found)
    print(
        f"L3: walked {len(found['steps'])} steps, heard {found['heard_seconds']:.1f} s, "
        f"{found['looks']} screens at 1280 and 390 px, {len(found['violations'])} axe violations, "
        f"{len(found['page_errors'])} page errors"
    )
    return 0 if found["passed"] and not found["violations"] and not found["page_errors"] else 1


def _walk(url: str, password: str, recording: Path, shots: Path) -> dict[str, Any]:
    settings = {
        "url": url,
        "email": "walker@example.com",
        "password": password,
        "recording": recording,
        "shots": shots,
        "minutes": _MINUTES_MAX,
    }
    return walk("line", settings)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
