"""Levels of each hundredth of a second, and what follows from them: the noise floor and where it is silent."""

import math
from dataclasses import dataclass
from typing import BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from donecast.engine.samples import Samples, decibels
from donecast.engine.series import Series

STEPS_PER_SECOND: Final = 100
_STEPS_PER_TENTH = 10
_FLOOR_PERCENT = 10
_VOICE_PERCENT = 90
_FLOOR_DB_MIN = -120.0
_QUIET_DB_MIN = -70.0
_VOICE_ABOVE_FLOOR_DB_MIN = 10.0
_THRESHOLD_SHARE = 0.4
_SILENCE_MS_MIN = 200
_STEP_MS = 10

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Levels:
    """What was measured, one entry for each hundredth of a second that has begun.

    ``extremes``: lowest and highest sample over all channels, in 128ths of full scale, rounded down; shape (steps, 2).
    ``powers``: mean square over all channels. ``sample_peak``: the largest magnitude.
    """

    extremes: Series[np.int8]
    powers: Series[np.float32]
    sample_peak: float


class LevelMeter:
    """Measures blocks as they come. Steps begin at exact fractions of a second, for any rate.

    What it finds lies in two files of the caller's, as in `Series`.
    """

    def __init__(self, sample_rate: int, extremes: BinaryIO, powers: BinaryIO) -> None:
        self._rate = sample_rate
        self._frames = 0
        self._extremes, self._powers = Series(extremes, np.int8, 2), Series(powers, np.float32)
        self._sample_peak = 0.0
        # The step that has begun and not ended: extremes, the sum of squares, frames.
        self._open = (math.inf, -math.inf, 0.0, 0)

    def add(self, samples: Samples) -> Floats | None:
        """Takes the next frames; answers the largest magnitude of each step if they are whole steps, else None."""
        last = ((self._frames + len(samples) + 1) * STEPS_PER_SECOND - 1) // self._rate  # the step of the frame after
        edges = np.arange(len(self._powers), last + 1) * self._rate // STEPS_PER_SECOND - self._frames
        self._frames += len(samples)
        if len(edges) > 1 and edges[0] == 0 and edges[-1] == len(samples):
            return self._keep(*_reduced(samples, edges), np.diff(edges) * samples.shape[1])
        edges = edges[1:]
        if not len(edges):
            self._widen(samples)
            return None
        self._widen(samples[: edges[0]])
        self._close()
        if len(edges) > 1:
            self._keep(*_reduced(samples[edges[0] : edges[-1]], edges - edges[0]), np.diff(edges) * samples.shape[1])
        self._widen(samples[edges[-1] :])
        return None

    def _widen(self, samples: Samples) -> None:
        if len(samples):
            low, high, energy, count = self._open
            lows, highs, energies = _reduced(samples, np.array([0, len(samples)]))
            self._open = min(low, lows[0]), max(high, highs[0]), energy + energies[0], count + samples.size

    def _close(self) -> None:
        low, high, energy, count = self._open
        if count:
            lows, highs, energies = np.array([[low], [high], [energy]], np.float32)
            self._keep(lows, highs, energies, np.array([count]))
        self._open = (math.inf, -math.inf, 0.0, 0)

    def _keep(self, lows: Floats, highs: Floats, energies: Floats, counts: NDArray[np.int64]) -> Floats:
        magnitudes: Floats = np.maximum(highs, -lows)
        self._sample_peak = max(self._sample_peak, float(magnitudes.max()))
        extremes = np.array([lows, highs])
        extremes *= np.float32(128)
        np.clip(np.floor(extremes, out=extremes), -128, 127, out=extremes)
        self._extremes.append(extremes.T.astype(np.int8))
        self._powers.append((energies / counts).astype(np.float32))
        return magnitudes

    def levels(self) -> Levels:
        """All that was measured. Ends the metering."""
        self._close()
        return Levels(self._extremes, self._powers, self._sample_peak)


def _reduced(samples: Samples, edges: NDArray[np.int64]) -> tuple[Floats, Floats, Floats]:
    """Lowest, highest and the sum of squares over all channels between each edge and the next; all is covered."""
    # Interleaved channels are one long row: nothing has to be sorted out.
    interleaved = samples.flags.c_contiguous
    planes = [samples.reshape(-1)] if interleaved else list(samples.T)
    at = edges[:-1] * (samples.shape[1] if interleaved else 1)
    even = bool((np.diff(edges) == edges[1] - edges[0]).all())
    found = [
        (
            np.minimum.reduceat(plane, at),  # in half the time of a minimum over an axis
            np.maximum.reduceat(plane, at),
            _energies(plane.reshape(len(at), -1)) if even else np.add.reduceat(plane * plane, at),
        )
        for plane in planes
    ]
    lows, highs, energies = found[0]
    for other_lows, other_highs, other_energies in found[1:]:
        lows, highs = np.minimum(lows, other_lows), np.maximum(highs, other_highs)
        energies = energies + other_energies
    return lows, highs, energies


def _energies(rows: Floats) -> Floats:
    energies: Floats = np.vecdot(rows, rows)
    return energies


def noise_floor_db(levels: Levels) -> float:
    """The level in dBFS (RMS of 100 ms) that a tenth of the sound stays under; not below -120."""
    return max(_FLOOR_DB_MIN, decibels(float(np.percentile(_tenths(levels), _FLOOR_PERCENT)) ** 0.5))


def silences_ms(levels: Levels, duration_ms: int) -> list[tuple[int, int]]:
    """Where nobody speaks: stretches of at least 200 ms, start and end (not included) in whole milliseconds.

    Silent is a hundredth of a second whose RMS lies below a threshold: the noise floor and 0.4 of the way, in decibels,
    to the level that a tenth of the recording exceeds. So the threshold follows the room and the voice. A floor below
    -70 dBFS counts as that. Where the two are less than 10 dB apart nothing is told apart, and there are no silences.
    """
    tenths = _tenths(levels)
    floor = max(noise_floor_db(levels), _QUIET_DB_MIN)
    voice = decibels(float(np.percentile(tenths, _VOICE_PERCENT)) ** 0.5)
    if voice - floor < _VOICE_ABOVE_FLOOR_DB_MIN:
        return []
    threshold = 10 ** ((floor + _THRESHOLD_SHARE * (voice - floor)) / 10)
    spans = np.minimum(_changes(levels.powers, threshold).reshape(-1, 2) * _STEP_MS, duration_ms)
    return [(start, end) for start, end in spans.tolist() if end - start >= _SILENCE_MS_MIN]


def _changes(powers: Series[np.float32], threshold: float) -> NDArray[np.intp]:
    """The steps at which the sound falls below the threshold, and in turn those at which it no longer lies there."""
    found: list[NDArray[np.intp]] = []
    is_quiet, at = False, 0
    for piece in powers.pieces():
        quiet = np.concatenate([[is_quiet], piece < threshold])
        found.append(at + np.flatnonzero(quiet[1:] != quiet[:-1]))
        is_quiet, at = bool(quiet[-1]), at + len(piece)
    return np.concatenate([*found, np.full(int(is_quiet), at)])


def _tenths(levels: Levels) -> NDArray[np.float64]:
    """Mean square of each whole tenth of a second; of all when there is none."""
    if len(levels.powers) < _STEPS_PER_TENTH:
        return np.array([piece.mean(dtype=np.float64) for piece in levels.powers.pieces()] or [0.0])
    return np.concatenate(
        [
            piece[: len(piece) // _STEPS_PER_TENTH * _STEPS_PER_TENTH]
            .reshape(-1, _STEPS_PER_TENTH)
            .mean(axis=1, dtype=np.float64)
            for piece in levels.powers.pieces()
        ]
    )
