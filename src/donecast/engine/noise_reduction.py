"""Steady noise is taken back, frequency by frequency and moment by moment, by as much as it covers the speech.

The gain is Wiener's, with the speech's share followed from frame to frame by the decision-directed rule of Ephraim and
Malah (1984) and then looked at once more without its delay, as Plapous, Marro and Scalart do (2006). It never goes
below a floor: some of the room stays, so that pauses do not sound like holes.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from donecast.engine.hum import find_hum, without_hum
from donecast.engine.noise_profile import NoiseProfile, noise_profile
from donecast.engine.raw_audio import RawAudio
from donecast.engine.short_spectra import Frames, Powers, Spectra, powers

WORTH_REDUCING_DB = 45.0
"""Noise that lies further below the loud moments of speech is left as it is."""
FLOOR_DB = -15.0
_HUM_SHARE = 0.25
"""Of the time that all takes where there is hum."""
_FOLLOWING = 0.98

Gains = NDArray[np.float32]


def reduce_noise(source: RawAudio, out: Path, sample_rate: int, report: Callable[[float], None]) -> RawAudio | None:
    """The source with less noise, written to ``out``, as long and at the same instants; None where there is hardly any.

    Hum goes first, for its tones lie too close to a voice's for what follows. All channels share the gains of the rest,
    so that nobody moves to a side.
    """
    if not source.frames:
        return None
    hum = find_hum(source, sample_rate)
    if hum is None:
        return _with_less_noise(source, out, sample_rate, report)
    beside = out.with_name(f"{out.name}-hum")
    silent = without_hum(source, beside, sample_rate, hum, lambda part: report(_HUM_SHARE * part))
    reduced = _with_less_noise(silent, out, sample_rate, lambda part: report(_HUM_SHARE + (1 - _HUM_SHARE) * part))
    if reduced is None:
        return silent
    silent.close()
    return reduced


def _with_less_noise(source: RawAudio, out: Path, sample_rate: int, report: Callable[[float], None]) -> RawAudio | None:
    frames = Frames(sample_rate)
    profile = noise_profile(source, frames, lambda part: report(0.4 * part))
    if profile.below_voice_db > WORTH_REDUCING_DB:
        return None
    reducer = _Reducer(profile, frames)
    treated = RawAudio(out, source.channels)
    for sound in frames.rebuilt(source, reducer.change):
        treated.append(sound)
        report(0.4 + 0.6 * treated.frames / source.frames)
    return treated


class _Reducer:
    """Goes through the spectra in order and remembers what it made of the last one."""

    def __init__(self, profile: NoiseProfile, frames: Frames) -> None:
        self._profile = profile
        self._before = np.zeros(frames.bins, np.float32)

    def change(self, spectra: Spectra, first: int) -> Spectra:
        noise = self._profile.at(first + spectra.shape[1] / 2)
        spectra *= self._gains(powers(spectra) / noise)
        return spectra

    def _gains(self, ratios: Powers) -> Gains:
        """Gains for powers as multiples of the noise's; shape (frames, bins)."""
        shares = np.maximum(ratios - 1, 0) * np.float32(1 - _FOLLOWING)
        before = self._before
        gain = np.empty_like(before)
        for share, ratio in zip(shares, ratios, strict=True):
            before *= np.float32(_FOLLOWING)
            np.add(share, before, out=share)
            np.add(share, 1, out=gain)
            np.divide(share, gain, out=gain)
            np.multiply(gain, gain, out=before)
            before *= ratio
        first = shares / (shares + 1)
        again = first * first * ratios
        gains: Gains = again / (again + 1)
        return np.maximum(gains, np.float32(10 ** (FLOOR_DB / 20)), out=gains)
