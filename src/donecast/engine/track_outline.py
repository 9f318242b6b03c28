"""A track's outline: what is compared when several tracks of one talk are lined up, at a low rate and on disk.

Each microphone hears the others faintly. To find a faint voice under a loud one by correlation, all of time and all of
pitch must count alike: every band of every 64 ms is brought to about the same strength (what is under the noise stays
small), so a voice 30 dB down weighs as much as the near one. After the phase transform of Knapp and Carter (1976),
taken over short times.
"""

import numpy as np
import soxr
from numpy.typing import NDArray

from donecast.engine.raw_audio import RawAudio
from donecast.engine.samples import Channel, Samples, mono

OUTLINE_RATE = 8_000
HOPS_PER_SECOND = 100
HOP_FRAMES = OUTLINE_RATE // HOPS_PER_SECOND
LEVEL_DB_MIN = -120.0

_FRAME = 512
_STEP = _FRAME // 2
_CHUNK_STEPS = 1_024
_BAND_HERTZ = (200, 3_600)
_FLOOR_PERCENT = 15
_FLOOR_WEIGHT = 2.0
_PRE_EMPHASIS = np.float32(0.9)
_TINY = np.float32(1e-7)

Levels = NDArray[np.float32]
"""Shape (hops,), dBFS of each 10 ms, treble raised so that rumble does not count."""


class OutlineWriter:
    """Takes a track's sound and writes its outline (one channel, frame n is the instant n / OUTLINE_RATE)."""

    def __init__(self, outline: RawAudio, sample_rate: int) -> None:
        self._outline = outline
        self._resampler = soxr.ResampleStream(sample_rate, OUTLINE_RATE, 1, dtype="float32", quality="MQ")
        self._window = np.sqrt(np.hanning(_FRAME + 1)[:-1]).astype(np.float32)
        # Half a frame of silence first, for the windows that overlap the beginning.
        self._waiting = np.zeros(_STEP, np.float32)
        self._overlap = np.zeros(_STEP, np.float32)
        self._begun = False
        self._unmeasured = np.zeros(0, np.float32)
        self._last_sample = np.float32(0.0)
        self._levels: list[Levels] = []
        self.frames = 0

    def add(self, samples: Samples) -> None:
        """Takes the next frames."""
        self._take(self._resampler.resample_chunk(mono(samples), last=False))

    def close(self) -> Levels:
        """Ends the outline, which stays open for its owner; answers the levels."""
        self._take(self._resampler.resample_chunk(np.zeros(0, np.float32), last=True))
        self._flatten(np.concatenate([self._waiting, np.zeros(2 * _FRAME, np.float32)]))
        self._outline.frames = min(self._outline.frames, self.frames)
        return np.concatenate(self._levels or [np.zeros(0, np.float32)])

    def _take(self, sound: Channel) -> None:
        self.frames += len(sound)
        self._measure(sound)
        self._waiting = np.concatenate([self._waiting, sound])
        while len(self._waiting) >= _CHUNK_STEPS * _STEP + _STEP:
            self._flatten(self._waiting[: _CHUNK_STEPS * _STEP + _STEP])
            self._waiting = self._waiting[_CHUNK_STEPS * _STEP :]

    def _measure(self, sound: Channel) -> None:
        sound = np.concatenate([self._unmeasured, sound])
        whole = len(sound) // HOP_FRAMES * HOP_FRAMES
        self._unmeasured = sound[whole:]
        if whole:
            bright = sound[:whole].copy()
            bright[1:] -= _PRE_EMPHASIS * sound[: whole - 1]
            bright[0] -= _PRE_EMPHASIS * self._last_sample
            self._last_sample = sound[whole - 1]
            power = np.square(bright, out=bright).reshape(-1, HOP_FRAMES).mean(axis=1)
            self._levels.append(10 * np.log10(power + np.float32(10 ** (LEVEL_DB_MIN / 10))))

    def _flatten(self, sound: Channel) -> None:
        steps = sound[: len(sound) // _STEP * _STEP].reshape(-1, _STEP)
        frames = np.concatenate([steps[:-1], steps[1:]], axis=1) * self._window
        bands = np.fft.rfft(frames, axis=1)
        first, last = (hertz * _FRAME // OUTLINE_RATE for hertz in _BAND_HERTZ)
        strength = np.abs(bands[:, first:last])
        floor = np.percentile(strength, _FLOOR_PERCENT, axis=0).astype(np.float32)
        strength += np.float32(_FLOOR_WEIGHT) * floor + _TINY
        bands[:, first:last] /= strength
        bands[:, :first] = 0
        bands[:, last:] = 0
        pieces = np.fft.irfft(bands, n=_FRAME, axis=1).astype(np.float32) * self._window
        flat = pieces[:, :_STEP]
        flat[0] += self._overlap
        flat[1:] += pieces[:-1, _STEP:]
        self._overlap = pieces[-1, _STEP:].copy()
        # The first piece lies half before the beginning.
        self._outline.append(flat.reshape(-1, 1)[0 if self._begun else _STEP :])
        self._begun = True
