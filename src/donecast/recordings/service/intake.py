"""How a file comes into a library. It is examined and stored first, outside any transaction; then rows name it.

A file that is refused leaves nothing behind: it was examined where it lay before anything was kept. When a row cannot
be saved, the bytes stored for it are forgotten again, unless another row names the same bytes.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy.orm import Session

from donecast.engine.errors import EngineRefused
from donecast.kit.errors import DonecastError
from donecast.kit.ids import new_id
from donecast.kit.progress import Report
from donecast.platform.blob_uses import forget_unused, forgotten_on_failure, hold
from donecast.platform.error_tracking import capture_exception
from donecast.platform.telemetry import logger
from donecast.platform.web import Ground
from donecast.platform.work_unit import run_unit
from donecast.recordings import repository
from donecast.recordings.broken_uploads import told_when_broken
from donecast.recordings.errors import MediaRefused, NoSuchMedia
from donecast.recordings.examination import Examined, examine, glance
from donecast.recordings.models import MediaRow, PeaksRow
from donecast.recordings.rules import CHECK_AT_ONCE_BYTES_MAX, Category, MediaFacts, display_name
from donecast.recordings.service.library import media_by_id
from donecast.recordings.service.rows import facts_of, known_category


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file that is stored nowhere yet: whose it is, what for, and what it is called."""

    account_id: str
    category: Category
    name: str


def add_file(ground: Ground, account_id: str, path: Path, *, filename: str, category: str, name: str) -> MediaFacts:
    """Takes a file into somebody's library; the file itself stays where it is and belongs to the caller.

    Small files are examined here and are ready; larger ones stay ``checking`` until `check`. Raises EngineRefused
    (the file cannot be used), FileTooLarge, CategoryUnknown, DiskFull, EngineFailed; then nothing is left behind.
    """
    return take(ground, path, NewFile(account_id, known_category(category), display_name(name, filename)))


def check(ground: Ground, media_id: str, report: Report) -> MediaFacts:
    """Examines a file that waits for it; harmless to repeat. Raises MediaRefused, NoSuchMedia, EngineFailed."""
    with ground.database.reading() as session:
        media = media_by_id(session, media_id)
    if media.state == "refused":
        raise MediaRefused(media.problem)
    if media.state == "ready":
        return media
    try:
        with ground.temporary.folder("check") as folder:
            path = ground.blobs.local_path(media.content_hash, folder)
            examined = examine(ground, path, media.category, report)
    except EngineRefused as refusal:
        _refuse(ground, media, refusal)
        raise
    with _kept_peaks(ground, examined) as peaks:

        def save(session: Session) -> MediaFacts:
            row = repository.media_by_id(session, media_id)
            if row is None:
                raise NoSuchMedia
            if row.state == "checking":
                _fill(session, ground, row, examined, peaks)
            return facts_of(row)

        return run_unit(ground.database, save)


def check_soon(ground: Ground, media_id: str) -> None:
    """The same for a task beside the request: what goes wrong stands in the row or is tried again by the line."""
    try:
        with ground.database.reading() as session:
            account_id = media_by_id(session, media_id).account_id
        with told_when_broken(ground, account_id):
            check(ground, media_id, lambda _percent, _detail: None)
    except DonecastError as error:
        logger().warning("check did not end well", media_id=media_id, code=error.code)
        capture_exception(error)


def unchecked_ids(session: Session) -> list[str]:
    """Files that still wait for `check`, oldest first."""
    return repository.unchecked_ids(session)


def take(ground: Ground, path: Path, new: NewFile, upload_id: str | None = None) -> MediaFacts:
    """Examines, stores and saves a file; ends the upload that it came by. Raises what `add_file` raises."""
    size = path.stat().st_size
    ground.temporary.require_space(size)
    examined = None
    if new.category == "cover" or size <= CHECK_AT_ONCE_BYTES_MAX:
        examined = examine(ground, path, new.category, lambda _percent, _detail: None)
    else:
        glance(path, ground.settings.limits)
    stored = ground.blobs.put_file(path)
    with (
        forgotten_on_failure(ground.database, ground.blobs, [stored.content_hash]),
        _kept_peaks(ground, examined) as peaks,
    ):
        now = ground.clock.now()

        def save(session: Session) -> MediaFacts:
            hold(session, ground.blobs, stored.content_hash, partial(ground.blobs.put_file, path))
            row = MediaRow(
                id=new_id("med", now),
                account_id=new.account_id,
                category=new.category,
                name=new.name,
                state="checking",
                content_hash=stored.content_hash,
                bytes=size,
                created_at=now,
            )
            session.add(row)
            session.flush()
            if examined is not None:
                _fill(session, ground, row, examined, peaks)
            if upload_id is not None:
                repository.mark_upload_done(session, upload_id, row.id)
            return facts_of(row)

        return run_unit(ground.database, save)


def _fill(session: Session, ground: Ground, row: MediaRow, examined: Examined, peaks: Mapping[int, str]) -> None:
    row.state, row.problem = "ready", examined.problem
    row.container, row.codec = examined.container, examined.codec
    row.sample_rate, row.channels = examined.sample_rate, examined.channels
    row.duration_ms = examined.duration_ms
    row.loudness_lufs = examined.loudness_lufs
    row.true_peak_dbtp, row.noise_floor_db = examined.true_peak_dbtp, examined.noise_floor_db
    row.silences_ms = [list(silence) for silence in examined.silences_ms]
    for per_second, content_hash in peaks.items():
        hold(session, ground.blobs, content_hash, partial(ground.blobs.put_bytes, examined.peaks[per_second]))
        session.add(PeaksRow(media_id=row.id, per_second=per_second, content_hash=content_hash))


@contextmanager
def _kept_peaks(ground: Ground, examined: Examined | None) -> Iterator[dict[int, str]]:
    """The waveforms in the storage, for a block that names them in rows."""
    waveforms = examined.peaks if examined else {}
    peaks: dict[int, str] = {}
    with forgotten_on_failure(ground.database, ground.blobs, peaks.values()):
        for per_second, data in waveforms.items():
            peaks[per_second] = ground.blobs.put_bytes(data).content_hash
        yield peaks


def _refuse(ground: Ground, media: MediaFacts, refusal: DonecastError) -> None:
    def save(session: Session) -> None:
        row = repository.media_by_id(session, media.id)
        if row is not None and row.state == "checking":
            row.state, row.problem, row.content_hash = "refused", f"{refusal.message} {refusal.action}", ""

    run_unit(ground.database, save)
    forget_unused(ground.database, ground.blobs, [media.content_hash])
