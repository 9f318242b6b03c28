"""Whisper on this machine: much better words than the built-in recogniser's, where somebody has brought a model.

The words come from `whisper_job` in a confined child process; markers are listened for by the built-in recogniser, as
everywhere, for Whisper writes down a word that it knows instead. Pauses tell which words are not believed.
"""

import hashlib
import importlib.metadata
import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from donecast.core.span import Span
from donecast.core.words import Transcript, TranscriptQuality, Word
from donecast.kit.errors import DonecastError
from donecast.kit.problems import Problem
from donecast.platform.telemetry import logger
from donecast.speech.crew import run_crew
from donecast.speech.errors import SpeechUnavailable
from donecast.speech.feed import Feed
from donecast.speech.markers import markers_among, within_recording
from donecast.speech.model_errors import SpeechEngineMissing
from donecast.speech.model_folder import digest_of, opened
from donecast.speech.pieces import cut_pieces
from donecast.speech.pronunciation import missing_model_files
from donecast.speech.spotting import spot_markers
from donecast.speech.transcriber import MarkerSpec, Subject, Transcriber
from donecast.speech.voice_activity import activity_between, listen
from donecast.speech.whisper_doubts import LeftOut, sifted

ENGINE_PACKAGE = "ctranslate2"
PIECE_MS_MAX = 28_000  # of the half minute that it hears at once; the more, the better it understands
_JOIN_GAP_MS_MAX = 2_000  # each piece costs as much as half a minute, so short silences stay inside
_WINDOW_MS = 30_000
_THREADS_MAX = 8  # more threads wait for each other
_MEMORY_BYTES_BASE = 2 * 1024**3
_MEMORY_PER_WEIGHT = 2  # the file as it is, and once more as the processor wants it
_LISTENED, _HEARD = 0.1, 0.95
_RECIPE = 1  # counted up when the way from sound to words changes


class WhisperTranscriber:
    """Transcriber adapter, see `transcriber.Transcriber`, around the model in ``folder``.

    ``language`` is a code such as "en", or "auto". ``processes`` None means as many as there are cores.
    """

    name = "whisper"
    quality: TranscriptQuality = "good"

    def __init__(self, folder: Path, *, language: str = "en", processes: int | None = None) -> None:
        self._folder = folder.absolute()
        self._language = language
        self._processes = processes

    @property
    def version(self) -> str:
        """That of the package that runs the model; "none" where it is not installed."""
        return engine_version() or "none"

    @property
    def options_digest(self) -> str:
        """Stands for the model's every byte, and the way from sound to words. Raises SpeechModelUnusable."""
        options = {
            "recipe": _RECIPE,
            "model": digest_of(opened(self._folder)),
            "language": self._language,
            "piece_ms_max": PIECE_MS_MAX,
            "join_gap_ms_max": _JOIN_GAP_MS_MAX,
        }
        return hashlib.sha256(json.dumps(options, sort_keys=True).encode()).hexdigest()[:16]

    def check(self) -> list[Problem]:
        """A missing package, a model that is not whole or does not start; takes as long as the model takes to load."""
        try:
            self._require()
            require_runs(self._folder, self._language)
        except DonecastError as error:
            return [Problem(error.code, error.message, error.action)]
        return []

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
        """See `transcriber.Transcriber.transcribe`; raises also SpeechEngineMissing and SpeechModelUnusable.

        Memory: the model and what half a minute needs, whatever the length.
        """
        self._require()
        with Feed(feed) as opened_feed:
            feed_ms = opened_feed.duration_ms
        tell = _Teller(on_progress)
        if pauses is None:
            pauses = listen(
                feed, processes=self._processes, on_progress=tell.between(0.0, _LISTENED), cancelled=cancelled
            ).pauses
        tell.between(0.0, _LISTENED)(1.0)
        language, words, left_out = self._hear(feed, feed_ms, pauses, tell, cancelled)
        spotted = spot_markers(
            feed,
            markers or {},
            pauses=pauses,
            duration_ms=feed_ms,
            processes=self._processes,
            cancelled=cancelled,
        )
        tell.between(_HEARD, 1.0)(1.0)
        for doubt in sorted({one.doubt for one in left_out}):
            spans = [one.span for one in left_out if one.doubt == doubt]
            logger().info("words_not_believed", doubt=doubt, stretches=len(spans), first_ms=spans[0].start_ms)
        return Transcript(
            words=within_recording(markers_among(words, spotted), duration_ms),
            language=language,
            duration_ms=duration_ms,
            engine=self.name,
            engine_version=self.version,
            quality=self.quality,
            fillers="left_out",  # now and then it writes one down; as a rule none
        )

    def _hear(
        self,
        feed: Path,
        feed_ms: int,
        pauses: Sequence[Span],
        tell: "_Teller",
        cancelled: Callable[[], bool] | None,
    ) -> tuple[str, tuple[Word, ...], list[LeftOut]]:
        """The language, the words within speech, and what was left out."""
        speech = activity_between(pauses, feed_ms).speech
        pieces = cut_pieces(speech, feed_ms, PIECE_MS_MAX, join_gap_ms_max=_JOIN_GAP_MS_MAX)
        if not pieces:
            return "und", (), []
        model = opened(self._folder)
        job = {
            "feed": str(feed.absolute()),
            "model": str(model.path),
            "pieces": [[piece.start_ms, piece.end_ms] for piece in pieces],
            "language": self._language,
            "threads": min(_THREADS_MAX, self._processes or os.cpu_count() or 1),
        }
        (answer,) = run_crew(
            "donecast.speech.whisper_job:transcribe",
            [job],
            [_WINDOW_MS * len(pieces)],
            readable=[feed, model.path, *_real(model.files)],
            processes=1,
            memory_bytes_max=_MEMORY_BYTES_BASE + _MEMORY_PER_WEIGHT * model.weights_bytes,
            on_progress=tell.between(_LISTENED, _HEARD),
            cancelled=cancelled,
        )
        words, silent = sifted(_words(answer), pauses)
        doubted = [LeftOut(Span(start, end), doubt) for start, end, doubt in answer["left_out"]]
        return str(answer["language"]), words, [*doubted, *silent]

    def _require(self) -> None:
        if engine_version() is None:
            raise SpeechEngineMissing
        if missing := missing_model_files():
            raise SpeechUnavailable(details={"missing": missing})
        opened(self._folder)


def engine_version() -> str | None:
    """The version of the package that runs models, or None where it is not installed."""
    try:
        return importlib.metadata.version(ENGINE_PACKAGE)
    except importlib.metadata.PackageNotFoundError:
        return None


def require_runs(folder: Path, language: str) -> None:
    """Loads the model once, in a child process. Raises SpeechModelUnusable or TranscriptionFailed when it does not."""
    model = opened(folder.absolute())
    run_crew(
        "donecast.speech.whisper_job:look",
        [{"model": str(model.path), "language": language}],
        [_WINDOW_MS],
        readable=[model.path, *_real(model.files)],
        memory_bytes_max=_MEMORY_BYTES_BASE + _MEMORY_PER_WEIGHT * model.weights_bytes,
    )


def _real(files: Sequence[Path]) -> list[Path]:
    """Where links lead: a folder of Hugging Face's own cache holds nothing else."""
    return [path.resolve() for path in files if path.is_symlink()]


def _words(answer: Mapping[str, Any]) -> tuple[Word, ...]:
    return tuple(
        Word(text, start, end, confidence, None, kind) for text, start, end, confidence, kind in answer["words"]
    )


class _Teller:
    """Tells how far the work is as a whole; never falling."""

    def __init__(self, on_progress: Callable[[float], None] | None) -> None:
        self._on_progress = on_progress
        self._told = 0.0

    def between(self, start: float, end: float) -> Callable[[float], None]:
        """A teller for the part of the work from ``start`` to ``end``."""

        def tell(share: float) -> None:
            self._told = max(self._told, start + (end - start) * share)
            if self._on_progress is not None:
                self._on_progress(self._told)

        return tell
