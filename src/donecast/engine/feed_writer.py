"""The feed that recognisers read: 16 kHz, mono, 16 bits, as WAV."""

import math
from pathlib import Path

import numpy as np
import soundfile

from donecast.engine.samples import Channel, Samples

FEED_RATE = 16_000
_REACH_PERIODS = 15
_CUTOFF = 0.97
_KAISER = 7.0
_PIECE = 32
"""So many new samples are one product of matrices: a product of fewer columns costs as much, down to a single one."""
_FULL_SCALE = 32_768
_BOUNDS = (np.float32(-_FULL_SCALE), np.float32(_FULL_SCALE - 1))


class FeedWriter:
    """Averages the channels, resamples and writes."""

    def __init__(self, out: Path, sample_rate: int) -> None:
        self._file = soundfile.SoundFile(out, "w", FEED_RATE, 1, "PCM_16", format="WAV")
        self._resampler = FeedResampler(sample_rate)

    def add(self, samples: Samples) -> None:
        """Takes the next frames."""
        sound = samples[:, 0]
        if samples.shape[1] > 1:
            sound = sound + samples[:, 1]
            sound *= np.float32(0.5)
        self._write(self._resampler.resampled(sound))

    def close(self) -> None:
        """Writes what the filter still holds and ends the file."""
        self._write(self._resampler.rest())
        self._file.close()

    def _write(self, sound: Channel) -> None:
        np.clip(sound, *_BOUNDS, out=sound)
        self._file.write(np.rint(sound, out=np.empty(sound.shape, np.int16), casting="unsafe"))


class FeedResampler:
    """Brings one channel of any rate to 16 kHz, block by block; a frame stays where it is in time.

    What comes out has the scale of 16 bits, 32,768, and is neither rounded nor held there.

    A low-pass (flat to 6.7 kHz, 70 dB down from 9 kHz on, where the source has that much) is evaluated at the places
    of the new samples only. Those repeat their pattern after ``period`` old samples, so the same few of each pattern
    are one product of matrices: soxr's default quality costs more than twice as much.
    """

    def __init__(self, sample_rate: int) -> None:
        shared = math.gcd(sample_rate, FEED_RATE)
        repeats = -(-_PIECE * shared // FEED_RATE)  # short patterns are taken several at a time
        self._period, self._places = repeats * sample_rate // shared, repeats * FEED_RATE // shared
        slower = min(sample_rate, FEED_RATE)
        self._reach = math.ceil(_REACH_PERIODS * sample_rate / slower)
        self._pieces = [self._piece(first, slower / sample_rate) for first in range(0, self._places, _PIECE)]
        self._waiting = np.zeros(self._reach, np.float32)
        self._heard = self._made = 0

    def _piece(self, first: int, bandwidth: float) -> tuple[int, Samples]:
        """Where the input of some places begins, from ``reach`` before the period on, and their weights."""
        at = np.arange(first, min(first + _PIECE, self._places)) * self._period / self._places
        start = math.floor(at[0]) + 1
        end = math.floor(at[-1]) + 2 * self._reach
        offsets = np.arange(start, end)[:, None] - self._reach - at
        window = np.i0(_KAISER * np.sqrt(np.maximum(0.0, 1 - (offsets / self._reach) ** 2)))
        weights = np.sinc(_CUTOFF * bandwidth * offsets) * np.where(np.abs(offsets) < self._reach, window, 0.0)
        return start, (_FULL_SCALE * weights / weights.sum(axis=0)).astype(np.float32)

    def resampled(self, sound: Channel) -> Channel:
        """All whole periods of what has been given so far."""
        self._heard += len(sound)
        whole = max(0, (len(self._waiting) + len(sound) - 2 * self._reach) // self._period)
        made = np.empty((whole, self._places), np.float32)
        # Over the seam to what waits, then the sound by itself: a copy of all of it would take half as long again.
        seam = min(whole, -(-len(self._waiting) // self._period))
        begin = seam * self._period - len(self._waiting)
        self._fill(made[:seam], np.concatenate([self._waiting, sound[: max(0, begin + 2 * self._reach)]]))
        self._fill(made[seam:], sound[max(0, begin) :])
        used = whole * self._period
        left = sound[used - len(self._waiting) :] if used >= len(self._waiting) else None
        self._waiting = np.concatenate([self._waiting, sound])[used:] if left is None else left.copy()
        self._made += made.size
        return made.reshape(-1)

    def _fill(self, made: Samples, data: Channel) -> None:
        """As many periods as there is room for, from data that begins ``reach`` before the first."""
        for number, (start, weights) in enumerate(self._pieces if len(made) else ()):
            first = number * _PIECE
            # Every period's part of the data as a row; rows overlap, so this is no reshaping.
            windows = np.ndarray((len(made), len(weights)), data.dtype, data, 4 * start, (4 * self._period, 4))
            np.matmul(windows, weights, out=made[:, first : first + weights.shape[1]])

    def rest(self) -> Channel:
        """What remains, as if silence followed: in all as many samples as the sound is long, rounded up."""
        wanted = -(-self._heard * self._places // self._period) - self._made
        tail = self.resampled(np.zeros(2 * self._reach + 2 * self._period, np.float32))
        return tail[:wanted]
