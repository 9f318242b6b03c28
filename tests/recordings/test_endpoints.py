"""The library through the API: good files come in, are described, played, drawn and deleted."""

import gzip
import io
import struct
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from httpx2 import Response
from PIL import Image
from sqlalchemy import text

from donecast.platform.web import Ground
from donecast.recordings import service
from donecast.recordings.errors import MediaRefused, NoSuchMedia
from donecast.recordings.rules import display_name
from tests.support.leftovers import leftovers
from tests.support.people import Person
from tests.support.sounds import encoded, tone


def send(person: Person, content: bytes, *, filename: str = "talk.wav", **fields: str) -> Response:
    return person.ask(
        "POST", "/api/media", files={"file": (filename, content)}, data={"category": "recording", **fields}
    )


def added(person: Person, content: bytes, **fields: str) -> dict[str, Any]:
    answer = send(person, content, **fields)
    assert answer.status_code == 201, answer.text
    media: dict[str, Any] = answer.json()
    return media


def test_a_recording_is_described_as_it_decodes(ann: Person) -> None:
    media = added(ann, tone(2.5), filename="My talk.mp3")
    assert (media["state"], media["category"], media["name"]) == ("ready", "recording", "My talk")
    assert (media["container"], media["sample_rate"], media["channels"], media["duration_ms"]) == (
        "wav",
        16_000,
        1,
        2_500,
    )
    assert -40 < media["loudness_lufs"] < -10
    assert media["true_peak_dbtp"] < 0
    assert media["noise_floor_db"] < 0
    assert media["problem"] is None
    assert ann.ask("GET", f"/api/media/{media['id']}").json() == media


@pytest.mark.parametrize(
    ("container", "subtype", "suffix"), [("FLAC", "PCM_16", "flac"), ("OGG", "VORBIS", "ogg"), ("MP3", "", "mp3")]
)
def test_other_formats_are_taken(ann: Person, container: str, subtype: str, suffix: str) -> None:
    media = added(ann, tone(1.0, container=container, subtype=subtype or "MPEG_LAYER_III"))
    assert (media["container"], media["state"]) == (suffix, "ready")
    assert media["duration_ms"] == pytest.approx(1_000, abs=80)


def test_the_waveform_is_there_in_three_steps(ann: Person) -> None:
    media = added(ann, tone(2.0))
    for per_second, pixels in ((2, 4), (20, 40), (100, 200)):
        answer = ann.ask("GET", f"/api/media/{media['id']}/peaks", params={"per_second": per_second})
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.headers["content-type"] == "application/octet-stream"
        version, _flags, _rate, _step, length, channels = struct.unpack_from("<iIiiIi", answer.content)
        assert (version, length, channels) == (2, pixels, 1)
        plain = ann.ask(
            "GET", f"/api/media/{media['id']}/peaks", params={"per_second": per_second}, headers={"accept-encoding": ""}
        )
        assert "content-encoding" not in plain.headers
        assert plain.content == answer.content
    assert ann.ask("GET", f"/api/media/{media['id']}/peaks?per_second=7").status_code == 404


def test_silences_are_told_with_their_times(ann: Person) -> None:
    rate = 16_000
    sound = np.random.default_rng(1).normal(0, 1e-4, rate * 4)
    for start, end in ((0, 1_000), (1_500, 2_500), (2_600, 4_000)):
        place = slice(start * rate // 1000, end * rate // 1000)
        sound[place] += 0.2 * np.sin(2 * np.pi * 300 * np.arange(place.stop - place.start) / rate)
    buffer = io.BytesIO()
    soundfile.write(buffer, sound, rate, format="WAV", subtype="PCM_16")
    media = added(ann, buffer.getvalue())
    answer = ann.ask("GET", f"/api/media/{media['id']}/silences")
    assert answer.json() == [{"start_ms": 1_000, "end_ms": 1_500}]  # the gap of 100 ms is too short
    assert "immutable" in answer.headers["cache-control"]


def test_the_file_comes_back_byte_for_byte_and_in_parts(ann: Person) -> None:
    sound = tone(1.0)
    address = f"/api/media/{added(ann, sound)['id']}/content"
    whole = ann.ask("GET", address)
    assert whole.content == sound
    assert whole.headers["content-type"] == "audio/wav"
    assert "private" in whole.headers["cache-control"]
    part = ann.ask("GET", address, headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, sound[100:200])
    assert ann.ask("GET", address, headers={"Range": f"bytes={len(sound)}-"}).status_code == 416
    head = ann.ask("HEAD", address)
    assert (head.headers["content-length"], head.content) == (str(len(sound)), b"")
    assert ann.ask("GET", address, headers={"If-None-Match": whole.headers["etag"]}).status_code == 304


def test_the_list_is_newest_first_and_by_shelf(ann: Person) -> None:
    first = added(ann, tone(0.5), name="first")
    music = added(ann, tone(0.6), category="music")
    last = added(ann, tone(0.7), name=" last \n one ")
    assert [item["id"] for item in ann.ask("GET", "/api/media").json()] == [last["id"], music["id"], first["id"]]
    assert [item["id"] for item in ann.ask("GET", "/api/media?category=music").json()] == [music["id"]]
    assert last["name"] == "last one"
    wrong = ann.ask("GET", "/api/media?category=films")
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (400, "category_unknown")


@pytest.mark.parametrize(
    ("name", "filename", "shown"),
    [
        ("", "C:\\Recordings\\Episode 1.final.wav", "Episode 1.final"),
        ("", "../../etc/passwd", "passwd"),
        ("", "", "Untitled"),
        ("  Beans\x00\x1b[31m ", "x.wav", "Beans[31m"),
        ("x" * 500, "", "x" * 200),
    ],
)
def test_names_are_for_reading_only(name: str, filename: str, shown: str) -> None:
    assert display_name(name, filename) == shown


def test_a_cover_is_a_picture(ann: Person, tmp_path: Path) -> None:
    Image.new("RGB", (1_400, 1_400), "green").save(tmp_path / "cover.png")
    media = added(ann, (tmp_path / "cover.png").read_bytes(), category="cover", filename="cover.png")
    assert (media["container"], media["duration_ms"], media["state"]) == ("png", None, "ready")
    assert ann.ask("GET", f"/api/media/{media['id']}/content").headers["content-type"] == "image/png"
    answer = ann.ask("GET", f"/api/media/{media['id']}/peaks")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "no_peaks")
    assert ann.ask("GET", f"/api/media/{media['id']}/silences").json() == []


def test_another_persons_file_is_not_there(ann: Person, ben: Person) -> None:
    media = added(ann, tone(0.5))
    routes = (("GET", ""), ("GET", "/peaks"), ("GET", "/silences"), ("GET", "/content"), ("HEAD", "/content"))
    for method, path in (*routes, ("DELETE", "")):
        assert ben.ask(method, f"/api/media/{media['id']}{path}").status_code == 404
    assert ben.ask("GET", "/api/media").json() == []
    assert ann.ask("GET", f"/api/media/{media['id']}").status_code == 200


def test_a_stranger_sends_nothing(ann: Person, ground: Ground) -> None:
    answer = ann.client.post("/api/media", files={"file": ("talk.wav", tone(0.5))}, data={"category": "recording"})
    assert answer.status_code == 401
    assert leftovers(ground) == {}


def test_deleting_leaves_nothing(ann: Person, ground: Ground) -> None:
    media = added(ann, tone(0.5))
    assert set(leftovers(ground)) == {"rows", "blobs"}
    assert ann.ask("DELETE", f"/api/media/{media['id']}").status_code == 204
    assert leftovers(ground) == {}
    assert ann.ask("DELETE", f"/api/media/{media['id']}").status_code == 404


def test_the_same_file_twice_is_stored_once_and_goes_with_its_last_owner(
    ann: Person, ben: Person, ground: Ground
) -> None:
    sound = tone(0.5)
    hers, his = added(ann, sound), added(ben, sound)
    assert len(leftovers(ground)["blobs"]) == 1 + len({2, 20, 100})
    ann.ask("DELETE", f"/api/media/{hers['id']}")
    assert ben.ask("GET", f"/api/media/{his['id']}/content").content == sound
    assert ben.ask("GET", f"/api/media/{his['id']}/peaks").status_code == 200
    ben.ask("DELETE", f"/api/media/{his['id']}")
    assert leftovers(ground) == {}


def test_many_at_once_and_deleted_at_once_lose_nobodys_bytes(ann: Person, ben: Person) -> None:
    """Ann adds and deletes the file over and over while Ben adds the same bytes and keeps them."""
    sound = tone(0.3)
    kept: list[dict[str, Any]] = []

    def come_and_go() -> None:
        for _ in range(3):
            ann.ask("DELETE", f"/api/media/{added(ann, sound)['id']}")

    def stay() -> None:
        kept.extend(added(ben, sound) for _ in range(2))

    threads = [threading.Thread(target=work) for work in (come_and_go, stay)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [ben.ask("GET", f"/api/media/{media['id']}/content").content == sound for media in kept] == [True] * 2
    assert [ben.ask("GET", f"/api/media/{media['id']}/peaks").status_code for media in kept] == [200] * 2


def test_a_file_in_use_is_kept(ann: Person, ground: Ground) -> None:
    media = added(ann, tone(0.5))
    with ground.database.transaction() as session:
        session.execute(text("CREATE TABLE users_of_media (media_id REFERENCES media_items(id) ON DELETE RESTRICT)"))
        session.execute(text("INSERT INTO users_of_media VALUES (:id)"), {"id": media["id"]})
    answer = ann.ask("DELETE", f"/api/media/{media['id']}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "media_in_use")
    assert ann.ask("GET", f"/api/media/{media['id']}/content").status_code == 200


class TestLargeFiles:
    """Above the size that is examined at once; here a small one, for the test's time."""

    @pytest.fixture(autouse=True)
    def _all_files_are_large(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("donecast.recordings.service.intake.CHECK_AT_ONCE_BYTES_MAX", 1_000)

    def test_a_large_file_is_examined_after_the_answer(self, ann: Person) -> None:
        media = added(ann, tone(1.0))
        assert (media["state"], media["duration_ms"]) == ("checking", None)
        later = ann.ask("GET", f"/api/media/{media['id']}").json()
        assert (later["state"], later["duration_ms"]) == ("ready", 1_000)

    def test_a_large_file_that_is_no_audio_is_refused_at_once(self, ann: Person, ground: Ground) -> None:
        answer = send(ann, b"To be or not to be. " * 200)
        assert answer.status_code == 415
        assert leftovers(ground) == {}

    def test_checking_again_and_again_changes_nothing(
        self, ann: Person, ground: Ground, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("donecast.recordings.service.check_soon", lambda _ground, _media_id: None)
        media_id = added(ann, tone(1.0))["id"]
        not_yet = ann.ask("GET", f"/api/media/{media_id}/peaks")
        assert (not_yet.status_code, not_yet.json()["error"]["code"]) == (409, "media_not_ready")
        with ground.database.reading() as session:
            assert service.unchecked_ids(session) == [media_id]
        told: list[int | None] = []
        first = service.check(ground, media_id, lambda percent, _detail: told.append(percent))
        assert first.state == "ready"
        assert service.check(ground, media_id, lambda _percent, _detail: None) == first
        assert ann.ask("GET", f"/api/media/{media_id}/peaks").status_code == 200

    def test_two_checks_at_once_end_as_one(self, ann: Person, ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("donecast.recordings.service.check_soon", lambda _ground, _media_id: None)
        media_id = added(ann, tone(1.0))["id"]
        found: list[str] = []

        def check() -> None:
            found.append(service.check(ground, media_id, lambda _percent, _detail: None).state)

        threads = [threading.Thread(target=check) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == ["ready", "ready"]
        assert len(leftovers(ground)["blobs"]) == 4

    def test_a_refusal_stands_in_the_row_and_the_bytes_are_gone(self, ann: Person, ground: Ground) -> None:
        media = added(ann, encoded(np.zeros(64_000)))
        later = ann.ask("GET", f"/api/media/{media['id']}").json()
        assert later["state"] == "refused"
        assert later["problem"].startswith("There is only silence in this recording.")
        assert list(leftovers(ground)) == ["rows"]
        with pytest.raises(MediaRefused, match="only silence"):
            service.check(ground, media["id"], lambda _percent, _detail: None)
        assert ann.ask("GET", f"/api/media/{media['id']}/content").status_code == 400
        assert ann.ask("DELETE", f"/api/media/{media['id']}").status_code == 204
        assert leftovers(ground) == {}

    def test_a_file_that_is_gone_is_not_checked(self, ground: Ground) -> None:
        with pytest.raises(NoSuchMedia):
            service.check(ground, "med_unknown", lambda _percent, _detail: None)


def test_peaks_are_stored_compressed(ann: Person, ground: Ground) -> None:
    media = added(ann, tone(1.0))
    with ground.database.reading() as session:
        stored = service.peaks_hash_of(session, ann.account.id, media["id"], 100)
    raw = ground.blobs.read(stored)
    assert raw[:2] == b"\x1f\x8b"
    assert gzip.decompress(raw) == ann.ask("GET", f"/api/media/{media['id']}/peaks?per_second=100").content
