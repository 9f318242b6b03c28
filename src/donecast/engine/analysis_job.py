"""The child's side of `analysis`: one decoding, several listeners."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr

from donecast.engine.decoding import Decoding, open_decoding
from donecast.engine.errors import OnlySilence, TooShort
from donecast.engine.levels import LevelMeter, Levels, noise_floor_db, silences_ms
from donecast.engine.limits import EngineLimits
from donecast.engine.loudness import LoudnessMeter
from donecast.engine.peaks import write_peaks
from donecast.engine.samples import Channel, Samples, decibels
from donecast.engine.true_peak import TruePeakMeter

FEED_RATE = 16_000
_SILENCE_DBFS = -80.0


class FeedWriter:
    """Writes the mono 16 kHz 16-bit WAV that recognisers read."""

    def __init__(self, out: Path, sample_rate: int) -> None:
        self._file = soundfile.SoundFile(out, "w", FEED_RATE, 1, "PCM_16", format="WAV")
        self._resampler = soxr.ResampleStream(sample_rate, FEED_RATE, 1, dtype="float32", quality="HQ")

    def add(self, samples: Samples) -> None:
        """Takes the next frames."""
        sound = samples[:, 0]
        if samples.shape[1] > 1:
            sound = sound + samples[:, 1]
            sound *= np.float32(0.5)
        self._write(sound, last=False)

    def close(self) -> None:
        """Writes what the filter still holds and ends the file."""
        self._write(np.zeros(0, np.float32), last=True)
        self._file.close()

    def _write(self, sound: Channel, *, last: bool) -> None:
        resampled = self._resampler.resample_chunk(sound, last=last)
        resampled *= np.float32(32_768)
        np.clip(np.rint(resampled, out=resampled), -32_768, 32_767, out=resampled)
        self._file.write(resampled.astype(np.int16))


def analyse(arguments: Mapping[str, Any], progress: Callable[[int], None]) -> dict[str, Any]:
    """Job of `analysis.analyse`."""
    path, folder = Path(arguments["path"]), Path(arguments["folder"])
    limits = EngineLimits(**arguments["limits"])
    decoding = open_decoding(path, limits)
    rate, channels = decoding.sample_rate, decoding.channels
    loudness, true_peak = LoudnessMeter(rate, channels), TruePeakMeter(rate, channels)
    levels, feed = LevelMeter(rate), FeedWriter(folder / "feed.wav", rate)
    for block in decoding.blocks():
        for listener in (levels, loudness, true_peak, feed):
            listener.add(block)
        progress(_percent(decoding))
    feed.close()
    measured = levels.levels()
    _require_sound(decoding, measured.sample_peak, limits)
    written = write_peaks(measured.extremes, rate, folder)
    return {
        "facts": _facts(decoding, loudness, true_peak, measured),
        "peaks": {str(key): path.name for key, path in written.items()},
        "feed": "feed.wav",
    }


def _facts(decoding: Decoding, loudness: LoudnessMeter, true_peak: TruePeakMeter, levels: Levels) -> dict[str, Any]:
    rate = decoding.sample_rate
    duration_ms = (decoding.frames * 1000 + rate // 2) // rate
    return {
        "container": decoding.container.value,
        "codec": decoding.codec,
        "sample_rate": rate,
        "channels": decoding.channels,
        "channels_in_file": decoding.channels_in_file,
        "frames": decoding.frames,
        "duration_ms": duration_ms,
        "loudness_lufs": _rounded(loudness.integrated_lufs()),
        "loudness_range_lu": _rounded(loudness.range_lu()),
        "momentary_lufs_max": _rounded(loudness.momentary_lufs_max()),
        "short_term_lufs_max": _rounded(loudness.short_term_lufs_max()),
        "true_peak_dbtp": round(true_peak.highest_dbtp(), 2),
        "noise_floor_db": round(noise_floor_db(levels), 1),
        "silences_ms": silences_ms(levels, duration_ms),
        "cut_off": decoding.cut_off,
    }


def _rounded(figure: float | None) -> float | None:
    return None if figure is None else round(figure, 2)


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
