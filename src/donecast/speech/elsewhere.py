"""A transcriber whose words are made elsewhere: one job at the vendor for each recording, whatever dies when.

The vendor's words come from its job, and where it times captions only, each word's time is found here; markers are
listened for here, as the local transcriber does, and put in the place of what was heard there. What decides about the
job is written in a book before and after each request (docs/adr/0018-a-vendor-job-is-made-once.md), so that whoever
comes next, after a crash or beside us, goes on with it.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from donecast.core.cleanup_rules import FILLERS
from donecast.core.likeness import normalised
from donecast.core.span import Span, complement
from donecast.core.words import Transcript, TranscriptQuality, Word
from donecast.engine.compact_feed import compact_feed
from donecast.kit.clock import Clock
from donecast.kit.errors import DonecastError
from donecast.kit.problems import Problem
from donecast.platform.breaker_rules import RULES
from donecast.platform.retrying import jittered
from donecast.speech.alignment import align, spread_captions
from donecast.speech.errors import SpeechUnavailable, TranscriptionCancelled
from donecast.speech.feed import Feed
from donecast.speech.job_book import JobBook, OpenBook
from donecast.speech.markers import markers_among, within_recording
from donecast.speech.pronunciation import missing_model_files
from donecast.speech.remote import RemoteTranscriber, TimedText
from donecast.speech.spotting import spot_markers
from donecast.speech.transcriber import MarkerSpec, Subject, Transcriber
from donecast.speech.vendor_errors import (
    SpeechJobFailed,
    SpeechJobUnknown,
    SpeechNoWords,
    SpeechRateLimited,
    SpeechResting,
    SpeechTakesLong,
    SpeechTransient,
    SpeechUnsure,
    SpeechUploadGone,
)
from donecast.speech.voice_activity import listen

_Answer = TypeVar("_Answer")
_LISTENED, _SENT, _WAITED, _TIMED = 0.05, 0.2, 0.9, 0.97
"""How far the work is, as a share: pauses are known, the sound is sent, the vendor is done, words have their times."""
_SPEECH_MS_MIN = 2_000
"""With less speech than this, a vendor that wrote nothing may be right."""
_TRIES_UNTIL_LEFT_ALONE = RULES.failed_in_row_max + 1
_ALIGNED_LANGUAGES = frozenset({"en", "und"})


@dataclass(frozen=True, slots=True)
class Pace:
    """How patiently a vendor is waited for, in seconds; ``tries`` of one request before it counts as failed.

    ``settle``: so long after a request for a job was begun, a job that the vendor's list does not show was not made.
    """

    poll_first: float = 3.0
    poll_longest: float = 30.0
    settle: float = 90.0
    wait_longest: float = 10_800.0
    retry_first: float = 1.0
    retry_longest: float = 120.0
    tries: int = 4
    look: float = 0.5


class Elsewhere:
    """Transcriber adapter around a vendor, see `transcriber.Transcriber`; hears only what `for_recording` was told."""

    def __init__(
        self,
        remote: RemoteTranscriber,
        open_book: OpenBook,
        clock: Clock,
        pace: Pace,
        subject: Subject | None = None,
    ) -> None:
        self._remote = remote
        self._open_book = open_book
        self._clock = clock
        self._pace = pace
        self._subject = subject

    @property
    def name(self) -> str:
        """The vendor's."""
        return self._remote.name

    @property
    def version(self) -> str:
        """The vendor's."""
        return self._remote.version

    @property
    def quality(self) -> TranscriptQuality:
        """The vendor's."""
        return self._remote.quality

    @property
    def options_digest(self) -> str:
        """The vendor's."""
        return self._remote.options_digest

    def check(self) -> list[Problem]:
        """What the vendor says, and what listening for markers misses here."""
        problems = self._remote.check()
        if missing_model_files():
            problems.append(Problem(SpeechUnavailable.code, SpeechUnavailable.message, SpeechUnavailable.action))
        return problems

    def for_recording(self, subject: Subject) -> Transcriber:
        """Opens the book of this recording's job."""
        return Elsewhere(self._remote, self._open_book, self._clock, self._pace, subject)

    def transcribe(
        self,
        feed: Path,
        *,
        duration_ms: int,
        markers: Mapping[str, MarkerSpec] | None = None,
        pauses: Sequence[Span] | None = None,
        on_progress: Callable[[float], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Transcript:
        """See `transcriber.Transcriber.transcribe`; raises also what the vendor's requests raise.

        Raises ValueError when nobody said which recording it is.
        """
        if self._subject is None:
            raise ValueError("say with for_recording whose job is to be written down")
        with Feed(feed) as opened:
            feed_ms = opened.duration_ms
        patience = _Patience(self._pace, on_progress, cancelled)
        if pauses is None:
            pauses = listen(feed, cancelled=cancelled).pauses
        patience.tell(_LISTENED)
        if feed_ms:
            book = self._open_book(self._remote, self._subject)
            sound = _Sound(feed, feed_ms, duration_ms, pauses)
            end = time.monotonic() + self._pace.wait_longest
            heard = _Job(self._remote, book, self._clock, self._pace, patience, end).words(sound, cancelled)
        else:
            heard = Transcript((), "und", duration_ms, self.name, self.version, self.quality)
        patience.tell(_TIMED)
        spotted = spot_markers(feed, markers or {}, pauses=pauses, duration_ms=feed_ms, cancelled=cancelled)
        patience.tell(1.0)
        return replace(heard, words=within_recording(markers_among(heard.words, spotted), duration_ms))


class _Patience:
    """Waits and tries again, and lets the person be heard all the while."""

    def __init__(
        self, pace: Pace, on_progress: Callable[[float], None] | None, cancelled: Callable[[], bool] | None
    ) -> None:
        self._pace = pace
        self._on_progress = on_progress
        self._cancelled = cancelled
        self._share = 0.0

    def tell(self, share: float) -> None:
        """Says how far it is, never falling; raises when somebody asked to stop."""
        self._share = max(self._share, share)
        if self._on_progress is not None:
            self._on_progress(self._share)
        if self._cancelled is not None and self._cancelled():
            raise TranscriptionCancelled

    def rest(self, seconds: float, until: Callable[[], bool] | None = None) -> None:
        """Waits so long, or until something has happened."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and not (until is not None and until()):
            time.sleep(min(left, self._pace.look))
            self.tell(self._share)

    def patiently(self, request: Callable[[], _Answer], tries_min: int = 1) -> _Answer:
        """The answer of a request that may be made again, tried until it is there or the tries are used up."""
        pause = self._pace.retry_first
        for _ in range(max(tries_min, self._pace.tries) - 1):
            try:
                return request()
            except DonecastError as error:
                if not error.retryable or isinstance(error, SpeechUploadGone | SpeechResting | TranscriptionCancelled):
                    raise
                wanted = self.pause_after(error, pause)
            self.rest(wanted)
            pause *= 2
        return request()

    def pause_after(self, refusal: DonecastError, usual: float) -> float:
        """Seconds to wait: what the vendor asks for, within limits, else the usual."""
        asked = refusal.retry_after_seconds if isinstance(refusal, SpeechRateLimited) else None
        return min(self._pace.retry_longest, jittered(usual) if asked is None else max(asked, 0.0))


@dataclass(frozen=True, slots=True)
class _Sound:
    """A recording as it is heard here."""

    feed: Path
    feed_ms: int
    duration_ms: int
    pauses: Sequence[Span]

    @property
    def speech_ms(self) -> int:
        """For how long somebody speaks in it."""
        return sum(span.duration_ms for span in complement(self.pauses, Span(0, self.feed_ms)))


@dataclass(frozen=True, slots=True)
class _Job:
    """One recording's job, from wherever the book says that it stands."""

    remote: RemoteTranscriber
    book: JobBook
    clock: Clock
    pace: Pace
    patience: _Patience
    end: float
    """When a job is no longer waited for, on the monotonic clock."""

    def words(self, sound: _Sound, cancelled: Callable[[], bool] | None) -> Transcript:
        """The vendor's words; from the book, when they were fetched before."""
        heard = self.book.kept()
        if heard is None:
            job_id = self._made(sound.feed)
            self.patience.tell(_SENT)
            self._await(job_id)
            found = self._once_it_works(lambda: self.remote.fetch(job_id, sound.duration_ms))
            self.patience.tell(_WAITED)
            heard = self._timed(found, job_id, sound, cancelled) if isinstance(found, TimedText) else found
            self.book.keep(heard)
        return heard

    def _timed(self, text: TimedText, job_id: str, sound: _Sound, cancelled: Callable[[], bool] | None) -> Transcript:
        """The words of captions, each where it is heard; in a language that nobody here can align, a guess."""
        if not text.cues and sound.speech_ms >= _SPEECH_MS_MIN:
            self.book.note_failure(job_id, SpeechNoWords.message)
            raise SpeechNoWords(details={"job_id": job_id})
        words: tuple[Word, ...]
        if text.language.partition("-")[0] in _ALIGNED_LANGUAGES:
            words = align(
                sound.feed,
                text.cues,
                duration_ms=sound.duration_ms,
                pauses=sound.pauses,
                on_progress=lambda share: self.patience.tell(_WAITED + (_TIMED - _WAITED) * share),
                cancelled=cancelled,
            ).words
        else:
            spread = spread_captions(text.cues, pauses=sound.pauses, feed_ms=sound.feed_ms)
            words = within_recording(spread, sound.duration_ms)
        return Transcript(
            words=tuple(_with_kind(word) for word in words),
            language=text.language,
            duration_ms=sound.duration_ms,
            engine=self.remote.name,
            engine_version=self.remote.version,
            quality=self.remote.quality,
            fillers=text.fillers,
        )

    def _made(self, feed: Path) -> str:
        """The job's id: the one that there is already, else that of the one job which is made now."""
        sent = begun = 0
        refusal: DonecastError = SpeechTransient()
        while (note := self.book.read()).job_id is None:
            if note.upload is not None and note.submitting_since is not None:
                self._look_for(note.upload, note.submitting_since)
            elif max(sent, begun) >= self.pace.tries:
                raise refusal
            elif note.upload is None:
                sent += 1
                self._upload(feed)
            else:
                begun += 1
                refusal = self._submit(note.upload) or refusal
        return note.job_id

    def _upload(self, feed: Path) -> None:
        with TemporaryDirectory(dir=feed.parent) as folder:
            audio = compact_feed(feed, Path(folder) / "feed.flac")

            def sent(share: float) -> None:
                self.patience.tell(_LISTENED + (_SENT - _LISTENED) * share)

            self.book.note_upload(self.patience.patiently(lambda: self.remote.upload(audio, sent)))

    def _submit(self, upload: str) -> DonecastError | None:
        """Makes a job, unless somebody else is making one; a lost answer is left to be looked for.

        Answers why it came to nothing where asking again may help.
        """
        since = self.book.begin_submitting(upload)
        if since is None:
            return None
        try:
            job_id = self.remote.submit(upload)
        except SpeechUnsure as unsure:
            return unsure
        except SpeechUploadGone as gone:
            self.book.forget_upload(upload)
            return gone
        except DonecastError as refusal:
            self.book.end_submitting(since)
            if not refusal.retryable or isinstance(refusal, SpeechResting):
                raise
            self.patience.rest(self.patience.pause_after(refusal, self.pace.retry_first))
            return refusal
        self.book.note_job(job_id)
        return None

    def _look_for(self, upload: str, since: datetime) -> None:
        """A job may have been made by a request whose answer nobody has: asks the vendor until it is certain."""
        certain = self.clock.now() - since > timedelta(seconds=self.pace.settle)
        job_id = self._once_it_works(lambda: self.remote.find(upload))
        if job_id is not None:
            self.book.note_job(job_id)
        elif certain:
            self.book.end_submitting(since)
        else:
            self.patience.rest(self.pace.poll_first, until=lambda: self.book.read().job_id is not None)

    def _await(self, job_id: str) -> None:
        """Returns when the job is done. A call of the vendor makes the next look come at once, and decides nothing."""
        pause = self.pace.poll_first
        while True:
            nudged_at = self.book.read().nudged_at
            try:
                job = self._once_it_works(lambda: self.remote.poll(job_id))
            except SpeechJobUnknown as unknown:
                self.book.note_failure(job_id, unknown.message)
                raise
            if job.state == "done":
                return
            if job.state == "failed":
                self.book.note_failure(job_id, job.problem)
                said = f"{SpeechJobFailed.message} It says: {job.problem}" if job.problem else None
                raise SpeechJobFailed(said, details={"said": job.problem, "job_id": job_id})
            if time.monotonic() > self.end:
                raise SpeechTakesLong(details={"job_id": job_id})
            self.patience.rest(pause, until=partial(self._called_since, nudged_at))
            called = self._called_since(nudged_at)
            pause = self.pace.poll_first if called else min(self.pace.poll_longest, 1.5 * pause)

    def _once_it_works(self, request: Callable[[], _Answer]) -> _Answer:
        """The answer about a job that may be paid already: while the vendor is left alone, it is worth the wait.

        Tried often enough for a circuit breaker to open, so that an hour out of order costs an hour and no job.
        """
        while True:
            try:
                return self.patience.patiently(request, _TRIES_UNTIL_LEFT_ALONE)
            except (SpeechResting, SpeechRateLimited) as alone:
                wait = alone.after_seconds if isinstance(alone, SpeechResting) else alone.retry_after_seconds
                if wait is None or time.monotonic() + wait > self.end:
                    raise
                self.patience.rest(wait + self.pace.look)

    def _called_since(self, nudged_at: datetime | None) -> bool:
        return self.book.read().nudged_at != nudged_at


def _with_kind(word: Word) -> Word:
    """A hesitation as a filler, where it was found: one whose time is a guess must never be cut by itself."""
    is_filler = word.timing != "interpolated" and normalised(word.text) in FILLERS
    return replace(word, kind="filler") if is_filler else word
