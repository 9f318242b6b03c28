"""Vendors that are slow, wrong or gone by chance: an ear that writes out words, and a voice."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from donecast.core.span import Span
from donecast.core.words import Transcript, TranscriptQuality, Word
from donecast.kit.clock import FixedClock
from donecast.kit.problems import Problem
from donecast.speech.errors import SpeakingFailed, SpeechUnavailable, TranscriptionFailed
from donecast.speech.synthesizer import Speech
from donecast.speech.transcriber import MarkerSpec, Subject, Transcriber
from proofs.simulator.fate import Fate
from tests.support.voices import HummingVoice

_SLOW_PERCENT = 4
_SLOW = (timedelta(minutes=6), timedelta(minutes=35))
"""Longer than a hold is renewed, and longer than it lives."""


def _dawdle(fate: Fate, clock: FixedClock) -> None:
    if not fate.calm and fate.chance.randrange(100) < _SLOW_PERCENT:
        fate.faults["vendor: slow"] += 1
        clock.advance(fate.chance.choice(_SLOW))


@dataclass(frozen=True, slots=True)
class QuickEar:
    """Hears the same words in every sound."""

    fate: Fate
    clock: FixedClock
    name: str = "pocketsphinx"
    version: str = "1"
    quality: TranscriptQuality = "good"
    options_digest: str = "none"

    def check(self) -> list[Problem]:
        """See `SpeechEngine`."""
        return []

    def for_recording(self, subject: Subject) -> Transcriber:
        """See `Transcriber`."""
        del subject
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
        """See `Transcriber`."""
        del feed, markers, pauses, cancelled
        self.fate.at("vendor is asked for words", SpeechUnavailable)
        _dawdle(self.fate, self.clock)
        if on_progress:
            on_progress(0.5)
        self.fate.at("vendor answers words", TranscriptionFailed)
        return Transcript((Word("hello", 100, 400), Word("beans", 500, 900)), "en", duration_ms, "sim", "1", "good")


class MortalVoice(HummingVoice):
    """Hums, if it comes to that."""

    def __init__(self, fate: Fate, clock: FixedClock) -> None:
        super().__init__()
        self._fate = fate
        self._clock = clock

    def synthesize(self, text: str, voice: str, out_path: Path, *, speed: float = 1.0) -> Speech:
        """See `SpeechSynthesizer`."""
        self._fate.at("vendor is asked to speak", SpeakingFailed)
        _dawdle(self._fate, self._clock)
        speech = super().synthesize(text, voice, out_path, speed=speed)
        self._fate.at("vendor has spoken", SpeakingFailed)
        return speech
