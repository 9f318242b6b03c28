"""Use cases of transcripts: check what is given, find, keep, read."""

from collections.abc import Collection
from typing import cast

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from donecast.core.captions import GivenCue, parse_transcript
from donecast.core.words import TranscriptQuality
from donecast.kit.clock import Clock
from donecast.kit.ids import new_id
from donecast.platform.settings import LimitSettings
from donecast.transcripts import repository
from donecast.transcripts.errors import GivenTranscriptTooLarge, NoSuchTranscript
from donecast.transcripts.models import TranscriptRow
from donecast.transcripts.rules import Heard, TranscriptFacts, heard_from_json


def read_given(limits: LimitSettings, text: str) -> tuple[GivenCue, ...]:
    """The cues of a transcript that somebody brings. Raises GivenTranscriptTooLarge or TranscriptUnreadable."""
    if len(text.encode()) > limits.transcript_bytes_max:
        mebibytes = limits.transcript_bytes_max / 1024**2
        raise GivenTranscriptTooLarge(f"This transcript is larger than {mebibytes:.3g} MB, which is the most we take.")
    return parse_transcript(text)


def facts_of(session: Session, transcript_id: str) -> TranscriptFacts:
    """What is known of a transcript. Raises NoSuchTranscript."""
    row = repository.transcript_by_id(session, transcript_id)
    if row is None:
        raise NoSuchTranscript
    return _facts(row)


def facts_by_id(session: Session, transcript_ids: Collection[str]) -> dict[str, TranscriptFacts]:
    """What is known of several transcripts, by id; those that are not there are left out."""
    return {row.id: _facts(row) for row in repository.transcripts_by_ids(session, transcript_ids)}


def heard(session: Session, transcript_id: str) -> Heard:
    """The words and the pauses. Raises NoSuchTranscript."""
    row = repository.with_document(session, transcript_id)
    if row is None:
        raise NoSuchTranscript
    return heard_from_json(row.document)


def find(session: Session, key: str) -> str | None:
    """The id of the transcript that was kept under a key, or None."""
    return repository.id_by_key(session, key)


def keep(session: Session, clock: Clock, *, account_id: str, media_id: str, key: str, heard: Heard) -> str:
    """Keeps what was heard and answers its id; kept already under this key, that one stays and is answered."""
    found = repository.id_by_key(session, key)
    if found is not None:
        return found
    now = clock.now()
    transcript = heard.transcript
    row = TranscriptRow(
        id=new_id("tr", now),
        account_id=account_id,
        media_id=media_id,
        key=key,
        engine=transcript.engine,
        quality=transcript.quality,
        language=transcript.language,
        words_count=sum(1 for word in transcript.words if word.kind == "word"),
        duration_ms=transcript.duration_ms,
        document=heard.to_json(),
        created_at=now,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        # Two workers may hear the same recording at once; the first one to save is right for both.
        other = repository.id_by_key(session, key)
        if other is None:
            raise
        return other
    return row.id


def _facts(row: TranscriptRow) -> TranscriptFacts:
    return TranscriptFacts(
        id=row.id,
        account_id=row.account_id,
        engine=row.engine,
        quality=cast(TranscriptQuality, row.quality),
        language=row.language,
        words_count=row.words_count,
        duration_ms=row.duration_ms,
    )
