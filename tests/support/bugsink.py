"""Bugsink, a real server that speaks Sentry's protocol, in an environment of its own: never a dependency of anything.

Made at first need in ``.tools/bugsink``, started on loopback with its calls home switched off, asked by its own API.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.servers import await_url, free_port, stop

_HOME = Path(__file__).parents[2] / ".tools" / "bugsink"
_PACKAGE = "bugsink>=2.6,<3"
_INSTALL_SECONDS = 400
_MAKE_PROJECT = """
from projects.models import Project
print("KEY", Project.objects.create(name="donecast").sentry_key.hex)
"""


class BugsinkMissing(Exception):
    """It cannot be installed here; the message says why."""


@dataclass(frozen=True, slots=True)
class Bugsink:
    """A running server with one project. ``dsn`` is where events are sent."""

    url: str
    dsn: str
    token: str

    def events(self) -> list[dict[str, Any]]:
        """The whole of every event that came."""
        issues = self._asked("/issues/?project=1")
        ids = [event["id"] for issue in issues for event in self._asked(f"/events/?issue={issue['id']}")]
        return [self._whole(f"/events/{event_id}/") for event_id in ids]

    def await_events(self, count: int, seconds: float = 20) -> list[dict[str, Any]]:
        """Every event, once so many have come, or after so long."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and len(self.events()) < count:
            time.sleep(0.2)
        return self.events()

    def _asked(self, path: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._whole(path)["results"]
        return found

    def _whole(self, path: str) -> dict[str, Any]:
        request = urllib.request.Request(
            f"{self.url}/api/canonical/0{path}", headers={"Authorization": f"Bearer {self.token}"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            found: dict[str, Any] = json.load(answer)
        return found


def _programs() -> Path:
    """The folder of its programs, made when it is not there. Raises BugsinkMissing."""
    programs = _HOME / "bin"
    if (programs / "bugsink-manage").exists():
        return programs
    try:
        subprocess.run([sys.executable, "-m", "venv", str(_HOME)], check=True, timeout=120, capture_output=True)
        subprocess.run(
            [str(programs / "pip"), "install", "--quiet", _PACKAGE],
            check=True,
            timeout=_INSTALL_SECONDS,
            capture_output=True,
        )
    except (subprocess.SubprocessError, OSError) as error:
        raise BugsinkMissing(f"Bugsink cannot be installed into .tools/bugsink: {error}") from error
    return programs


def _configuration(made: str, folder: Path, url: str) -> str:
    made = made.replace("/home/bugsink", str(folder)).replace('"https://127.0.0.1"', repr(url))
    return (
        made
        + f"""
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = False
SECURE_PROXY_SSL_HEADER = None
SNAPPEA["TASK_ALWAYS_EAGER"] = True
BUGSINK["BASE_URL"] = {url!r}
BUGSINK["PHONEHOME"] = False
ALLOWED_HOSTS = ["127.0.0.1"]
"""
    )


def _run(programs: Path, folder: Path, *command: str, given: str = "") -> str:
    done = subprocess.run(
        [str(programs / command[0]), *command[1:]],
        cwd=folder,
        env=_environment(),
        input=given,
        text=True,
        capture_output=True,
        check=True,
        timeout=120,
    )
    return done.stdout


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH"}}


def _prepared(programs: Path) -> Path:
    """A folder with empty tables, one project and one token, made once, for making them takes most of a minute."""
    ready = _HOME / "prepared"
    if ready.exists():
        return ready
    with tempfile.TemporaryDirectory(dir=_HOME) as place:
        folder = Path(place) / "new"
        folder.mkdir()
        _run(programs, folder, "bugsink-create-conf", "--template=singleserver", "--host=127.0.0.1")
        made = (folder / "bugsink_conf.py").read_text()
        (folder / "bugsink_conf.py").write_text(_configuration(made, folder, "http://127.0.0.1"))
        _run(programs, folder, "bugsink-manage", "migrate")
        _run(programs, folder, "bugsink-manage", "migrate", "--database=snappea")
        said = _run(programs, folder, "bugsink-manage", "shell", given=_MAKE_PROJECT)
        token = _run(programs, folder, "bugsink-manage", "create_auth_token").split()[-1]
        (folder / "bugsink_conf.py").write_text(made)
        (folder / "keys.json").write_text(json.dumps({"key": said.split("KEY ")[1].split()[0], "token": token}))
        folder.rename(ready)
    return ready


@contextmanager
def bugsink() -> Iterator[Bugsink]:
    """A fresh server that ends with the block. Raises BugsinkMissing."""
    programs = _programs()
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory(prefix="donecast-bugsink-") as place:
        folder = Path(place) / "server"
        shutil.copytree(_prepared(programs), folder)
        conf = folder / "bugsink_conf.py"
        conf.write_text(_configuration(conf.read_text(), folder, url))
        keys = json.loads((folder / "keys.json").read_text())
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [
                    *(str(programs / "gunicorn"), f"--bind=127.0.0.1:{port}", "--threads=4"),
                    *("--graceful-timeout=1", "bugsink.wsgi"),
                ],
                cwd=folder,
                env=_environment(),
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            await_url(f"{url}/accounts/login/", server)
            yield Bugsink(url, f"http://{keys['key']}@127.0.0.1:{port}/1", keys["token"])
        finally:
            stop(server)
