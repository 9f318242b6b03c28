"""Bytes: stored once, read in ranges, from a folder and from a real S3 conversation."""

import hashlib
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from donecast.kit.clock import SystemClock
from donecast.platform.blobs import BlobMissing, BlobStore, StorageUnavailable, open_blob_store
from donecast.platform.settings import load_settings
from tests.support.servers import object_store


@pytest.fixture(params=["folder", "s3"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BlobStore]:
    """An empty store."""
    if request.param == "folder":
        yield open_blob_store(load_settings({"data": tmp_path / "data"}))
    else:
        with object_store() as storage:
            yield open_blob_store(load_settings({"data": tmp_path / "data", **storage}))


def test_bytes_are_named_by_their_content_and_stored_once(blobs: BlobStore, tmp_path: Path) -> None:
    content = bytes(range(256)) * 9000
    (tmp_path / "a.bin").write_bytes(content)
    stored = blobs.put_file(tmp_path / "a.bin")
    assert stored.content_hash == hashlib.sha256(content).hexdigest()
    assert stored.bytes == len(content)
    assert blobs.put_bytes(content) == stored
    assert blobs.read(stored.content_hash) == content
    assert blobs.size(stored.content_hash) == len(content)


def test_what_a_killed_process_left_half_stored_goes_when_it_is_old(tmp_path: Path) -> None:
    blobs, now = open_blob_store(load_settings({"data": tmp_path})), SystemClock().now()
    kept = blobs.put_bytes(b"whole").content_hash
    old, young = (tmp_path / "blobs" / kept[:2] / f"{name * 64}#1" for name in "ab")
    for path in (old, young):
        path.write_bytes(b"ha")
    day_ago = (now - timedelta(days=1, minutes=1)).timestamp()
    for path in (old, old.with_name(kept)):
        os.utime(path, (day_ago, day_ago))
    assert blobs.sweep_half_stored(now) == 1
    assert sorted(path.name for path in (tmp_path / "blobs").rglob("*") if path.is_file()) == sorted([kept, young.name])
    assert blobs.read(kept) == b"whole"


def test_a_bucket_shows_nothing_that_is_half_stored() -> None:
    with object_store() as storage:
        assert open_blob_store(load_settings(storage)).sweep_half_stored(SystemClock().now()) == 0


def test_what_was_stored_before_an_instant_is_listed(blobs: BlobStore) -> None:
    stored = {blobs.put_bytes(bytes([number]) * (number + 1)) for number in range(3)}
    blobs.probe()  # leaves a file of its own, which is nobody's content
    soon = SystemClock().now() + timedelta(minutes=1)
    found = list(blobs.stored_before(soon))
    assert set(found) >= stored
    assert {len(blob.content_hash) for blob in found} == {64}
    assert list(blobs.stored_before(soon - timedelta(hours=1))) == []


def test_any_range_can_be_streamed(blobs: BlobStore) -> None:
    content = bytes(range(251)) * 9000
    stored = blobs.put_bytes(content)
    for start, end in ((0, 1), (5, 5), (1_048_575, 1_048_578), (17, len(content)), (len(content) - 1, len(content))):
        assert b"".join(blobs.stream(stored.content_hash, start, end)) == content[start:end]


def test_a_local_copy_holds_the_same_bytes(blobs: BlobStore, tmp_path: Path) -> None:
    stored = blobs.put_bytes(b"sound" * 1000)
    folder = tmp_path / "work"
    folder.mkdir()
    path = blobs.local_path(stored.content_hash, folder)
    assert path.read_bytes() == b"sound" * 1000
    assert blobs.local_path(stored.content_hash, folder) == path


def test_what_is_missing_or_deleted_says_so(blobs: BlobStore, tmp_path: Path) -> None:
    stored = blobs.put_bytes(b"soon gone")
    blobs.delete(stored.content_hash)
    assert not blobs.holds(stored.content_hash)
    with pytest.raises(BlobMissing):
        blobs.read(stored.content_hash)
    with pytest.raises(BlobMissing):
        blobs.local_path(stored.content_hash, tmp_path)


def test_a_storage_that_answers_passes_its_probe(blobs: BlobStore) -> None:
    blobs.probe()
    blobs.probe()


def test_a_bucket_out_of_reach_is_said_in_plain_words(tmp_path: Path) -> None:
    gone = {"storage_url": "s3://nowhere", "s3_endpoint": "http://127.0.0.1:1", "s3_access_key_id": "x"}
    blobs = open_blob_store(load_settings({"data": tmp_path, "s3_secret_access_key": "x", **gone}))
    with pytest.raises(StorageUnavailable) as refused:
        blobs.put_bytes(b"x")
    assert refused.value.message == "The file storage cannot be reached just now."
