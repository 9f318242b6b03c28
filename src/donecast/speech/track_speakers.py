"""A transcriber whose words carry speakers, known from the tracks that the recording was joined from."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from donecast.core.span import Span
from donecast.core.speakers import SpeakerSpan, labelled
from donecast.core.words import Transcript, TranscriptQuality
from donecast.kit.problems import Problem
from donecast.speech.transcriber import MarkerSpec, Subject, Transcriber


class TrackSpeakers:
    """Transcriber adapter around another one, see `transcriber.Transcriber`: for the one recording with these spans."""

    def __init__(self, inner: Transcriber, spans: Sequence[SpeakerSpan], names: Sequence[str]) -> None:
        self._inner = inner
        self._spans = spans
        self._names = names

    @property
    def name(self) -> str:
        """The inner one's: it hears the words."""
        return self._inner.name

    @property
    def version(self) -> str:
        """The inner one's."""
        return self._inner.version

    @property
    def quality(self) -> TranscriptQuality:
        """The inner one's."""
        return self._inner.quality

    @property
    def options_digest(self) -> str:
        """The inner one's settings, and who speaks when."""
        spans = [[span.start_ms, span.end_ms, span.track] for span in self._spans]
        parts = json.dumps([self._inner.options_digest, spans, list(self._names)])
        return hashlib.sha256(parts.encode()).hexdigest()[:16]

    def check(self) -> list[Problem]:
        """What the inner one misses."""
        return self._inner.check()

    def for_recording(self, subject: Subject) -> Transcriber:
        """The same speakers around the inner one that hears this recording."""
        return TrackSpeakers(self._inner.for_recording(subject), self._spans, self._names)

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
        """See `transcriber.Transcriber.transcribe`."""
        heard = self._inner.transcribe(
            feed,
            duration_ms=duration_ms,
            markers=markers,
            pauses=pauses,
            on_progress=on_progress,
            cancelled=cancelled,
        )
        return labelled(heard, self._spans, self._names)
