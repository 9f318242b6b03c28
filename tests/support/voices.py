"""Voices for tests that are not about speech."""

from dataclasses import dataclass
from pathlib import Path

from donecast.kit.problems import Problem
from donecast.speech.synthesizer import Speech, Voice
from tests.support.sounds import tone


@dataclass
class HummingVoice:
    """A voice that hums for a tenth of a second per word, and counts how often it was asked."""

    name: str = "hum"
    version: str = "1"
    default_voice: str = "low"
    speeds: tuple[float, float] = (0.5, 2.0)
    spoken: int = 0

    def check(self) -> list[Problem]:
        return []

    def voices(self) -> list[Voice]:
        return [Voice("low", "Low", "en", 16_000, "free")]

    def pieces(self, text: str) -> list[str]:
        return [text]

    def synthesize(self, text: str, voice: str, out_path: Path, *, speed: float = 1.0) -> Speech:
        self.spoken += 1
        seconds = max(0.5, len(text.split()) / 10)
        out_path.write_bytes(tone(seconds))
        return Speech(out_path, voice, 16_000, int(seconds * 16_000))
