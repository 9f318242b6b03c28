"""Speech of which every instant is known: clips of the local voice put together sample by sample."""

import tempfile
import wave
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soxr

from donecast.core.span import Span
from donecast.speech.flite import FliteSynthesizer

SAMPLES_PER_MS = 16
_ROOM_NOISE = 6  # of 32768: no microphone hears nothing at all
_AUDIBLE = 250
_ONSET_SAMPLES = 5 * SAMPLES_PER_MS


@dataclass
class SpokenScene:
    """A recording under construction. ``say`` and ``rest`` answer the exact span of what they added."""

    folder: Path
    voice: str = "slt"
    _parts: list[npt.NDArray[np.int16]] = field(default_factory=list)
    _samples: int = 0

    def say(self, text: str, *, tempo: float = 1.0) -> Span:
        """Speaks a text without the silence that the voice puts around it; quicker is higher as well, as on a tape."""
        clip = _spoken(text, self.voice)
        return self.add(clip if tempo == 1.0 else soxr.resample(clip, 16_000 * tempo, 16_000))

    def rest(self, duration_ms: int) -> Span:
        """Silence as a quiet room has it, the same each time."""
        noise = np.random.default_rng(self._samples).integers(-_ROOM_NOISE, _ROOM_NOISE + 1, duration_ms * 16)
        return self.add(noise.astype(np.int16))

    @property
    def duration_ms(self) -> int:
        """Length so far, rounded down."""
        return self._samples // SAMPLES_PER_MS

    def write(self, name: str = "scene.wav") -> Path:
        """The whole as a speech feed: 16 kHz, mono, 16 bit."""
        path = self.folder / name
        with wave.open(str(path), "wb") as feed:
            feed.setnchannels(1)
            feed.setsampwidth(2)
            feed.setframerate(16_000)
            feed.writeframes(np.concatenate(self._parts).tobytes())
        return path

    def add(self, samples: npt.NDArray[np.int16]) -> Span:
        """Sound of somebody else, 16 kHz, mono."""
        whole_ms = samples[: samples.size // SAMPLES_PER_MS * SAMPLES_PER_MS]
        start_ms = self.duration_ms
        self._parts.append(whole_ms)
        self._samples += whole_ms.size
        return Span(start_ms, self.duration_ms)


@cache
def _spoken(text: str, voice: str) -> npt.NDArray[np.int16]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.wav"
        FliteSynthesizer().synthesize(text, voice, path)
        with wave.open(str(path), "rb") as clip:
            return _trimmed(np.frombuffer(clip.readframes(clip.getnframes()), dtype="<i2"))


def _trimmed(samples: npt.NDArray[np.int16]) -> npt.NDArray[np.int16]:
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > _AUDIBLE)
    return samples[max(0, int(loud[0]) - _ONSET_SAMPLES) : int(loud[-1]) + _ONSET_SAMPLES]
