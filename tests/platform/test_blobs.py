"""Bytes: stored once, read in ranges, from a folder and from a real S3 conversation."""

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from donecast.kit.clock import SystemClock
from donecast.platform.blobs import BlobStore, open_blob_store
from donecast.platform.settings import load_settings
from donecast.platform.storage_door import StorageDoor
from donecast.platform.storage_errors import BlobMissing, StorageUnavailable
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


_STORE_WHAT_COMES = """
import sys
from pathlib import Path
from donecast.platform.blobs import open_blob_store
from donecast.platform.settings import load_settings

open_blob_store(load_settings({"data": Path(sys.argv[1])}))._put("ab" * 32, sys.stdin.buffer)
"""


def test_what_a_killed_process_left_half_stored_goes_at_the_next_start(tmp_path: Path) -> None:
    blobs = open_blob_store(load_settings({"data": tmp_path}))
    kept = blobs.put_bytes(b"whole").content_hash
    with subprocess.Popen([sys.executable, "-c", _STORE_WHAT_COMES, str(tmp_path)], stdin=subprocess.PIPE) as writer:
        try:
            await_true(lambda: len(stored_names(tmp_path)) == 2)
            assert blobs.sweep_half_stored() == 0, "its writer lives"
        finally:
            writer.kill()
    assert blobs.sweep_half_stored() == 1
    assert stored_names(tmp_path) == [kept]
    assert blobs.read(kept) == b"whole"


def stored_names(data: Path) -> list[str]:
    return sorted(path.name for path in (data / "blobs").rglob("*") if path.is_file())


def await_true(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.01)


def test_a_file_that_cannot_be_read_to_its_end_leaves_nothing(tmp_path: Path) -> None:
    blobs = open_blob_store(load_settings({"data": tmp_path}))
    with pytest.raises(IsADirectoryError):
        blobs.put_file(tmp_path)
    assert stored_names(tmp_path) == []


def test_many_may_store_the_same_bytes_at_once(tmp_path: Path) -> None:
    blobs, content = open_blob_store(load_settings({"data": tmp_path})), os.urandom(3_000_000)
    with ThreadPoolExecutor(8) as pool:
        stored = set(pool.map(lambda _: blobs.put_bytes(content), range(24)))
    (blob,) = stored
    assert stored_names(tmp_path) == [blob.content_hash]
    assert blobs.read(blob.content_hash) == content


def test_a_bucket_shows_nothing_that_is_half_stored() -> None:
    with object_store() as storage:
        assert open_blob_store(load_settings(storage)).sweep_half_stored() == 0


def test_what_was_stored_before_an_instant_is_listed(blobs: BlobStore) -> None:
    stored = {blobs.put_bytes(bytes([number]) * (number + 1)) for number in range(3)}
    blobs.probe()  # leaves a file of its own, which is nobody's content
    soon = SystemClock().now() + timedelta(minutes=1)
    found = [blob for page in blobs.stored_before(soon) for blob in page]
    assert set(found) >= stored
    assert {len(blob.content_hash) for blob in found} == {64}
    assert not any(blobs.stored_before(soon - timedelta(hours=1)))


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
    settings = load_settings({"data": tmp_path, "s3_secret_access_key": "x", **gone})
    blobs = open_blob_store(settings, StorageDoor(sleep=lambda _: None))
    with pytest.raises(StorageUnavailable) as refused:
        blobs.put_bytes(b"x")
    assert refused.value.message == "The file storage cannot be reached just now."


def test_a_bucket_needs_neither_an_address_nor_keys_of_its_own() -> None:
    open_blob_store(load_settings({"storage_url": "s3://at-amazon/prefix"}))
