"""What the proofs share: an installation of its own, a person who uses its API, and speech to feed it."""

import os
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import numpy as np

from donecast.accounts import service as accounts
from donecast.entry.wiring import lay_ground
from donecast.platform.settings import load_settings
from tests.support.servers import await_url, environment_of, free_port, start_donecast, stop

ROOT = Path(__file__).parents[1]
MULTI_MINUTE_SAMPLE = "bush_radio_address_2008.flac"
_POLL_SECONDS = 0.2
_START_SECONDS = 240
"""On a machine that does much else beside."""


class ProofFailed(Exception):
    """The proof cannot go on; the message says why."""


def sample(name: str = MULTI_MINUTE_SAMPLE) -> Path:
    """A recording of human speech from the folder that DONECAST_SAMPLES names, or from ``../shared/samples``."""
    folder = Path(os.environ.get("DONECAST_SAMPLES", ROOT.parent / "shared" / "samples"))
    if not (folder / name).exists():
        raise ProofFailed(f"{name} is needed: set DONECAST_SAMPLES to a folder that holds it")
    return folder / name


def speak(text: str, out: Path, voice: str = "slt") -> Path:
    """Speech by the local voice as a 16 kHz WAV file."""
    subprocess.run(["flite", "-voice", voice, "-t", text, "-o", str(out)], check=True, timeout=60)
    return out


def distinct(recording: Path, out: Path, number: int) -> Path:
    """The same speech as a file of its own: a little silence of a length that no other number has comes first."""
    with wave.open(str(recording)) as reader:
        parameters, frames = reader.getparams(), reader.readframes(reader.getnframes())
    silence = np.zeros(400 + number, dtype="<i2").tobytes()
    with wave.open(str(out), "wb") as writer:
        writer.setparams(parameters)
        writer.writeframes(silence + frames)
    return out


@dataclass(slots=True)
class Studio:
    """A person at the API of a running installation."""

    url: str
    client: httpx2.Client

    def ask(self, method: str, path: str, **options: Any) -> Any:
        """The answer's JSON. Raises ProofFailed for anything but success."""
        answer = self.client.request(method, f"{self.url}{path}", **options)
        if answer.status_code >= 400:
            raise ProofFailed(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
        return answer.json() if answer.content else None

    def make_show(self, title: str) -> dict[str, Any]:
        """A show of its own."""
        wish = {
            "title": title,
            "description": "Made by a proof.",
            "language": "en",
            "category": "Technology",
            "author": "A Prover",
            "owner_email": "prover@example.com",
        }
        show: dict[str, Any] = self.ask("POST", "/api/shows", json=wish)
        return show

    def upload(self, recording: Path) -> dict[str, Any]:
        """The recording in the library."""
        with recording.open("rb") as file:
            media: dict[str, Any] = self.ask(
                "POST", "/api/media", files={"file": (recording.name, file)}, data={"category": "recording"}
            )
        return media

    def make_episode(self, show_id: str, recording_id: str, **more: Any) -> str:
        """A draft episode's id."""
        wish = {"show_id": show_id, "recording_id": recording_id, **more}
        return str(self.ask("POST", "/api/episodes", json=wish)["id"])

    def produce(self, episode_id: str, **wish: Any) -> str:
        """The operation's id."""
        return str(self.ask("POST", f"/api/episodes/{episode_id}/produce", json=wish)["operation_id"])

    def wait(self, operation_id: str, seconds: float = 300) -> dict[str, Any]:
        """The operation once it has ended."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            operation: dict[str, Any] = self.ask("GET", f"/api/operations/{operation_id}")
            if operation["state"] not in {"queued", "running"}:
                return operation
            time.sleep(_POLL_SECONDS)
        raise ProofFailed(f"operation {operation_id} did not end within {seconds} s: {operation}")


@contextmanager
def folder() -> Iterator[Path]:
    """A folder that vanishes with the proof."""
    with tempfile.TemporaryDirectory(prefix="donecast-proof-") as path:
        yield Path(path)


def base_settings(data: Path) -> dict[str, object]:
    """Settings of a small installation on a free port of loopback."""
    return {"data": data, "port": free_port(), "hash_cost": "low", "log_format": "json", "disk_free_bytes_min": 0}


def run_admin(settings: Mapping[str, object], *arguments: str) -> str:
    """What ``donecast admin ...`` prints."""
    command = [sys.executable, "-m", "donecast.entry.cli", "admin", *arguments]
    done = subprocess.run(command, env=environment_of(settings), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ProofFailed(f"donecast admin {' '.join(arguments)}: {done.stderr[-500:]}")
    return done.stdout.strip()


def studio_of(settings: Mapping[str, object], email: str = "admin@example.com") -> Studio:
    """A person with a token for the account with this address."""
    ground = lay_ground(load_settings(dict(settings)))
    with ground.database.transaction() as session:
        account = accounts.account_by_email(session, email)
        if account is None:
            raise ProofFailed(f"there is no account with the address {email}")
        token = accounts.make_token(session, ground.clock, account.id, "a proof")
    ground.database.dispose()
    client = httpx2.Client(headers={"Authorization": f"Bearer {token.secret}"}, timeout=300)
    return Studio(f"http://127.0.0.1:{settings['port']}", client)


@contextmanager
def donecast_up(data: Path, **more: object) -> Iterator[tuple[Studio, dict[str, object]]]:
    """`donecast up` in a folder, and its first admin at the API."""
    settings = {**base_settings(data), **more}
    data.parent.mkdir(parents=True, exist_ok=True)
    process = start_donecast(["up"], settings, data.parent / "up.log")
    try:
        await_url(f"http://127.0.0.1:{settings['port']}/readyz", process, _START_SECONDS)
        yield studio_of(settings), settings
    finally:
        stop(process)


def table(rows: list[tuple[object, ...]], head: tuple[str, ...]) -> str:
    """Rows under their heads, aligned."""
    texts = [tuple(str(cell) for cell in row) for row in [head, *rows]]
    widths = [max(len(row[column]) for row in texts) for column in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in texts]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])
