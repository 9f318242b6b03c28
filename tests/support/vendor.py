"""Transcribers around the stand-ins for vendors, in a hurry; and what each vendor may do to them, as a list."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Protocol

from donecast.core.words import Transcript
from donecast.kit.clock import SystemClock
from donecast.kit.errors import DonecastError
from donecast.platform.outgoing import UNGUARDED, Outgoing
from donecast.speech.assemblyai import AssemblyAI
from donecast.speech.auphonic import Auphonic
from donecast.speech.elsewhere import Elsewhere, Pace
from donecast.speech.job_book import JobNote, OpenBook
from donecast.speech.remote import Hook, RemoteTranscriber
from donecast.speech.transcriber import Subject
from donecast.speech.vendor_errors import (
    SpeechAuth,
    SpeechBadAnswer,
    SpeechJobFailed,
    SpeechJobUnknown,
    SpeechNoWords,
    SpeechQuota,
    SpeechRateLimited,
    SpeechRejected,
    SpeechTransient,
    SpeechUnsure,
)
from tests.support.assemblyai_server import StandIn, assemblyai
from tests.support.auphonic_server import AuphonicStandIn, auphonic
from tests.support.vendor_server import KEY, Calls, Fault, VendorStandIn, What, plain_words

QUICK = Pace(
    poll_first=0.04,
    poll_longest=0.2,
    settle=0.6,
    wait_longest=20.0,
    retry_first=0.02,
    retry_longest=0.2,
    tries=3,
    look=0.02,
)
ANSWER_SECONDS_MAX = 3.0
"""Enough for a busy machine; what is to be later is later than that."""
EVER = 10_000


def remote_of(
    stand_in: StandIn,
    *,
    key: str = KEY,
    language: str = "en_us",
    hook: Hook | None = None,
    way: Outgoing = UNGUARDED,
) -> AssemblyAI:
    """The adapter in front of a stand-in."""
    return AssemblyAI(
        key=key,
        base_url=stand_in.url,
        language=language,
        hook=hook,
        answer_seconds_max=ANSWER_SECONDS_MAX,
        way=way,
    )


def auphonic_of(
    stand_in: AuphonicStandIn,
    *,
    key: str = KEY,
    language: str = "en_us",
    hook: Hook | None = None,
    way: Outgoing = UNGUARDED,
) -> Auphonic:
    """The same for the other vendor."""
    return Auphonic(
        key=key,
        base_url=stand_in.url,
        language=language,
        hook=hook,
        answer_seconds_max=ANSWER_SECONDS_MAX,
        way=way,
    )


def remote_for(
    stand_in: VendorStandIn, *, language: str = "en_us", hook: Hook | None = None, way: Outgoing = UNGUARDED
) -> RemoteTranscriber:
    """The adapter that belongs to a stand-in."""
    if isinstance(stand_in, AuphonicStandIn):
        return auphonic_of(stand_in, language=language, hook=hook, way=way)
    assert isinstance(stand_in, StandIn)
    return remote_of(stand_in, language=language, hook=hook, way=way)


@dataclass
class MemoryBook:
    """A book that is forgotten with its test."""

    note: JobNote = field(default_factory=JobNote)
    words: Transcript | None = None
    problems: list[str] = field(default_factory=list)

    def read(self) -> JobNote:
        return self.note

    def kept(self) -> Transcript | None:
        return self.words

    def note_upload(self, upload: str) -> None:
        self.note = replace(self.note, upload=upload)

    def forget_upload(self, upload: str) -> None:
        assert self.note.upload == upload
        self.note = JobNote()

    def begin_submitting(self, upload: str) -> datetime | None:
        assert self.note.upload == upload
        since = datetime.now(UTC)
        self.note = replace(self.note, submitting_since=since)
        return since

    def end_submitting(self, since: datetime) -> None:
        assert self.note.submitting_since == since
        self.note = replace(self.note, submitting_since=None)

    def note_job(self, job_id: str) -> None:
        self.note = replace(self.note, job_id=job_id, submitting_since=None)

    def note_failure(self, job_id: str, problem: str) -> None:
        assert self.note.job_id == job_id
        self.note = JobNote()
        self.problems.append(problem)

    def keep(self, transcript: Transcript) -> None:
        self.words = transcript


def memory_books() -> OpenBook:
    """A book for each recording."""
    books: dict[Subject, MemoryBook] = {}

    def open_one(_remote: RemoteTranscriber, subject: Subject) -> MemoryBook:
        return books.setdefault(subject, MemoryBook())

    return open_one


def elsewhere_of(
    stand_in: VendorStandIn,
    open_book: OpenBook | None = None,
    *,
    language: str = "en_us",
    hook: Hook | None = None,
) -> Elsewhere:
    """The transcriber around the adapter that belongs to a stand-in."""
    remote = remote_for(stand_in, language=language, hook=hook)
    return Elsewhere(remote, open_book or memory_books(), SystemClock(), QUICK)


@dataclass(frozen=True, slots=True)
class Rude:
    """Something the vendor does to us.

    ``outcome``: the error that a person reads, None where the words come at once. ``jobs``: how many jobs there are at
    the vendor at the end, after a person has pressed “Try again” where there was an error; ``charged``: how many of
    them would be paid.
    """

    name: str
    faults: Callable[[], list[Fault]] = list
    problems: tuple[str, ...] = ()
    outcome: type[DonecastError] | None = None
    jobs: int = 1
    charged: int = 1


def _refused(kind: str, status: int, error: str = "No.", times: int = EVER, **more: str) -> Callable[[], list[Fault]]:
    headers = {name.replace("_", "-"): value for name, value in more.items()}
    return lambda: [Fault(kind, "status", status, error, headers, times)]


def _enveloped(kind: str, status: int, error: str = "No.", times: int = EVER) -> Callable[[], list[Fault]]:
    """A refusal inside an answer 200."""
    return lambda: [Fault(kind, "envelope", status, error, times=times)]


def _rude(kind: str, what: What, times: int = 1, seconds: float = 0.0) -> Callable[[], list[Fault]]:
    return lambda: [Fault(kind, what, times=times, seconds=seconds)]


def _words(change: Callable[[dict[str, object]], dict[str, object]]) -> Callable[[], list[Fault]]:
    return lambda: [Fault("poll", "words", times=EVER, words=[change(word) for word in plain_words(12_000)])]


def _file(content: bytes) -> Callable[[], list[Fault]]:
    return lambda: [Fault("fetch", "words", times=EVER, words=content)]


def _production(**fields: object) -> Callable[[], list[Fault]]:
    """Fields of each production that is asked for once it is started."""
    return lambda: [Fault("poll", "document", times=EVER, words=fields)]


_BALANCE = "Your current account balance is negative. Please top up to continue using the API."
_FORGOTTEN = "Cannot access uploaded file"

RUDE_ASSEMBLYAI: tuple[Rude, ...] = (
    Rude("all goes well"),
    Rude("401 at the upload", _refused("upload", 401), outcome=SpeechAuth),
    Rude("401 while a job is waited for", _refused("poll", 401), outcome=SpeechAuth),
    Rude("402 at the job", _refused("submit", 402), outcome=SpeechQuota),
    Rude("400 about money at the job", _refused("submit", 400, _BALANCE), outcome=SpeechQuota),
    Rude("403 about credits at the job", _refused("submit", 403, "Not enough credits"), outcome=SpeechQuota),
    Rude("403 without a reason", _refused("submit", 403, "Forbidden"), outcome=SpeechAuth),
    Rude("403: the upload is another key's", _refused("submit", 403, _FORGOTTEN, 1)),
    Rude("413 at the upload", _refused("upload", 413, "Too large"), outcome=SpeechRejected),
    Rude("422 at the job", _refused("submit", 422, "language_code is not supported"), outcome=SpeechRejected),
    Rude("429 at the job, once", _refused("submit", 429, "Slow down", 1, Retry_After="0")),
    Rude("429 at the job, for ever", _refused("submit", 429, Retry_After="0"), outcome=SpeechRateLimited),
    Rude("429 at a poll, come back tomorrow", _refused("poll", 429, "Slow down", 1, Retry_After="86400")),
    Rude("302 at a poll", _refused("poll", 302, "", Location="http://127.0.0.1:9/"), outcome=SpeechBadAnswer),
    Rude("500 at the upload, once", _refused("upload", 500, times=1)),
    Rude("500 at the job, once", _refused("submit", 500, times=1)),
    Rude("500 at the job, for ever", _refused("submit", 500), outcome=SpeechUnsure),
    Rude("500 at each poll, for ever", _refused("poll", 500), outcome=SpeechTransient),
    Rude("socket dropped at the upload", _rude("upload", "drop")),
    Rude("socket dropped before the job is made", _rude("submit", "drop")),
    Rude("socket dropped after the job is made", _rude("submit", "lose")),
    Rude(
        "the same, and the list fails once",
        lambda: [Fault("submit", "lose"), Fault("list", "status", 500)],
    ),
    Rude("garbage after the job is made", _rude("submit", "garbage")),
    Rude("answer cut after the job is made", _rude("submit", "cut")),
    Rude("answer later than we wait, job made", _rude("submit", "slow", seconds=2 * ANSWER_SECONDS_MAX)),
    Rude("upload's answer lost", _rude("upload", "lose")),
    Rude("upload's answer is garbage", _rude("upload", "garbage")),
    Rude("socket dropped at a poll", _rude("poll", "drop")),
    Rude("poll's answer cut", _rude("poll", "cut")),
    Rude("poll's answer slow", _rude("poll", "slow", seconds=0.3)),
    Rude("poll's answer garbage, once", _rude("poll", "garbage")),
    Rude("poll's answer garbage, for ever", _rude("poll", "garbage", EVER), outcome=SpeechBadAnswer),
    Rude("job fails, said with status 200", problems=("Audio is empty.",), outcome=SpeechJobFailed, jobs=2),
    # The vendor may have charged for a job that it no longer knows; a person decides, after reading so.
    Rude("job is unknown", _refused("poll", 404, "not found"), outcome=SpeechJobUnknown, jobs=2, charged=2),
    Rude(
        "job is unknown, said with status 400",
        _refused("poll", 400, "Transcript lookup error, transcript id not found"),
        outcome=SpeechJobUnknown,
        jobs=2,
        charged=2,
    ),
    Rude("words in seconds", _words(lambda word: {**word, "start": 1.5, "end": 2.25}), outcome=SpeechBadAnswer),
    Rude("words run backwards", _words(lambda word: {**word, "end": 0}), outcome=SpeechBadAnswer),
    Rude("words beyond the recording", _words(lambda word: {**word, "start": 10**7}), outcome=SpeechBadAnswer),
    Rude("words without text", _words(lambda word: {**word, "text": None}), outcome=SpeechBadAnswer),
)

_CREDITS = "You have not enough credits for this production."

RUDE_AUPHONIC: tuple[Rude, ...] = (
    Rude("all goes well"),
    Rude("401 when a production is made", _refused("create", 401), outcome=SpeechAuth),
    Rude("401 while a job is waited for", _refused("poll", 401), outcome=SpeechAuth),
    Rude("401 at the captions", _refused("fetch", 401), outcome=SpeechAuth),
    Rude("401 inside an answer 200", _enveloped("create", 401), outcome=SpeechAuth),
    Rude("402 at the start", _refused("submit", 402), outcome=SpeechQuota),
    Rude("403 about credits at the start", _refused("submit", 403, _CREDITS), outcome=SpeechQuota),
    Rude("403 about credits inside an answer 200", _enveloped("submit", 403, _CREDITS), outcome=SpeechQuota),
    Rude("400 about credits at the start", _refused("submit", 400, _CREDITS), outcome=SpeechQuota),
    Rude("403 without a reason", _refused("submit", 403, "Forbidden"), outcome=SpeechAuth),
    Rude("404 at the start: the production is gone", _refused("submit", 404, "Not found.", 1)),
    Rude("409 at the start, once", _refused("submit", 409, "Conflict", 1)),
    Rude("413 at the upload", _refused("upload", 413, "Too large"), outcome=SpeechRejected),
    Rude("400 when a production is made", _refused("create", 400, "Form invalid."), outcome=SpeechRejected),
    Rude("400 inside an answer 200", _enveloped("create", 400, "Form invalid."), outcome=SpeechRejected),
    Rude("429 at the start, once", _refused("submit", 429, "Slow down", 1, Retry_After="0")),
    Rude("429 at the start, for ever", _refused("submit", 429, Retry_After="0"), outcome=SpeechRateLimited),
    Rude("429 at a poll, come back tomorrow", _refused("poll", 429, "Slow down", 1, Retry_After="86400")),
    Rude("302 at a poll", _refused("poll", 302, "", Location="http://127.0.0.1:9/"), outcome=SpeechBadAnswer),
    Rude(
        "302 at the captions, to where no key may go",
        _refused("fetch", 302, "", Location="http://127.0.0.1:9/"),
        outcome=SpeechBadAnswer,
    ),
    Rude("500 at the upload, once", _refused("upload", 500, times=1)),
    Rude("500 at the start, once", _refused("submit", 500, times=1)),
    Rude("500 at the start, for ever", _refused("submit", 500), outcome=SpeechUnsure),
    Rude("500 at each poll, for ever", _refused("poll", 500), outcome=SpeechTransient),
    Rude("500 at the captions, once", _refused("fetch", 500, times=1)),
    Rude("socket dropped when a production is made", _rude("create", "drop")),
    Rude("socket dropped at the upload", _rude("upload", "drop")),
    Rude("socket dropped before the start", _rude("submit", "drop")),
    Rude("socket dropped after the start", _rude("submit", "lose")),
    Rude(
        "the same, and looking for it fails once",
        lambda: [Fault("submit", "lose"), Fault("poll", "status", 500)],
    ),
    Rude("garbage after the start", _rude("submit", "garbage")),
    Rude("answer cut after the start", _rude("submit", "cut")),
    Rude("answer later than we wait, started", _rude("submit", "slow", seconds=2 * ANSWER_SECONDS_MAX)),
    Rude("upload's answer lost", _rude("upload", "lose")),
    Rude("upload's answer is garbage", _rude("upload", "garbage")),
    Rude("socket dropped at a poll", _rude("poll", "drop")),
    Rude("poll's answer cut", _rude("poll", "cut")),
    Rude("poll's answer slow", _rude("poll", "slow", seconds=0.3)),
    Rude("poll's answer garbage, once", _rude("poll", "garbage")),
    Rude("poll's answer garbage, for ever", _rude("poll", "garbage", EVER), outcome=SpeechBadAnswer),
    Rude("captions cut", _rude("fetch", "cut")),
    Rude("captions are a page, for ever", _rude("fetch", "garbage", EVER), outcome=SpeechBadAnswer),
    Rude("job fails, said with status 200", problems=("Audio is empty.",), outcome=SpeechJobFailed, jobs=2),
    Rude(
        "job is stopped at the vendor's site",
        _production(status=10, status_string="Production Not Started Yet"),
        outcome=SpeechJobFailed,
        jobs=2,
        charged=2,
    ),
    Rude("job is unknown", _refused("poll", 404, "Not found."), outcome=SpeechJobUnknown, jobs=2, charged=2),
    # What was charged for cannot be used; a person decides whether to pay again, after reading so.
    Rude("captions of 0 bytes", _file(b""), outcome=SpeechNoWords, jobs=2, charged=2),
    Rude("captions without a caption", _file(b"WEBVTT\n\n"), outcome=SpeechNoWords, jobs=2, charged=2),
    Rude("no file of captions", _production(output_files=[]), outcome=SpeechNoWords, jobs=2, charged=2),
    Rude("captions that are not text", _file(b"\xff\xfe\x00"), outcome=SpeechBadAnswer),
    Rude("captions run backwards", _file(b"WEBVTT\n\n00:02.000 --> 00:01.000\nBeans."), outcome=SpeechBadAnswer),
    Rude("captions beyond the recording", _file(b"WEBVTT\n\n59:00.000 --> 59:02.000\nBeans."), outcome=SpeechBadAnswer),
    Rude("a recording of another length", _production(length=4_000.0), outcome=SpeechBadAnswer),
)


class Opened(Protocol):
    """How a stand-in is opened."""

    def __call__(self, *, seconds: float = ..., calls: Calls = ...) -> AbstractContextManager[VendorStandIn]:
        """One that answers until the block ends."""
        ...


@dataclass(frozen=True, slots=True)
class Vendor:
    """A vendor as tests and proofs go through all of them. ``odd_call`` is a form of call that it does not use."""

    name: str
    opened: Opened
    rude: tuple[Rude, ...]
    odd_call: Calls

    def settings(self, stand_in: VendorStandIn) -> Mapping[str, Any]:
        """What lets an installation write out its words by a stand-in."""
        return {"transcriber": self.name, f"{self.name}_key": KEY, f"{self.name}_url": stand_in.url}


VENDORS: Mapping[str, Vendor] = {
    "assemblyai": Vendor("assemblyai", assemblyai, RUDE_ASSEMBLYAI, "form"),
    "auphonic": Vendor("auphonic", auphonic, RUDE_AUPHONIC, "json"),
}
