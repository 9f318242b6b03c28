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

from donecast.engine.levels import STEPS_PER_SECOND
from donecast.engine.samples import Channel, Samples, decibels, highest

REACH = 12
"""Frames on either side that the filter looks at."""

_ROW = 32
_CELL = 15 * _ROW
_ROW_INPUT = _ROW + 2 * REACH - 1
_FRAMES_AT_ONCE = 64 * _CELL
_FIRST_CELLS = 8

Places = NDArray[np.intp]


class _Scratch(threading.local):
    """Room for the values between the samples, for each thread its own."""

    def __init__(self, rows: int, columns: int) -> None:
        self.values = np.empty((rows, columns), np.float32)


class Oversampler:
    """The waveform four times as fine (twice from 96 kHz on; at 192 kHz the samples are fine enough).

    May be used by several threads at once."""

    def __init__(self, sample_rate: int, cell_frames: int = _CELL) -> None:
        self._cell = cell_frames
        self._row_starts = np.arange(1, cell_frames, _ROW)
        self.span = len(self._row_starts) * _ROW
        """Frames that are looked at or left out together; rows may reach a little into the cell that follows."""
        phases = 4 if sample_rate < 96_000 else 2 if sample_rate < 192_000 else 1
        filters = _between_filters(phases)
        self._phases = len(filters)  # of those between the samples
        # One row of _ROW frames with its reach is one product with this matrix: far faster than convolving.
        matrix = np.zeros((_ROW_INPUT, self._phases, _ROW), np.float32)
        for phase, weights in enumerate(filters):
            for at in range(_ROW):
                matrix[at : at + 2 * REACH, phase, at] = weights
        self._matrix = matrix.reshape(_ROW_INPUT, -1)
        self._cells_at_once = max(1, _FRAMES_AT_ONCE // cell_frames)
        self._scratch = _Scratch(self._cells_at_once * len(self._row_starts), self._matrix.shape[1])
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
        count = -(-frames // self.span)
        if frames % self.span:
            filled = np.zeros((samples.shape[1], count * self.span + 2 * REACH), np.float32).T
            filled[: len(samples)] = samples
            samples = filled
        magnitudes = highest(np.abs(samples[REACH:-REACH]))
        cells = magnitudes.reshape(count, self.span)
        within_reach = _within_reach(_cell_peaks(samples, self.span))[:count]
        for channel in samples.T:
            for some in self._batches(channel, within_reach, self.span, above):
                at = some // self.span
                between = self._between(channel, some)
                np.abs(between, out=between)
                most = cells[at]
                for phase in range(self._phases):
                    np.maximum(most, between[:, phase].reshape(most.shape), out=most)
                cells[at] = most
        return magnitudes[:frames]

    def loud_cells(self, samples: Samples, *, above: float) -> tuple[Places, Samples]:
        """Where cells of ``span`` frames begin, counted from frame REACH, that may hold more than ``above``.

        With their peaks as in `peaks`; shape (cells, span). No other frame has one above ``above``. A last cell that
        would not be whole begins earlier. Raises ValueError for fewer than span + 2 * REACH samples.
        """
        frames = len(samples) - 2 * REACH
        if frames < self.span:
            raise ValueError(f"{len(samples)} frames are too few")
        within_reach = _within_reach(_cell_peaks(samples, self.span))[: -(-frames // self.span)]
        possible = np.zeros(len(within_reach), np.bool_)
        for channel in samples.T:
            for some in self._batches(channel, within_reach, self.span, above):
                possible[-(-some // self.span)] = True
        starts = np.minimum(np.flatnonzero(possible) * self.span, frames - self.span)
        peaks = np.zeros((len(starts), self.span), np.float32)
        for channel in samples.T:
            windows = _windows(channel, self.span)
            for first in range(0, len(starts), self._cells_at_once):
                some, most = starts[first : first + self._cells_at_once], peaks[first : first + self._cells_at_once]
                np.maximum(most, np.abs(windows[some + REACH]), out=most)
                between = self._between(channel, some)
                np.abs(between, out=between)
                for phase in range(self._phases):
                    np.maximum(most, between[:, phase].reshape(most.shape), out=most)
        return starts, peaks

    def highest(self, samples: Samples, *, above: float = 0.0, cell_peaks: Channel | None = None) -> float:
        """The largest magnitude in and between the samples if it is above ``above``, else that.

        Between samples it looks where all REACH neighbours are given on both sides. ``cell_peaks``: the largest
        magnitude of each ``cell_frames`` frames, over all channels, when it is already known.
        """
        if cell_peaks is None:
            cell_peaks = _cell_peaks(samples, self._cell)
        highest_sample = float(cell_peaks.max(initial=0.0))
        if highest_sample * self.overshoot_max <= above:
            return above
        above = max(above, highest_sample)
        if len(samples) < 2 * REACH + self.span:
            return max(above, float(self.peaks(samples, above=above).max(initial=0.0)))
        within_reach = _within_reach(cell_peaks)
        # The loudest first: they nearly always rule out the rest.
        if np.count_nonzero(within_reach * self.overshoot_max > above) > 2 * _FIRST_CELLS:
            loudest = np.zeros_like(within_reach)
            cells = np.argpartition(within_reach, -_FIRST_CELLS)[-_FIRST_CELLS:]
            loudest[cells] = within_reach[cells]
            above = self._highest_between(samples, loudest, above)
        return self._highest_between(samples, within_reach, above)

    def _highest_between(self, samples: Samples, within_reach: Channel, above: float) -> float:
        for channel in samples.T:
            for some in self._batches(channel, within_reach, self._cell, above):
                between = self._between(channel, some)
                above = max(above, float(between.max(initial=0.0)), -float(between.min(initial=0.0)))
        return above

    def _batches(self, channel: Channel, within_reach: Channel, cell: int, above: float) -> Iterator[Places]:
        """Where the cells begin that could hold more than ``above`` by both bounds; some at a time.

        ``within_reach``: the largest magnitude of each cell and of what the filter sees from it. The last cell is moved
        back to lie within the channel.
        """
        possible = np.flatnonzero(within_reach * self.overshoot_max > above)
        starts = np.minimum(possible * cell, len(channel) - 2 * REACH - self.span)
        for first in range(0, len(starts), self._cells_at_once):
            some = starts[first : first + self._cells_at_once]
            if above > 0:
                windows = _windows(channel, self.span + 2 * REACH)[some]
                largest = within_reach[possible[first : first + self._cells_at_once]]
                some = some[largest + self.bend_max * _largest_bends(windows) > above]
            if len(some):
                yield some

    def _between(self, channel: Channel, starts: Places) -> Samples:
        """The values between each frame of the cells and its next; shape (cells * rows, phases, _ROW)."""
        rows = _windows(channel, _ROW_INPUT)[(starts[:, None] + self._row_starts).reshape(-1)]
        return np.matmul(rows, self._matrix, out=self._scratch.values[: len(rows)]).reshape(
            len(rows), self._phases, _ROW
        )


def _within_reach(cell_peaks: Channel) -> Channel:
    """The largest magnitude that the filter sees from each cell: it reaches into the next one."""
    within_reach = cell_peaks.copy()
    np.maximum(within_reach[:-1], cell_peaks[1:], out=within_reach[:-1])
    return within_reach


def _largest_bends(windows: Samples) -> Channel:
    """The largest second difference of each row; the rows are overwritten."""
    for length in (windows.shape[1] - 1, windows.shape[1] - 2):
        np.subtract(windows[:, 1 : length + 1], windows[:, :length], out=windows[:, :length])
    bends = windows[:, :length]
    largest: Channel = np.maximum(bends.max(axis=1), -bends.min(axis=1))
    return largest


def _windows(channel: Channel, width: int) -> Samples:
    """Each ``width`` samples in a row, as a view; numpy's own function takes longer than what is done with it."""
    step = channel.strides[0]
    if step != channel.itemsize:
        return sliding_window_view(channel, width)
    return np.ndarray((len(channel) - width + 1, width), channel.dtype, channel, 0, (step, step))


def _cell_peaks(samples: Samples, cell: int) -> Channel:
    """The largest magnitude of each so many frames, over all channels; the last cell may be shorter."""
    if not len(samples):
        return np.zeros(0, np.float32)
    interleaved = samples.flags.c_contiguous
    planes = [samples.reshape(-1)] if interleaved else list(samples.T)
    at = np.arange(0, planes[0].size, cell * (samples.shape[1] if interleaved else 1))
    result: Channel = np.max(
        [extreme for plane in planes for extreme in (np.maximum.reduceat(plane, at), -np.minimum.reduceat(plane, at))],
        axis=0,
    )
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
        self._oversampler = Oversampler(sample_rate, max(1, sample_rate // STEPS_PER_SECOND))
        self._even = sample_rate % STEPS_PER_SECOND == 0
        self._waiting = np.zeros((2 * REACH, channels), np.float32)
        self._highest = 0.0

    def add(self, samples: Samples, magnitudes: Channel | None = None) -> None:
        """Takes the next frames. ``magnitudes``: what `LevelMeter.add` answered for them."""
        # Over the seam to what came before, then the samples by themselves: nothing is copied.
        seam = np.concatenate([self._waiting, samples[: 2 * REACH]])
        self._highest = self._oversampler.highest(seam, above=self._highest)
        if len(samples) > 2 * REACH:
            known = magnitudes if self._even else None
            self._highest = self._oversampler.highest(samples, above=self._highest, cell_peaks=known)
            self._waiting = samples[-2 * REACH :].copy()
        else:
            self._waiting = seam[-2 * REACH :]

    def highest_dbtp(self) -> float:
        """Decibels relative to full scale, minus infinity for digital silence. The metering may go on afterwards."""
        after = np.zeros((2 * REACH, self._waiting.shape[1]), np.float32)
        end = np.concatenate([self._waiting, after])
        return decibels(self._oversampler.highest(end, above=self._highest))
