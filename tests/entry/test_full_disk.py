"""A disk that is really full: one plain sentence, nothing partial, nothing left behind, and it passes by itself."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from donecast.platform.settings import Settings
from donecast.platform.web import Ground
from tests.support.leftovers import leftovers
from tests.support.library import made, show_wish
from tests.support.people import Person
from tests.support.small_disk import PAGE_BYTES, SmallDisk, laid_on, small_disk
from tests.support.sounds import tone

SOUND = tone(3.0)
MEGABYTE = 1024**2
PIECE = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """Twelve megabytes."""
    with small_disk(tmp_path / "small", 12 * MEGABYTE) as disk:
        yield disk


def upload(person: Person) -> Response:
    return person.ask("POST", "/api/media", files={"file": ("a.wav", SOUND)}, data={"category": "recording"})


def require_disk_full(answer: Response) -> None:
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["retryable"]) == (503, "disk_full", True), answer.text
    assert error["message"] == "There is no space left on the disk, so nothing more can be saved."
    assert "free some space" in error["action"]
    assert answer.headers["retry-after"]


class TestFilesHaveNoRoom:
    @pytest.fixture
    def ground(self, settings: Settings, disk: SmallDisk, empty_database_file: Path) -> Iterator[Ground]:
        with laid_on(disk, settings, empty_database_file, "blobs", "temporary", "uploads") as ground:
            yield ground

    # The form itself does not fit; it does, and what is worked out from it does not; that does, and its copy does not.
    @pytest.mark.parametrize("room", [0.5, 1.2, 1.9])
    def test_an_upload_leaves_nothing_and_works_when_there_is_room(
        self, room: float, disk: SmallDisk, ann: Person, ground: Ground
    ) -> None:
        disk.fill(leave_bytes=int(room * len(SOUND)))
        require_disk_full(upload(ann))
        assert leftovers(ground) == {}
        assert ann.ask("GET", "/api/media").json() == []
        disk.make_room()
        assert upload(ann).status_code == 201

    def test_a_resumable_upload_goes_on_where_the_disk_was_full(
        self, disk: SmallDisk, ann: Person, ground: Ground
    ) -> None:
        headers = {"Tus-Resumable": "1.0.0", "Upload-Length": str(len(SOUND))}
        begun = ann.ask("POST", "/api/uploads", headers=headers)
        address = begun.headers["location"]
        disk.fill(leave_bytes=len(SOUND) // 2)
        require_disk_full(ann.ask("PATCH", address, content=SOUND, headers={**PIECE, "Upload-Offset": "0"}))
        assert ann.ask("GET", "/api/media").json() == []
        came = ann.ask("HEAD", address, headers=PIECE).headers["upload-offset"]
        assert 0 < int(came) <= len(SOUND) // 2 + PAGE_BYTES

        disk.make_room()
        disk.fill(leave_bytes=len(SOUND))  # all of it comes, and cannot be kept
        rest = {"content": SOUND[int(came) :], "headers": {**PIECE, "Upload-Offset": came}}
        require_disk_full(ann.ask("PATCH", address, **rest))
        assert ann.ask("GET", "/api/media").json() == []
        assert "blobs" not in leftovers(ground)
        assert "temporary" not in leftovers(ground)
        disk.make_room()
        assert ann.ask("HEAD", address, headers=PIECE).headers["donecast-media-id"]
        assert "uploads" not in leftovers(ground)


class TestRowsHaveNoRoom:
    @pytest.fixture
    def ground(self, settings: Settings, disk: SmallDisk, empty_database_file: Path) -> Iterator[Ground]:
        with laid_on(disk, settings, empty_database_file, "donecast.sqlite") as ground:
            yield ground

    def test_what_cannot_be_saved_is_undone_with_its_files_and_reading_goes_on(
        self, disk: SmallDisk, ann: Person, ground: Ground
    ) -> None:
        show = made(ann, "/api/shows", json=show_wish())
        cover = leftovers(ground)["blobs"]
        disk.fill()
        require_disk_full(upload(ann))
        assert leftovers(ground) == {"blobs": cover}
        require_disk_full(ann.ask("PATCH", f"/api/shows/{show['id']}", json={"title": "Peas and Beans"}))
        assert ann.ask("GET", f"/api/shows/{show['id']}").json()["title"] == show["title"]
        disk.make_room()
        assert ann.ask("PATCH", f"/api/shows/{show['id']}", json={"title": "Peas and Beans"}).status_code == 200
        assert upload(ann).status_code == 201


class TestReadiness:
    @pytest.fixture
    def overrides(self, disk: SmallDisk) -> dict[str, Any]:
        return {"data": disk.root / "data", "disk_free_bytes_min": MEGABYTE}

    def test_a_full_disk_is_not_ready_until_there_is_room(self, disk: SmallDisk, client: TestClient) -> None:
        assert client.get("/readyz").status_code == 200
        disk.fill()
        told = client.get("/readyz")
        assert (told.status_code, told.json()["checks"]["disk"]) == (503, "fail")
        assert "Free some space" in told.json()["advice"]["disk"]
        disk.make_room()
        assert client.get("/readyz").status_code == 200
