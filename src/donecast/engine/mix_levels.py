"""How loud a mix is, tenth by tenth, and the gain that brings it to a target while a limiter holds its peaks.

Limiting makes quieter, so gain and limiter are found together. The numbers kept of each hundredth of a second are
enough for that: no sample is read again.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from donecast.core.loudness import amplitude_of, decibels_of
from donecast.engine.limiter import PEAKS_HZ
from donecast.engine.loudness import LoudnessMeter, gated_lufs
from donecast.engine.raw_audio import blocks_of
from donecast.engine.samples import Readable, Samples

TENTHS = 10
_LEAD_TENTHS = 5
"""After half a second the weighting filter has forgotten that a range did not begin with silence."""
_PER_TENTH = PEAKS_HZ // TENTHS
_BEFORE, _AFTER = 0, 4
"""Hundredths for which the limiter's gain is down before and after a peak."""
_OVERSHOOT = 1.02
"""True peaks of speech are some 0.2 dB above its samples."""
_ERROR_LU = 0.002
_IN_VAIN = 0.9
"""Where so much of a step is still missing after it, all of it went into the limiter."""
_ROUNDS_MAX = 12


@dataclass(frozen=True, slots=True)
class MixLevels:
    """Weighted energy (BS.1770-4) of each whole tenth of a second, largest sample of each begun hundredth."""

    tenths: NDArray[np.float64]
    peaks: NDArray[np.float32]

    def loudness_lufs(self, sample_rate: int) -> float | None:
        """Integrated loudness; None for silence and for less than 400 ms."""
        return gated_lufs(self.tenths, sample_rate)

    def limited(self, gain: float, ceiling: float) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Energies of tenths after a gain and a limiter, very nearly, and which tenths the limiter leaves alone.

        The limiter's curve is taken hundredth by hundredth.
        """
        needed = np.minimum(1.0, ceiling / np.maximum(self.peaks * (gain * _OVERSHOOT), ceiling))
        padded = np.pad(needed, (_AFTER, _BEFORE), constant_values=1.0)
        curve = needed.copy()
        for at in range(_AFTER + _BEFORE + 1):
            np.minimum(curve, padded[at : at + len(needed)], out=curve)
        whole = len(self.tenths)
        curves = curve[: whole * _PER_TENTH].reshape(whole, _PER_TENTH)
        return self.tenths * np.square(curves).mean(axis=1) * gain**2, curves.min(axis=1, initial=1.0) == 1.0


def levels_of(sound: Readable, start: int, end: int, *, sample_rate: int, channels: int) -> MixLevels:
    """MixLevels of the frames from ``start``, which must begin a tenth of a second, to ``end``."""
    lead = min(_LEAD_TENTHS, start * TENTHS // sample_rate)
    blocks = (sound.read(*place) for place in blocks_of(end, start - lead * sample_rate // TENTHS))
    return levels_of_blocks(blocks, sample_rate=sample_rate, channels=channels, lead=lead)


def levels_of_blocks(blocks: Iterable[Samples], *, sample_rate: int, channels: int, lead: int = 0) -> MixLevels:
    """MixLevels of what comes after ``lead`` tenths of a second."""
    meter, peaks = LoudnessMeter(sample_rate, channels), _HundredthPeaks(sample_rate)
    for block in blocks:
        meter.add(block)
        peaks.add(block)
    return MixLevels(meter.tenths()[lead:], peaks.all()[lead * _PER_TENTH :])


def joined(parts: Sequence[MixLevels]) -> MixLevels:
    """MixLevels of ranges that follow each other, each but the last a whole number of tenths long."""
    return MixLevels(np.concatenate([part.tenths for part in parts]), np.concatenate([part.peaks for part in parts]))


def solved_gain(
    levels: MixLevels, sample_rate: int, *, target_lufs: float, ceiling: float, gain_db_max: float
) -> float:
    """The gain in decibels, at most ``gain_db_max``, at which the limited mix is as loud as the target.

    Where the ceiling stands in the way, the gain from which on more would hardly make it louder. Raises ValueError when
    there is no loudness.
    """
    lufs = levels.loudness_lufs(sample_rate)
    if lufs is None:
        raise ValueError("what is silent or shorter than 400 ms has no loudness")
    gain_db, missed_lu = min(target_lufs - lufs, gain_db_max), math.inf
    for _ in range(_ROUNDS_MAX):
        limited = gated_lufs(levels.limited(amplitude_of(gain_db), ceiling)[0], sample_rate)
        if limited is None or abs(target_lufs - limited) <= _ERROR_LU:
            break
        if abs(target_lufs - limited) > _IN_VAIN * abs(missed_lu):
            break
        missed_lu = target_lufs - limited
        gain_db = min(gain_db + missed_lu, gain_db_max)
    return round(gain_db, 3)


def sample_peak_db(levels: MixLevels) -> float | None:
    """The largest sample in decibels relative to full scale; None for digital silence."""
    highest = float(levels.peaks.max(initial=0.0))
    return decibels_of(highest) if highest > 0 else None


class _HundredthPeaks:
    """The largest magnitude, over all channels, of each hundredth of a second."""

    def __init__(self, sample_rate: int) -> None:
        self._hop = sample_rate // PEAKS_HZ
        self._done: list[NDArray[np.float32]] = []
        self._waiting = np.zeros(0, np.float32)

    def add(self, samples: Samples) -> None:
        highest = np.abs(samples[:, 0])
        for channel in range(1, samples.shape[1]):
            np.maximum(highest, np.abs(samples[:, channel]), out=highest)
        data = np.concatenate([self._waiting, highest]) if len(self._waiting) else highest
        whole = len(data) // self._hop * self._hop
        self._done.append(data[:whole].reshape(-1, self._hop).max(axis=1))
        self._waiting = data[whole:]

    def all(self) -> NDArray[np.float32]:
        rest = [self._waiting.max(keepdims=True)] if len(self._waiting) else []
        return np.concatenate([*self._done, *rest, np.zeros(0, np.float32)])
