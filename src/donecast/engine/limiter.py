"""A look-ahead limiter for true peaks, as a pure function of the place: any block may be limited by itself.

The gain of a frame is the smallest that any peak nearby needs, smoothed. The window of the minimum holds that of the
smoothing, so the smoothed gain is never above what the peak itself needs.
"""

import numpy as np
from numpy.typing import NDArray

from donecast.engine.raw_audio import RawAudio
from donecast.engine.samples import Samples
from donecast.engine.true_peak import REACH, Oversampler

_ATTACK_MS = 2.5
_HOLD_MS = 40.0


class Limiter:
    """Brings sound to a gain and holds its true peaks at a ceiling, equally on all channels."""

    def __init__(self, sample_rate: int) -> None:
        self._oversampler = Oversampler(sample_rate)
        self._attack = int(sample_rate * _ATTACK_MS / 1000)
        self._hold = int(sample_rate * _HOLD_MS / 1000)
        # Frames before and after a block that its gain depends on.
        self._before = 2 * self._attack + self._hold + 1
        self._after = 2 * self._attack

    def block(self, mix: RawAudio, start: int, end: int, *, gain: float, ceiling: float) -> Samples:
        """Frames ``start`` to ``end`` of the mix, louder by ``gain`` and nowhere above ``ceiling`` (both factors)."""
        sound = mix.read(start - self._before - REACH, end + self._after + REACH) * np.float32(gain)
        left = self._before + REACH
        wanted = sound[left : left + end - start]
        if np.abs(sound).max(initial=0.0) * self._oversampler.overshoot_max <= ceiling:
            return wanted
        peaks = self._oversampler.peaks(sound, above=ceiling).astype(np.float64)  # long sums follow
        # A peak between two frames belongs to both.
        peaks[1:] = np.maximum(peaks[1:], peaks[:-1])
        if peaks.max() <= ceiling:
            return wanted
        needed = np.minimum(1.0, ceiling / np.maximum(peaks, ceiling))
        curve = self._curve(needed)
        return wanted * curve[:, None].astype(np.float32)

    def _curve(self, needed: NDArray[np.float64]) -> NDArray[np.float64]:
        # For frame n the minimum looks at n - attack - hold to n + attack, the smoothing at n - attack to n + attack.
        lowest = _sliding_minimum(needed, 2 * self._attack + self._hold + 1)
        curve = _sliding_mean(_sliding_mean(lowest, self._attack + 1), self._attack + 1)  # together a triangle
        return np.minimum(curve[1:], 1.0)


def _sliding_minimum(values: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Minimum of each ``width`` values in a row, by doubling; shape (len(values) - width + 1,)."""
    done = 1
    while 2 * done <= width:
        values = np.minimum(values[:-done], values[done:])
        done *= 2
    rest = width - done
    return np.minimum(values[: len(values) - rest], values[rest:]) if rest else values


def _sliding_mean(values: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Mean of each ``width`` values in a row; shape (len(values) - width + 1,)."""
    total = np.concatenate([[0.0], np.cumsum(values)])
    means: NDArray[np.float64] = (total[width:] - total[:-width]) / width
    return means
