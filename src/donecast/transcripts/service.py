"""Use cases of transcripts: check what is given, find, keep, read."""

from collections.abc import Collection
from datetime import datetime
from typing import cast

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from donecast.core.captions import GivenCue, parse_transcript
from donecast.core.words import Transcript, TranscriptQuality, transcript_from_json
from donecast.kit.clock import Clock
from donecast.kit.ids import new_id
from donecast.platform.settings import LimitSettings
from donecast.platform.telemetry import logger
from donecast.speech.job_book import JobNote
from donecast.transcripts import repository
from donecast.transcripts.errors import GivenTranscriptTooLarge, NoSuchTranscript
from donecast.transcripts.models import TranscriptionJobRow, TranscriptRow
from donecast.transcripts.rules import LOCAL_ENGINES, Heard, TranscriptFacts, heard_from_json


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


def is_heard(session: Session, media_id: str, engine: str) -> bool:
    """Whether this engine, or where it is "local" any of this machine's, wrote out the words of an upload already."""
    return repository.is_heard(session, media_id, LOCAL_ENGINES if engine == "local" else [engine])


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


def open_job(session: Session, clock: Clock, *, account_id: str, key: str, engine: str) -> None:
    """Makes sure that the book has a page for this job."""
    if repository.job_by_key(session, key) is not None:
        return
    now = clock.now()
    row = TranscriptionJobRow(
        id=new_id("tj", now), account_id=account_id, key=key, engine=engine, created_at=now, updated_at=now
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        # Two workers may open it at once; the page is there, whoever made it.
        if repository.job_by_key(session, key) is None:
            raise


def job_note(session: Session, key: str) -> JobNote:
    """What the book says of a job that was opened; an empty page when its account is gone."""
    row = repository.job_by_key(session, key)
    return JobNote(row.upload, row.submitting_since, row.job_id, row.nudged_at) if row else JobNote()


def job_words(session: Session, key: str) -> Transcript | None:
    """The vendor's words, once they were fetched."""
    document = repository.job_transcript(session, key)
    return None if document is None else transcript_from_json(document)


def note_upload(session: Session, clock: Clock, key: str, upload: str) -> None:
    """Where the vendor keeps the sound, unless another worker was quicker to send it."""
    repository.change_job(session, key, clock.now(), {"upload": upload}, TranscriptionJobRow.upload.is_(None))


def forget_upload(session: Session, clock: Clock, key: str, upload: str) -> None:
    """The vendor has it no longer, so no job was made of it."""
    nothing = {"upload": None, "submitting_since": None}
    row = TranscriptionJobRow
    repository.change_job(session, key, clock.now(), nothing, row.upload == upload, row.job_id.is_(None))


def begin_submitting(session: Session, clock: Clock, key: str, upload: str) -> datetime | None:
    """The moment from which on a job may have been made; None when somebody else makes it, or has made it."""
    now = clock.now()
    begun = repository.change_job(
        session,
        key,
        now,
        {"submitting_since": now},
        TranscriptionJobRow.upload == upload,
        TranscriptionJobRow.submitting_since.is_(None),
        TranscriptionJobRow.job_id.is_(None),
    )
    return now if begun else None


def end_submitting(session: Session, clock: Clock, key: str, since: datetime) -> None:
    """The job that was begun then was certainly not made."""
    row = TranscriptionJobRow
    repository.change_job(
        session, key, clock.now(), {"submitting_since": None}, row.submitting_since == since, row.job_id.is_(None)
    )


def note_job(session: Session, clock: Clock, key: str, job_id: str) -> None:
    """Writes down the vendor's id of the job; one that is written down already stays."""
    values = {"job_id": job_id, "submitting_since": None, "nudged_at": None}
    if not repository.change_job(session, key, clock.now(), values, TranscriptionJobRow.job_id.is_(None)):
        row = repository.job_by_key(session, key)
        if row is not None and row.job_id != job_id:
            logger().error("a recording has two jobs at its vendor", engine=row.engine, kept=row.job_id, other=job_id)


def note_failure(session: Session, clock: Clock, key: str, job_id: str, problem: str) -> None:
    """The vendor says that this job came to nothing; the next one begins with the upload."""
    values = {
        "job_id": None,
        "upload": None,
        "submitting_since": None,
        "nudged_at": None,
        "problem": problem[:500],
        "failures": TranscriptionJobRow.failures + 1,
    }
    repository.change_job(session, key, clock.now(), values, TranscriptionJobRow.job_id == job_id)


def keep_job_words(session: Session, clock: Clock, key: str, transcript: Transcript) -> None:
    """Keeps the vendor's words; those that are kept already stay."""
    values = {"transcript": transcript.to_json(), "problem": None}
    repository.change_job(session, key, clock.now(), values, TranscriptionJobRow.transcript.is_(None))


def nudge(session: Session, clock: Clock, engine: str, job_id: str) -> None:
    """The vendor called about a job: whoever waits for it looks at once. Nothing, when nobody knows the job."""
    repository.nudge_job(session, engine, job_id, clock.now())


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
