"""How far each stretch of talk is to be raised or lowered, from the loudness of each tenth of a second.

Pure arithmetic. Talk is cut where its loudness changes for good (another person, another distance from the
microphone), by the division into steps that explains its levels best for the least number of steps. Each stretch then
has one gain: how a voice rises and falls within a sentence is its own affair.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Levels = NDArray[np.float64]
"""Shape (tenths,): loudness in LUFS."""
Flags = NDArray[np.bool_]

GAIN_DB_MAX = 24.0
CLOSE_ENOUGH_DB = 1.0
"""A stretch so near to the whole keeps its loudness."""

_FLOOR_PERCENT, _LOUD_PERCENT = 10, 95
_ABOVE_FLOOR_LU, _BELOW_LOUD_LU_MAX, _BELOW_LOUD_LU_MIN = 8.0, 40.0, 15.0
_SILENT_LUFS = -70.0
_STEP_COST = 900.0
"""In squared LU: what a step must explain. Ten LU between two stretches of three seconds explain 1500."""
_STRETCH_TENTHS_MIN, _STRETCH_TENTHS_MAX = 10, 600
_LONG_PAUSE_TENTHS = 10
_PAUSE_WITHIN_TENTHS = 8
_GATE_LU = 10.0
_RAMP_TENTHS, _AHEAD_TENTHS, _SHORT_RAMP_TENTHS = 3.0, 0.5, 1.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """Talk without a long pause, from tenth to tenth (the last not included), and the gain that it gets."""

    start: int
    end: int
    gain_db: float


@dataclass(frozen=True, slots=True)
class Ramp:
    """From one place to the next, in tenths, the gain goes in a straight line of decibels."""

    start: float
    end: float
    start_db: float
    end_db: float


def spoken(levels: Levels) -> Flags:
    """Which tenths are speech: well above the floor, and not too far below the loudest talk."""
    if not len(levels):
        return np.zeros(0, np.bool_)
    floor, loud = np.percentile(levels, [_FLOOR_PERCENT, _LOUD_PERCENT])
    gate = max(floor + _ABOVE_FLOOR_LU, loud - _BELOW_LOUD_LU_MAX, _SILENT_LUFS)
    result: Flags = levels > min(gate, max(loud - _BELOW_LOUD_LU_MIN, _SILENT_LUFS))
    return result


def stretches(levels: Levels) -> list[Stretch]:
    """The stretches of talk in order, with gains that bring each to the loudness of all talk together.

    What lies between them is pause.
    """
    levels = np.maximum(levels, _SILENT_LUFS)
    places = np.flatnonzero(spoken(levels))
    if not len(places):
        return []
    target_lufs = _loudness(levels[places])
    result = []
    for first, last in pairwise(_with_soft_ends(_steps(levels[places]), places, levels)):
        wanted = target_lufs - _loudness(levels[places[first:last]])
        gain = 0.0 if abs(wanted) < CLOSE_ENOUGH_DB else float(np.clip(wanted, -GAIN_DB_MAX, GAIN_DB_MAX))
        pauses = first + 1 + np.flatnonzero(np.diff(places[first:last]) > _LONG_PAUSE_TENTHS)
        for begins, ends in pairwise([first, *pauses.tolist(), last]):
            result.append(Stretch(int(places[begins]), int(places[ends - 1]) + 1, gain))
    return result


def gain_curve(found: Sequence[Stretch], end: float) -> list[Ramp]:
    """The gain from 0 to ``end`` without a gap.

    It changes in the pause before a stretch, just before somebody speaks. In a long pause nothing is raised.
    """
    if not found:
        return [Ramp(0, end, 0, 0)]
    points = _between(None, found[0], 0)
    for before, after in pairwise(found):
        points += _between(before, after, before.end)
    if end - found[-1].end >= _LONG_PAUSE_TENTHS:
        points += _falling(found[-1], min(0.0, found[-1].gain_db))
    points = [(0.0, points[0][1] if points else found[0].gain_db), *points]
    points.append((end, points[-1][1]))
    return [
        Ramp(start, stop, start_db, stop_db) for (start, start_db), (stop, stop_db) in pairwise(points) if stop > start
    ]


def _between(before: Stretch | None, after: Stretch, pause_start: int) -> list[tuple[float, float]]:
    """Places and gains on the way from one stretch to the next."""
    pause = after.start - pause_start
    if pause >= _LONG_PAUSE_TENTHS:
        low = min(0.0, after.gain_db, before.gain_db if before else 0.0)
        rises = after.start - _AHEAD_TENTHS
        return [*(_falling(before, low) if before else []), (rises - _RAMP_TENTHS, low), (rises, after.gain_db)]
    if before is None:
        return []
    if pause < 1:
        half = _SHORT_RAMP_TENTHS / 2
        return [(after.start - half, before.gain_db), (after.start + half, after.gain_db)]
    ends = after.start - _AHEAD_TENTHS
    return [(max(before.end, ends - _RAMP_TENTHS), before.gain_db), (ends, after.gain_db)]


def _falling(stretch: Stretch, low_db: float) -> list[tuple[float, float]]:
    begins = stretch.end + _AHEAD_TENTHS
    return [(begins, stretch.gain_db), (begins + _RAMP_TENTHS, low_db)]


def _steps(levels: Levels) -> list[int]:
    """Where steps begin, with the first and the last edge: the least sum of squares, and so much for each step."""
    count = len(levels)
    if count < 2 * _STRETCH_TENTHS_MIN:
        return [0, count] if count else [0]
    sums = np.concatenate([[0.0], np.cumsum(levels - levels.mean())])
    squares = np.concatenate([[0.0], np.cumsum(np.square(levels - levels.mean()))])
    costs = np.full(count + 1, np.inf)
    costs[0] = 0.0
    came_from = np.zeros(count + 1, np.int64)
    for end in range(_STRETCH_TENTHS_MIN, count + 1):
        first = max(0, end - _STRETCH_TENTHS_MAX)
        starts = slice(first, end - _STRETCH_TENTHS_MIN + 1)
        lengths = np.arange(end - first, _STRETCH_TENTHS_MIN - 1, -1)
        explained = np.square(sums[end] - sums[starts]) / lengths
        totals = costs[starts] + (squares[end] - squares[starts]) - explained + _STEP_COST
        best = int(np.argmin(totals))
        costs[end], came_from[end] = totals[best], first + best
    edges = [count]
    while edges[-1]:
        edges.append(int(came_from[edges[-1]]))
    return edges[::-1]


def _with_soft_ends(edges: list[int], places: NDArray[np.int64], levels: Levels) -> list[int]:
    """The same steps, each moved into the pause beside it, so that no louder voice's last sound is raised."""
    means = [float(levels[places[first:last]].mean()) for first, last in pairwise(edges)]
    result = list(edges)
    for step, (before, after) in enumerate(pairwise(means), 1):
        at = int(places[edges[step]])
        first, last = (at, at + _PAUSE_WITHIN_TENTHS) if after < before else (at - _PAUSE_WITHIN_TENTHS, at)
        first = max(first, 0)
        quietest = first + int(np.argmin(levels[first : last + 1]))
        moved = int(np.searchsorted(places, quietest))
        result[step] = min(max(moved, result[step - 1] + 1), edges[step + 1] - 1)
    return result


def _loudness(levels: Levels) -> float:
    """Mean power of the tenths, without those far below it, in LUFS."""
    energies = 10 ** (levels / 10)
    kept = energies[levels > 10 * np.log10(energies.mean()) - _GATE_LU]
    return float(10 * np.log10(kept.mean()))
