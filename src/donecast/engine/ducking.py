"""How far music steps back: a gain curve at 100 points a second, made from the level of the speech.

The whole curve of a long episode is small, so the music can look ahead: it is down when a word begins, not after.
"""

import math

import numpy as np
from numpy.typing import NDArray

from donecast.core.plan import Ducking
from donecast.engine.samples import Samples

DUCKING_HZ = 100
_BELOW_SPEECH_DB = 20.0
_SOFT_BELOW_SPEECH_DB = 35.0
_ABOVE_ROOM_DB = 6.0
_ROOM_PERCENT = 10
_SOFT_STEPS_MAX = 30
"""How long a sound like s or f before or after a vowel may last, in points of the curve."""
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
        """Where somebody speaks: no more than 20 dB under the average of the speech, and above -65 dBFS.

        So are the soft sounds with which a word begins and ends, for 0.3 s, down to 35 dB under the average, where they
        stand out from the room by 6 dB.
        """
        rest = [self._waiting.mean(keepdims=True)] if len(self._waiting) else []
        powers = np.concatenate([*self._powers, *rest]).astype(np.float64)
        audible = powers[powers > _power(_SPEECH_DBFS_MIN)]
        if not len(audible):
            return np.zeros(len(powers), np.bool_)
        average = float(audible.mean())
        clear = powers > max(average * _power(-_BELOW_SPEECH_DB), _power(_SPEECH_DBFS_MIN))
        room = float(np.percentile(powers, _ROOM_PERCENT))
        soft = powers > max(
            average * _power(-_SOFT_BELOW_SPEECH_DB), room * _power(_ABOVE_ROOM_DB), _power(_SPEECH_DBFS_MIN)
        )
        return clear | _leads_to(clear, soft) | _leads_to(clear[::-1], soft[::-1])[::-1]

    def noise_db(self) -> float:
        """The level in dBFS that a tenth of the speech stays under; minus infinity for digital silence and for none."""
        powers = np.concatenate([*self._powers, np.zeros(0, np.float32)])
        room = float(np.percentile(powers, _ROOM_PERCENT)) if len(powers) else 0.0
        return 10 * math.log10(room) if room > 0 else -math.inf


def _power(decibels: float) -> float:
    return float(10 ** (decibels / 10))


def _leads_to(clear: NDArray[np.bool_], soft: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """What is soft from there on to the next clear sound, if that is near."""
    places = np.arange(len(clear), dtype=np.float64)
    next_clear = np.minimum.accumulate(np.where(clear, places, np.inf)[::-1])[::-1]
    next_gap = np.minimum.accumulate(np.where(soft | clear, np.inf, places)[::-1])[::-1]
    leads: NDArray[np.bool_] = (next_clear < next_gap) & (next_clear - places <= _SOFT_STEPS_MAX)
    return leads


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
