"""Files that come in pieces: announced, growing on this machine's disk, and taken into the library when complete."""

from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import cast

from sqlalchemy.orm import Session

from donecast.engine.errors import EmptyFile, EngineRefused
from donecast.kit.ids import new_id
from donecast.platform.form_files import FileTooLarge, too_large
from donecast.platform.web import Ground
from donecast.platform.work_unit import run_unit
from donecast.recordings import repository
from donecast.recordings.errors import NoSuchUpload, TooManyUploads, UploadBusy
from donecast.recordings.models import UploadRow
from donecast.recordings.partial_files import PartialFiles
from donecast.recordings.rules import UPLOADS_OPEN_MAX, Category, MediaFacts, UploadFacts, display_name
from donecast.recordings.service.doors import require_uploads_open
from donecast.recordings.service.intake import NewFile, take
from donecast.recordings.service.rows import known_category


def begin_upload(
    ground: Ground, account_id: str, *, length: int, filename: str, category: str, name: str
) -> UploadFacts:
    """Announces a file that will come in pieces.

    Raises UploadsStopped, CategoryUnknown, EmptyFile, FileTooLarge, DiskFull, TooManyUploads.
    """
    require_uploads_open(ground, account_id)
    limits, now = ground.settings.limits, ground.clock.now()
    shelf = known_category(category)
    if length == 0:
        raise EmptyFile
    if length > limits.upload_bytes_max:
        raise too_large(limits.upload_bytes_max)
    sweep_uploads(ground)
    ground.temporary.require_space(length)

    def save(session: Session) -> UploadFacts:
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

    return run_unit(ground.database, save)


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
        new = NewFile(upload.account_id, upload.category, upload.name)
        media = take(ground, path, new, upload_id=upload.id)
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
    """Forgets uploads whose time is over, and files that nobody has known of for as long."""
    now = ground.clock.now()
    partial_files(ground).remove_older(now - timedelta(hours=ground.settings.limits.upload_age_hours_max))
    with ground.database.reading() as session:
        expired = repository.expired_upload_ids(session, now)
    for upload_id in expired:
        partial_files(ground).remove(upload_id)
    if expired:
        run_unit(ground.database, lambda session: repository.delete_expired_uploads(session, now))


def partial_files(ground: Ground) -> PartialFiles:
    """Where uploads grow: on this machine, so several web processes need a shared data folder or sticky sessions."""
    return PartialFiles(ground.settings.data / "uploads")


def _drop_upload(ground: Ground, upload_id: str) -> None:
    partial_files(ground).remove(upload_id)  # first the bytes: a row without them only starts again from 0
    run_unit(ground.database, lambda session: repository.delete_upload(session, upload_id))


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
