"""The book of vendors' jobs: each note is saved by itself, so that it outlives whoever wrote it.

A page is found by whose recording it is, its bytes, and the vendor with its options. Markers are not part of it: they
are listened for here, so another marker word is no reason to pay again.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from donecast.core.words import Transcript
from donecast.credits.paying import Payer, capture_if_held
from donecast.credits.rules.pricing import Transcription
from donecast.platform.web import Ground
from donecast.platform.work_unit import run_unit
from donecast.speech.job_book import JobNote
from donecast.speech.remote import RemoteTranscriber
from donecast.speech.transcriber import SpeechEngine, Subject
from donecast.transcripts import service
from donecast.transcripts.rules import pipeline_of


def job_key(heard_by: SpeechEngine, subject: Subject) -> str:
    """SHA-256 (hex) of what decides which words an engine hears, and of whose the recording is."""
    engine = [heard_by.name, heard_by.version, heard_by.options_digest]
    parts = {"owner": subject.owner, "content": subject.content_hash, "engine": engine}
    return hashlib.sha256(json.dumps(parts, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def charged_as(key: str) -> str:
    """The ledger's name of hearing a recording, by its `job_key`: it is paid once, however often it is asked for."""
    return f"transcription:{key}"


@dataclass(frozen=True, slots=True)
class StoredJobBook:
    """One page, see `speech.job_book.JobBook`."""

    ground: Ground
    key: str
    payer: Payer
    work: Transcription

    def read(self) -> JobNote:
        """What stands there now."""
        with self.ground.database.reading() as session:
            return service.job_note(session, self.key)

    def kept(self) -> Transcript | None:
        """The vendor's words."""
        with self.ground.database.reading() as session:
            return service.job_words(session, self.key)

    def note_upload(self, upload: str) -> None:
        """Where the vendor keeps the sound."""
        self._save(lambda session: service.note_upload(session, self.ground.clock, self.key, upload))

    def forget_upload(self, upload: str) -> None:
        """The vendor no longer has it."""
        self._save(lambda session: service.forget_upload(session, self.ground.clock, self.key, upload))

    def begin_submitting(self, upload: str) -> datetime | None:
        """Before a job is made."""
        return run_unit(
            self.ground.database, lambda session: service.begin_submitting(session, self.ground.clock, self.key, upload)
        )

    def end_submitting(self, since: datetime) -> None:
        """It was not made."""
        self._save(lambda session: service.end_submitting(session, self.ground.clock, self.key, since))

    def note_job(self, job_id: str) -> None:
        """It was made, so the vendor charges us, whatever comes of it."""

        def note(session: Session) -> None:
            service.note_job(session, self.ground.clock, self.key, job_id)
            operation_id = charged_as(self.key)
            capture_if_held(session, self.ground, self.payer, operation_id=operation_id, work=self.work)

        self._save(note)

    def note_failure(self, job_id: str, problem: str) -> None:
        """It came to nothing."""
        self._save(lambda session: service.note_failure(session, self.ground.clock, self.key, job_id, problem))

    def keep(self, transcript: Transcript) -> None:
        """Its words."""
        self._save(lambda session: service.keep_job_words(session, self.ground.clock, self.key, transcript))

    def _save(self, note: Callable[[Session], None]) -> None:
        """What a vendor did is written down also by a worker that was thought dead; what it charges us has its key."""
        run_unit(self.ground.database, note, is_fact=True)


def open_book(ground: Ground, remote: RemoteTranscriber, subject: Subject) -> StoredJobBook:
    """The page of a recording's job, made where it is missing."""
    key = job_key(remote, subject)
    run_unit(
        ground.database,
        lambda session: service.open_job(session, ground.clock, account_id=subject.owner, key=key, engine=remote.name),
    )
    work = Transcription(subject.duration_ms, pipeline_of(remote.name))
    return StoredJobBook(ground, key, Payer(subject.owner), work)
