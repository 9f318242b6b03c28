"""Music as a pilot tone under speech of other frequencies, so that the music's gain can be read off a finished file."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

PILOT_HZ = 6_000
_SPEECH_HZ = (200.0, 2_500.0)
_EDGE_MS = 4
_WINDOW_MS = 12
_STEP_MS = 0.5

Sound = NDArray[np.float32]
"""Shape (frames, channels), full scale 1.0."""
Line = NDArray[np.float64]
"""One channel."""
Stretch = tuple[int, int]
"""From when to when, in milliseconds."""


def pilot(seconds: float, rate: int, *, peak: float = 0.1) -> Sound:
    """The tone that stands for music."""
    wave = peak * np.sin(2 * np.pi * PILOT_HZ * np.arange(round(seconds * rate)) / rate)
    return np.asarray(wave[:, None], np.float32)


def bursts(stretches: Sequence[Stretch], duration_ms: int, rate: int, *, level: float = 0.1, seed: int = 1) -> Sound:
    """Noise in the band of speech, at an RMS level, where somebody speaks, and silence elsewhere.

    Each burst is half as loud as it gets at the very ends of its stretch: its edges last 4 ms.
    """
    frames = duration_ms * rate // 1000
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(frames))
    hertz = np.fft.rfftfreq(frames, 1 / rate)
    spectrum[(hertz < _SPEECH_HZ[0]) | (hertz > _SPEECH_HZ[1])] = 0
    wave = np.fft.irfft(spectrum, frames)
    wave *= level / np.sqrt(np.mean(np.square(wave)))
    milliseconds = np.arange(frames) * 1000 / rate
    open_ = np.zeros(frames)
    for start, end in stretches:
        inside = np.minimum(milliseconds - start, end - milliseconds) / _EDGE_MS
        open_ = np.maximum(open_, 0.5 + 0.5 * np.sin(np.pi * np.clip(inside, -0.5, 0.5)))
    return np.asarray((wave * open_)[:, None], np.float32)


def kept(path: Path, sound: Sound, rate: int) -> Path:
    """The sound as a WAV file of 32-bit floats."""
    soundfile.write(path, sound, rate, subtype="FLOAT")
    return path


def decoded(path: Path, channels: int) -> Sound:
    """What the ffmpeg program makes of a finished file, with its delay and padding taken out as the file says."""
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-f", "f32le", "-"]
    data = subprocess.run(command, check=True, capture_output=True).stdout
    return np.frombuffer(data, "<f4").reshape(-1, channels)


@dataclass(frozen=True, slots=True)
class Slope:
    """A way down or up: when it begins and ends, in milliseconds."""

    begin_ms: float
    end_ms: float

    @property
    def length_ms(self) -> float:
        """How long it takes."""
        return self.end_ms - self.begin_ms


class Envelope:
    """The amplitude of the pilot tone in a sound, each half millisecond."""

    def __init__(self, sound: Line, rate: int) -> None:
        frames = np.arange(len(sound))
        turned = sound * np.exp(-2j * np.pi * PILOT_HZ * frames / rate)
        length = round(_WINDOW_MS * rate / 1000) | 1
        window = np.hanning(length + 2)[1:-1]
        smooth = np.convolve(turned, window * (2 / window.sum()), "same")
        places = np.round(np.arange(0, len(sound) * 1000 / rate, _STEP_MS) * rate / 1000).astype(int)
        self.amplitudes = np.abs(smooth[places[places < len(sound)]])

    def level_db(self, stretch: tuple[float, float]) -> float:
        """The median level of a stretch in milliseconds, relative to full scale."""
        return float(20 * np.log10(np.median(self._part(stretch)) + 1e-9))

    def slope(self, stretch: tuple[float, float], from_db: float, to_db: float) -> Slope:
        """How the level goes from one to another within a stretch, straight in decibels: the line that fits best."""
        rising = to_db > from_db
        first, last = (
            self._crossing(stretch, 10 ** ((from_db + part * (to_db - from_db)) / 20), rising=rising)
            for part in (0.15, 0.85)
        )
        if not first < last:
            return Slope(float("nan"), float("nan"))
        levels = 20 * np.log10(self._part((first, last)))
        instants = round(first / _STEP_MS) * _STEP_MS + np.arange(len(levels)) * _STEP_MS
        steepness, at_zero = np.polyfit(instants, levels, 1)
        return Slope(*(float((level - at_zero) / steepness) for level in (from_db, to_db)))

    def cosine_slope(self, stretch: tuple[float, float], full_db: float, *, rising: bool) -> Slope:
        """How the level goes from nothing to full or back within a stretch, as the raised cosine that fits best."""
        full = 10 ** (full_db / 20)
        edges = [self._crossing(stretch, full * part, rising=rising) for part in ((0.1, 0.9) if rising else (0.9, 0.1))]
        if not edges[0] < edges[1]:
            return Slope(float("nan"), float("nan"))
        part = np.clip(self._part((edges[0], edges[1])) / full, 0.0, 1.0)
        progress = np.arccos(1 - 2 * part) / np.pi
        instants = round(edges[0] / _STEP_MS) * _STEP_MS + np.arange(len(part)) * _STEP_MS
        # Near the top a curve hardly moves, so that coding, which changes levels by a share of them, blurs time there.
        weights = np.sqrt((1 - part) / np.maximum(part, 0.01))
        steepness, at_zero = np.polyfit(instants, progress, 1, w=weights)
        return Slope(*(float((wanted - at_zero) / steepness) for wanted in ((0.0, 1.0) if rising else (1.0, 0.0))))

    def at_db(self, instant_ms: float) -> float:
        """The level at an instant, relative to full scale."""
        place = instant_ms / _STEP_MS
        return float(20 * np.log10(np.interp(place, np.arange(len(self.amplitudes)), self.amplitudes) + 1e-9))

    def _part(self, stretch: tuple[float, float]) -> Line:
        start, end = (round(instant / _STEP_MS) for instant in stretch)
        part: Line = self.amplitudes[start:end]
        return part

    def _crossing(self, stretch: tuple[float, float], amplitude: float, *, rising: bool) -> float:
        part = self._part(stretch) if rising else -self._part(stretch)
        wanted = amplitude if rising else -amplitude
        after = int(np.argmax(part >= wanted))
        if not after:
            return float("nan")
        share = (wanted - part[after - 1]) / (part[after] - part[after - 1])
        return float(stretch[0] + (after - 1 + share) * _STEP_MS)
