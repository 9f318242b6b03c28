"""Quiet and loud talk are brought together: each stretch of talk as loud as the whole, pauses not raised."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from donecast.engine.loudness import LoudnessMeter, tenth_lufs
from donecast.engine.raw_audio import RawAudio, blocks_of
from donecast.engine.samples import Samples
from donecast.engine.talk_levels import Ramp, gain_curve, stretches

_TENTHS_PER_SECOND = 10


def level_talk(source: RawAudio, out: Path, sample_rate: int, report: Callable[[float], None]) -> RawAudio | None:
    """The source with its talk at one loudness, that of the whole before, written to ``out``.

    It is as long, and every sound stays at its instant. None where all talk is about as loud already.
    """
    meter = LoudnessMeter(sample_rate, source.channels)
    for start, end in source.blocks():
        meter.add(source.read(start, end))
        report(0.5 * end / source.frames)
    found = stretches(tenth_lufs(meter.tenths(), sample_rate))
    if all(stretch.gain_db == 0 for stretch in found):
        return None
    treated = RawAudio(out, source.channels)
    for ramp in gain_curve(found, source.frames * _TENTHS_PER_SECOND / sample_rate):
        first, last = (round(place * sample_rate / _TENTHS_PER_SECOND) for place in (ramp.start, ramp.end))
        for start, end in blocks_of(min(last, source.frames), first):
            treated.append(_at_gain(source.read(start, end), ramp, start - first, last - first))
        report(0.5 + 0.5 * treated.frames / source.frames)
    return treated


def _at_gain(sound: Samples, ramp: Ramp, start: int, length: int) -> Samples:
    """A block that begins ``start`` frames into a ramp of ``length``."""
    if ramp.start_db == ramp.end_db:
        return sound if ramp.start_db == 0 else sound * np.float32(10 ** (ramp.start_db / 20))
    places = np.arange(start, start + len(sound), dtype=np.float32) / np.float32(length)
    gains_db = np.float32(ramp.start_db) + np.float32(ramp.end_db - ramp.start_db) * places
    changed: Samples = sound * np.power(np.float32(10), gains_db / 20)[:, None]
    return changed
