"""What every engine asks of a text before it speaks, and how speech becomes a file."""

import tempfile
import wave
from collections.abc import Sequence
from pathlib import Path

from donecast.speech.errors import NothingToSay, SpeakingFailed, TextTooLong
from donecast.speech.synthesizer import Speech

TEXT_CHARACTERS_MAX = 5_000
"""The longest text, whichever engine speaks; some speak it in several pieces."""


def require_text(text: str) -> None:
    """Raises TextTooLong, and NothingToSay for a text without a letter or a digit."""
    if len(text) > TEXT_CHARACTERS_MAX:
        raise TextTooLong(
            f"This text has {len(text):,} characters; {TEXT_CHARACTERS_MAX:,} can be spoken in one piece."
        )
    if not any(map(str.isalnum, text)):
        raise NothingToSay


def require_speed(speed: float, speeds: tuple[float, float]) -> None:
    """Raises ValueError for a speed that the engine does not have; not-a-number is none."""
    slowest, fastest = speeds
    if not slowest <= speed <= fastest:
        raise ValueError(f"speed must lie between {slowest} and {fastest}, not at {speed}")


def write_speech(samples: bytes, out_path: Path, *, voice: str, sample_rate: int) -> Speech:
    """Mono 16-bit samples, little-endian, as a WAV that exists only when it is whole."""
    with tempfile.TemporaryDirectory(prefix="speak-", dir=out_path.parent) as folder:
        unfinished = Path(folder) / "speech.wav"
        with wave.open(str(unfinished), "wb") as file:
            _describe(file, sample_rate)
            file.writeframes(samples)
        unfinished.replace(out_path)
    return Speech(out_path, voice, sample_rate, len(samples) // 2)


def join_speech(parts: Sequence[Path], out_path: Path, *, gap_ms: int) -> None:
    """One WAV out of several of the same engine and voice, with silence between them. Raises SpeakingFailed."""
    sounds = [_read(part) for part in parts]
    rates = {rate for rate, _ in sounds}
    if len(rates) != 1:
        raise SpeakingFailed(details={"reason": f"pieces of different rates: {sorted(rates)}"})
    (rate,) = rates
    silence = bytes(2 * (rate * gap_ms // 1000))
    with wave.open(str(out_path), "wb") as joined:
        _describe(joined, rate)
        joined.writeframes(silence.join(samples for _, samples in sounds))


def _read(part: Path) -> tuple[int, bytes]:
    with wave.open(str(part), "rb") as file:
        if (file.getnchannels(), file.getsampwidth()) != (1, 2):
            raise SpeakingFailed(details={"reason": "a piece that is not mono with 16 bits"})
        return file.getframerate(), file.readframes(file.getnframes())


def _describe(file: wave.Wave_write, sample_rate: int) -> None:
    file.setnchannels(1)
    file.setsampwidth(2)
    file.setframerate(sample_rate)
