"""A look-ahead limiter for true peaks, as a pure function of the place: any block may be limited by itself.

The gain of a frame is the smallest that any peak nearby needs, smoothed. The window of the minimum holds that of the
smoothing, so the smoothed gain is never above what the peak itself needs. The curve has a point for each group of
frames and is straight between points.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from donecast.engine.fades import straight_between
from donecast.engine.samples import Readable, Samples
from donecast.engine.true_peak import REACH, Oversampler

PEAKS_HZ = 100
_GROUP = 16
_ATTACK_MS = 2.5
_HOLD_MS = 40.0
_AROUND = 2
"""Groups on either side of a peak that the minimum also covers: a peak between two frames belongs to both, and the
curve is straight from one group to the next."""


@dataclass(frozen=True, slots=True)
class Level:
    """What is done to a mix before it is encoded: a factor, the ceiling of its true peaks, and dips.

    A dip holds the limiter's gain at one frame down to a factor, whatever the peaks there.
    """

    gain: float
    ceiling: float
    dips: tuple[tuple[int, float], ...] = ()


class Limiter:
    """Brings sound to a level, equally on all channels.

    ``peaks`` are the largest samples of each hundredth of a second of the sound as it is read, over all channels: only
    where those come near the ceiling is there anything to look at.
    """

    def __init__(self, sample_rate: int, peaks: NDArray[np.float32]) -> None:
        self._oversampler = Oversampler(sample_rate)
        self._hop = sample_rate // PEAKS_HZ
        self._peaks = peaks
        self._attack = -(-int(sample_rate * _ATTACK_MS) // (1000 * _GROUP))
        self._hold = int(sample_rate * _HOLD_MS) // (1000 * _GROUP)
        # Groups before and after a block that its gain depends on.
        self._before = 2 * self._attack + self._hold + _AROUND
        self._after = 2 * self._attack + _AROUND + 1

    def block(self, sound: Readable, start: int, end: int, level: Level) -> Samples:
        """Frames ``start`` to ``end`` of the sound, at the level."""
        first, last = (start // _GROUP - self._before) * _GROUP, (-(-end // _GROUP) + self._after) * _GROUP
        dips = [(frame - first, factor) for frame, factor in level.dips if first <= frame < last]
        if not dips and not self._comes_near(first, last, level):
            block = sound.read(start, end)
            block *= np.float32(level.gain)
            return block
        whole = sound.read(first - REACH, last + REACH)
        whole *= np.float32(level.gain)
        curve = self._curve(whole, level.ceiling, dips)
        block = whole[start - first + REACH : end - first + REACH]
        if curve is not None:
            gains = straight_between(curve, _GROUP, start % _GROUP, start % _GROUP + end - start)
            for channel in range(block.shape[1]):
                block[:, channel] *= gains
        return block

    def works(self, level: Level) -> bool:
        """Whether at this level there may be anything to do at all."""
        highest = float(self._peaks.max(initial=0.0)) * level.gain * self._oversampler.overshoot_max
        return bool(level.dips) or highest > level.ceiling

    def gain_at(self, sound: Readable, frame: int, level: Level) -> float:
        """What the limiter multiplies one frame by, the level's own gain left out."""
        first, last = (frame // _GROUP - self._before) * _GROUP, (frame // _GROUP + 1 + self._after) * _GROUP
        whole = sound.read(first - REACH, last + REACH) * np.float32(level.gain)
        dips = [(place - first, factor) for place, factor in level.dips if first <= place < last]
        curve = self._curve(whole, level.ceiling, dips)
        return 1.0 if curve is None else float(curve[0])

    def _comes_near(self, first: int, last: int, level: Level) -> bool:
        """Whether there may be a peak above the ceiling; one between samples may be due to the hundredths beside."""
        near = self._peaks[max(first // self._hop - 1, 0) : max(last // self._hop + 2, 0)]
        return float(near.max(initial=0.0)) * level.gain * self._oversampler.overshoot_max > level.ceiling

    def _curve(self, sound: Samples, ceiling: float, dips: Sequence[tuple[int, float]]) -> NDArray[np.float32] | None:
        """A point for each group of the block and one more, from the levelled sound of all groups that matter to it.

        None where nothing passes the ceiling.
        """
        needed = np.ones((len(sound) - 2 * REACH) // _GROUP)
        starts, peaks = self._oversampler.loud_cells(sound, above=ceiling)
        grouped = peaks.reshape(len(peaks), self._oversampler.span // _GROUP, _GROUP).max(axis=2)
        for start, cell in zip(starts // _GROUP, grouped, strict=True):
            groups = needed[start : start + len(cell)]
            np.minimum(groups, ceiling / np.maximum(cell, ceiling), out=groups)
        if not len(starts) and not dips:
            return None
        for frame, factor in dips:
            needed[frame // _GROUP] = min(needed[frame // _GROUP], factor)
        lowest = _sliding_minimum(needed, 2 * self._attack + self._hold + 2 * _AROUND + 1)
        smooth = _sliding_mean(_sliding_mean(lowest, self._attack + 1), self._attack + 1)  # together a triangle
        curve: NDArray[np.float32] = np.minimum(smooth, 1.0).astype(np.float32)
        return curve


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
