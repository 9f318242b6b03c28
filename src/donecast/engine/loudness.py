"""Loudness after ITU-R BS.1770-4, block by block, for any sample rate and any length."""

import math

import numpy as np
from numpy.typing import NDArray

from donecast.engine.samples import Samples

_ABSOLUTE_GATE_LUFS = -70.0
_RELATIVE_GATE_LU = -10.0
_OFFSET_LUFS = -0.691
_HOPS_PER_SECOND = 10
_HOPS_PER_BLOCK = 4

Matrix = NDArray[np.float64]


def k_weighting(sample_rate: int) -> Matrix:
    """The K-weighting at a sample rate, as two second-order sections (shape (2, 6), as in scipy).

    The standard gives coefficients for 48 kHz only; these are its two analog filters (a high shelf of +4 dB above
    1682 Hz, a high pass at 38 Hz) transformed for the rate, equal to the standard's own table at 48 kHz.
    """
    shelf = math.tan(math.pi * 1681.974450955533 / sample_rate)
    quality, high = 0.7071752369554196, 10 ** (3.999843853973347 / 20)
    band = high**0.4996667741545416
    over = 1 + shelf / quality + shelf**2
    rise = [high + band * shelf / quality + shelf**2, 2 * (shelf**2 - high), high - band * shelf / quality + shelf**2]
    shelf_section = np.array([*rise, over, 2 * (shelf**2 - 1), 1 - shelf / quality + shelf**2]) / over
    rumble = math.tan(math.pi * 38.13547087602444 / sample_rate)
    quality = 0.5003270373238773
    over = 1 + rumble / quality + rumble**2
    pass_section = [1.0, -2.0, 1.0, 1.0, 2 * (rumble**2 - 1) / over, (1 - rumble / quality + rumble**2) / over]
    return np.array([shelf_section, pass_section])


class RecursiveFilter:
    """Two recursive sections as products of matrices, its state carried from block to block, in float64.

    Equal to `scipy.signal.sosfilt` to rounding, which is not used because importing it takes longer than metering ten
    minutes, and every job imports anew. A row of _ROW samples is one product; the states between rows are
    found for _ROWS rows at once by a second one.
    """

    _ROW = 64
    _ROWS = 32

    def __init__(self, sections: Matrix, channels: int) -> None:
        step, entering, leaving, self._first = _state_space(sections)
        order = len(step)
        powers = [np.eye(order)]
        for _ in range(self._ROW):
            powers.append(step @ powers[-1])
        impulse = [self._first, *(float(leaving @ powers[k] @ entering) for k in range(self._ROW))]
        self._direct = np.zeros((self._ROW, self._ROW))
        for at in range(self._ROW):
            self._direct[at, at:] = impulse[: self._ROW - at]
        self._from_state = np.stack([leaving @ powers[k] for k in range(self._ROW)], axis=1)
        self._to_state = np.stack([powers[self._ROW - 1 - k] @ entering for k in range(self._ROW)])
        self._over_rows = self._scan(powers[self._ROW])
        self._state = np.zeros((channels, order))
        self._step, self._entering, self._leaving = step, entering, leaving

    def _scan(self, row_step: Matrix) -> Matrix:
        # From (state before, what each row adds) to the state before each row and after the last.
        order, rows = len(row_step), self._ROWS
        powers = [np.eye(order)]
        for _ in range(rows):
            powers.append(powers[-1] @ row_step)
        scan = np.zeros(((rows + 1) * order, (rows + 1) * order))
        for source in range(rows + 1):
            for target in range(source, rows + 1):
                block = powers[target - source].T
                scan[source * order : (source + 1) * order, target * order : (target + 1) * order] = block
        return scan

    def filter(self, samples: Samples) -> Matrix:
        """The next frames, filtered; shape (channels, frames)."""
        data = np.ascontiguousarray(samples.T, dtype=np.float64)
        result = np.empty_like(data)
        group = self._ROW * self._ROWS
        whole = data.shape[1] // group * group
        for start in range(0, whole, group):
            rows = data[:, start : start + group].reshape(-1, self._ROWS, self._ROW)
            added = (rows @ self._to_state).reshape(len(rows), -1)
            states = np.concatenate([self._state, added], axis=1) @ self._over_rows
            states = states.reshape(len(rows), self._ROWS + 1, -1)
            filtered = rows @ self._direct + states[:, :-1] @ self._from_state
            result[:, start : start + group] = filtered.reshape(len(rows), -1)
            self._state = states[:, -1]
        for at in range(whole, data.shape[1]):
            value = data[:, at]
            result[:, at] = self._state @ self._leaving + self._first * value
            self._state = self._state @ self._step.T + np.outer(value, self._entering)
        return result


def _state_space(sections: Matrix) -> tuple[Matrix, Matrix, Matrix, float]:
    """Two sections in a row as s' = A s + b x, y = c s + d x; kept apart in the state, which is exact to rounding."""
    blocks = []
    for section in sections:
        step = np.array([[-section[4], 1.0], [-section[5], 0.0]])
        blocks.append((step, section[1:3] - section[4:6] * section[0], float(section[0])))
    (first_step, first_in, first_direct), (second_step, second_in, second_direct) = blocks
    step = np.zeros((4, 4))
    step[:2, :2], step[2:, 2:], step[2:, 0] = first_step, second_step, second_in
    entering = np.concatenate([first_in, second_in * first_direct])
    leaving = np.array([second_direct, 0.0, 1.0, 0.0])
    return step, entering, leaving, first_direct * second_direct


class LoudnessMeter:
    """Integrated loudness of what was added so far; keeps a number for each tenth of a second."""

    def __init__(self, sample_rate: int, channels: int) -> None:
        self._rate = sample_rate
        self._filter = RecursiveFilter(k_weighting(sample_rate), channels)
        self._group = 2048
        self._waiting = np.zeros((0, channels), np.float32)
        self._frames = 0
        self._energies: list[float] = []
        self._open_energy = 0.0

    def add(self, samples: Samples) -> None:
        """Takes the next frames."""
        data = np.concatenate([self._waiting, samples])
        whole = len(data) // self._group * self._group  # the filter is quick on whole groups alone
        self._waiting = data[whole:]
        self._take(data[:whole])

    def _take(self, samples: Samples) -> None:
        weighted = self._filter.filter(samples)
        power = np.square(weighted).sum(axis=0)
        cursor, end = 0, len(power)
        while cursor < end:
            hop_end = self._hop_start(len(self._energies) + 1) - self._frames
            self._open_energy += float(power[cursor : min(hop_end, end)].sum())
            if hop_end <= end:
                self._energies.append(self._open_energy)
                self._open_energy = 0.0
            cursor = min(hop_end, end)
        self._frames += end

    def _hop_start(self, index: int) -> int:
        return index * self._rate // _HOPS_PER_SECOND

    def integrated_lufs(self) -> float | None:
        """Gated loudness of the whole; None when it is silent or shorter than the standard's 400 ms.

        Ends the metering.
        """
        self._take(self._waiting)
        self._waiting = self._waiting[:0]
        return gated_lufs(np.array(self._energies), self._rate)

    def tenths(self) -> Matrix:
        """Weighted energy, summed over frames and channels, of each whole tenth of a second. Ends the metering."""
        self._take(self._waiting)
        self._waiting = self._waiting[:0]
        return np.array(self._energies)


def gated_lufs(tenths: Matrix, sample_rate: int) -> float | None:
    """Integrated loudness from weighted energies of tenths of a second; None as in `LoudnessMeter`."""
    if len(tenths) < _HOPS_PER_BLOCK:
        return None
    blocks = np.convolve(tenths, np.ones(_HOPS_PER_BLOCK), "valid")
    blocks *= _HOPS_PER_SECOND / _HOPS_PER_BLOCK / sample_rate
    blocks = blocks[blocks > _energy_of(_ABSOLUTE_GATE_LUFS)]
    if not len(blocks):
        return None
    gate = _energy_of(_lufs_of(float(blocks.mean())) + _RELATIVE_GATE_LU)
    return _lufs_of(float(blocks[blocks > gate].mean()))


def _lufs_of(energy: float) -> float:
    return _OFFSET_LUFS + 10 * math.log10(energy)


def _energy_of(lufs: float) -> float:
    return float(10 ** ((lufs - _OFFSET_LUFS) / 10))
