"""True peak after ITU-R BS.1770-4, annex 2: the waveform between the samples, found by oversampling.

Oversampling everything is slow, and nearly all of it cannot matter. Sound is looked at in cells of a hundredth of a
second or so; a cell is left out when one of two bounds proves that nothing in it is above what is asked for. A value
between samples is a sum of samples near it, so it is at most the largest of them times the sum of the weights'
magnitudes. It is also the straight line between its two neighbours plus a sum of second differences, which are small
wherever the waveform is smooth, as at the crests of a voice.
"""

import threading
from collections.abc import Iterator

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from donecast.engine.samples import Channel, Samples, decibels, highest

REACH = 12
"""Frames on either side that the filter looks at."""

_ROW = 32
CELL = 15 * _ROW
"""Frames that are looked at or left out together."""
_ROW_INPUT = _ROW + 2 * REACH - 1
_ROW_STARTS = np.arange(1, CELL, _ROW)
_CELLS_AT_ONCE = 64
_FIRST_CELLS = 8

Places = NDArray[np.intp]


class _Scratch(threading.local):
    """Room for what lies between the steps, for each thread its own."""

    def __init__(self, columns: int) -> None:
        self.bends = np.empty((_CELLS_AT_ONCE, CELL + 2 * REACH - 2), np.float32)
        self.values = np.empty((_CELLS_AT_ONCE * CELL // _ROW, columns), np.float32)


class Oversampler:
    """The waveform four times as fine (twice from 96 kHz on; at 192 kHz the samples are fine enough).

    May be used by several threads at once.
    """

    def __init__(self, sample_rate: int) -> None:
        phases = 4 if sample_rate < 96_000 else 2 if sample_rate < 192_000 else 1
        filters = _between_filters(phases)
        self._phases = len(filters)  # of those between the samples
        # One row of _ROW frames with its reach is one product with this matrix: far faster than convolving.
        matrix = np.zeros((_ROW_INPUT, self._phases, _ROW), np.float32)
        for phase, weights in enumerate(filters):
            for at in range(_ROW):
                matrix[at : at + 2 * REACH, phase, at] = weights
        self._matrix = matrix.reshape(_ROW_INPUT, -1)
        self._scratch = _Scratch(self._matrix.shape[1])
        self.overshoot_max = float(max([1.0, *np.abs(filters).sum(axis=1)]))
        """No value between samples is larger than this times the largest sample within reach."""
        self.bend_max = max([0.0, *map(_bend, filters)])
        """Nor larger than the largest sample plus this times the largest second difference."""

    def peaks(self, samples: Samples, *, above: float = 0.0) -> Channel:
        """For each frame the largest magnitude at it and between it and the next, over all channels.

        Where none is above ``above``, the answer may be the magnitude at the frame alone.
        Shape: (frames - 2 * REACH,), for the first and last REACH frames are only looked at.
        """
        frames = len(samples) - 2 * REACH
        count = -(-frames // CELL)
        if frames % CELL:
            filled = np.zeros((samples.shape[1], count * CELL + 2 * REACH), np.float32).T
            filled[: len(samples)] = samples
            samples = filled
        magnitudes = highest(np.abs(samples[REACH:-REACH]))
        cells = magnitudes.reshape(count, CELL)
        starts = self._starts(_cell_peaks(samples), count * CELL, above)
        for channel in samples.T:
            for some in self._batches(channel, starts, above):
                at = some // CELL
                between = self._between(channel, some)
                np.abs(between, out=between)
                most = cells[at]
                for phase in range(self._phases):
                    np.maximum(most, between[:, phase].reshape(most.shape), out=most)
                cells[at] = most
        return magnitudes[:frames]

    def loud_cells(self, samples: Samples, *, above: float) -> tuple[Places, Samples]:
        """Where cells of `CELL` frames begin that may hold more than ``above``, counted from frame REACH; their peaks.

        Peaks are as in `peaks`; shape (cells, CELL). No other frame has one above ``above``. A last cell that would
        not be whole begins earlier. Raises ValueError for fewer than CELL + 2 * REACH samples.
        """
        frames = len(samples) - 2 * REACH
        if frames < CELL:
            raise ValueError(f"{len(samples)} frames are too few")
        starts = self._starts(_cell_peaks(samples), frames, above)
        found: list[tuple[Places, Samples]] = []
        for first in range(0, len(starts), _CELLS_AT_ONCE):
            some = starts[first : first + _CELLS_AT_ONCE]
            windows = [_windows(channel, CELL + 2 * REACH) for channel in samples.T]
            passing = np.any([self._could_pass(window[some], above) for window in windows], axis=0)
            if not passing.any():
                continue
            some = some[passing]
            peaks = np.zeros((len(some), CELL), np.float32)
            for channel, window in zip(samples.T, windows, strict=True):
                np.maximum(peaks, np.abs(window[some, REACH:-REACH]), out=peaks)
                between = self._between(channel, some)
                np.abs(between, out=between)
                for phase in range(self._phases):
                    np.maximum(peaks, between[:, phase].reshape(peaks.shape), out=peaks)
            found.append((some, peaks))
        if not found:
            return starts[:0], np.zeros((0, CELL), np.float32)
        return np.concatenate([some for some, _ in found]), np.concatenate([peaks for _, peaks in found])

    def highest(self, samples: Samples, *, above: float = 0.0) -> float:
        """The largest magnitude in and between the samples if it is above ``above``, else that.

        Between samples it looks where all REACH neighbours are given on both sides.
        """
        frames = len(samples) - 2 * REACH
        cell_peaks = _cell_peaks(samples)
        highest_sample = float(cell_peaks.max(initial=0.0))
        if highest_sample * self.overshoot_max <= above:
            return above
        above = max(above, highest_sample)
        if frames < CELL:
            return max(above, float(self.peaks(samples, above=above).max(initial=0.0)))
        starts = self._starts(cell_peaks, frames, above)
        if len(starts) > 2 * _FIRST_CELLS:  # the loudest first: they nearly always rule out the rest
            loudest = np.argsort(cell_peaks[starts // CELL])[-_FIRST_CELLS:]
            above = self._highest_between(samples, starts[loudest], above)
            starts = self._starts(cell_peaks, frames, above)
        return self._highest_between(samples, starts, above)

    def _highest_between(self, samples: Samples, starts: Places, above: float) -> float:
        for channel in samples.T:
            for some in self._batches(channel, starts, above):
                between = self._between(channel, some)
                above = max(above, float(between.max(initial=0.0)), -float(between.min(initial=0.0)))
        return above

    def _starts(self, cell_peaks: Channel, frames: int, above: float) -> Places:
        """Where the cells begin that could hold more than ``above``; the last one is moved back to be whole."""
        count = -(-frames // CELL)
        within_reach = cell_peaks[:count].copy()
        following = cell_peaks[1 : count + 1]
        np.maximum(within_reach[: len(following)], following, out=within_reach[: len(following)])
        starts: Places = np.flatnonzero(within_reach * self.overshoot_max > above) * CELL
        return np.minimum(starts, frames - CELL)

    def _batches(self, channel: Channel, starts: Places, above: float) -> Iterator[Places]:
        """Those cells that could hold more than ``above`` by the second bound, too; some at a time."""
        windows = _windows(channel, CELL + 2 * REACH)
        for first in range(0, len(starts), _CELLS_AT_ONCE):
            some = starts[first : first + _CELLS_AT_ONCE]
            if above > 0:
                some = some[self._could_pass(windows[some], above)]
            if len(some):
                yield some

    def _could_pass(self, windows: Samples, above: float) -> NDArray[np.bool_]:
        bends = np.multiply(windows[:, 1:-1], np.float32(-2), out=self._scratch.bends[: len(windows)])
        bends += windows[:, 2:]
        bends += windows[:, :-2]
        largest_bend = np.abs(bends, out=bends).max(axis=1)
        largest = np.abs(windows, out=windows).max(axis=1)
        passing: NDArray[np.bool_] = largest + self.bend_max * largest_bend > above
        return passing

    def _between(self, channel: Channel, starts: Places) -> Samples:
        """The values between each frame of the cells and its next; shape (cells * CELL // _ROW, phases, _ROW)."""
        windows = _windows(channel, _ROW_INPUT)
        rows = windows[(starts[:, None] + _ROW_STARTS).reshape(-1)]
        return np.matmul(rows, self._matrix, out=self._scratch.values[: len(rows)]).reshape(
            len(rows), self._phases, _ROW
        )


def _windows(channel: Channel, width: int) -> Samples:
    """Every ``width`` samples in a row, nothing copied; `sliding_window_view` checks more and takes longer."""
    if not channel.flags.c_contiguous:
        return sliding_window_view(channel, width)
    step = channel.itemsize
    return np.ndarray((len(channel) - width + 1, width), channel.dtype, channel, 0, (step, step))


def _cell_peaks(samples: Samples) -> Channel:
    """The largest magnitude of each CELL frames, over all channels; the last cell may be shorter."""
    count = len(samples) // CELL
    whole = count * CELL
    result = np.zeros(-(-len(samples) // CELL), np.float32)
    if count:
        planes = [samples[:whole].reshape(-1)] if samples.flags.c_contiguous else list(samples[:whole].T)
        cells = [plane.reshape(count, -1) for plane in planes]
        extremes = [extreme for cell in cells for extreme in (cell.max(axis=1), -cell.min(axis=1))]
        np.max(extremes, axis=0, out=result[:count])
    if whole < len(samples):
        result[-1] = np.abs(samples[whole:]).max()
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


def _bend(weights: NDArray[np.float64]) -> float:
    """How much a second difference can add to the line between the two samples in the middle.

    The line is taken at the weights' own centre, so that what is left of them has neither sum nor first moment and is
    the second difference of a short sequence; the magnitudes of that sequence are summed.
    """
    rest = weights.copy()
    centre = float(weights @ np.arange(-REACH + 1, REACH + 1))
    rest[REACH - 1] -= 1 - centre
    rest[REACH] -= centre
    return float(np.abs(np.cumsum(np.cumsum(rest))).sum())


class TruePeakMeter:
    """The highest true peak so far. Looks between samples only where a new highest one could hide."""

    def __init__(self, sample_rate: int, channels: int) -> None:
        self._oversampler = Oversampler(sample_rate)
        self._waiting = np.zeros((2 * REACH, channels), np.float32)
        self._highest = 0.0

    def add(self, samples: Samples) -> None:
        """Takes the next frames."""
        # Over the seam to what came before, then the samples by themselves: nothing is copied.
        seam = np.concatenate([self._waiting, samples[: 2 * REACH]])
        self._highest = self._oversampler.highest(seam, above=self._highest)
        if len(samples) > 2 * REACH:
            self._highest = self._oversampler.highest(samples, above=self._highest)
            self._waiting = samples[-2 * REACH :].copy()
        else:
            self._waiting = seam[-2 * REACH :]

    def highest_dbtp(self) -> float:
        """Decibels relative to full scale, minus infinity for digital silence. The metering may go on afterwards."""
        after = np.zeros((2 * REACH, self._waiting.shape[1]), np.float32)
        end = np.concatenate([self._waiting, after])
        return decibels(self._oversampler.highest(end, above=self._highest))
