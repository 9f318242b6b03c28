"""True peak after ITU-R BS.1770-4, annex 2: the waveform between the samples, found by oversampling."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from donecast.engine.samples import Channel, Samples, decibels, highest

REACH = 12
"""Frames on either side that the filter looks at."""

_ROW = 40


class Oversampler:
    """The waveform four times as fine (twice from 96 kHz on; at 192 kHz the samples are fine enough)."""

    def __init__(self, sample_rate: int) -> None:
        phases = 4 if sample_rate < 96_000 else 2 if sample_rate < 192_000 else 1
        filters = _between_filters(phases)
        self._phases = len(filters)
        # One row of _ROW frames with its reach is one product with this matrix: far faster than convolving.
        matrix = np.zeros((_ROW + 2 * REACH - 1, self._phases, _ROW), np.float32)
        for phase, row in enumerate(filters):
            for at in range(_ROW):
                matrix[at : at + 2 * REACH, phase, at] = row
        self._matrix = matrix.reshape(len(matrix), -1)
        self.overshoot_max = max([1.0, *np.abs(filters).sum(axis=1)])
        """No value between samples is larger than this times the largest sample within reach."""

    def peaks(self, samples: Samples) -> Channel:
        """For each frame the largest magnitude at it and between it and the next, over all channels.

        Shape: (frames - 2 * REACH,), for the first and last REACH frames are only looked at.
        """
        frames = len(samples) - 2 * REACH
        result: Channel = highest(np.abs(samples[REACH:-REACH]))
        rows = -(-frames // _ROW)
        for channel in samples.T:
            padded = np.zeros(rows * _ROW + 2 * REACH, np.float32)
            padded[: len(channel) - 1] = channel[1:]
            windows = sliding_window_view(padded, len(self._matrix))[::_ROW][:rows]
            between = np.abs(np.ascontiguousarray(windows) @ self._matrix).reshape(rows, self._phases, _ROW)
            for phase in range(self._phases):
                result = np.maximum(result, between[:, phase].reshape(-1)[:frames])
        return result


def _between_filters(phases: int) -> NDArray[np.float64]:
    """Windowed sincs for the places between two samples; shape (phases - 1, 2 * REACH)."""
    offsets = np.arange(-REACH + 1, REACH + 1)
    rows = []
    for phase in range(1, phases):
        at = offsets - phase / phases
        window = np.i0(7.0 * np.sqrt(np.maximum(0.0, 1 - (at / REACH) ** 2))) / np.i0(7.0)
        row = np.sinc(at) * window
        rows.append(row / row.sum())
    return np.array(rows).reshape(-1, 2 * REACH)


class TruePeakMeter:
    """The highest true peak so far. Looks between samples only where a new highest one could hide."""

    _HOP_FRAMES = 2_000

    def __init__(self, sample_rate: int, channels: int) -> None:
        self._oversampler = Oversampler(sample_rate)
        self._waiting = np.zeros((REACH, channels), np.float32)
        self._highest = 0.0

    def add(self, samples: Samples) -> None:
        """Takes the next frames."""
        data = np.concatenate([self._waiting, samples])
        for start in range(0, len(data) - 2 * REACH, self._HOP_FRAMES):
            piece = data[start : start + self._HOP_FRAMES + 2 * REACH]
            if np.abs(piece).max() * self._oversampler.overshoot_max > self._highest:
                self._highest = max(self._highest, float(self._oversampler.peaks(piece).max()))
        self._waiting = data[-2 * REACH :]

    def highest_dbtp(self) -> float:
        """Decibels relative to full scale, minus infinity for digital silence. The metering may go on afterwards."""
        after = np.zeros((2 * REACH, self._waiting.shape[1]), np.float32)
        tail = float(self._oversampler.peaks(np.concatenate([self._waiting, after])).max())
        return decibels(max(self._highest, tail))
