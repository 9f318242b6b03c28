"""The only queries of transcripts."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from donecast.transcripts.models import TranscriptRow


def transcript_by_id(session: Session, transcript_id: str) -> TranscriptRow | None:
    """The transcript, whoever's it is; for the line itself and for what is public."""
    return session.get(TranscriptRow, transcript_id)


def with_document(session: Session, transcript_id: str) -> TranscriptRow | None:
    """The transcript with its words."""
    query = select(TranscriptRow).where(TranscriptRow.id == transcript_id).options(undefer(TranscriptRow.document))
    return session.scalar(query)


def id_by_key(session: Session, key: str) -> str | None:
    """The id of the transcript with this key, or None."""
    return session.scalar(select(TranscriptRow.id).where(TranscriptRow.key == key))


def transcripts_by_ids(session: Session, transcript_ids: Collection[str]) -> list[TranscriptRow]:
    """Several transcripts at once."""
    return list(session.scalars(select(TranscriptRow).where(TranscriptRow.id.in_(transcript_ids))))
