"""The child's side of `analysis`: one decoding, several listeners."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr

from donecast.engine.decoding import Decoding, open_decoding
from donecast.engine.errors import OnlySilence, TooShort
from donecast.engine.limits import EngineLimits
from donecast.engine.loudness import LoudnessMeter
from donecast.engine.peaks import PeakMeter
from donecast.engine.samples import Channel, Samples, decibels, mono
from donecast.engine.true_peak import TruePeakMeter

FEED_RATE = 16_000
_SILENCE_DBFS = -80.0
_FLOOR_DB = -120.0
_FLOOR_PERCENT = 10


class FeedWriter:
    """Writes the mono 16 kHz 16-bit WAV that recognisers read."""

    def __init__(self, out: Path, sample_rate: int) -> None:
        self._file = soundfile.SoundFile(out, "w", FEED_RATE, 1, "PCM_16", format="WAV")
        self._resampler = soxr.ResampleStream(sample_rate, FEED_RATE, 1, dtype="float32", quality="HQ")

    def add(self, samples: Samples) -> None:
        """Takes the next frames."""
        self._write(mono(samples), last=False)

    def close(self) -> None:
        """Writes what the filter still holds and ends the file."""
        self._write(np.zeros(0, np.float32), last=True)
        self._file.close()

    def _write(self, sound: Channel, *, last: bool) -> None:
        resampled = self._resampler.resample_chunk(sound, last=last)
        self._file.write(np.round(np.clip(resampled, -1.0, 32767 / 32768) * 32768).astype(np.int16))


class NoiseFloor:
    """RMS of each 100 ms; the floor is what a tenth of them stay under."""

    def __init__(self, sample_rate: int) -> None:
        self._hop = sample_rate // 10
        self._waiting = np.zeros(0, np.float32)
        self._levels: list[float] = []

    def add(self, samples: Samples) -> None:
        """Takes the next frames."""
        power = np.concatenate([self._waiting, mono(np.square(samples))])
        whole = len(power) // self._hop * self._hop
        self._levels += power[:whole].reshape(-1, self._hop).mean(axis=1).tolist()
        self._waiting = power[whole:]

    def level_db(self) -> float:
        """In dBFS, not below -120."""
        levels = np.array(self._levels or [float(self._waiting.mean()) if len(self._waiting) else 0.0])
        return max(_FLOOR_DB, decibels(float(np.percentile(levels, _FLOOR_PERCENT)) ** 0.5))


def analyse(arguments: Mapping[str, Any], progress: Callable[[int], None]) -> dict[str, Any]:
    """Job of `analysis.analyse`."""
    path, folder = Path(arguments["path"]), Path(arguments["folder"])
    limits = EngineLimits(**arguments["limits"])
    decoding = open_decoding(path, limits)
    rate, channels = decoding.sample_rate, decoding.channels
    loudness, true_peak = LoudnessMeter(rate, channels), TruePeakMeter(rate, channels)
    peaks, floor, feed = PeakMeter(rate), NoiseFloor(rate), FeedWriter(folder / "feed.wav", rate)
    sample_peak = 0.0
    for block in decoding.blocks():
        sample_peak = max(sample_peak, float(np.abs(block).max()))
        for listener in (loudness, true_peak, peaks, floor, feed):
            listener.add(block)
        progress(_percent(decoding))
    feed.close()
    _require_sound(decoding, sample_peak, limits)
    lufs = loudness.integrated_lufs()
    facts = {
        "container": decoding.container.value,
        "codec": decoding.codec,
        "sample_rate": rate,
        "channels": channels,
        "channels_in_file": decoding.channels_in_file,
        "frames": decoding.frames,
        "duration_ms": (decoding.frames * 1000 + rate // 2) // rate,
        "loudness_lufs": None if lufs is None else round(lufs, 2),
        "true_peak_dbtp": round(true_peak.highest_dbtp(), 2),
        "noise_floor_db": round(floor.level_db(), 1),
        "cut_off": decoding.cut_off,
    }
    written = peaks.write(folder)
    return {"facts": facts, "peaks": {str(key): path.name for key, path in written.items()}, "feed": "feed.wav"}


def speech_feed(arguments: Mapping[str, Any], progress: Callable[[int], None]) -> dict[str, Any]:
    """Job of `analysis.speech_feed`."""
    decoding = open_decoding(Path(arguments["path"]), EngineLimits(**arguments["limits"]))
    feed = FeedWriter(Path(arguments["out"]), decoding.sample_rate)
    for block in decoding.blocks():
        feed.add(block)
        progress(_percent(decoding))
    feed.close()
    return {"frames": decoding.frames}


def _percent(decoding: Decoding) -> int:
    return min(99, 100 * decoding.frames // max(decoding.frames_promised or 0, decoding.frames, 1))


def _require_sound(decoding: Decoding, sample_peak: float, limits: EngineLimits) -> None:
    if decoding.frames * 1000 < limits.duration_ms_min * decoding.sample_rate:
        raise TooShort
    if decibels(sample_peak) < _SILENCE_DBFS:
        raise OnlySilence
