"""The only queries of recordings."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from donecast.recordings.models import MediaRow, PeaksRow, UploadRow


def media_of(session: Session, account_id: str, media_id: str) -> MediaRow | None:
    """The person's own file, or None."""
    return session.scalar(select(MediaRow).where(MediaRow.id == media_id, MediaRow.account_id == account_id))


def media_kept(session: Session, account_id: str, media_ids: Collection[str]) -> list[MediaRow]:
    """Those of the person's own files that are there; none of them can be deleted until the transaction ends."""
    query = select(MediaRow).where(MediaRow.id.in_(media_ids), MediaRow.account_id == account_id)
    return list(session.scalars(query.with_for_update(read=True, key_share=True)))


def media_among(session: Session, account_id: str, media_ids: Collection[str]) -> list[MediaRow]:
    """Those of the person's own files that are there."""
    return list(session.scalars(select(MediaRow).where(MediaRow.id.in_(media_ids), MediaRow.account_id == account_id)))


def media_by_id(session: Session, media_id: str) -> MediaRow | None:
    """The file, whoever owns it, or None."""
    return session.get(MediaRow, media_id)


def all_media_of(session: Session, account_id: str, category: str | None) -> list[MediaRow]:
    """A person's files, newest first."""
    query = select(MediaRow).where(MediaRow.account_id == account_id).order_by(MediaRow.id.desc())
    return list(session.scalars(query.where(MediaRow.category == category) if category else query))


def stored_bytes(session: Session) -> dict[str, int]:
    """Bytes of the different files that each person keeps, by account."""
    kept = (
        select(MediaRow.account_id, func.max(MediaRow.bytes).label("bytes"))
        .where(MediaRow.state != "refused")
        .group_by(MediaRow.account_id, MediaRow.content_hash)
        .subquery()
    )
    query = select(kept.c.account_id, func.sum(kept.c.bytes)).group_by(kept.c.account_id)
    return {account_id: int(count) for account_id, count in session.execute(query)}


def unchecked_ids(session: Session) -> list[str]:
    """Files that wait for their examination, oldest first."""
    return list(session.scalars(select(MediaRow.id).where(MediaRow.state == "checking").order_by(MediaRow.id)))


def peaks_hashes(session: Session, media_id: str) -> dict[int, str]:
    """The stored waveforms of a file: steps per second to content hash."""
    rows = session.scalars(select(PeaksRow).where(PeaksRow.media_id == media_id))
    return {row.per_second: row.content_hash for row in rows}


def delete_media(session: Session, media_id: str) -> None:
    """Removes the row, at once; what points at it may object."""
    session.execute(delete(MediaRow).where(MediaRow.id == media_id))


def upload_of(session: Session, account_id: str, upload_id: str, now: datetime) -> UploadRow | None:
    """The person's own upload unless its time is over, or None."""
    return session.scalar(
        select(UploadRow).where(
            UploadRow.id == upload_id, UploadRow.account_id == account_id, UploadRow.expires_at > now
        )
    )


def open_upload_count(session: Session, account_id: str, now: datetime) -> int:
    """How many uploads of a person are not finished."""
    query = select(func.count()).where(
        UploadRow.account_id == account_id, UploadRow.media_id.is_(None), UploadRow.expires_at > now
    )
    return session.scalar(query) or 0


def expired_upload_ids(session: Session, now: datetime) -> list[str]:
    """Uploads whose time is over."""
    return list(session.scalars(select(UploadRow.id).where(UploadRow.expires_at <= now)))


def mark_upload_done(session: Session, upload_id: str, media_id: str) -> None:
    """Notes what an upload became."""
    session.execute(update(UploadRow).where(UploadRow.id == upload_id).values(media_id=media_id))


def delete_upload(session: Session, upload_id: str) -> None:
    """Forgets an upload."""
    session.execute(delete(UploadRow).where(UploadRow.id == upload_id))


def delete_expired_uploads(session: Session, now: datetime) -> None:
    """Forgets uploads whose time is over."""
    session.execute(delete(UploadRow).where(UploadRow.expires_at <= now))
