"""Rows of the library as values."""

from typing import cast

from sqlalchemy.orm import Session

from donecast.recordings import repository
from donecast.recordings.errors import CategoryUnknown, NoSuchMedia
from donecast.recordings.models import MediaRow
from donecast.recordings.rules import Category, MediaFacts, MediaState, is_category


def known_category(category: str) -> Category:
    """The same word when the library has this shelf. Raises CategoryUnknown."""
    if not is_category(category):
        raise CategoryUnknown
    return category


def own_row(session: Session, account_id: str, media_id: str) -> MediaRow:
    """The row of the person's own file. Raises NoSuchMedia."""
    row = repository.media_of(session, account_id, media_id)
    if row is None:
        raise NoSuchMedia
    return row


def facts_of(row: MediaRow) -> MediaFacts:
    """The row as a value."""
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
