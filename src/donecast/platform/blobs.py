"""Bytes that are kept: immutable, named by the SHA-256 of their content, in a folder or an S3 bucket.

The same bytes are stored once. A key is ``ab/abcdef...``; what kind of bytes they are stands in the rows that point at
them. Nothing here is ever changed in place, so a reader never sees half a file.
"""

import contextlib
import hashlib
import re
import shutil
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypeVar

import obstore
from obstore.exceptions import GenericError, PermissionDeniedError, PreconditionError, UnauthenticatedError
from obstore.store import LocalStore, S3Store

from donecast.platform.disk_room import NO_ROOM, DiskFull
from donecast.platform.file_locks import is_still_at, try_lock
from donecast.platform.outgoing import RETRIES_MAX, RETRY_WITHIN_SECONDS
from donecast.platform.settings import Settings
from donecast.platform.storage_door import UNGUARDED, StorageDoor
from donecast.platform.storage_errors import BlobMissing, StorageAskedTooMuch, StorageRefused, StorageUnavailable

if TYPE_CHECKING:
    from obstore import ObjectMeta
    from obstore.store import S3Config

CHUNK_BYTES = 1024 * 1024
PROBE_SECONDS_MAX = 3
ANSWER_SECONDS_MAX = 15
"""For a question, and for a piece of 1 MiB."""
PART_SECONDS_MAX = 60
"""For a part of 5 MiB on its way to a bucket, while as many others go there as well."""
_PARTS_AT_ONCE = 4
_STORING_SECONDS_MAX = 3_600
LISTED_AT_ONCE = 500
_HEALTH_KEY = "health/probe"
_HASH = re.compile(r"[0-9a-f]{64}")
_CLIENT_ERROR = re.compile(r"status code: (4\d\d)")
_REFUSALS = (PermissionDeniedError, PreconditionError, UnauthenticatedError)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class StoredBlob:
    """What was stored: hex SHA-256 of the bytes, which names them, and how many there are."""

    content_hash: str
    bytes: int


class BlobStore:
    """One place for bytes; `open_blob_store` picks folder or bucket."""

    def __init__(
        self,
        store: LocalStore | S3Store,
        folder: Path | None,
        *,
        storing: S3Store | None = None,
        probing: S3Store | None = None,
        door: StorageDoor | None = None,
    ) -> None:
        self._store = store
        self._storing = storing or store
        self._probing = probing or store
        self._folder = folder
        self._door = door

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
                self._put(blob.content_hash, file)
        return blob

    def put_bytes(self, data: bytes) -> StoredBlob:
        """Stores bytes that are already in memory."""
        blob = StoredBlob(hashlib.sha256(data).hexdigest(), len(data))
        if not self.holds(blob.content_hash):
            self._put(blob.content_hash, BytesIO(data))
        return blob

    def _put(self, content_hash: str, source: IO[bytes]) -> None:
        key, folder = _key(content_hash), self._folder

        def put() -> None:
            if source.seekable():
                source.seek(0)
            if folder is None:
                obstore.put(self._storing, key, source, max_concurrency=_PARTS_AT_ONCE)
            else:
                _write_whole(folder / key, source)

        self._ask(put, _STORING_SECONDS_MAX, sends_much=True)

    def holds(self, content_hash: str, *, at_once: bool = False) -> bool:
        """Whether these bytes are here. ``at_once``: without patience, for who keeps others waiting."""
        try:
            self._size(content_hash, at_once=at_once)
        except BlobMissing:
            return False
        return True

    def size(self, content_hash: str) -> int:
        """Length in bytes. Raises BlobMissing."""
        return self._size(content_hash, at_once=False)

    def _size(self, content_hash: str, *, at_once: bool) -> int:
        store = self._probing if at_once else self._store
        return int(self._ask(partial(obstore.head, store, _key(content_hash)), at_once=at_once)["size"])

    def read(self, content_hash: str) -> bytes:
        """All bytes at once, for small things. Raises BlobMissing."""
        return self._ask(lambda: bytes(obstore.get(self._store, _key(content_hash)).bytes()))

    def stream(self, content_hash: str, start: int, end: int) -> Iterator[bytes]:
        """Bytes ``start`` (included) to ``end`` (not included), in pieces of at most 1 MiB."""
        position = start
        while position < end:
            stop = min(position + CHUNK_BYTES, end)
            read = partial(obstore.get_range, self._store, _key(content_hash), start=position, end=stop)
            yield bytes(self._ask(read))
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
        """Forgets the bytes; the caller has made sure that no row points at them, and keeps others waiting."""
        self._ask(partial(obstore.delete, self._probing, _key(content_hash)), at_once=True)

    def stored_before(self, moment: datetime) -> Iterator[list[StoredBlob]]:
        """Everything that was stored before an instant, page by page; in a bucket in the order of the hashes."""
        pages, last = self._listing(None), ""

        def listed() -> "Sequence[ObjectMeta] | None":
            nonlocal pages
            try:
                return next(pages, None)
            except GenericError:  # a listing that broke off goes on behind what came
                pages = self._listing(last or None)
                raise

        while (page := self._ask(listed)) is not None:
            last = page[-1]["path"] if page else last
            named = [(found, found["path"].rpartition("/")[2]) for found in page if found["last_modified"] < moment]
            yield [StoredBlob(name, int(found["size"])) for found, name in named if _HASH.fullmatch(name)]

    def _listing(self, after: str | None) -> "Iterator[Sequence[ObjectMeta]]":
        return iter(obstore.list(self._store, offset=after, chunk_size=LISTED_AT_ONCE))

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
        """Writes and reads a few bytes, also while a bucket is left alone. Raises StorageUnavailable, DiskFull."""
        with _plain_words():
            obstore.put(self._probing, _HEALTH_KEY, b"ok")
            if bytes(obstore.get(self._probing, _HEALTH_KEY).bytes()) != b"ok":
                raise StorageUnavailable

    def _ask(
        self,
        act: Callable[[], T],
        seconds_max: float = ANSWER_SECONDS_MAX,
        *,
        at_once: bool = False,
        sends_much: bool = False,
    ) -> T:
        def plainly() -> T:
            with _plain_words():
                return act()

        if self._door is None:
            return plainly()
        if at_once:
            return self._door.ask(plainly, PROBE_SECONDS_MAX, patiently=False)
        return self._door.ask(plainly, seconds_max, sends_much=sends_much)


def open_blob_store(settings: Settings, door: StorageDoor = UNGUARDED) -> BlobStore:
    """The storage that the settings name; ``door`` is the way to a bucket, a folder needs none."""
    url = settings.storage.storage_url
    if not url:
        folder = settings.data / "blobs"
        folder.mkdir(parents=True, exist_ok=True)
        return BlobStore(LocalStore(folder), folder)
    bucket, _, prefix = url.removeprefix("s3://").partition("/")
    storage = settings.storage
    config: S3Config = {"region": storage.s3_region, "virtual_hosted_style_request": not storage.s3_endpoint}
    if storage.s3_endpoint:  # else Amazon's own
        config["endpoint"] = storage.s3_endpoint
    if storage.s3_access_key_id:  # else those of the machine
        config["access_key_id"] = storage.s3_access_key_id
        config["secret_access_key"] = storage.s3_secret_access_key

    def bucket_store(seconds_max: int, retries_max: int = 0) -> S3Store:
        return S3Store(
            bucket,
            prefix=prefix or None,
            config=config,
            client_options={
                "allow_http": storage.s3_endpoint.startswith("http://"),
                "timeout": timedelta(seconds=seconds_max),
            },
            retry_config={
                "max_retries": retries_max,
                "retry_timeout": timedelta(seconds=RETRY_WITHIN_SECONDS),
                "backoff": {"init_backoff": timedelta(seconds=1), "max_backoff": timedelta(seconds=4)},
            },
        )

    return BlobStore(
        bucket_store(ANSWER_SECONDS_MAX),
        None,
        # A part that is lost is sent again by the library, for else all the parts that arrived would be as well.
        storing=bucket_store(PART_SECONDS_MAX, RETRIES_MAX),
        # Whoever only wants to know whether it answers gives up soon, and so sees soon that it answers again.
        probing=bucket_store(PROBE_SECONDS_MAX),
        door=door,
    )


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
        if isinstance(error, (GenericError, *_REFUSALS, PermissionError)):
            raise _trouble(error)(details={"reason": str(error)[:300]}) from error


def _trouble(error: Exception) -> type[StorageUnavailable]:
    status = _CLIENT_ERROR.search(str(error))
    if status is not None and status[1] == "429":
        return StorageAskedTooMuch
    return StorageRefused if status is not None or isinstance(error, _REFUSALS) else StorageUnavailable
