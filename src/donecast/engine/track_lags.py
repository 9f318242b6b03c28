"""Measures how far one track's outline lags behind another's, at many places."""

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from donecast.engine.raw_audio import RawAudio
from donecast.engine.samples import Channel
from donecast.engine.track_alignment import Lag, LagLine
from donecast.engine.track_outline import HOP_FRAMES, OUTLINE_RATE

OFFSET_SECONDS_MAX = 60.0
"""Tracks that begin further apart are not found. Ten seconds are promised."""
_COARSE_WINDOW_SECONDS = 16.0
_COARSE_WINDOWS_MAX = 24
_COARSE_STRENGTH_MIN = 8.0
_FINE_WINDOW_SECONDS = 12.0
_FINE_WINDOWS_MAX = 160
_FINE_STRENGTH_MIN = 8.0
_FINE_REACH_SECONDS = 0.12
_HEARD_SHARE_MIN = 0.05

Mask = NDArray[np.bool_]
"""Shape (hops,): which 10 ms of the track count."""


def coarse_lags(reference: RawAudio, track: RawAudio) -> tuple[list[Lag], int]:
    """Lags of up to 60 s and a bit, one for each place where the two are alike; and at how many places was looked."""
    reach = round(OFFSET_SECONDS_MAX * OUTLINE_RATE)
    lags, windows = [], 0
    for start, length in _windows(track.frames, _COARSE_WINDOW_SECONDS, _COARSE_WINDOWS_MAX):
        window: Channel = track.read(start, start + length)[:, 0]
        around: Channel = reference.read(start - reach, start + length + reach)[:, 0]
        windows += 1
        place, strength = _best_place(window, around)
        if strength >= _COARSE_STRENGTH_MIN:
            lags.append(Lag((start + length / 2) / OUTLINE_RATE, (place - reach) / OUTLINE_RATE, strength))
    return lags, windows


def fine_lags(reference: RawAudio, track: RawAudio, line: LagLine, counting: Mask) -> list[Lag]:
    """Lags near a line that is known to some hundredths of a second, from the instants that count alone."""
    reach = round(_FINE_REACH_SECONDS * OUTLINE_RATE)
    lags = []
    for start, length in _windows(track.frames, _FINE_WINDOW_SECONDS, _FINE_WINDOWS_MAX):
        counts = np.repeat(counting[start // HOP_FRAMES : (start + length) // HOP_FRAMES], HOP_FRAMES)
        if np.count_nonzero(counts) < _HEARD_SHARE_MIN * length:
            continue
        window: Channel = track.read(start, start + len(counts))[:, 0] * counts.astype(np.float32)
        middle = (start + float(np.flatnonzero(counts).mean())) / OUTLINE_RATE
        expected = round(line.at(middle) * OUTLINE_RATE)
        around = reference.read(start + expected - reach, start + expected + len(window) + reach)[:, 0]
        place, strength = _best_place(window, around)
        if strength >= _FINE_STRENGTH_MIN:
            lags.append(Lag(middle, (place - reach + expected) / OUTLINE_RATE, strength))
    return lags


def _windows(frames: int, window_seconds: float, windows_max: int) -> Iterator[tuple[int, int]]:
    """Start and length in outline frames of windows spread evenly, on whole hops."""
    length = min(frames, round(window_seconds * OUTLINE_RATE)) // HOP_FRAMES * HOP_FRAMES
    if not length:
        return
    count = max(1, min(windows_max, frames // length))
    for number in range(count):
        spread = (frames - length) * number // max(1, count - 1)
        yield spread // HOP_FRAMES * HOP_FRAMES, length


def _correlation(window: Channel, around: Channel) -> Channel:
    """Correlation of a window with all places inside a longer stretch that hold it whole."""
    length = _quick_length(len(around))
    product = np.fft.rfft(around, length)
    product *= np.conj(np.fft.rfft(window, length))
    correlation = np.fft.irfft(product, length)[: len(around) - len(window) + 1]
    return correlation.astype(np.float32, copy=False)


def _best_place(window: Channel, around: Channel) -> tuple[float, float]:
    """Where the window fits best, between samples, and how many standard deviations of chance that stands out."""
    # Outlines are as good as white, so chance correlates them with this deviation; silence has no part in it.
    sounding = max(1, int(np.count_nonzero(around)))
    chance = float(np.linalg.norm(window)) * float(np.linalg.norm(around)) / math.sqrt(sounding)
    if chance == 0:
        return 0.0, 0.0
    correlation = _correlation(window, around)
    top = int(np.argmax(correlation))
    strength = float(correlation[top]) / chance
    if not 0 < top < len(correlation) - 1:
        return float(top), strength
    before, here, after = (float(correlation[top + step]) for step in (-1, 0, 1))
    bend = before - 2 * here + after
    return top + (0.5 * (before - after) / bend if bend else 0.0), strength


def _quick_length(least: int) -> int:
    """The next length with no prime factor above 5, which transforms quickly."""
    best = 1 << (least - 1).bit_length()
    fives = 1
    while fives < best:
        threes = fives
        while threes < best:
            twos = max(1, -(-least // threes))
            best = min(best, threes * (1 << (twos - 1).bit_length()))
            threes *= 3
        fives *= 5
    return best
