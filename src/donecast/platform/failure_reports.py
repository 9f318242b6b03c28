"""How a room says that something failed for a person, without knowing who keeps book of it."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from traceback import extract_tb
from typing import Protocol

from sqlalchemy.orm import Session

from donecast.kit.errors import DonecastError

_CAUSES_MAX = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Something that failed. ``since``: when the work began that failed, for what was charged since.

    Whether it is worth a report is not for the caller to decide: every failure may be told.
    """

    error: Exception
    account_id: str | None = None
    request_id: str | None = None
    episode_id: str | None = None
    operation_id: str | None = None
    step: str | None = None
    since: datetime | None = None


class FailureReports(Protocol):
    """Who keeps book of failures. No method raises, and none makes the one who calls it fail or wait."""

    def report_upload_failure(self, failure: Failure) -> None:
        """A file could not be taken; written down in the background, for the request's own transaction is undone."""
        ...

    def report_transcription_failure(self, session: Session, failure: Failure) -> None:
        """A recording could not be checked or written out; in the transaction that ends the work."""
        ...

    def report_assembly_failure(self, session: Session, failure: Failure) -> None:
        """An episode could not be made of its recording; in the transaction that ends the work."""
        ...

    def report_generic(self, session: Session, failure: Failure) -> None:
        """Anything else, in the caller's transaction."""
        ...

    def close(self) -> None:
        """Writes down what waits, at the end of the process; takes a few seconds at most."""
        ...


def as_known(error: Exception) -> DonecastError:
    """The error in words for a person; what nobody foresaw becomes the general one."""
    if isinstance(error, DonecastError):
        return error
    general = DonecastError()
    general.__cause__ = error
    return general


def origin_of(error: Exception) -> str:
    """The kind of the first cause and the place in the source where it arose, such as ``KeyError at line.py:produce``.

    No words of the error itself, which may name a person, and no line number, which moves with every change.
    """
    first: BaseException = error
    for _ in range(_CAUSES_MAX):
        if first.__cause__ is None:
            break
        first = first.__cause__
    frames = [frame for frame in extract_tb(first.__traceback__) if "donecast" in PurePath(frame.filename).parts]
    place = f" at {PurePath(frames[-1].filename).name}:{frames[-1].name}" if frames else ""
    return f"{type(first).__name__}{place}"
