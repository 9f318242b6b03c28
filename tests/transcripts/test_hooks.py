"""Where the vendor calls: its secret opens, it learns nothing, and what it says is never believed."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi.testclient import TestClient

from donecast.entry.http import create_app
from donecast.entry.wiring import open_remote
from donecast.platform.settings import load_settings
from donecast.platform.web import Ground
from donecast.speech.assemblyai import HOOK_PATH
from donecast.speech.elsewhere import Elsewhere, Pace
from donecast.speech.remote import RemoteTranscriber
from donecast.speech.transcriber import Subject
from donecast.transcripts.job_book import open_book
from tests.support.assemblyai_server import KEY, Calls, assemblyai
from tests.support.people import Person
from tests.support.servers import free_port
from tests.support.sounds import tone

_SECRET = "s3cr3ts3cr3ts3cr3t"
_HEADER = {"x-donecast-webhook-secret": _SECRET}
_CALLING: dict[str, Any] = {
    "transcriber": "assemblyai",
    "assemblyai_key": KEY,
    "assemblyai_webhook_secret": _SECRET,
    "public_url": "http://127.0.0.1:8000",
}


def test_without_a_vendor_nobody_listens(client: TestClient) -> None:
    assert client.post(HOOK_PATH, json={"transcript_id": "x"}, headers=_HEADER).status_code == 404


@pytest.mark.parametrize("missing", ["public_url", "assemblyai_webhook_secret", "transcriber"])
def test_it_listens_only_when_the_vendor_is_told_to_call(missing: str) -> None:
    remote = open_remote(load_settings({**_CALLING, "environment": "test"}))
    assert remote is not None
    assert remote.calls_back
    fewer = {name: value for name, value in _CALLING.items() if name != missing}
    silent = open_remote(load_settings({**fewer, "environment": "test"}))
    assert silent is None or not silent.calls_back


class TestCalls:
    """With a vendor that calls."""

    @pytest.fixture
    def overrides(self) -> dict[str, Any]:
        return _CALLING

    def test_a_known_job_and_an_unknown_one_are_answered_the_same(
        self, ground: Ground, client: TestClient, ann: Person
    ) -> None:
        remote = open_remote(ground.settings)
        assert remote is not None
        book = open_book(ground, remote, Subject(ann.account.id, "c" * 64, 2_000))
        book.note_job("known")
        answers = [
            client.post(HOOK_PATH, json={"transcript_id": job_id, "status": "completed"}, headers=_HEADER)
            for job_id in ("known", "unknown", "known")
        ]
        assert {(answer.status_code, answer.content) for answer in answers} == {(204, b"")}
        assert book.read().nudged_at is not None
        assert book.kept() is None

    def test_without_the_secret_it_is_refused_and_nothing_is_noted(
        self, ground: Ground, client: TestClient, ann: Person
    ) -> None:
        remote = open_remote(ground.settings)
        assert remote is not None
        book = open_book(ground, remote, Subject(ann.account.id, "c" * 64, 2_000))
        book.note_job("known")
        for headers in ({}, {"x-donecast-webhook-secret": "wrong"}, ann.headers):
            answer = client.post(HOOK_PATH, json={"transcript_id": "known"}, headers=headers)
            assert (answer.status_code, answer.json()["error"]["code"]) == (401, "hook_refused")
        assert book.read().nudged_at is None

    def test_what_names_no_job_is_refused(self, client: TestClient) -> None:
        for content in (b"", b"transcript_id=x&status=completed", b"[1]", b'{"transcript_id": null}', b"\xff" * 50):
            answer = client.post(HOOK_PATH, content=content, headers=_HEADER)
            assert (answer.status_code, answer.json()["error"]["code"]) == (400, "hook_unreadable")

    def test_a_long_call_is_not_read(self, client: TestClient) -> None:
        pieces = [b"x" * 1_024] * 20
        for content in (b"".join(pieces), iter(pieces)):
            answer = client.post(HOOK_PATH, content=content, headers=_HEADER)
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


class TestWaiting:
    """A worker that would look again only after a minute."""

    port = free_port()

    @pytest.fixture
    def overrides(self) -> dict[str, Any]:
        return {**_CALLING, "public_url": f"http://127.0.0.1:{self.port}"}

    @pytest.mark.parametrize(
        ("calls", "answers", "looks_at_once"),
        [
            ("once", [204], True),
            ("twice", [204, 204], True),
            ("early", [204], False),
            ("form", [400], False),
            ("wrong secret", [401], False),
            ("never", [], False),
        ],
    )
    def test_a_call_ends_the_wait_and_anything_else_changes_nothing(
        self, ground: Ground, ann: Person, tmp_path: Path, calls: Calls, answers: list[int], looks_at_once: bool
    ) -> None:
        feed = tmp_path / "feed.wav"
        feed.write_bytes(tone(2.0))
        with assemblyai(seconds=0.6, calls=calls) as vendor, listening(ground, self.port):
            settings = load_settings(
                {**_CALLING, "environment": "test", "assemblyai_url": vendor.url, "public_url": self._url()}
            )
            remote = open_remote(settings)
            assert remote is not None
            patience, begun = 60.0 if looks_at_once else 1.5, time.monotonic()
            words = self._hear(ground, remote, ann.account.id, feed, patience)
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
