"""Resumable uploads: pieces, broken connections, killed servers, other people's uploads, and time running out."""

import base64
import hashlib
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from donecast.entry.http import create_app
from donecast.kit.clock import FixedClock
from donecast.platform.web import Ground
from donecast.recordings import service
from donecast.recordings.errors import UploadBusy
from tests.support.leftovers import leftovers
from tests.support.people import Person
from tests.support.sounds import tone

TUS = {"Tus-Resumable": "1.0.0"}
PIECE = {**TUS, "Content-Type": "application/offset+octet-stream"}
SOUND = tone(2.0)


def words(**metadata: str) -> str:
    return ",".join(f"{name} {base64.b64encode(text.encode()).decode()}" for name, text in metadata.items())


def begin(person: Person, length: int, **metadata: str) -> Response:
    headers = {**TUS, "Upload-Length": str(length), "Upload-Metadata": words(**{"filename": "talk.wav", **metadata})}
    return person.ask("POST", "/api/uploads", headers=headers)


def begun(person: Person, length: int = len(SOUND), **metadata: str) -> str:
    answer = begin(person, length, **metadata)
    assert answer.status_code == 201, answer.text
    address: str = answer.headers["location"]
    return address


def piece(person: Person, address: str, offset: int, data: bytes, **headers: str) -> Response:
    return person.ask("PATCH", address, content=data, headers={**PIECE, "Upload-Offset": str(offset), **headers})


def test_pieces_become_a_file_of_the_library(ann: Person, ground: Ground) -> None:
    address = begun(ann, category="intro", name="Hello")
    for start in range(0, len(SOUND), 20_000):
        answer = piece(ann, address, start, SOUND[start : start + 20_000])
        assert answer.status_code == 204, answer.text
        assert answer.headers["tus-resumable"] == "1.0.0"
        assert answer.headers["upload-offset"] == str(min(len(SOUND), start + 20_000))
    media = ann.ask("GET", f"/api/media/{answer.headers['donecast-media-id']}").json()
    assert (media["state"], media["category"], media["name"], media["duration_ms"]) == (
        "ready",
        "intro",
        "Hello",
        2_000,
    )
    assert ann.ask("GET", f"/api/media/{media['id']}/content").content == SOUND
    assert ann.ask("GET", address).json() == {
        "id": address.rpartition("/")[2],
        "offset": len(SOUND),
        "length": len(SOUND),
        "media_id": media["id"],
    }
    assert "uploads" not in leftovers(ground), "the bytes are stored once"


def test_the_server_says_what_it_can(client: TestClient) -> None:
    answer = client.options("/api/uploads")
    assert answer.status_code == 204
    assert answer.headers["tus-version"] == answer.headers["tus-resumable"] == "1.0.0"
    assert set(answer.headers["tus-extension"].split(",")) == {"creation", "termination", "expiration"}
    assert answer.headers["tus-max-size"] == str(2 * 1024**3)


def test_the_offset_is_told(ann: Person) -> None:
    address = begun(ann)
    first = ann.ask("HEAD", address, headers=TUS)
    assert (first.status_code, first.headers["upload-offset"], first.headers["upload-length"]) == (
        200,
        "0",
        str(len(SOUND)),
    )
    assert first.headers["cache-control"] == "no-store"
    assert first.headers["upload-expires"].endswith("GMT")
    piece(ann, address, 0, SOUND[:5_000])
    assert ann.ask("HEAD", address, headers=TUS).headers["upload-offset"] == "5000"


@pytest.mark.parametrize("offset", [0, 4_999, 5_001, 64_000])
def test_a_piece_that_does_not_follow_is_refused_and_changes_nothing(ann: Person, offset: int) -> None:
    address = begun(ann)
    piece(ann, address, 0, SOUND[:5_000])
    answer = piece(ann, address, offset, b"x" * 100)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "wrong_offset")
    assert answer.headers["tus-resumable"] == "1.0.0"
    assert ann.ask("GET", address).json()["offset"] == 5_000


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Upload-Offset": "-1"}, 400),
        ({"Upload-Offset": "abc"}, 400),
        ({"Upload-Offset": "9" * 40}, 400),
        ({"Content-Type": "audio/wav"}, 415),
        ({"Tus-Resumable": "0.2.2"}, 412),
    ],
)
def test_a_piece_with_wrong_headers_is_refused(ann: Person, headers: dict[str, str], status: int) -> None:
    address = begun(ann)
    answer = ann.ask("PATCH", address, content=b"x", headers={**PIECE, "Upload-Offset": "0", **headers})
    assert answer.status_code == status
    assert ann.ask("GET", address).json()["offset"] == 0


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({}, 400, "upload_malformed"),
        ({"Upload-Defer-Length": "1"}, 400, "upload_malformed"),
        ({"Upload-Length": "-5"}, 400, "upload_malformed"),
        ({"Upload-Length": "0"}, 400, "audio_empty"),
        ({"Upload-Length": str(50 * 1024**3)}, 413, "file_too_large"),
        ({"Upload-Length": "10", "Upload-Metadata": "filename !!!"}, 400, "upload_malformed"),
        ({"Upload-Length": "10", "Upload-Metadata": "a " + "A" * 8_000}, 400, "upload_malformed"),
        ({"Upload-Length": "10", "Upload-Metadata": words(category="films")}, 400, "category_unknown"),
    ],
)
def test_a_wrong_announcement_gets_a_sentence(
    ann: Person, ground: Ground, headers: dict[str, str], status: int, code: str
) -> None:
    answer = ann.ask("POST", "/api/uploads", headers={**TUS, **headers})
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert leftovers(ground) == {}


def test_more_than_was_announced_is_refused(ann: Person) -> None:
    address = begun(ann, 1_000)
    answer = piece(ann, address, 0, b"x" * 1_001)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "upload_overlong")
    assert ann.ask("GET", address).json()["offset"] == 0


def test_another_persons_upload_is_not_there(ann: Person, ben: Person) -> None:
    address = begun(ann)
    piece(ann, address, 0, SOUND[:100])
    assert piece(ben, address, 100, SOUND[100:]).status_code == 404
    assert ben.ask("HEAD", address, headers=TUS).status_code == 404
    assert ben.ask("GET", address).status_code == 404
    assert ben.ask("DELETE", address, headers=TUS).status_code == 404
    assert ann.ask("GET", address).json()["offset"] == 100
    assert ann.client.head(address, headers=TUS).status_code == 401


@pytest.mark.parametrize("name", ["..", "%2e%2e", "%2e%2e%2fdonecast.sqlite", "upl_unknown", "."])
def test_an_invented_upload_is_not_there(ann: Person, ground: Ground, name: str) -> None:
    assert piece(ann, f"/api/uploads/{name}", 0, b"x").status_code in {404, 405}
    assert leftovers(ground) == {}


def test_cancelling_leaves_nothing(ann: Person, ground: Ground) -> None:
    address = begun(ann)
    piece(ann, address, 0, SOUND[:5_000])
    assert ann.ask("DELETE", address, headers=TUS).status_code == 204
    assert leftovers(ground) == {}
    assert ann.ask("HEAD", address, headers=TUS).status_code == 404


def test_a_bad_file_is_refused_with_the_last_piece_and_leaves_nothing(ann: Person, ground: Ground) -> None:
    text = b"These are words and no sound. " * 100
    address = begun(ann, len(text), filename="talk.mp3")
    assert piece(ann, address, 0, text[:1_000]).status_code == 204
    answer = piece(ann, address, 1_000, text[1_000:])
    assert answer.status_code == 415
    assert answer.json()["error"]["message"] == "This file is text, not audio, whatever its name says."
    assert leftovers(ground) == {}
    assert ann.ask("GET", address).status_code == 404


def test_only_one_connection_writes(ann: Person, ground: Ground) -> None:
    address = begun(ann)
    upload_id = address.rpartition("/")[2]
    with service.partial_files(ground).open(upload_id):
        answer = piece(ann, address, 0, SOUND)
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "upload_busy")
        with pytest.raises(UploadBusy):
            service.cancel_upload(ground, ann.account.id, upload_id)
    assert piece(ann, address, 0, SOUND).status_code == 204


def test_an_upload_whose_last_answer_was_lost_is_finished_when_asked(ann: Person, ground: Ground) -> None:
    """The server was killed after the last byte was written and before the library had it."""
    address = begun(ann)
    with service.partial_files(ground).open(address.rpartition("/")[2]) as growing:
        growing.append(SOUND, length=len(SOUND))
    assert ann.ask("GET", "/api/media").json() == []
    head = ann.ask("HEAD", address, headers=TUS)
    assert head.headers["upload-offset"] == str(len(SOUND))
    media_id = head.headers["donecast-media-id"]
    assert ann.ask("GET", address).json()["media_id"] == media_id
    assert [media["id"] for media in ann.ask("GET", "/api/media").json()] == [media_id]
    again = piece(ann, address, len(SOUND), b"")
    assert (again.status_code, again.headers["donecast-media-id"]) == (204, media_id)
    assert len(ann.ask("GET", "/api/media").json()) == 1


def test_deleting_the_file_forgets_its_upload(ann: Person, ground: Ground) -> None:
    address = begun(ann)
    media_id = piece(ann, address, 0, SOUND).headers["donecast-media-id"]
    assert ann.ask("DELETE", f"/api/media/{media_id}").status_code == 204
    assert ann.ask("GET", address).status_code == 404
    assert leftovers(ground) == {}


def test_a_browser_uploads_with_its_cookie(client: TestClient, ann: Person) -> None:
    signed_in = client.post(
        "/api/auth/sign-in", json={"email": "ann@example.com", "password": "correct horse battery"}
    ).json()
    headers = {**TUS, "Upload-Length": "100"}
    assert client.post("/api/uploads", headers=headers).status_code == 403
    headers["X-CSRF-Token"] = signed_in["csrf_token"]
    assert client.post("/api/uploads", headers=headers).status_code == 201


def test_unfinished_uploads_are_counted(ann: Person, ben: Person) -> None:
    addresses = [begun(ann, 1_000) for _ in range(20)]
    answer = begin(ann, 1_000)
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "too_many_uploads")
    assert begin(ben, 1_000).status_code == 201
    ann.ask("DELETE", addresses[0], headers=TUS)
    assert begin(ann, 1_000).status_code == 201


class TestTime:
    """The same installation under a clock that is moved."""

    @pytest.fixture
    def clock(self) -> FixedClock:
        return FixedClock(datetime(2026, 3, 1, 12, 0, tzinfo=UTC))

    @pytest.fixture
    def timed(self, ground: Ground, ann: Person, clock: FixedClock) -> Iterator[Person]:
        with TestClient(create_app(replace(ground, clock=clock)), base_url="http://127.0.0.1:8000") as client:
            yield replace(ann, client=client)

    def test_an_upload_is_kept_for_two_days(self, timed: Person, clock: FixedClock, ground: Ground) -> None:
        address = begun(timed)
        piece(timed, address, 0, SOUND[:5_000])
        clock.advance(timedelta(hours=47, minutes=59))
        assert timed.ask("HEAD", address, headers=TUS).headers["upload-offset"] == "5000"
        clock.advance(timedelta(minutes=1))
        answer = timed.ask("GET", address)
        assert (answer.status_code, answer.json()["error"]["message"]) == (404, "This upload is not known any more.")
        assert piece(timed, address, 5_000, SOUND[5_000:]).status_code == 404
        assert "uploads" in leftovers(ground)
        other = begun(timed)
        assert leftovers(ground).get("uploads", []) == []
        assert timed.ask("GET", other).status_code == 200


def test_a_file_that_no_upload_tells_of_goes_in_time(ann: Person, ground: Ground) -> None:
    begun(ann)
    folder = ground.settings.data / "uploads"
    folder.mkdir(exist_ok=True)
    for name in ("young", "old"):
        (folder / name).write_bytes(b"x")
    os.utime(folder / "old", (0, 0))
    begun(ann)
    assert leftovers(ground)["uploads"] == ["young"]


class TestLockedDatabase:
    @pytest.fixture
    def overrides(self) -> dict[str, Any]:
        return {"database_lock_wait_ms": 100}

    def test_the_last_piece_is_not_lost(self, ann: Person, ground: Ground) -> None:
        address = begun(ann)
        with ground.database.transaction() as session:
            session.connection()
            answer = piece(ann, address, 0, SOUND)
            assert (answer.status_code, answer.json()["error"]["code"]) == (503, "database_busy")
            assert answer.headers["retry-after"]
        assert ann.ask("GET", "/api/media").json() == []
        media_id = ann.ask("GET", address).json()["media_id"]
        content = ann.ask("GET", f"/api/media/{media_id}/content").content
        assert hashlib.sha256(content).digest() == hashlib.sha256(SOUND).digest()
