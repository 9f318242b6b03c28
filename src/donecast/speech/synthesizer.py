"""What every voice engine offers: a text in, a WAV of exactly known length out."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from donecast.core.span import Span
from donecast.kit.problems import Problem


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice one can choose: ``label`` is what a person reads, ``licence`` what may be done with its speech.

    ``language`` as in BCP 47; "mul" for a voice of many. ``preview_url``: a few words by it, where somebody keeps them.
    """

    id: str
    label: str
    language: str
    sample_rate: int
    licence: str
    preview_url: str | None = None


@dataclass(frozen=True, slots=True)
class Speech:
    """What was spoken: a mono 16-bit WAV of ``frames`` samples; ``duration_ms`` is that, rounded.

    ``word_spans``: when each word of the text is said, in milliseconds of the speech; empty where nobody tells.
    """

    path: Path
    voice: str
    sample_rate: int
    frames: int
    word_spans: tuple[Span, ...] = ()

    @property
    def duration_ms(self) -> int:
        """Length in milliseconds, rounded to the nearest."""
        return (self.frames * 1000 + self.sample_rate // 2) // self.sample_rate


class SpeechSynthesizer(Protocol):
    """Something that speaks, here or elsewhere.

    Text, voice, speed, name and version are the key under which speech is kept and found again: an engine here gives
    the same samples for them, a vendor nearly so. Vendors also raise what stands in `vendor_errors`.
    """

    @property
    def name(self) -> str:
        """Short and stable, such as "flite"."""
        ...

    @property
    def version(self) -> str:
        """The engine's version, and of a vendor also its model; changes when its speech may sound different."""
        ...

    @property
    def speeds(self) -> tuple[float, float]:
        """The slowest and the fastest that it speaks; 1.0 is the voice's own."""
        ...

    @property
    def default_voice(self) -> str:
        """The id of the voice used when nobody chose one."""
        ...

    def check(self) -> list[Problem]:
        """What is missing, never downloading and never raising; a vendor is asked. Empty when the engine can work."""
        ...

    def voices(self) -> list[Voice]:
        """The voices that can speak now; empty when the engine is not installed. Costs nothing at a vendor."""
        ...

    def pieces(self, text: str) -> list[str]:
        """The text in the pieces that are spoken, and where it costs something are paid, one by one; as a rule one.

        A piece is a single piece itself.
        """
        ...

    def synthesize(self, text: str, voice: str, out_path: Path, *, speed: float = 1.0) -> Speech:
        """Speaks ``text`` into a WAV at ``out_path``, which exists only when the whole of it was spoken.

        Raises NoVoice, UnknownVoice, NothingToSay, TextTooLong, SpeakingFailed; ValueError for a speed outside
        ``speeds``.
        """
        ...
