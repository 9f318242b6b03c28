"""Loudness after ITU-R BS.1770-4, EBU Tech 3341 and 3342, block by block, for any sample rate and any length."""

import math

import numpy as np
from numpy.typing import NDArray

from donecast.engine.row_filter import ROW, Floats, RowFilter
from donecast.engine.samples import Samples

_ABSOLUTE_GATE_LUFS = -70.0
_RELATIVE_GATE_LU = -10.0
_RANGE_GATE_LU = -20.0
_RANGE_PERCENTS = (10, 95)
_OFFSET_LUFS = -0.691
_STEPS_PER_SECOND = 50
_STEPS_PER_TENTH = 5
_MOMENTARY_STEPS = 20
_SHORT_TERM_STEPS = 150
_STAGE_SAMPLES = 400_000
"""About so many samples are filtered at once: numpy's calls then cost little beside what they do."""

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


class LoudnessMeter:
    """Loudness of what was added so far; keeps a number for each tenth of a second.

    Only whole steps of 20 ms count. Asking for any figure ends the metering.
    """

    def __init__(self, sample_rate: int, channels: int) -> None:
        self._rate = sample_rate
        step = sample_rate // _STEPS_PER_SECOND
        even = sample_rate % _STEPS_PER_SECOND == 0
        whole = math.lcm(step, ROW) if even else ROW
        stage = max(1, _STAGE_SAMPLES // (whole * channels)) * whole
        self._filter = RowFilter(k_weighting(sample_rate), channels, stage)
        self._step_frames = step if even else None
        self._frames = 0
        self._steps = 0
        self._open_energy = 0.0
        self._recent = np.zeros(0)
        """Energies of the last steps: as many as a window that ends with the next one reaches back."""
        self._highest = {_MOMENTARY_STEPS: 0.0, _SHORT_TERM_STEPS: 0.0}
        """Of all windows of so many steps, one beginning at each step, the largest mean energy."""
        self._tenths = bytearray()
        """Of 64-bit floats: it grows in place, and lies in memory once however long the sound is."""

    def add(self, samples: Samples) -> None:
        """Takes the next frames."""
        at = 0
        while at < len(samples):
            at += self._filter.stage(samples[at:])
            if self._filter.free == 0:
                self._take()

    def _take(self) -> None:
        count = self._filter.staged
        weighted = self._filter.filtered()
        weighted = weighted.reshape(len(weighted), -1)[:, :count]
        if self._step_frames:
            steps = weighted[:, : count // self._step_frames * self._step_frames]
            steps = steps.reshape(len(steps), -1, self._step_frames)
            self._keep(np.vecdot(steps, steps).astype(np.float64).sum(axis=0))
        else:
            self._keep(np.array(self._split(weighted)))
        self._frames += count

    def _keep(self, energies: Matrix) -> None:
        """Takes the energies of the next steps."""
        known = np.concatenate([self._recent, energies])
        for steps, highest in self._highest.items():
            means = _means(known[max(0, len(self._recent) - steps + 1) :], steps)
            self._highest[steps] = max(highest, float(means.max(initial=0.0)))
        in_tenth = self._steps % _STEPS_PER_TENTH
        self._steps += len(energies)
        coming = known[len(self._recent) - in_tenth :]
        whole = len(coming) // _STEPS_PER_TENTH
        tenths = coming[: whole * _STEPS_PER_TENTH].reshape(whole, _STEPS_PER_TENTH).sum(axis=1)
        self._tenths += tenths.tobytes()
        self._recent = known[max(0, len(known) - _SHORT_TERM_STEPS + 1) :].copy()

    def _split(self, weighted: Floats) -> list[float]:
        energies: list[float] = []
        cursor, end = 0, weighted.shape[1]
        while cursor < end:
            step_end = (self._steps + len(energies) + 1) * self._rate // _STEPS_PER_SECOND - self._frames
            piece = weighted[:, cursor : min(step_end, end)]
            self._open_energy += float(np.vecdot(piece, piece).sum())
            if step_end <= end:
                energies.append(self._open_energy)
                self._open_energy = 0.0
            cursor = min(step_end, end)
        return energies

    def integrated_lufs(self) -> float | None:
        """Gated loudness of the whole; None when it is silent or shorter than the standard's 400 ms."""
        return gated_lufs(self.tenths(), self._rate)

    def tenths(self) -> Matrix:
        """Weighted energy of each whole tenth of a second, summed over frames and channels."""
        self._take_rest()
        return np.frombuffer(self._tenths, np.float64)

    def momentary_lufs_max(self) -> float | None:
        """The loudest 400 ms; None when there is no such stretch or all is digital silence."""
        return self._loudest(_MOMENTARY_STEPS)

    def short_term_lufs_max(self) -> float | None:
        """The loudest 3 s; None when there is no such stretch or all is digital silence."""
        return self._loudest(_SHORT_TERM_STEPS)

    def short_term_lufs(self) -> Matrix:
        """Loudness of the 3 s that end at 3.0, 3.1, 3.2 ... seconds; minus infinity for digital silence."""
        with np.errstate(divide="ignore"):
            windows = self._windows(_SHORT_TERM_STEPS)
            curve: Matrix = _OFFSET_LUFS + 10 * np.log10(windows)
        return curve

    def range_lu(self) -> float | None:
        """Loudness range after EBU Tech 3342; None when no 3 s are above -70 LUFS."""
        windows = self._windows(_SHORT_TERM_STEPS)
        windows = windows[windows > _energy_of(_ABSOLUTE_GATE_LUFS)]
        if not len(windows):
            return None
        gate = _energy_of(_lufs_of(float(windows.mean())) + _RANGE_GATE_LU)
        low, high = np.percentile(windows[windows > gate], _RANGE_PERCENTS)
        return _lufs_of(float(high)) - _lufs_of(float(low))

    def _loudest(self, steps: int) -> float | None:
        """The loudest window of so many steps, one beginning at each."""
        self._take_rest()
        most = self._highest[steps] * (_STEPS_PER_SECOND / self._rate)
        return _lufs_of(most) if most > 0 else None

    def _windows(self, steps: int) -> Matrix:
        """Mean power of each so many steps in a row, one window beginning at each tenth of a second."""
        return _means(self.tenths(), steps // _STEPS_PER_TENTH) * (_STEPS_PER_SECOND / _STEPS_PER_TENTH / self._rate)

    def _take_rest(self) -> None:
        if self._filter.staged:
            self._take()


def gated_lufs(tenths: Matrix, sample_rate: int) -> float | None:
    """Integrated loudness from the weighted energies of tenths of a second; None as in `LoudnessMeter`."""
    blocks = _means(tenths, _MOMENTARY_STEPS // _STEPS_PER_TENTH) * (_STEPS_PER_SECOND / _STEPS_PER_TENTH / sample_rate)
    blocks = blocks[blocks > _energy_of(_ABSOLUTE_GATE_LUFS)]
    if not len(blocks):
        return None
    gate = _energy_of(_lufs_of(float(blocks.mean())) + _RELATIVE_GATE_LU)
    return _lufs_of(float(blocks[blocks > gate].mean()))


def tenth_lufs(tenths: Matrix, sample_rate: int) -> Matrix:
    """Loudness of each tenth of a second by itself; minus infinity for digital silence."""
    with np.errstate(divide="ignore"):
        levels: Matrix = _OFFSET_LUFS + 10 * np.log10(tenths * (_STEPS_PER_SECOND / _STEPS_PER_TENTH / sample_rate))
    return levels


def _means(energies: Matrix, width: int) -> Matrix:
    """The mean of each so many energies in a row."""
    if len(energies) < width:
        return np.zeros(0)
    # Summed anew for each: a running difference would leave the rounding of loud parts in silent ones.
    return np.convolve(energies, np.ones(width), "valid") / width


def _lufs_of(energy: float) -> float:
    return _OFFSET_LUFS + 10 * math.log10(energy)


def _energy_of(lufs: float) -> float:
    return float(10 ** ((lufs - _OFFSET_LUFS) / 10))
