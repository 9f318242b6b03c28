"""Bytes that are kept: immutable, named by the SHA-256 of their content, in a folder or an S3 bucket.

The same bytes are stored once. A key is ``ab/abcdef...``; what kind of bytes they are stands in the rows that point at
them. Nothing here is ever changed in place, so a reader never sees half a file.
"""

import contextlib
import hashlib
import re
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import obstore
from obstore.exceptions import GenericError
from obstore.store import LocalStore, S3Store

from donecast.kit.errors import DonecastError, ErrorKind
from donecast.platform.disk_room import NO_ROOM, DiskFull
from donecast.platform.file_locks import is_still_at, try_lock
from donecast.platform.settings import Settings

CHUNK_BYTES = 1024 * 1024
_PROBE_TIMEOUT = "3s"
_HEALTH_KEY = "health/probe"
_HASH = re.compile(r"[0-9a-f]{64}")


class BlobMissing(DonecastError):
    """A file that a row points at is not in the storage."""

    code = "blob_missing"
    kind = ErrorKind.BROKEN
    message = "A stored file that belongs to this cannot be found."
    action = "Please report this to the person who runs your DoneCast; the storage needs a look."


class StorageUnavailable(DonecastError):
    """The folder or the bucket does not answer or refuses us."""

    code = "storage_unavailable"
    kind = ErrorKind.UNAVAILABLE
    message = "The file storage cannot be reached just now."
    action = "Nothing was lost. Please try again in a minute."
    retryable = True


@dataclass(frozen=True, slots=True)
class StoredBlob:
    """What was stored: hex SHA-256 of the bytes, which names them, and how many there are."""

    content_hash: str
    bytes: int


class BlobStore:
    """One place for bytes; `open_blob_store` picks folder or bucket."""

    def __init__(
        self, store: LocalStore | S3Store, folder: Path | None, probing: LocalStore | S3Store | None = None
    ) -> None:
        self._store = store
        self._probing = probing or store
        self._folder = folder

    def put_file(self, path: Path) -> StoredBlob:
        """Stores a file's bytes and says what they are; storing them again changes nothing."""
        digest = hashlib.sha256()
        size = 0
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                digest.update(chunk)
                size += len(chunk)
        blob = StoredBlob(digest.hexdigest(), size)
        if not self.holds(blob.content_hash):
            with _plain_words(), path.open("rb") as file:
                self._put(blob.content_hash, file)
        return blob

    def put_bytes(self, data: bytes) -> StoredBlob:
        """Stores bytes that are already in memory."""
        blob = StoredBlob(hashlib.sha256(data).hexdigest(), len(data))
        if not self.holds(blob.content_hash):
            with _plain_words():
                self._put(blob.content_hash, BytesIO(data))
        return blob

    def _put(self, content_hash: str, source: IO[bytes]) -> None:
        if self._folder is None:
            obstore.put(self._store, _key(content_hash), source)
        else:
            _write_whole(self._folder / _key(content_hash), source)

    def holds(self, content_hash: str) -> bool:
        """Whether these bytes are here."""
        try:
            self.size(content_hash)
        except BlobMissing:
            return False
        return True

    def size(self, content_hash: str) -> int:
        """Length in bytes. Raises BlobMissing."""
        with _plain_words():
            return int(obstore.head(self._store, _key(content_hash))["size"])

    def read(self, content_hash: str) -> bytes:
        """All bytes at once, for small things. Raises BlobMissing."""
        with _plain_words():
            return bytes(obstore.get(self._store, _key(content_hash)).bytes())

    def stream(self, content_hash: str, start: int, end: int) -> Iterator[bytes]:
        """Bytes ``start`` (included) to ``end`` (not included), in pieces of at most 1 MiB."""
        position = start
        while position < end:
            stop = min(position + CHUNK_BYTES, end)
            with _plain_words():
                piece = bytes(obstore.get_range(self._store, _key(content_hash), start=position, end=stop))
            yield piece
            position = stop

    def local_path(self, content_hash: str, folder: Path) -> Path:
        """A readable file with these bytes: the stored one, or a copy in ``folder``. Never write to it."""
        if self._folder is not None:
            path = self._folder / _key(content_hash)
            if not path.exists():
                raise BlobMissing(details={"content_hash": content_hash})
            return path
        path = folder / content_hash
        if not path.exists():
            part = path.with_suffix(".part")
            size = self.size(content_hash)
            with part.open("wb") as file:
                for piece in self.stream(content_hash, 0, size):
                    file.write(piece)
            part.rename(path)
        return path

    def delete(self, content_hash: str) -> None:
        """Forgets the bytes; the caller has made sure that no row points at them."""
        with _plain_words():
            obstore.delete(self._store, _key(content_hash))

    def stored_before(self, moment: datetime) -> Iterator[StoredBlob]:
        """Everything that was stored before an instant, in no order."""
        with _plain_words():
            for listed in obstore.list(self._store):
                for found in listed:
                    content_hash = found["path"].rpartition("/")[2]
                    if _HASH.fullmatch(content_hash) and found["last_modified"] < moment:
                        yield StoredBlob(content_hash, int(found["size"]))

    def sweep_half_stored(self) -> int:
        """Removes what processes that were killed while they stored something left in the folder; answers how many.

        A bucket keeps nothing of what did not come whole.
        """
        swept = 0
        for path in self._folder.glob("??/*#*") if self._folder else ():
            # Somebody else, its writer or another sweeper, may be quicker.
            with contextlib.suppress(FileNotFoundError), path.open("r+b", buffering=0) as half:
                if try_lock(half) and is_still_at(half, path):
                    path.unlink()
                    swept += 1
        return swept

    def probe(self) -> None:
        """Writes and reads a few bytes. Raises StorageUnavailable or DiskFull."""
        with _plain_words():
            obstore.put(self._probing, _HEALTH_KEY, b"ok")
            if bytes(obstore.get(self._probing, _HEALTH_KEY).bytes()) != b"ok":
                raise StorageUnavailable


def open_blob_store(settings: Settings) -> BlobStore:
    """The storage that the settings name."""
    url = settings.storage.storage_url
    if not url:
        folder = settings.data / "blobs"
        folder.mkdir(parents=True, exist_ok=True)
        return BlobStore(LocalStore(folder), folder)
    bucket, _, prefix = url.removeprefix("s3://").partition("/")
    storage = settings.storage

    def bucket_store(timeout: str, **more: Any) -> S3Store:
        return S3Store(
            bucket,
            prefix=prefix or None,
            region=storage.s3_region,
            endpoint=storage.s3_endpoint or None,
            access_key_id=storage.s3_access_key_id or None,
            secret_access_key=storage.s3_secret_access_key or None,
            virtual_hosted_style_request=not storage.s3_endpoint,
            client_options={"allow_http": storage.s3_endpoint.startswith("http://"), "timeout": timeout},
            **more,
        )

    # Whoever only wants to know whether it answers gives up soon, and so sees soon that it answers again.
    return BlobStore(bucket_store("60s"), None, bucket_store(_PROBE_TIMEOUT, retry_config={"max_retries": 0}))


def _write_whole(target: Path, source: IO[bytes]) -> None:
    """Writes beside the target, as ``target#...``, and renames at the end.

    The writer holds a lock on what is half stored; who is killed holds none, by which a sweeper tells the two apart.
    """
    target.parent.mkdir(exist_ok=True)
    while True:
        beside = target.with_name(f"{target.name}#{uuid.uuid4().hex}")
        with beside.open("xb") as half:
            if not try_lock(half) or not is_still_at(half, beside):
                continue  # a sweeper came between
            try:
                shutil.copyfileobj(source, half, CHUNK_BYTES)
                half.flush()
                beside.rename(target)
            finally:
                beside.unlink(missing_ok=True)
            return


def _key(content_hash: str) -> str:
    return f"{content_hash[:2]}/{content_hash}"


class _plain_words:  # noqa: N801  a context manager reads as a verb
    """Turns the library's words into ours, and never hides a failure."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, FileNotFoundError):
            raise BlobMissing from error
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            raise DiskFull from error
        if isinstance(error, GenericError) and ("No space left" in str(error) or "os error 28" in str(error)):
            raise DiskFull from error
        if isinstance(error, GenericError | PermissionError):
            raise StorageUnavailable(details={"reason": str(error)[:300]}) from error
