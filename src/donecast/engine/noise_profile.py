"""What a recording sounds like where nobody speaks: the spectrum of its noise, as it changes over time.

Speech leaves every frequency alone now and then, even where a talker makes no pause. So for each stretch of some
seconds the quietest moments of each frequency give a first guess; the tenths of a second that are hardly above it all
over are pauses, and their average is the noise.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from donecast.engine.raw_audio import RawAudio
from donecast.engine.short_spectra import Frames, Powers, powers

_STRETCH_SECONDS = 12
_AVERAGED = 4
"""Spectra in a row that are averaged, over some eighty milliseconds: single ones of noise are too different."""
_QUIETEST_PERCENT, _QUIETEST_MIN = 3, 4
_PAUSE_ABOVE_DB = 0.6
_VOICE_HERTZ = (80.0, 8_000.0)
_NEIGHBOURS = 2
_LOUD_PERCENT = 90
_POWER_MIN = 1e-12

Profile = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class NoiseProfile:
    """``powers``: shape (stretches, bins), in the units of `short_spectra.powers`; a stretch lasts ``stretch_frames``.

    ``below_voice_db``: how far the noise lies below the loud moments of speech, both taken as heard.
    """

    powers: Profile
    stretch_frames: int
    below_voice_db: float

    def at(self, frame: float) -> Profile:
        """The noise around a spectrum."""
        place = min(max(frame / self.stretch_frames - 0.5, 0.0), len(self.powers) - 1.0)
        earlier = int(place)
        later = min(earlier + 1, len(self.powers) - 1)
        between = np.float32(place - earlier)
        result: Profile = self.powers[earlier] * (1 - between) + self.powers[later] * between
        return result


def noise_profile(source: RawAudio, frames: Frames, report: Callable[[float], None]) -> NoiseProfile:
    """Listens to the whole source once."""
    stretch = max(_AVERAGED, round(_STRETCH_SECONDS * frames.sample_rate / frames.hop) // _AVERAGED * _AVERAGED)
    count = frames.count(source.frames)
    noises, loud, quiet = [], [], []
    heard = _heard(frames)
    for first in range(0, max(count - stretch // 2, 1), stretch):
        # What is left over at the end is no stretch of its own.
        last = first + stretch if count - first - stretch > stretch // 2 else count
        tenths = _tenths(source, frames, first, last)
        noise = _noise(tenths, frames)
        noises.append(noise)
        loud.append(tenths @ heard)
        quiet.append(float(noise @ heard))
        report(last / count)
    profile = _steady(np.stack(noises))
    voice = float(np.percentile(np.concatenate(loud), _LOUD_PERCENT))
    below = 10 * np.log10(max(voice, _POWER_MIN) / max(float(np.median(quiet)), _POWER_MIN))
    return NoiseProfile(profile, stretch, float(below))


def _tenths(source: RawAudio, frames: Frames, first: int, last: int) -> Powers:
    """Averages of some spectra each, from ``first`` to ``last``; a broken one at the end is left out."""
    averages = []
    for at in range(first, max(last - _AVERAGED, first) + 1, 16 * _AVERAGED):
        block = powers(frames.spectra(source, at, min(at + 16 * _AVERAGED, last)))
        whole = len(block) // _AVERAGED * _AVERAGED
        if whole:
            averages.append(block[:whole].reshape(-1, _AVERAGED, frames.bins).mean(axis=1))
        elif not averages:
            averages.append(block.mean(axis=0, keepdims=True))
    return np.concatenate(averages)


def _noise(tenths: Powers, frames: Frames) -> Profile:
    low, high = np.searchsorted(frames.hertz, _VOICE_HERTZ)
    levels = 10 * np.log10(tenths[:, low:high] + np.float32(_POWER_MIN)).mean(axis=1)
    quietest = np.argsort(levels)[: max(_QUIETEST_MIN, len(levels) * _QUIETEST_PERCENT // 100)]
    pauses = tenths[levels < levels[quietest].mean() + _PAUSE_ABOVE_DB]
    noise: Profile = pauses.mean(axis=0) + np.float32(_POWER_MIN)
    return noise


def _steady(noises: Profile) -> Profile:
    """The median of neighbouring stretches: a change of the noise stays sharp, and a held note is no noise."""
    padded = np.pad(noises, ((_NEIGHBOURS, _NEIGHBOURS), (0, 0)), mode="edge")
    windows = [padded[at : at + len(noises)] for at in range(2 * _NEIGHBOURS + 1)]
    result: Profile = np.median(np.stack(windows), axis=0).astype(np.float32)
    return result


def _heard(frames: Frames) -> NDArray[np.float32]:
    """How much a bin counts for the ear: A-weighting (IEC 61672-1), as power."""
    square = np.square(np.maximum(frames.hertz, 1.0))
    amplitude = (
        1.2589
        * 12_194.0**2
        * square**2
        / ((square + 20.6**2) * np.sqrt((square + 107.7**2) * (square + 737.9**2)) * (square + 12_194.0**2))
    )
    return np.square(amplitude).astype(np.float32)
