"""Whether somebody says the same again, by the sound alone: no word is recognised for it. Pure.

Each hundredth of a second in which somebody speaks becomes a vector: mel-frequency cepstrum with its first differences
(Davis and Mermelstein 1980; Furui 1986), normalised over all that is compared, so that room and microphone drop out.
The second attempt is laid along the first by subsequence dynamic time warping (Sakoe and Chiba 1978, symmetric slope of
one half to two): both begin and end where it pays, the second attempt near its beginning. What pays is likeness above
what that moment has with everything else that was said, so that a hiss or a vowel which occurs everywhere says little.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Vectors = NDArray[np.float64]
"""Shape (frames, coefficients), each row of length one."""

FRAME_MS = 10
_RATE = 16_000
_HOP = _RATE * FRAME_MS // 1000
_WINDOW = 400
_TRANSFORM = 512
_BANDS = 26
_BAND_EDGES_HZ = (100.0, 7_000.0)
_COEFFICIENTS = 12
_DIFFERENCES_WEIGHT = 2.0
_PREEMPHASIS = 0.97
_SPEECH_SHARE = 0.35
"""Of the way, in the logarithm of the power, from what a tenth of the frames stay under to what a tenth exceed."""
_USUAL_LIKENESS = 1.5
"""Standard deviations above its mean with all frames from which on a likeness pays."""
_WARPING_COST = 0.5
_BEGINNING_FRAMES_MAX = 40
"""So much may come before the repetition: a breath, "so", the end of the marker."""
_NEVER = -1e9
_STEPS = ((1, 1), (1, 2), (2, 1))
"""Rows and columns."""
_BEGINS = len(_STEPS)


@dataclass(frozen=True, slots=True)
class Likeness:
    """The best match: its score (grows with length and likeness, 0 for none) and the frames that lie on each other.

    ``first`` and ``again`` go up together, one entry a step; ``gained`` is the score up to and with each step.
    """

    score: float
    first: NDArray[np.intp]
    again: NDArray[np.intp]
    gained: Floats


def spoken_frames(samples: NDArray[np.int16]) -> tuple[NDArray[np.intp], Vectors]:
    """The frames (of `FRAME_MS`) in which somebody speaks, and their vectors; none for silence. 16 kHz, mono."""
    if len(samples) < _WINDOW:
        return np.zeros(0, np.intp), np.zeros((0, 2 * _COEFFICIENTS))
    logarithms = _band_levels(samples)
    levels = logarithms.mean(axis=1)
    low, high = np.percentile(levels, (10, 90))
    spoken = np.flatnonzero(levels > low + _SPEECH_SHARE * (high - low))
    if not len(spoken):
        return spoken, np.zeros((0, 2 * _COEFFICIENTS))
    cepstrum = logarithms @ _cosines().T
    cepstrum = (cepstrum - cepstrum[spoken].mean(axis=0)) / (cepstrum[spoken].std(axis=0) + 1e-3)
    vectors = np.hstack([cepstrum, _DIFFERENCES_WEIGHT * _differences(cepstrum)])[spoken]
    return spoken, vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


def likeness(first: Vectors, again: Vectors) -> Likeness:
    """Where ``again``, from near its beginning on, is most like a stretch of ``first``."""
    if not len(first) or not len(again):
        nowhere = np.zeros(0, np.intp)
        return Likeness(0.0, nowhere, nowhere, np.zeros(0))
    alike = again @ first.T
    gains = (alike - alike.mean(axis=1, keepdims=True)) / (alike.std(axis=1, keepdims=True) + 1e-6) - _USUAL_LIKENESS
    return _best_path(gains)


def _best_path(gains: Floats) -> Likeness:
    """Scores row by row. A step goes to the next row, or over one of them, and to the next column, or over one."""
    rows, columns = gains.shape
    # Two rows and two columns stand before the first, so that each step finds where it comes from.
    scores = np.full((rows + 2, columns + 2), _NEVER)
    steps = np.zeros((rows, columns), np.int8)
    for row in range(rows):
        before = np.stack(
            [
                scores[row + 1, 1:-1],
                scores[row + 1, :-2] - _WARPING_COST,
                scores[row, 1:-1] - _WARPING_COST + gains[row - 1],
            ]
        )
        steps[row] = before.argmax(axis=0)
        best = before.max(axis=0)
        if row <= _BEGINNING_FRAMES_MAX:
            steps[row, best < 0] = _BEGINS
            np.maximum(best, 0.0, out=best)
        scores[row + 2, 2:] = best + gains[row]
    end = np.unravel_index(int(scores[2:, 2:].argmax()), gains.shape)
    path = [(int(end[0]), int(end[1]))]
    while (step := int(steps[path[-1]])) != _BEGINS:
        path.append((path[-1][0] - _STEPS[step][0], path[-1][1] - _STEPS[step][1]))
    again, first = np.array(path[::-1]).T
    gained = scores[again + 2, first + 2]
    return Likeness(max(0.0, float(gained[-1])), first, again, gained)


def _band_levels(samples: NDArray[np.int16]) -> Floats:
    """Logarithm of the power in each mel band; shape (frames, bands)."""
    sound = samples.astype(np.float64) / 32_768
    sound = np.append(sound[0], sound[1:] - _PREEMPHASIS * sound[:-1])
    windows = np.lib.stride_tricks.sliding_window_view(sound, _WINDOW)[::_HOP] * np.hamming(_WINDOW)
    powers = np.square(np.abs(np.fft.rfft(windows, _TRANSFORM)))
    levels: Floats = np.log(powers @ _mel_bands().T + 1e-7)
    return levels


def _mel_bands() -> Floats:
    """Triangles that overlap by half, of equal width in mel; shape (bands, frequencies)."""
    low, high = (2_595 * np.log10(1 + hertz / 700) for hertz in _BAND_EDGES_HZ)
    edges = 700 * (10 ** (np.linspace(low, high, _BANDS + 2) / 2_595) - 1)
    hertz = np.fft.rfftfreq(_TRANSFORM, 1 / _RATE)
    rising = (hertz - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - hertz) / (edges[2:] - edges[1:-1])[:, None]
    bands: Floats = np.maximum(0.0, np.minimum(rising, falling))
    return bands


def _cosines() -> Floats:
    """The discrete cosine transform without its first row, which holds the loudness; shape (coefficients, bands)."""
    orders = np.arange(1, _COEFFICIENTS + 1)[:, None]
    cosines: Floats = np.cos(np.pi * orders * (np.arange(_BANDS) + 0.5) / _BANDS) * np.sqrt(2 / _BANDS)
    return cosines


def _differences(values: Floats) -> Floats:
    """The slope at each frame, over two frames on either side."""
    padded = np.pad(values, ((2, 2), (0, 0)), mode="edge")
    return (2 * (padded[4:] - padded[:-4]) + padded[3:-1] - padded[1:-3]) / 10
