"""What is written down about a vendor's job, so that it is made once: who keeps it stands in a later room."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from donecast.core.words import Transcript
from donecast.speech.remote import RemoteTranscriber
from donecast.speech.transcriber import Subject


@dataclass(frozen=True, slots=True)
class JobNote:
    """What the book says of a recording's job; ``nudged_at`` is the last time that the vendor called."""

    upload: str | None = None
    submitting_since: datetime | None = None
    job_id: str | None = None
    nudged_at: datetime | None = None


class JobBook(Protocol):
    """The book of one recording's job. Each call is saved when it returns; several workers may write at once."""

    def read(self) -> JobNote:
        """What stands there now."""
        ...

    def kept(self) -> Transcript | None:
        """The vendor's words, once they were fetched."""
        ...

    def note_upload(self, upload: str) -> None:
        """Writes down where the vendor keeps the sound, unless another upload was written down meanwhile."""
        ...

    def forget_upload(self, upload: str) -> None:
        """The vendor no longer has it."""
        ...

    def begin_submitting(self, upload: str) -> datetime | None:
        """Called before a job is made: the moment that was written down, or None when somebody else is making one."""
        ...

    def end_submitting(self, since: datetime) -> None:
        """The job that was begun at this moment was certainly not made."""
        ...

    def note_job(self, job_id: str) -> None:
        """Writes down the job, unless one was written down meanwhile."""
        ...

    def note_failure(self, job_id: str, problem: str) -> None:
        """The vendor says that this job failed, or does not know it: the next one begins with the upload."""
        ...

    def keep(self, transcript: Transcript) -> None:
        """Keeps the vendor's words."""
        ...


OpenBook = Callable[[RemoteTranscriber, Subject], JobBook]
