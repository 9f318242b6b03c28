"""Whatever people bring by mistake or on purpose: a sentence, nothing left behind, and the server lives on."""

import sqlite3
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from donecast.platform.web import Ground
from tests.support.leftovers import leftovers
from tests.support.people import Person
from tests.support.sounds import encoded, protected_m4a, tone, wav_header


def bad_files() -> list[Any]:
    noisy = 0.2 * np.sin(np.arange(32_000) / 10)
    noisy[5_000:5_100] = np.nan
    cases: dict[str, tuple[bytes, int, str]] = {
        "zero bytes": (b"", 400, "This file is empty"),
        "text named mp3": (b"Dear diary, today I planted beans.\n" * 50, 415, "This file is text, not audio"),
        "a playlist named mp3": (b"#EXTM3U\nfile:///etc/passwd\n", 415, "This file holds no sound of its own"),
        "a concat script": (b"ffconcat version 1.0\nfile /etc/passwd\n", 415, "This file holds no sound of its own"),
        "a web page": (b"<!DOCTYPE html><html><body>Sign in</body></html>", 415, "This file is a web page"),
        "random bytes": (np.random.default_rng(1).bytes(50_000), 415, ""),
        "nothing but zeros": (bytes(50_000), 400, "This file holds nothing but zeros"),
        "a header and no sound": (tone(1.0)[:44], 400, ""),
        "a cut-off video": (protected_m4a()[:30], 400, ""),
        "copy protection": (protected_m4a(), 415, "This file is copy-protected"),
        "no number for a sample": (encoded(noisy, subtype="FLOAT"), 400, "Some of the sound in this file"),
        "silence": (encoded(np.zeros(160_000)), 400, "There is only silence in this recording."),
        "a blink": (tone(0.02), 400, "This file plays for less than a tenth of a second."),
        "1 sample per second": (wav_header(rate=1, channels=1, data=bytes(range(1, 101)) * 40), 415, ""),
        "4 billion samples per second": (wav_header(rate=2**32 - 1, channels=1, data=b"ab" * 4_000), 415, ""),
        "300 channels": (wav_header(rate=16_000, channels=300, data=b"ab" * 60_000), 415, ""),
        "no channel": (wav_header(rate=16_000, channels=0, data=b"ab" * 4_000), 415, ""),
    }
    return [pytest.param(*case, id=name) for name, case in cases.items()]


@pytest.mark.parametrize(("content", "status", "sentence"), bad_files())
def test_a_bad_file_gets_a_sentence_and_leaves_nothing(
    ann: Person, ground: Ground, content: bytes, status: int, sentence: str
) -> None:
    answer = ann.ask("POST", "/api/media", files={"file": ("interview.mp3", content)}, data={"category": "recording"})
    assert answer.status_code in {status, 400, 415} if not sentence else answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert error["message"].startswith(sentence)
    assert error["message"].endswith(".")
    assert error["action"].endswith(".")
    assert error["retryable"] is False
    assert leftovers(ground) == {}
    assert ann.ask("GET", "/api/media").json() == []


@pytest.mark.parametrize("content", [tone(3.0)[:40_000], tone(3.0, container="MP3", subtype="MPEG_LAYER_III")[:2_500]])
def test_a_cut_off_file_keeps_what_can_be_heard(ann: Person, content: bytes) -> None:
    answer = ann.ask("POST", "/api/media", files={"file": ("a.wav", content)}, data={"category": "recording"})
    assert answer.status_code == 201, answer.text
    assert 500 < answer.json()["duration_ms"] < 3_000


def test_a_cut_off_wav_says_so(ann: Person) -> None:
    answer = ann.ask(
        "POST", "/api/media", files={"file": ("a.wav", tone(3.0)[:40_000])}, data={"category": "recording"}
    )
    assert answer.json()["problem"].startswith("This file is damaged or ends before it should")


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"files": {"file": ("a.wav", b"x")}, "data": {"category": "films"}}, "category_unknown"),
        ({"files": {"file": ("a.wav", b"x")}}, "category_unknown"),
        ({"files": {"other": ("a.wav", b"x")}, "data": {"category": "music"}}, "form_unreadable"),
        ({"data": {"category": "music"}}, "form_unreadable"),
        ({"json": {"category": "music"}}, "form_unreadable"),
        ({"content": b"rubbish", "headers": {"Content-Type": "multipart/form-data; boundary=x"}}, "form_unreadable"),
        ({"content": b"", "headers": {"Content-Type": "multipart/form-data"}}, "form_unreadable"),
        (
            {
                "content": b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\nhalf of a fi',
                "headers": {"Content-Type": "multipart/form-data; boundary=x"},
            },
            "upload_broken",
        ),
        ({"files": {"file": ("a.wav", b"x")}, "data": {"category": "c" * 2_000}}, "form_unreadable"),
    ],
)
def test_a_bad_form_gets_a_sentence_and_leaves_nothing(
    ann: Person, ground: Ground, options: dict[str, Any], code: str
) -> None:
    answer = ann.ask("POST", "/api/media", **options)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)
    assert leftovers(ground) == {}


class TestSmallLimits:
    @pytest.fixture
    def overrides(self) -> dict[str, Any]:
        return {"upload_bytes_max": 100_000, "recording_ms_max": 5_000}

    def test_a_file_at_the_limit_is_taken(self, ann: Person) -> None:
        sound = tone(3.0)
        exactly = wav_header(rate=16_000, channels=1, data=sound[44:].ljust(100_000 - 44, b"\0"))
        assert len(exactly) == 100_000
        answer = ann.ask("POST", "/api/media", files={"file": ("a.wav", exactly)}, data={"category": "recording"})
        assert answer.status_code == 201, answer.text

    def test_one_byte_more_is_refused(self, ann: Person, ground: Ground) -> None:
        answer = ann.ask(
            "POST", "/api/media", files={"file": ("a.wav", tone(3.0).ljust(100_001, b"x"))}, data={"category": "music"}
        )
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "file_too_large")
        assert "97.7 kB" in answer.json()["error"]["message"]
        assert leftovers(ground) == {}

    def test_fifty_gigabytes_are_refused_before_the_first_is_read(self, ann: Person, ground: Ground) -> None:
        headers = {"Content-Length": str(50 * 1024**3), "Content-Type": "multipart/form-data; boundary=x"}
        answer = ann.ask("POST", "/api/media", content=b"", headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "file_too_large")
        assert leftovers(ground) == {}

    def test_a_body_without_a_length_is_stopped_at_the_limit(self, ann: Person, ground: Ground) -> None:
        read = 0

        def endless() -> Iterator[bytes]:
            nonlocal read
            yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
            for _ in range(50):
                read += 1
                yield bytes(1024 * 1024)

        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        answer = ann.ask("POST", "/api/media", content=endless(), headers=headers)
        assert answer.status_code == 413
        assert leftovers(ground) == {}

    def test_ten_hours_of_anything_are_too_long(self, ann: Person, ground: Ground) -> None:
        """Half a minute where five seconds are allowed: small in bytes, long in time."""
        content = tone(30.0, container="FLAC")
        content = content if len(content) < 100_000 else tone(30.0, rate=8_000, container="OGG", subtype="VORBIS")
        answer = ann.ask("POST", "/api/media", files={"file": ("a", content)}, data={"category": "recording"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "audio_too_long")
        assert leftovers(ground) == {}


class TestFullDisk:
    @pytest.fixture
    def overrides(self) -> dict[str, Any]:
        return {"disk_free_bytes_min": 2**60}

    def test_a_full_disk_is_said_and_nothing_is_begun(self, ann: Person, ground: Ground) -> None:
        answer = ann.ask("POST", "/api/media", files={"file": ("a.wav", tone(0.5))}, data={"category": "recording"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "disk_full")
        assert answer.json()["error"]["message"] == "There is no space left on the disk, so nothing more can be saved."
        assert answer.headers["retry-after"]
        assert leftovers(ground) == {}
        headers = {"Tus-Resumable": "1.0.0", "Upload-Length": "1000"}
        assert ann.ask("POST", "/api/uploads", headers=headers).status_code == 503


class TestLockedDatabase:
    @pytest.fixture
    def overrides(self) -> dict[str, Any]:
        return {"database_lock_wait_ms": 100}

    def test_a_locked_database_is_said_and_the_next_attempt_works(
        self, ann: Person, ground: Ground, client: TestClient
    ) -> None:
        sound = tone(0.5)
        request = {"files": {"file": ("a.wav", sound)}, "data": {"category": "recording"}}
        lock = sqlite3.connect(ground.settings.data / "donecast.sqlite", isolation_level=None)
        lock.execute("BEGIN IMMEDIATE")
        answer = ann.ask("POST", "/api/media", **request)
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "database_busy")
        assert answer.json()["error"]["retryable"] is True
        assert answer.headers["retry-after"]
        assert "rows" not in leftovers(ground)
        assert "temporary" not in leftovers(ground)
        lock.execute("ROLLBACK")
        lock.close()
        media = ann.ask("POST", "/api/media", **request)
        assert media.status_code == 201
        assert ann.ask("DELETE", f"/api/media/{media.json()['id']}").status_code == 204
        assert leftovers(ground) == {}
