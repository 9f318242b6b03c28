"""The daily sweep of stored files that no row names: what it takes, what stays, what is left to people."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from donecast.accounts.audit import service as audit
from donecast.health import service as health
from donecast.kit.clock import FixedClock
from donecast.platform.blob_uses import UNUSED_FEW, Leftovers
from donecast.platform.blobs import StoredBlob, open_blob_store
from donecast.platform.database import Base
from donecast.platform.settings import load_settings
from donecast.platform.web import Ground
from donecast.production.housekeeping import UNUSED_REMOVED_MAX, Housekeeping
from tests.support.servers import object_store

KEPT = timedelta(days=7)


@dataclass(slots=True)
class House:
    """An installation whose clock a test moves; bytes are as old as the machine's clock says."""

    ground: Ground
    clock: FixedClock

    def store(self, count: int, *, named: bool) -> list[str]:
        """So many files; a row names each, or none."""
        hashes = [self.ground.blobs.put_bytes(os.urandom(8)).content_hash for _ in range(count)]
        if named:
            sounds = Base.metadata.tables["house_sounds"]
            rows = [
                {"asset": one[:20], "content_hash": one, "duration_ms": 1, "sample_rate": 1, "channels": 1}
                for one in hashes
            ]
            with self.ground.database.transaction() as session:
                session.execute(insert(sounds), rows)
        return hashes

    def sweep(self, after: timedelta = timedelta(0), at_most: int = UNUSED_REMOVED_MAX) -> int:
        """What a worker removes when so much time has passed."""
        self.clock.advance(after)
        return Housekeeping(self.ground, at_most).remove_unused()

    def held(self, hashes: list[str]) -> int:
        return sum(self.ground.blobs.holds(one) for one in hashes)

    def told(self) -> list[dict[str, object]]:
        """What the audit log says of sweeps, newest first."""
        with self.ground.database.reading() as session:
            entries = audit.page(session, before=None, limit=100).entries
        return [dict(entry.details) for entry in entries if entry.act == "remove_unused_files"]


@pytest.fixture
def house(ground: Ground) -> House:
    clock = FixedClock(datetime.now(UTC))
    return House(replace(ground, clock=clock), clock)


@pytest.fixture
def house_in_the_cloud(postgres_ground: Ground, tmp_path: Path) -> Iterator[House]:
    clock = FixedClock(datetime.now(UTC))
    with object_store() as bucket:
        # A place of its own, for what other tests of this process stored is still in the bucket.
        place = {**bucket, "storage_url": f"{bucket['storage_url']}/{tmp_path.name}"}
        blobs = open_blob_store(load_settings({"data": tmp_path, **place}))
        yield House(replace(postgres_ground, clock=clock, blobs=blobs), clock)


def test_after_a_week_what_nothing_names_goes_and_everything_else_stays(house: House) -> None:
    used, unused = house.store(3, named=True), house.store(2, named=False)
    assert house.sweep() == 0
    assert house.sweep(KEPT - timedelta(minutes=5)) == 0, "it may still be on its way"
    young = house.store(1, named=False)
    for path in (house.ground.settings.data / "blobs").rglob(young[0]):
        os.utime(path, (house.clock.now().timestamp(), house.clock.now().timestamp()))
    assert house.sweep(timedelta(days=1)) == 2
    assert (house.held(used), house.held(unused), house.held(young)) == (3, 0, 1)
    assert house.told() == [{"files": 2, "found": 2, "bytes_found": 16}]
    assert health.unused_files(house.ground).ok


@pytest.mark.postgres
def test_of_several_workers_one_sweeps_the_bucket_each_day(house_in_the_cloud: House) -> None:
    house = house_in_the_cloud
    used, unused = house.store(3, named=True), house.store(4, named=False)
    house.clock.advance(KEPT + timedelta(days=1))
    with ThreadPoolExecutor(3) as workers:
        removed = [done.result() for done in [workers.submit(house.sweep) for _ in range(3)]]
    assert sorted(removed) == [0, 0, 4]
    assert (house.held(used), house.held(unused)) == (3, 0)
    assert len(house.told()) == 1
    house.store(1, named=False)
    assert house.sweep() == 0, "that day is done"
    assert house.sweep(KEPT + timedelta(days=1)) == 1


def test_beside_a_database_that_names_none_of_them_nothing_goes(house: House) -> None:
    unused = house.store(5, named=False)
    assert house.sweep(KEPT * 2) == 0
    assert house.held(unused) == 5
    check = health.unused_files(house.ground)
    assert (check.ok, check.finding.startswith("5 of the stored files")) == (False, True)
    assert "donecast admin unused-files" in check.action
    house.store(1, named=True)
    assert house.sweep(timedelta(days=30)) == 5
    assert health.unused_files(house.ground).ok


@pytest.mark.parametrize(
    ("unused", "used", "is_strange"),
    [(0, 0, False), (1, 0, True), (UNUSED_FEW, 1, False), (UNUSED_FEW + 1, 1, True), (40, 360, False), (41, 360, True)],
)
def test_more_than_killed_processes_leave_is_for_a_person(unused: int, used: int, is_strange: bool) -> None:
    blobs = tuple(StoredBlob(f"{number:064x}", 1) for number in range(unused))
    assert Leftovers(blobs, used).look_like_another_database is is_strange


def test_a_day_removes_so_many_and_the_next_one_goes_on(house: House) -> None:
    unused = house.store(5, named=False)
    house.store(1, named=True)
    assert [house.sweep(KEPT * 2, 3), house.sweep(), house.sweep(timedelta(days=1), 3)] == [3, 0, 2]
    assert house.held(unused) == 0
