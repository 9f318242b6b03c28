"""What an engine offers that works elsewhere: sound is sent, a job is made, waited for and fetched.

Each call is one request. A job costs money, so whoever makes one keeps book of it: see `elsewhere`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from donecast.core.given_transcript import GivenCue
from donecast.core.words import FillerHearing, Transcript
from donecast.speech.transcriber import SpeechEngine

JobState = Literal["waiting", "done", "failed"]


@dataclass(frozen=True, slots=True)
class RemoteJob:
    """How far a job is; ``problem`` in the vendor's words when it failed."""

    state: JobState
    problem: str = ""


@dataclass(frozen=True, slots=True)
class TimedText:
    """What a vendor wrote that times captions only; ``language`` as in BCP 47. Their words are looked for here.

    ``fillers`` as in `core.words.Transcript`.
    """

    cues: tuple[GivenCue, ...]
    language: str
    fillers: FillerHearing


@dataclass(frozen=True, slots=True)
class Hook:
    """Where the vendor calls when a job has ended, and by which secret we know that it is the vendor."""

    url: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class HookCall:
    """A call that came in: ``headers`` by lower-case names, ``query`` what stood behind the question mark."""

    headers: Mapping[str, str]
    query: Mapping[str, str] = field(repr=False)
    body: bytes


class RemoteTranscriber(SpeechEngine, Protocol):
    """A vendor.

    Every request may raise SpeechAuth, SpeechQuota, SpeechRateLimited, SpeechRejected, SpeechTransient and
    SpeechBadAnswer; `vendor_errors` says what each means.
    """

    @property
    def calls_back(self) -> bool:
        """Whether the vendor calls us when a job has ended."""
        ...

    @property
    def hook_path(self) -> str:
        """The path at which its calls come in."""
        ...

    def upload(self, audio: Path, on_sent: Callable[[float], None]) -> str:
        """Sends a file and answers the address under which the vendor keeps it; costs nothing at the vendor.

        ``on_sent`` gets the share that is sent, and may raise to stop. Memory does not grow with the file.
        """
        ...

    def submit(self, upload: str) -> str:
        """Makes a job of an upload and answers its id. From here on the vendor charges.

        Raises SpeechUnsure when the job may have been made all the same, SpeechUploadGone, SpeechRejected.
        """
        ...

    def find(self, upload: str) -> str | None:
        """The id of the newest job that was made of an upload, in whatever state, or None."""
        ...

    def poll(self, job_id: str) -> RemoteJob:
        """How far a job is. Raises SpeechJobUnknown."""
        ...

    def fetch(self, job_id: str, duration_ms: int) -> Transcript | TimedText:
        """What a job that is done has heard, times in the milliseconds of a recording of ``duration_ms``."""
        ...

    def parse_webhook(self, call: HookCall) -> str:
        """The id of the job that a call of the vendor is about: a reason to poll, never a result.

        Raises HookRefused, HookUnreadable.
        """
        ...
