"""Where the vendor calls: its secret opens, it learns nothing, and what it says is never believed."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi.testclient import TestClient

from donecast.entry.http import create_app
from donecast.entry.wiring import open_remotes, unguarded
from donecast.platform.settings import load_settings
from donecast.platform.web import Ground
from donecast.speech.elsewhere import Elsewhere, Pace
from donecast.speech.remote import RemoteTranscriber
from donecast.speech.transcriber import Subject
from donecast.transcripts.job_book import open_book
from tests.support.people import Person, account_on
from tests.support.servers import free_port
from tests.support.sounds import tone
from tests.support.vendor import VENDORS
from tests.support.vendor_server import KEY, Calls

_SECRET = "s3cr3ts3cr3ts3cr3t"


def calling(name: str) -> dict[str, Any]:
    """Settings with a vendor that calls."""
    return {
        "transcriber": name,
        "transcriber_language": "de",  # in which nothing is aligned here: what is heard is a tone
        f"{name}_key": KEY,
        f"{name}_webhook_secret": _SECRET,
        "public_url": "http://127.0.0.1:8000",
    }


@dataclass(frozen=True)
class Door:
    """How a vendor calls."""

    path: str
    secret: dict[str, Any]
    wrong: tuple[dict[str, Any], ...]

    def body(self, job_id: str) -> dict[str, Any]:
        """What it says of a job."""
        if self.path.endswith("auphonic"):
            return {"data": {"uuid": job_id, "status": "3", "status_string": "Done"}}
        return {"json": {"transcript_id": job_id, "status": "completed"}}


_HEADER = "x-donecast-webhook-secret"
DOORS = {
    "assemblyai": Door(
        "/api/hooks/assemblyai",
        {"headers": {_HEADER: _SECRET}},
        ({}, {"headers": {_HEADER: "wrong"}}, {"params": {"secret": _SECRET}}),
    ),
    "auphonic": Door(
        "/api/hooks/auphonic",
        {"params": {"secret": _SECRET}},
        ({}, {"params": {"secret": "wrong"}}, {"params": {"secret": "ü"}}, {"headers": {_HEADER: _SECRET}}),
    ),
}
_NO_JOB: dict[str, tuple[bytes, ...]] = {
    "assemblyai": (b"", b"transcript_id=x&status=completed", b"[1]", b'{"transcript_id": null}', b"\xff" * 50),
    "auphonic": (
        b"",
        b'{"uuid": "x"}',
        b"status=3",
        b"uuid=a/b",
        b"uuid=x&uuid=y",
        b"uuid=",
        b"\xff" * 50,
        b"a&" * 200,
    ),
}


@pytest.mark.parametrize("door", DOORS.values(), ids=list(DOORS))
def test_without_a_vendor_nobody_listens(client: TestClient, door: Door) -> None:
    assert client.post(door.path, **door.secret, **door.body("x")).status_code == 404


@pytest.mark.parametrize("name", sorted(VENDORS))
@pytest.mark.parametrize("missing", ["public_url", "webhook_secret"])
def test_it_listens_only_when_the_vendor_is_told_to_call(name: str, missing: str) -> None:
    remote = open_remotes(load_settings({**calling(name), "environment": "test"}), unguarded)[name]
    assert remote.calls_back
    assert remote.hook_path == DOORS[name].path
    left_out = f"{name}_{missing}" if missing == "webhook_secret" else missing
    fewer = {key: value for key, value in calling(name).items() if key != left_out}
    silent = open_remotes(load_settings({**fewer, "environment": "test"}), unguarded)
    assert not silent[name].calls_back


def test_a_key_alone_lets_a_show_choose_the_vendor() -> None:
    keys = {f"{name}_key": KEY for name in VENDORS}
    assert set(open_remotes(load_settings({**keys, "environment": "test"}), unguarded)) == set(VENDORS)
    assert open_remotes(load_settings({"environment": "test"}), unguarded) == {}


@pytest.mark.parametrize("name", sorted(VENDORS))
class TestCalls:
    """With a vendor that calls."""

    @pytest.fixture
    def overrides(self, name: str) -> dict[str, Any]:
        return calling(name)

    def test_a_known_job_and_an_unknown_one_are_answered_the_same(
        self, ground: Ground, client: TestClient, ann: Person, name: str
    ) -> None:
        remote, door = open_remotes(ground.settings, unguarded)[name], DOORS[name]
        book = open_book(ground, remote, Subject(ann.account.id, "c" * 64, 2_000))
        book.note_job("known")
        answers = [
            client.post(door.path, **door.secret, **door.body(job_id)) for job_id in ("known", "unknown", "known")
        ]
        assert {(answer.status_code, answer.content) for answer in answers} == {(204, b"")}
        assert book.read().nudged_at is not None
        assert book.kept() is None

    def test_without_the_secret_it_is_refused_and_nothing_is_noted(
        self, ground: Ground, client: TestClient, ann: Person, name: str
    ) -> None:
        remote, door = open_remotes(ground.settings, unguarded)[name], DOORS[name]
        book = open_book(ground, remote, Subject(ann.account.id, "c" * 64, 2_000))
        book.note_job("known")
        for secret in (*door.wrong, {"headers": ann.headers}):
            answer = client.post(door.path, **secret, **door.body("known"))
            assert (answer.status_code, answer.json()["error"]["code"]) == (401, "hook_refused")
        assert book.read().nudged_at is None

    def test_what_names_no_job_is_refused(self, client: TestClient, name: str) -> None:
        for content in _NO_JOB[name]:
            answer = client.post(DOORS[name].path, content=content, **DOORS[name].secret)
            assert (answer.status_code, answer.json()["error"]["code"]) == (400, "hook_unreadable"), content

    def test_a_long_call_is_not_read(self, client: TestClient, name: str) -> None:
        pieces = [b"x" * 1_024] * 20
        for content in (b"".join(pieces), iter(pieces)):
            answer = client.post(DOORS[name].path, content=content, **DOORS[name].secret)
            assert (answer.status_code, answer.json()["error"]["code"]) == (413, "body_too_large")


@contextmanager
def listening(ground: Ground, port: int) -> Iterator[None]:
    """The app behind the address that the vendor was told."""
    server = uvicorn.Server(uvicorn.Config(create_app(ground), port=port, log_config=None, timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.02)
        yield
    finally:
        server.should_exit = True
        thread.join(10)


@pytest.mark.parametrize("name", sorted(VENDORS))
class TestWaiting:
    """A worker that would look again only after a minute."""

    port = free_port()

    @pytest.fixture
    def overrides(self, name: str) -> dict[str, Any]:
        return {**calling(name), "public_url": f"http://127.0.0.1:{self.port}"}

    @pytest.mark.parametrize(
        ("calls", "answers", "looks_at_once"),
        [
            ("once", [204], True),
            ("twice", [204, 204], True),
            ("early", [204], False),
            ("another's", [204], False),
            ("odd", [400], False),
            ("wrong secret", [401], False),
            ("never", [], False),
        ],
    )
    def test_a_call_ends_the_wait_and_anything_else_changes_nothing(
        self,
        ground: Ground,
        tmp_path: Path,
        name: str,
        calls: Calls,
        answers: list[int],
        looks_at_once: bool,
    ) -> None:
        owner, feed = account_on(ground, "ann@example.com"), tmp_path / "feed.wav"
        feed.write_bytes(tone(2.0))
        one = VENDORS[name]
        kind = one.odd_call if calls == "odd" else calls
        with one.opened(seconds=0.6, calls=kind) as vendor, listening(ground, self.port):
            settings = load_settings(
                {**calling(name), "environment": "test", f"{name}_url": vendor.url, "public_url": self._url()}
            )
            remote = open_remotes(settings, unguarded)[name]
            patience, begun = 60.0 if looks_at_once else 1.5, time.monotonic()
            words = self._hear(ground, remote, owner.id, feed, patience)
            assert len(words) > 2
            assert time.monotonic() - begun < 20
            assert len(vendor.jobs) == 1
            deadline = time.monotonic() + 5
            while len(vendor.jobs[0].calls) < len(answers) and time.monotonic() < deadline:
                time.sleep(0.02)
            assert vendor.jobs[0].calls == answers

    def _url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _hear(
        self, ground: Ground, remote: RemoteTranscriber, owner: str, feed: Path, patience: float
    ) -> tuple[object, ...]:
        pace = Pace(poll_first=patience, poll_longest=patience, wait_longest=20.0, look=0.05)
        ear = Elsewhere(remote, partial(open_book, ground), ground.clock, pace)
        return ear.for_recording(Subject(owner, "c" * 64, 2_000)).transcribe(feed, duration_ms=2_000, pauses=()).words
