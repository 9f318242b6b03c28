"""The child's side of `analysis`: one decoding, several listeners."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from donecast.engine.decoding import Decoding, open_decoding
from donecast.engine.errors import OnlySilence, TooShort
from donecast.engine.feed_writer import FeedWriter
from donecast.engine.levels import LevelMeter, Levels, noise_floor_db, silences_ms
from donecast.engine.limits import EngineLimits
from donecast.engine.loudness import LoudnessMeter
from donecast.engine.peaks import write_peaks
from donecast.engine.samples import Samples, decibels
from donecast.engine.series import scratch_file
from donecast.engine.true_peak import TruePeakMeter

_SILENCE_DBFS = -80.0
_BLOCK_SAMPLES = 400_000
"""About so many samples are measured at once: numpy's calls then cost little beside what they do."""


def analyse(arguments: Mapping[str, Any], progress: Callable[[int], None]) -> dict[str, Any]:
    """Job of `analysis.analyse`."""
    path, folder = Path(arguments["path"]), Path(arguments["folder"])
    limits = EngineLimits(**arguments["limits"])
    decoding = open_decoding(path, limits)
    rate, channels = decoding.sample_rate, decoding.channels
    loudness, true_peak = LoudnessMeter(rate, channels), TruePeakMeter(rate, channels)
    feed, told = FeedWriter(folder / "feed.wav", rate), _Told(progress)
    with scratch_file(folder / "extremes") as extremes, scratch_file(folder / "powers") as powers:
        levels = LevelMeter(rate, extremes, powers)
        for block in _whole_seconds(decoding):
            true_peak.add(block, levels.add(block))
            loudness.add(block)
            feed.add(block)
            told.so_far(decoding)
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
    told = _Told(progress)
    for block in _whole_seconds(decoding):
        feed.add(block)
        told.so_far(decoding)
    feed.close()
    return {"frames": decoding.frames}


class _Told:
    """Says each whole percent once."""

    def __init__(self, progress: Callable[[int], None]) -> None:
        self._progress = progress
        self._percent = -1

    def so_far(self, decoding: Decoding) -> None:
        if not decoding.frames_promised:
            return  # how much is still to come nobody knows
        percent = min(99, 100 * decoding.frames // max(decoding.frames_promised, decoding.frames))
        if percent > self._percent:
            self._percent = percent
            self._progress(percent)


def _whole_seconds(decoding: Decoding) -> Iterator[Samples]:
    """The sound in blocks of whole seconds, but for the last, its channels one after the other in memory.

    All that listens then begins and ends its steps with the block. The memory may be used anew for each block.
    """
    channels = decoding.channels
    frames = decoding.sample_rate * max(1, _BLOCK_SAMPLES // (decoding.sample_rate * channels))
    stage, filled = np.empty((channels, frames), np.float32), 0
    for block in decoding.blocks(frames):
        if not filled and len(block) == frames and block.flags.f_contiguous:
            yield block  # as it should be, with nothing to be moved
            continue
        at = 0
        while at < len(block):
            count = min(frames - filled, len(block) - at)
            for channel in range(channels):
                stage[channel, filled : filled + count] = block[at : at + count, channel]
            at, filled = at + count, filled + count
            if filled == frames:
                yield stage.T
                filled = 0
    if filled:
        yield stage[:, :filled].T


def _require_sound(decoding: Decoding, sample_peak: float, limits: EngineLimits) -> None:
    if decoding.frames * 1000 < limits.duration_ms_min * decoding.sample_rate:
        raise TooShort
    if decibels(sample_peak) < _SILENCE_DBFS:
        raise OnlySilence
