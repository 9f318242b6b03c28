"""Use cases of recordings. Files are examined and stored first, outside any transaction; then rows name them.

A file that is refused leaves nothing behind: it was examined where it lay before anything was kept. When a row cannot
be saved, the bytes stored for it are forgotten again, unless another row names the same bytes.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import cast

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from donecast.core.template import Template
from donecast.engine.errors import EmptyFile, EngineRefused
from donecast.kit.errors import DonecastError
from donecast.kit.ids import new_id
from donecast.kit.progress import Report
from donecast.platform.blob_uses import forget_unused, forgotten_on_failure, hold
from donecast.platform.form_files import FileTooLarge, too_large
from donecast.platform.telemetry import logger
from donecast.platform.web import Ground
from donecast.recordings import repository
from donecast.recordings.errors import (
    CategoryUnknown,
    MediaInTemplate,
    MediaInUse,
    MediaNotReady,
    MediaRefused,
    MediaUnfitting,
    NoPeaks,
    NoSuchMedia,
    NoSuchUpload,
    TooManyUploads,
    UploadBusy,
)
from donecast.recordings.examination import Examined, examine, glance
from donecast.recordings.models import MediaRow, PeaksRow, UploadRow
from donecast.recordings.partial_files import PartialFiles
from donecast.recordings.rules import (
    CATEGORY_WORDS,
    CHECK_AT_ONCE_BYTES_MAX,
    UPLOADS_OPEN_MAX,
    Category,
    MediaFacts,
    MediaState,
    UploadFacts,
    asset_missing,
    display_name,
    is_category,
    places_of,
)
from donecast.shows import service as shows


def add_file(ground: Ground, account_id: str, path: Path, *, filename: str, category: str, name: str) -> MediaFacts:
    """Takes a file into somebody's library; the file itself stays where it is and belongs to the caller.

    Small files are examined here and are ready; larger ones stay ``checking`` until `check`. Raises EngineRefused
    (the file cannot be used), FileTooLarge, CategoryUnknown, DiskFull, EngineFailed; then nothing is left behind.
    """
    return _add(
        ground, path, _new_row(ground, account_id, path, display_name(name, filename), known_category(category))
    )


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
    with _kept_peaks(ground, examined) as peaks, ground.database.transaction() as session:
        row = repository.media_by_id(session, media_id)
        if row is None:
            raise NoSuchMedia
        if row.state == "checking":
            _fill(session, ground, row, examined, peaks)
        return _facts(row)


def check_soon(ground: Ground, media_id: str) -> None:
    """The same for a task beside the request: what goes wrong stands in the row or is tried again by the line."""
    try:
        check(ground, media_id, lambda _percent, _detail: None)
    except DonecastError as error:
        logger().warning("check did not end well", media_id=media_id, code=error.code)


def unchecked_ids(session: Session) -> list[str]:
    """Files that still wait for `check`, oldest first."""
    return repository.unchecked_ids(session)


def media_of(session: Session, account_id: str, media_id: str) -> MediaFacts:
    """The person's own file. Raises NoSuchMedia."""
    return _facts(_own(session, account_id, media_id))


def has_media(session: Session, account_id: str, media_id: str) -> bool:
    """Whether the file is in the person's library and usable."""
    row = repository.media_of(session, account_id, media_id)
    return row is not None and row.state != "refused"


def media_by_id(session: Session, media_id: str) -> MediaFacts:
    """The file, whoever owns it: for the line. Raises NoSuchMedia."""
    row = repository.media_by_id(session, media_id)
    if row is None:
        raise NoSuchMedia
    return _facts(row)


def library_of(session: Session, account_id: str, category: str | None) -> list[MediaFacts]:
    """A person's files, newest first, of one category or all. Raises CategoryUnknown."""
    chosen = None if category is None else known_category(category)
    return [_facts(row) for row in repository.all_media_of(session, account_id, chosen)]


def content_of(session: Session, account_id: str, media_id: str) -> MediaFacts:
    """The person's own file, whose bytes are there. Raises NoSuchMedia, MediaRefused."""
    media = media_of(session, account_id, media_id)
    if media.state == "refused":
        raise MediaRefused(media.problem)
    return media


def peaks_hash_of(session: Session, account_id: str, media_id: str, per_second: int) -> str:
    """Where the gzipped waveform is stored. Raises NoSuchMedia, MediaNotReady, NoPeaks."""
    row = _own(session, account_id, media_id)
    if row.state == "checking":
        raise MediaNotReady
    found = repository.peaks_hashes(session, media_id).get(per_second)
    if found is None:
        raise NoPeaks
    return found


def silences_of(session: Session, account_id: str, media_id: str) -> list[tuple[int, int]]:
    """Where nobody speaks in the person's own file: start and end of each stretch, in milliseconds; none in a cover.

    Raises NoSuchMedia, MediaNotReady, MediaRefused.
    """
    row = _own(session, account_id, media_id)
    if row.state == "checking":
        raise MediaNotReady
    if row.state == "refused":
        raise MediaRefused(row.problem)
    return [(start, end) for start, end in row.silences_ms]


def delete_media(ground: Ground, account_id: str, media_id: str) -> None:
    """Removes a file of which nothing is made, now or next. Raises NoSuchMedia, MediaInUse, MediaInTemplate."""
    try:
        with ground.database.transaction() as session:
            row = _own(session, account_id, media_id)
            hashes = [row.content_hash, *repository.peaks_hashes(session, media_id).values()]
            repository.delete_media(session, media_id)
            # Asked after the removal, which waits for whoever is giving this file to a template (`lend`).
            templates = shows.templates_naming(session, account_id, media_id)
            if templates:
                names = ", ".join(f"“{name}”" for name in templates)
                raise MediaInTemplate(
                    f"“{row.name}” is used by the template {names}, so it cannot be deleted.",
                    details={"templates": templates},
                )
    except IntegrityError as error:  # an episode's row points at it
        raise MediaInUse from error
    forget_unused(ground.database, ground.blobs, filter(None, hashes))


def lend(session: Session, account_id: str, template: Template) -> None:
    """Called in the transaction that saves a template: every file it names is the person's own, and fits.

    Raises MissingAsset, MediaUnfitting.
    """
    there = {row.id: row for row in repository.media_kept(session, account_id, template.assets)}
    for place in places_of(template):
        row = there.get(place.asset)
        if row is None or row.state == "refused":
            raise asset_missing(template, place.asset)
        category = known_category(row.category)
        if category not in place.fitting:
            raise MediaUnfitting(f"“{row.name}” is {CATEGORY_WORDS[category]}, which cannot be used {place.purpose}.")


def known_category(category: str) -> Category:
    """The same word when the library has this shelf. Raises CategoryUnknown."""
    if not is_category(category):
        raise CategoryUnknown
    return category


def begin_upload(
    ground: Ground, account_id: str, *, length: int, filename: str, category: str, name: str
) -> UploadFacts:
    """Announces a file that will come in pieces.

    Raises CategoryUnknown, EmptyFile, FileTooLarge, DiskFull, TooManyUploads.
    """
    limits, now = ground.settings.limits, ground.clock.now()
    shelf = known_category(category)
    if length == 0:
        raise EmptyFile
    if length > limits.upload_bytes_max:
        raise too_large(limits.upload_bytes_max)
    sweep_uploads(ground)
    ground.temporary.require_space(length)
    with ground.database.transaction() as session:
        if repository.open_upload_count(session, account_id, now) >= UPLOADS_OPEN_MAX:
            raise TooManyUploads
        row = UploadRow(
            id=new_id("upl", now),
            account_id=account_id,
            category=shelf,
            name=display_name(name, filename),
            bytes=length,
            created_at=now,
            expires_at=now + timedelta(hours=limits.upload_age_hours_max),
        )
        session.add(row)
        return _upload(row)


def find_upload(ground: Ground, account_id: str, upload_id: str) -> UploadFacts:
    """The person's own upload, as it stands this moment. Raises NoSuchUpload."""
    with ground.database.reading() as session:
        row = repository.upload_of(session, account_id, upload_id, ground.clock.now())
        if row is None:
            raise NoSuchUpload
        return _upload(row)


def finish_upload(ground: Ground, upload: UploadFacts, path: Path) -> MediaFacts:
    """Takes a complete upload into the library; called by the one who holds its file. Raises what `add_file` raises.

    A file that cannot be used is forgotten with its upload. When the machinery fails, all stays, to be tried again.
    """
    try:
        row = _new_row(ground, upload.account_id, path, upload.name, upload.category)
        media = _add(ground, path, row, upload_id=upload.id)
    except (EngineRefused, FileTooLarge):
        _drop_upload(ground, upload.id)
        raise
    partial_files(ground).remove(upload.id)
    return media


def settled_upload(ground: Ground, account_id: str, upload_id: str) -> tuple[UploadFacts, int]:
    """An upload and its offset in bytes; one whose bytes are all here is finished first, if a crash left it so.

    Raises NoSuchUpload, and what `finish_upload` raises.
    """
    upload, files = find_upload(ground, account_id, upload_id), partial_files(ground)
    if upload.media_id is None and files.offset(upload_id) == upload.bytes:
        with suppress(UploadBusy), files.open(upload_id) as growing:  # busy: somebody is finishing it right now
            upload = find_upload(ground, account_id, upload_id)
            if upload.media_id is None:
                finish_upload(ground, upload, growing.path)
                upload = find_upload(ground, account_id, upload_id)
    return upload, upload.bytes if upload.media_id else files.offset(upload_id)


def cancel_upload(ground: Ground, account_id: str, upload_id: str) -> None:
    """Forgets an upload and its bytes. Raises NoSuchUpload, UploadBusy."""
    find_upload(ground, account_id, upload_id)
    with partial_files(ground).open(upload_id):
        _drop_upload(ground, upload_id)


def sweep_uploads(ground: Ground) -> None:
    """Forgets uploads whose time is over."""
    now = ground.clock.now()
    with ground.database.reading() as session:
        expired = repository.expired_upload_ids(session, now)
    for upload_id in expired:
        partial_files(ground).remove(upload_id)
    if expired:
        with ground.database.transaction() as session:
            repository.delete_expired_uploads(session, now)


def partial_files(ground: Ground) -> PartialFiles:
    """Where uploads grow: on this machine, so several web processes need a shared data folder or sticky sessions."""
    return PartialFiles(ground.settings.data / "uploads")


def _new_row(ground: Ground, account_id: str, path: Path, name: str, category: Category) -> MediaRow:
    now = ground.clock.now()
    return MediaRow(
        id=new_id("med", now),
        account_id=account_id,
        category=category,
        name=name,
        state="checking",
        content_hash="",
        bytes=path.stat().st_size,
        created_at=now,
    )


def _add(ground: Ground, path: Path, row: MediaRow, upload_id: str | None = None) -> MediaFacts:
    category = cast(Category, row.category)
    ground.temporary.require_space(row.bytes)
    examined = None
    if category == "cover" or row.bytes <= CHECK_AT_ONCE_BYTES_MAX:
        examined = examine(ground, path, category, lambda _percent, _detail: None)
    else:
        glance(path, ground.settings.limits)
    stored = ground.blobs.put_file(path)
    with (
        forgotten_on_failure(ground.database, ground.blobs, [stored.content_hash]),
        _kept_peaks(ground, examined) as peaks,
        ground.database.transaction() as session,
    ):
        hold(session, ground.blobs, stored.content_hash, partial(ground.blobs.put_file, path))
        row.content_hash = stored.content_hash
        session.add(row)
        session.flush()
        if examined is not None:
            _fill(session, ground, row, examined, peaks)
        if upload_id is not None:
            repository.mark_upload_done(session, upload_id, row.id)
        return _facts(row)


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
    peaks = {per_second: ground.blobs.put_bytes(data).content_hash for per_second, data in waveforms.items()}
    with forgotten_on_failure(ground.database, ground.blobs, list(peaks.values())):
        yield peaks


def _refuse(ground: Ground, media: MediaFacts, refusal: DonecastError) -> None:
    with ground.database.transaction() as session:
        row = repository.media_by_id(session, media.id)
        if row is not None and row.state == "checking":
            row.state, row.problem, row.content_hash = "refused", f"{refusal.message} {refusal.action}", ""
    forget_unused(ground.database, ground.blobs, [media.content_hash])


def _drop_upload(ground: Ground, upload_id: str) -> None:
    partial_files(ground).remove(upload_id)  # first the bytes: a row without them only starts again from 0
    with ground.database.transaction() as session:
        repository.delete_upload(session, upload_id)


def _own(session: Session, account_id: str, media_id: str) -> MediaRow:
    row = repository.media_of(session, account_id, media_id)
    if row is None:
        raise NoSuchMedia
    return row


def _facts(row: MediaRow) -> MediaFacts:
    return MediaFacts(
        id=row.id,
        account_id=row.account_id,
        category=cast(Category, row.category),
        name=row.name,
        state=cast(MediaState, row.state),
        content_hash=row.content_hash,
        bytes=row.bytes,
        container=row.container,
        codec=row.codec,
        sample_rate=row.sample_rate,
        channels=row.channels,
        duration_ms=row.duration_ms,
        loudness_lufs=row.loudness_lufs,
        true_peak_dbtp=row.true_peak_dbtp,
        noise_floor_db=row.noise_floor_db,
        problem=row.problem,
        created_at=row.created_at,
    )


def _upload(row: UploadRow) -> UploadFacts:
    return UploadFacts(
        id=row.id,
        account_id=row.account_id,
        category=cast(Category, row.category),
        name=row.name,
        bytes=row.bytes,
        media_id=row.media_id,
        expires_at=row.expires_at,
    )
