"""What every voice engine offers: a text in, a WAV of exactly known length out."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from donecast.kit.problems import Problem


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice one can choose: ``label`` is what a person reads, ``licence`` what may be done with its speech."""

    id: str
    label: str
    language: str
    sample_rate: int
    licence: str


@dataclass(frozen=True, slots=True)
class Speech:
    """What was spoken: a mono 16-bit WAV of ``frames`` samples; ``duration_ms`` is that, rounded."""

    path: Path
    voice: str
    sample_rate: int
    frames: int

    @property
    def duration_ms(self) -> int:
        """Length in milliseconds, rounded to the nearest."""
        return (self.frames * 1000 + self.sample_rate // 2) // self.sample_rate


class SpeechSynthesizer(Protocol):
    """Something that speaks. The same text, voice and speed give the same samples, so they can be a cache's key."""

    @property
    def name(self) -> str:
        """Short and stable, such as "flite"."""
        ...

    @property
    def version(self) -> str:
        """The engine's version; changes when its speech may sound different."""
        ...

    @property
    def default_voice(self) -> str:
        """The id of the voice used when nobody chose one."""
        ...

    def check(self) -> list[Problem]:
        """What is missing, never downloading anything and never raising; empty when the engine can work."""
        ...

    def voices(self) -> list[Voice]:
        """The voices that can speak here now; empty when the engine is not installed."""
        ...

    def synthesize(self, text: str, voice: str, out_path: Path, *, speed: float = 1.0) -> Speech:
        """Speaks ``text`` into a WAV at ``out_path``, which exists only when the whole of it was spoken.

        ``speed`` 1.0 is the voice's own; 0.5 to 2.0. Raises NoVoice, UnknownVoice, NothingToSay, TextTooLong,
        SpeakingFailed; ValueError for another speed.
        """
        ...
