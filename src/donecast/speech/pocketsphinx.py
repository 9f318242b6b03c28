"""The recogniser that works as installed: pocketsphinx with its US English model, offline, free, approximate.

About four words in ten are wrong on ordinary recordings, so its quality is "basic": good for finding one's way, for
markers and pauses, not for publishing unread. What it gets right it places within about 15 ms.
"""

import hashlib
import importlib.metadata
import json
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from donecast.core.span import Span
from donecast.core.words import Transcript, TranscriptQuality, Word
from donecast.kit.problems import Problem
from donecast.speech.crew import run_crew
from donecast.speech.errors import SpeechUnavailable
from donecast.speech.feed import Feed
from donecast.speech.markers import MarkerHit, merge_markers, place_markers, within_recording
from donecast.speech.pieces import PIECE_MS_MAX, cut_pieces, share_out
from donecast.speech.pronunciation import missing_model_files
from donecast.speech.spotting import keyphrases_of
from donecast.speech.transcriber import MarkerSpec, Subject, Transcriber
from donecast.speech.voice_activity import Activity, activity_between, listen

_SHARE_MS = 60_000  # fixed and not per core: the same recording gives the same words on every machine
_LISTENING_SHARE = 0.2  # of the work, measured: 0.08 of 0.36 processor seconds per second
_ISLAND_MS_MIN, _ISLAND_MS_MAX, _ISLAND_GAP_MS_MIN = 90, 700, 150
_RECIPE = 1  # counted up when the way from sound to words changes


class PocketSphinxTranscriber:
    """Transcriber adapter, see `transcriber.Transcriber`. ``processes`` None means one for each core."""

    name = "pocketsphinx"
    quality: TranscriptQuality = "basic"
    language = "en-US"

    def __init__(self, processes: int | None = None) -> None:
        self._processes = processes

    @property
    def version(self) -> str:
        """The library's version; "none" where it is not installed."""
        try:
            return importlib.metadata.version("pocketsphinx")
        except importlib.metadata.PackageNotFoundError:
            return "none"

    @property
    def options_digest(self) -> str:
        """Stands for the way from sound to words; the number of processes changes nothing."""
        options = {"recipe": _RECIPE, "piece_ms_max": PIECE_MS_MAX, "share_ms": _SHARE_MS}
        return hashlib.sha256(json.dumps(options, sort_keys=True).encode()).hexdigest()[:16]

    def check(self) -> list[Problem]:
        """Missing library or language files."""
        missing = missing_model_files()
        if not missing:
            return []
        return [Problem(SpeechUnavailable.code, SpeechUnavailable.message, SpeechUnavailable.action)]

    def for_recording(self, subject: Subject) -> Transcriber:  # noqa: ARG002
        """Itself: hearing here costs nothing, so nothing is written down."""
        return self

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
        """See `transcriber.Transcriber.transcribe`. Memory: about 170 MB for each process, whatever the length."""
        if self.check():
            raise SpeechUnavailable(details={"missing": missing_model_files()})
        keyphrases = keyphrases_of(markers or {})
        with Feed(feed) as opened:
            feed_ms = opened.duration_ms
        listening_share = _LISTENING_SHARE if pauses is None else 0.0
        if pauses is None:
            pauses = listen(
                feed,
                processes=self._processes,
                on_progress=_scaled(on_progress, 0.0, listening_share),
                cancelled=cancelled,
            ).pauses
        activity = activity_between(pauses, feed_ms)  # the same whether pauses were known before or not
        jobs, weights_ms = _jobs(feed, activity, keyphrases)
        answers = run_crew(
            "donecast.speech.jobs:transcribe",
            jobs,
            weights_ms,
            readable=[feed],
            processes=self._processes,
            on_progress=_scaled(on_progress, listening_share, 1.0),
            cancelled=cancelled,
        )
        if on_progress is not None and not jobs:
            on_progress(1.0)
        return Transcript(
            words=_words(answers, activity, duration_ms),
            language=self.language,
            duration_ms=duration_ms,
            engine=self.name,
            engine_version=self.version,
            quality=self.quality,
        )


def _jobs(
    feed: Path, activity: Activity, keyphrases: Sequence[Sequence[object]]
) -> tuple[list[dict[str, Any]], list[int]]:
    """What each child process is asked, and how much sound that is."""
    shares = share_out(cut_pieces(activity.speech, activity.duration_ms), _SHARE_MS)
    islands = _islands(activity)
    starts = [island.start_ms for island in islands]
    jobs = []
    for share in shares:
        first, last = bisect_left(starts, share[0].start_ms), bisect_left(starts, share[-1].end_ms)
        jobs.append(
            {
                "feed": str(feed.absolute()),
                "pieces": [[piece.start_ms, piece.end_ms] for piece in share],
                "islands": [[island.start_ms, island.end_ms] for island in islands[first:last]],
                "keyphrases": [list(keyphrase) for keyphrase in keyphrases],
            }
        )
    return jobs, [sum(piece.duration_ms for piece in share) for share in shares]


def _islands(activity: Activity) -> list[Span]:
    """Short sounds that stand alone between two pauses: where a hesitation may be."""
    islands = []
    for index, span in enumerate(activity.speech):
        before_ms = activity.speech[index - 1].end_ms if index else 0
        after_ms = activity.speech[index + 1].start_ms if index + 1 < len(activity.speech) else activity.duration_ms
        alone = min(span.start_ms - before_ms, after_ms - span.end_ms) >= _ISLAND_GAP_MS_MIN
        if alone and _ISLAND_MS_MIN <= span.duration_ms <= _ISLAND_MS_MAX:
            islands.append(span)
    return islands


def _words(answers: Sequence[Mapping[str, Any]], activity: Activity, duration_ms: int) -> tuple[Word, ...]:
    """All shares' words in order, with fillers and markers in the place of what was misheard there."""
    spoken = [Word(*word) for answer in answers for word in answer["words"]]
    fillers = [Word(*word) for answer in answers for word in answer["fillers"]]
    hits = [MarkerHit(keyword, Span(start, end)) for answer in answers for keyword, start, end in answer["hits"]]
    marked = merge_markers(merge_markers(spoken, fillers), place_markers(hits, activity.silence))
    return within_recording(marked, duration_ms)


def _scaled(on_progress: Callable[[float], None] | None, start: float, end: float) -> Callable[[float], None] | None:
    if on_progress is None or start == end:
        return None
    return lambda share: on_progress(start + (end - start) * share)
