"""Who speaks when, from the levels of all tracks on one clock, and how far each track is open at each moment.

Pure arithmetic on one number per track and 10 ms. A microphone hears the others too, but by about the same amount
quieter all the time. That amount is read off the recording itself; who is louder than it explains speaks.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from donecast.engine.track_outline import HOPS_PER_SECOND, LEVEL_DB_MIN, Levels

Matrix = NDArray[np.float32]
"""Shape (tracks, hops)."""

Flags = NDArray[np.bool_]

TURNED_DOWN_DB = -20.0
"""How far a track is turned down while only others speak: enough that their echo of a few ms is not heard."""

_LOUD_PERCENTILE, _FLOOR_PERCENTILE = 99.5, 10
_LOUD_DB = -20.0
_ABOVE_FLOOR_DB = 8.0
_ABOVE_BLEED_DB_MAX, _ABOVE_BLEED_SHARE = 9.0, 0.3
_APART_DB_MIN = 10.0
_LOUD_HOPS_MIN = 20
_BLEED_SPREAD_HOPS = 4
_MAJORITY_HOPS, _MAJORITY = 5, 3
_GAP_HOPS = 35
_SHORTEST_HOPS = 6
# A word's soft beginning is hard to see, more so under another's voice; its end is soon covered by that.
_LEAD_HOPS, _TAIL_HOPS, _TAIL_HOPS_UNDER_OTHERS = 22, 25, 12
_OPENING_HOPS, _CLOSING_HOPS = 5, 12


@dataclass(frozen=True, slots=True)
class Activity:
    """Flags of shape (tracks, hops).

    ``speaking``: the person of this track speaks. ``open``: the track is to be heard: from a little before its person
    begins until another one does. ``own_voice``: whether the track has a voice of its own at all.
    """

    speaking: Flags
    open: Flags
    own_voice: tuple[bool, ...]


def on_one_clock(levels: Levels, first_hops: NDArray[np.float64]) -> Levels:
    """A track's levels at given places of its own clock, in hops; silence where it has none."""
    places = np.rint(first_hops).astype(np.int64)
    inside = (places >= 0) & (places < len(levels))
    result = np.full(len(places), LEVEL_DB_MIN, np.float32)
    result[inside] = levels[places[inside]]
    return result


def who_speaks(levels: Matrix) -> Activity:
    """Decides from levels in dBFS of shape (tracks, hops), all on one clock."""
    loud = np.percentile(levels, _LOUD_PERCENTILE, axis=1)
    floor = np.array([_floor(track) for track in levels])
    bleed = _bleed_db(levels - loud[:, None], levels)
    own_voice = _own_voices(bleed, loud - floor)
    speaking = np.zeros(levels.shape, np.bool_)
    for track in np.flatnonzero(own_voice):
        heard = levels[track] > floor[track] + _ABOVE_FLOOR_DB
        for other in np.flatnonzero(own_voice):
            if other != track and np.isfinite(bleed[track, other]):
                apart = -(bleed[track, other] + bleed[other, track])
                margin = min(_ABOVE_BLEED_DB_MAX, _ABOVE_BLEED_SHARE * apart) if np.isfinite(apart) else 6.0
                heard &= levels[track] > _highest_around(levels[other]) + bleed[track, other] + margin
        speaking[track] = _as_speech(heard)
    return Activity(speaking, _opened(speaking), tuple(bool(one) for one in own_voice))


def gains_db(opened: Flags) -> NDArray[np.float64]:
    """The faders' places in dB, shape (hops,), for one track: straight ramps that end where it opens."""
    hops = np.arange(len(opened), dtype=np.float64)
    if not opened.any():
        return np.full(len(opened), TURNED_DOWN_DB)
    since = hops - np.maximum.accumulate(np.where(opened, hops, -np.inf))
    until = np.minimum.accumulate(np.where(opened, hops, np.inf)[::-1])[::-1] - hops
    nearest = np.minimum(since / _CLOSING_HOPS, until / _OPENING_HOPS)
    return TURNED_DOWN_DB * np.minimum(nearest, 1.0)


def spans_ms(speaking: Flags, duration_ms: int) -> list[tuple[int, int]]:
    """Starts and ends of a track's speech."""
    hop_ms = 1000 // HOPS_PER_SECOND
    spans = [(start * hop_ms, min(end * hop_ms, duration_ms)) for start, end in _runs(speaking)]
    return [(start, end) for start, end in spans if start < end]


def _floor(levels: Levels) -> float:
    present = levels[levels > LEVEL_DB_MIN + 1]
    return float(np.percentile(present, _FLOOR_PERCENTILE)) if len(present) else LEVEL_DB_MIN


def _bleed_db(relative: Matrix, levels: Matrix) -> NDArray[np.float64]:
    """How loud track i is while j's person speaks, compared with j, in dB at [i, j]; NaN where j is never foremost."""
    tracks = len(levels)
    foremost = relative.argmax(axis=0)
    bleed = np.full((tracks, tracks), np.nan)
    for other in range(tracks):
        when = (foremost == other) & (relative[other] > _LOUD_DB)
        if when.sum() >= _LOUD_HOPS_MIN:
            bleed[:, other] = np.median(levels[:, when] - levels[other, when], axis=1)
    return bleed


def _own_voices(bleed: NDArray[np.float64], ranges: NDArray[np.float64]) -> Flags:
    """False for a track that sounds all the time as another does, only fainter: nobody speaks into it."""
    own_voice = np.ones(len(ranges), np.bool_)
    for track in range(len(ranges)):
        for other in range(track + 1, len(ranges)):
            if -(bleed[track, other] + bleed[other, track]) < _APART_DB_MIN:
                own_voice[track if ranges[track] < ranges[other] else other] = False
    return own_voice


def _highest_around(levels: Levels) -> Levels:
    """The highest level within a few hops: sound comes late through the air, and rooms ring on."""
    padded = np.pad(levels, _BLEED_SPREAD_HOPS, mode="edge")
    highest: Levels = np.lib.stride_tricks.sliding_window_view(padded, 2 * _BLEED_SPREAD_HOPS + 1).max(axis=1)
    return highest


def _as_speech(heard: Flags) -> Flags:
    """Without single hops, and with the gaps inside words and between them closed."""
    counts = np.convolve(heard.astype(np.int16), np.ones(_MAJORITY_HOPS, np.int16), "same")
    result = np.zeros_like(heard)
    for start, end in _joined(_runs(counts >= _MAJORITY), _GAP_HOPS):
        if heard[start:end].sum() >= _SHORTEST_HOPS:
            result[start:end] = True
    return result


def _opened(speaking: Flags) -> Flags:
    """From a little before somebody begins until a little after; in silence, whoever spoke last stays open."""
    reached = np.zeros_like(speaking)
    for track, flags in enumerate(speaking):
        others: Flags = np.logical_or.reduce(np.delete(speaking, track, axis=0), axis=0)
        for start, end in _runs(flags):
            tail = _TAIL_HOPS_UNDER_OTHERS if others[end : end + _TAIL_HOPS].any() else _TAIL_HOPS
            reached[track, max(0, start - _LEAD_HOPS) : end + tail] = True
    somebody: Flags = np.logical_or.reduce(reached, axis=0)
    if not somebody.any():
        return np.ones_like(speaking)
    last = np.maximum.accumulate(np.where(somebody, np.arange(len(somebody)), -1))
    last[last < 0] = int(np.argmax(somebody))
    return reached[:, last]


def _runs(flags: Flags) -> list[tuple[int, int]]:
    """Starts and ends (not included) of the stretches that are true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return [(int(start), int(end)) for start, end in zip(edges[::2], edges[1::2], strict=True)]


def _joined(runs: Sequence[tuple[int, int]], gap: int) -> list[tuple[int, int]]:
    result: list[tuple[int, int]] = []
    for start, end in runs:
        if result and start - result[-1][1] <= gap:
            result[-1] = (result[-1][0], end)
        else:
            result.append((start, end))
    return result
