"""Hum of the mains is taken out as what it is: a few steady tones, known in frequency, followed in strength and phase.

Each tone is measured where the frequencies beside it are quiet, which is in the pauses, and subtracted everywhere. A
filter would take the same frequencies from the voice; this takes hardly anything that does not go on for seconds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from donecast.engine.raw_audio import RawAudio
from donecast.engine.samples import mono

_MAINS_HERTZ = (50, 60)
_HIGHEST_HERTZ = 1_000
_LOOKS_MAX, _LOOKS_MIN = 240, 8
_QUIET_PERCENT = 20
_SURE_DB, _LIKELY_DB = 10.0, 5.0
"""How far a tone stands above what lies beside it: where there are two sure ones, others are likely."""
_TONES_MIN = 2
_BESIDE_HERTZ = (4, 15)
_STEPS_PER_SECOND = 4
_BESIDE_STEP_HERTZ = 8.0
_AROUND_STEPS = 12
"""Three seconds to each side: mains wander, and hardly within that."""
_ABOVE_USUAL = 2.0
_BATCH_STEPS = 32

Tones = NDArray[np.complex64]
"""Shape (steps, tones)."""
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Hum:
    """The frequencies of its tones in Hz."""

    hertz: tuple[float, ...]


def find_hum(source: RawAudio, sample_rate: int) -> Hum | None:
    """Which multiples of 50 or of 60 Hz stand out where it is quiet; None where hardly any does."""
    looks = min(_LOOKS_MAX, source.frames // sample_rate - 1)
    if looks < _LOOKS_MIN:
        return None
    window = np.hanning(sample_rate).astype(np.float32)
    starts = np.linspace(0, source.frames - sample_rate - sample_rate // 2, looks).astype(np.int64).tolist()
    here, later = np.zeros((2, looks, _HIGHEST_HERTZ + 50), np.complex64)
    for number, start in enumerate(starts):
        sound = mono(source.read(start, start + sample_rate + sample_rate // 2))
        here[number] = np.fft.rfft(sound[:sample_rate] * window)[: _HIGHEST_HERTZ + 50]
        later[number] = np.fft.rfft(sound[sample_rate // 2 :] * window)[: _HIGHEST_HERTZ + 50]
    quiet = 10 * np.log10(np.percentile(np.square(np.abs(here)), _QUIET_PERCENT, axis=0) + 1e-12)
    sure, mains = max(
        ((_multiples(quiet, mains, _SURE_DB), mains) for mains in _MAINS_HERTZ), key=lambda pair: len(pair[0])
    )
    if len(sure) < _TONES_MIN:
        return None
    found = _multiples(quiet, mains, _LIKELY_DB)
    strongest = max(found, key=lambda hertz: quiet[hertz])
    beside = np.square(np.abs(here[:, strongest - 8 : strongest - 3])).mean(axis=1) + 1e-12
    # How far the phase goes in half a second says how far the tone is from the whole number of hertz.
    turned = np.sum(later[:, strongest] * np.conj(here[:, strongest]) / beside)
    turned *= np.exp(-1j * np.pi * strongest)
    stretch = 1 + float(np.angle(turned)) / np.pi / strongest
    return Hum(tuple(hertz * stretch for hertz in found))


def _multiples(quiet_db: NDArray[np.float64], mains: int, above_db: float) -> list[int]:
    near, far = _BESIDE_HERTZ
    found = []
    for hertz in range(mains, _HIGHEST_HERTZ + 1, mains):
        beside = np.concatenate([quiet_db[hertz - far : hertz - near], quiet_db[hertz + near + 1 : hertz + far + 1]])
        if quiet_db[hertz] - np.median(beside) > above_db:
            found.append(hertz)
    return found


def without_hum(source: RawAudio, out: Path, sample_rate: int, hum: Hum, report: Callable[[float], None]) -> RawAudio:
    """The source without these tones, written to ``out``, as long and at the same instants."""
    tones = _ToneBank(hum, sample_rate)
    steps = -(-source.frames // tones.hop) + 1
    found = [np.zeros((steps, len(hum.hertz)), np.complex64) for _ in range(source.channels)]
    beside = [np.zeros((steps, len(hum.hertz)), np.float32) for _ in range(source.channels)]
    for first in range(0, steps, _BATCH_STEPS):
        last = min(first + _BATCH_STEPS, steps)
        sound = source.read((first - 1) * tones.hop, last * tones.hop)
        for channel in range(source.channels):
            measured = tones.measured(sound[:, channel], first)
            found[channel][first:last], beside[channel][first:last] = measured
        report(0.5 * last / steps)
    smooth = [_followed(*pair) for pair in zip(found, beside, strict=True)]
    treated = RawAudio(out, source.channels)
    for first in range(0, steps - 1, _BATCH_STEPS):
        last = min(first + _BATCH_STEPS, steps - 1)
        sound = source.read(first * tones.hop, min(last * tones.hop, source.frames))
        for channel in range(source.channels):
            sound[:, channel] -= tones.played(smooth[channel][first : last + 1], first)[: len(sound)]
        treated.append(sound)
        report(0.5 + 0.5 * last / steps)
    return treated


def _followed(found: Tones, beside: Floats) -> Tones:
    """The tones as they are around each step, after those steps above all at which nothing else was near them."""
    weights = 1 / (beside + np.float32(1e-6 * beside.mean() + 1e-20))
    around = np.hanning(2 * _AROUND_STEPS + 3)[1:-1]
    result = np.empty_like(found)
    for tone in range(found.shape[1]):
        total = np.convolve(found[:, tone] * weights[:, tone], around, "same")
        result[:, tone] = total / np.convolve(weights[:, tone], around, "same")
    strengths = np.abs(result)
    most = _ABOVE_USUAL * np.median(strengths, axis=0)
    result *= np.minimum(1, most / np.maximum(strengths, 1e-20))
    return result


class _ToneBank:
    """Measures and plays tones in windows of two steps; a window begins one step before its number says."""

    def __init__(self, hum: Hum, sample_rate: int) -> None:
        self.hop = sample_rate // _STEPS_PER_SECOND
        self._turns = np.array(hum.hertz) / sample_rate
        self._aside = _BESIDE_STEP_HERTZ / sample_rate
        places = np.arange(2 * self.hop)
        self._window = (0.5 - 0.5 * np.cos(np.pi * (places + 0.5) / self.hop)).astype(np.float32)
        waves = [
            np.exp(-2j * np.pi * np.outer(places, self._turns + aside)) for aside in (0, self._aside, -self._aside)
        ]
        self._waves = np.concatenate(waves, axis=1)
        windowed = self._waves * self._window[:, None] * (2 / self._window.sum())
        self._analysing = np.concatenate([windowed.real, windowed.imag], axis=1).astype(np.float32)
        own = self._waves[:, : len(hum.hertz)]
        self._playing = np.concatenate([own.real.T, own.imag.T]).astype(np.float32)

    def _phases(self, first: int, count: int) -> NDArray[np.complex128]:
        starts = (np.arange(first, first + count) - 1) * self.hop
        phases: NDArray[np.complex128] = np.exp(2j * np.pi * np.outer(starts, self._turns))
        return phases

    def measured(self, sound: Floats, first: int) -> tuple[Tones, Floats]:
        """Strength and phase of each tone in each window, and the power beside it."""
        halves = sound.reshape(-1, self.hop)
        windows = np.concatenate([halves[:-1], halves[1:]], axis=1)
        projected = windows @ self._analysing
        count = len(self._turns)
        values = projected[:, : 3 * count] + 1j * projected[:, 3 * count :]
        powers = np.square(np.abs(values[:, count:]))
        tones = values[:, :count] * np.conj(self._phases(first, len(windows)))
        return tones.astype(np.complex64), (powers[:, :count] + powers[:, count:]).astype(np.float32)

    def played(self, tones: Tones, first: int) -> Floats:
        """The sound of the tones from one window's middle to the last one's."""
        turned = tones * self._phases(first, len(tones))
        windows = np.concatenate([turned.real, turned.imag], axis=1).astype(np.float32) @ self._playing * self._window
        played: Floats = (windows[:-1, self.hop :] + windows[1:, : self.hop]).reshape(-1)
        return played
