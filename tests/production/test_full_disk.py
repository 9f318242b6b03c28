"""The line on a disk that is really full: nothing is left, nothing is charged, and it goes on when there is room."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from donecast.platform.blob_uses import is_used
from donecast.platform.disk_room import DiskFull
from donecast.platform.durable import InlineRunner
from donecast.platform.settings import Settings
from donecast.platform.web import Ground
from donecast.production.line import Line, Workshop
from tests.support.charged import balance_mc, entries
from tests.support.leftovers import leftovers
from tests.support.library import made
from tests.support.people import Person
from tests.support.small_disk import SmallDisk, laid_on, small_disk
from tests.support.watching import at_step


@pytest.fixture
def files_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "files", 512 * 1024**2) as disk:
        yield disk


@pytest.fixture
def rows_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "rows", 32 * 1024**2) as disk:
        yield disk


@pytest.fixture
def ground(
    settings: Settings, files_disk: SmallDisk, rows_disk: SmallDisk, empty_database_file: Path
) -> Iterator[Ground]:
    """Its files lie on one small disk and its rows on another."""
    settings.data.mkdir(parents=True)
    (settings.data / "donecast.sqlite").symlink_to(rows_disk.root / "donecast.sqlite")
    with laid_on(files_disk, settings, empty_database_file, "blobs", "temporary") as ground:
        yield ground


def blobs_unnamed(ground: Ground) -> set[str]:
    """Stored bytes that no row names."""
    with ground.database.reading() as session:
        return {name for name in leftovers(ground)["blobs"] if not is_used(session, name)}


def test_assembly_without_room_ends_well_told_and_goes_on_when_there_is_room(
    ground: Ground, workshop: Workshop, ann: Person, episode_id: str, files_disk: SmallDisk, rows_disk: SmallDisk
) -> None:
    operation_id = str(made(ann, f"/api/episodes/{episode_id}/produce", json={})["operation_id"])
    Line(workshop, on_change=at_step("assemble", files_disk.fill)).produce(InlineRunner(), operation_id)
    operation = ann.ask("GET", f"/api/operations/{operation_id}").json()
    assert (operation["state"], operation["error"]["code"]) == ("failed", "disk_full"), operation
    assert "free some space" in operation["error"]["action"]
    assert "temporary" not in leftovers(ground)
    assert blobs_unnamed(ground) == set()
    assert "ASSEMBLY" not in dict(entries(ground, ann))
    assert balance_mc(ground, ann)[1] == 0

    files_disk.make_room()
    assert ann.ask("POST", f"/api/operations/{operation_id}/retry").status_code == 202
    with pytest.raises(DiskFull):  # not even that it failed can be written down; its lease runs out
        Line(workshop, on_change=at_step("assemble", rows_disk.fill)).produce(InlineRunner(), operation_id)
    assert "temporary" not in leftovers(ground)
    assert blobs_unnamed(ground) == set()

    rows_disk.make_room()
    Line(workshop).produce(InlineRunner(), operation_id)  # as whoever finds the lease gone has it done
    assert ann.ask("GET", f"/api/operations/{operation_id}").json()["state"] == "done"
    assert [reason for reason, _ in entries(ground, ann)].count("ASSEMBLY") == 1
    assert balance_mc(ground, ann)[1] == 0
