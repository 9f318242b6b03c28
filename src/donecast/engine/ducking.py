"""How far music steps back: a gain curve at 100 points a second, made from the level of the speech.

The whole curve of a long episode is small, so the music can look ahead: it is down when a word begins, not after.
"""

import numpy as np
from numpy.typing import NDArray

from donecast.core.plan import Ducking
from donecast.engine.samples import Samples

DUCKING_HZ = 100
_BELOW_SPEECH_DB = 20.0
_SPEECH_DBFS_MIN = -65.0


class SpeechLevel:
    """Power of the speech in each hundredth of a second, at a rate that is a multiple of `DUCKING_HZ`."""

    def __init__(self, sample_rate: int) -> None:
        self._hop = sample_rate // DUCKING_HZ
        self._powers: list[NDArray[np.float32]] = []
        self._waiting = np.zeros(0, np.float32)

    def add(self, samples: Samples) -> None:
        """Takes the next frames."""
        power = np.square(samples[:, 0])
        for channel in range(1, samples.shape[1]):
            power += np.square(samples[:, channel])
        power = np.concatenate([self._waiting, power]) if len(self._waiting) else power
        whole = len(power) // self._hop * self._hop
        self._powers.append(power[:whole].reshape(-1, self._hop).mean(axis=1) / np.float32(samples.shape[1]))
        self._waiting = power[whole:]

    def active(self) -> NDArray[np.bool_]:
        """Where somebody speaks: no more than 20 dB under the average of the speech, and above -65 dBFS."""
        rest = [self._waiting.mean(keepdims=True)] if len(self._waiting) else []
        powers = np.concatenate([*self._powers, *rest]).astype(np.float64)
        audible = powers[powers > 10 ** (_SPEECH_DBFS_MIN / 10)]
        if not len(audible):
            return np.zeros(len(powers), np.bool_)
        threshold = max(float(audible.mean()) * 10 ** (-_BELOW_SPEECH_DB / 10), 10 ** (_SPEECH_DBFS_MIN / 10))
        return powers > threshold


def ducking_curve(active: NDArray[np.bool_], ducking: Ducking) -> NDArray[np.float32]:
    """Gain factors at `DUCKING_HZ`: ``amount_db`` wherever somebody speaks.

    The way down takes ``attack_ms`` and ends where speech begins; ``hold_ms`` after speech ends the way up begins and
    takes ``release_ms``. Both are straight in decibels.
    """
    if not active.any():
        return np.ones(len(active), np.float32)
    places = np.arange(len(active), dtype=np.float64)
    last = np.maximum.accumulate(np.where(active, places, -np.inf))
    following = np.minimum.accumulate(np.where(active, places, np.inf)[::-1])[::-1]
    milliseconds = 1000 / DUCKING_HZ
    down = 1 - (following - places) * milliseconds / max(ducking.attack_ms, 1)
    # A point stands at the begin of its hundredth of a second, so speech ends one point after the last active one.
    up = 1 - ((places - last - 1) * milliseconds - ducking.hold_ms) / max(ducking.release_ms, 1)
    depth = np.clip(np.maximum(down, up), 0.0, 1.0)
    curve: NDArray[np.float32] = (10 ** (ducking.amount_db * depth / 20)).astype(np.float32)
    return curve
