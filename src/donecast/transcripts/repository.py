"""The only queries of transcripts."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session, undefer

from donecast.transcripts.models import TranscriptionJobRow, TranscriptRow


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


def is_heard(session: Session, media_id: str, engines: Collection[str]) -> bool:
    """Whether one of these engines wrote out the words of an upload."""
    query = select(TranscriptRow.id).where(
        TranscriptRow.media_id == media_id, TranscriptRow.quality != "given", TranscriptRow.engine.in_(engines)
    )
    return session.scalar(query.limit(1)) is not None


def transcripts_by_ids(session: Session, transcript_ids: Collection[str]) -> list[TranscriptRow]:
    """Several transcripts at once."""
    return list(session.scalars(select(TranscriptRow).where(TranscriptRow.id.in_(transcript_ids))))


def job_by_key(session: Session, key: str) -> TranscriptionJobRow | None:
    """The job with this key, without its words, as it reads now."""
    query = select(TranscriptionJobRow).where(TranscriptionJobRow.key == key)
    return session.scalar(query.execution_options(populate_existing=True))


def job_transcript(session: Session, key: str) -> dict[str, Any] | None:
    """The words of the job with this key, or None."""
    return session.scalar(select(TranscriptionJobRow.transcript).where(TranscriptionJobRow.key == key))


def change_job(
    session: Session, key: str, now: datetime, values: dict[str, Any], *conditions: ColumnElement[bool]
) -> bool:
    """Changes the job in one statement if it still reads as the conditions say; whether it did."""
    query = (
        update(TranscriptionJobRow)
        .where(TranscriptionJobRow.key == key, *conditions)
        .values(**values, updated_at=now)
        .returning(TranscriptionJobRow.id)
        .execution_options(synchronize_session=False)
    )
    return session.execute(query).first() is not None


def nudge_job(session: Session, engine: str, job_id: str, now: datetime) -> None:
    """Writes down that the vendor called about a job; nothing, when there is none."""
    session.execute(
        update(TranscriptionJobRow)
        .where(TranscriptionJobRow.engine == engine, TranscriptionJobRow.job_id == job_id)
        .values(nudged_at=now)
        .execution_options(synchronize_session=False)
    )
