"""Sharp s sounds are softened: the band of sibilants steps back while it is louder than speech of this level has it.

The band is cut out by a filter whose delay is taken back, and what is too much of it is subtracted. Where nothing is
too much nothing is subtracted, and the sound is what it was, to the bit.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from donecast.engine.raw_audio import RawAudio
from donecast.engine.samples import Samples, mono

_BAND_HERTZ = (5_000.0, 9_500.0)
_STEPS_PER_SECOND = 250
_TAPS_SECONDS = 0.006
_BLOCK_STEPS = 250
"""A second at a time."""
_VOICE_PERCENT = 75
_SILENT_DB = -60.0
_BELOW_VOICE_DB = -6.0
"""A sibilant may be so loud, its band compared with the level of the voice."""
_SHARE_DB_MIN = -4.0
"""A sibilant is what has most of its power in the band."""
_RATIO = 0.75
REDUCTION_DB_MAX = 10.0
_AROUND_SECONDS = 15
_ATTACK_STEPS = 2

Values = NDArray[np.float32]


def soften_sibilants(source: RawAudio, out: Path, sample_rate: int, report: Callable[[float], None]) -> RawAudio | None:
    """The source with softer sibilants, written to ``out``, as long and at the same instants; None where none is sharp.

    All channels share one gain.
    """
    splitter = _Splitter(source, sample_rate)
    whole, band = [], []
    for first in range(0, splitter.steps, _BLOCK_STEPS):
        sound, sibilants = splitter.read(first, min(first + _BLOCK_STEPS, splitter.steps))
        whole.append(splitter.levels_db(sound, first))
        band.append(splitter.levels_db(sibilants, first))
        report(0.5 * first / splitter.steps)
    if not whole:
        return None
    reductions = reductions_db(np.concatenate(whole), np.concatenate(band))
    if not reductions.any():
        return None
    treated = RawAudio(out, source.channels)
    for first in range(0, splitter.steps, _BLOCK_STEPS):
        last = min(first + _BLOCK_STEPS, splitter.steps)
        if reductions[first : last + 1].any():
            sound, sibilants = splitter.read(first, last)
            sound -= sibilants * splitter.shares(reductions, first, len(sound))[:, None]
        else:
            sound = source.read(splitter.edge(first), splitter.edge(last))
        treated.append(sound)
        report(0.5 + 0.5 * last / splitter.steps)
    return treated


def reductions_db(whole_db: Values, band_db: Values) -> Values:
    """By how much the band steps back in each step, in dB, from the levels of all sound and of the band alone."""
    voice_db = _voice_db(whole_db)
    sharp = band_db - voice_db - np.float32(_BELOW_VOICE_DB)
    sharp[band_db - whole_db < _SHARE_DB_MIN] = 0
    sharp[voice_db < _SILENT_DB] = 0
    wanted = np.clip(sharp * np.float32(_RATIO), 0, REDUCTION_DB_MAX)
    # It begins a little early and ends a little late, and never jumps.
    around = np.pad(wanted, 2 * _ATTACK_STEPS)
    widest = np.lib.stride_tricks.sliding_window_view(around, 2 * _ATTACK_STEPS + 1).max(axis=1)
    smooth: Values = np.lib.stride_tricks.sliding_window_view(widest, 2 * _ATTACK_STEPS + 1).mean(axis=1)
    return smooth


def _voice_db(levels_db: Values) -> Values:
    """The level of the voice around each step: what it exceeds in its louder moments."""
    width = _AROUND_SECONDS * _STEPS_PER_SECOND
    centres, voices = [], []
    for first in range(0, max(len(levels_db) - width // 2, 1), width):
        last = first + width if len(levels_db) - first - width > width // 2 else len(levels_db)
        heard = levels_db[first:last]
        heard = heard[heard > max(float(heard.max()) - 40, _SILENT_DB)]
        centres.append((first + last) / 2)
        voices.append(float(np.percentile(heard, _VOICE_PERCENT)) if len(heard) else 2 * _SILENT_DB)
    result: Values = np.interp(np.arange(len(levels_db)), centres, voices).astype(np.float32)
    return result


class _Splitter:
    """Reads sound together with its band of sibilants, by steps."""

    def __init__(self, source: RawAudio, sample_rate: int) -> None:
        self._source, self._rate = source, sample_rate
        self._reach = max(8, int(_TAPS_SECONDS * sample_rate / 2))
        high = min(_BAND_HERTZ[1], 0.48 * sample_rate)
        places = np.arange(-self._reach, self._reach + 1) / sample_rate
        ideal = [2 * edge / sample_rate * np.sinc(2 * edge * places) for edge in (min(_BAND_HERTZ[0], high), high)]
        self._taps = (ideal[1] - ideal[0]) * np.blackman(2 * self._reach + 3)[1:-1]
        self._responses: dict[int, NDArray[np.complex64]] = {}
        self.steps = -(-source.frames * _STEPS_PER_SECOND // sample_rate)

    def edge(self, step: int) -> int:
        """The frame at which a step begins."""
        return min(step * self._rate // _STEPS_PER_SECOND, self._source.frames)

    def read(self, first: int, last: int) -> tuple[Samples, Samples]:
        """The sound of some steps, and what of it lies in the band."""
        start, end = self.edge(first), self.edge(last)
        around = self._source.read(start - self._reach, end + self._reach)
        length = _good_length(len(around))
        if length not in self._responses:
            self._responses[length] = np.fft.rfft(self._taps, length).astype(np.complex64)
        spectra = np.fft.rfft(np.ascontiguousarray(around.T), length, axis=1) * self._responses[length]
        band = np.fft.irfft(spectra, length, axis=1)[:, 2 * self._reach : 2 * self._reach + end - start]
        return around[self._reach : self._reach + end - start], band.T.astype(np.float32, copy=False)

    def levels_db(self, sound: Samples, first: int) -> Values:
        """The level of each step that begins in these frames, all channels together."""
        steps = range(first, min(first + _BLOCK_STEPS, self.steps))
        edges = np.array([self.edge(step) for step in steps]) - self.edge(first)
        powers = mono(np.square(sound))
        counts = np.diff([*edges, len(sound)])
        levels: Values = 10 * np.log10(np.add.reduceat(powers, edges) / counts + np.float32(1e-12))
        return levels.astype(np.float32)

    def shares(self, reductions: Values, first: int, frames: int) -> Values:
        """The part of the band that is taken away from each frame."""
        places = (np.arange(frames) + self.edge(first)) * (_STEPS_PER_SECOND / self._rate) - 0.5
        low = max(first - 1, 0)
        gains = 1 - 10 ** (-reductions[low : first + _BLOCK_STEPS + 1] / 20)
        shares: Values = np.interp(places - low, np.arange(len(gains)), gains).astype(np.float32)
        return shares


def _good_length(frames: int) -> int:
    """A length that is quickly transformed: a multiple of a large power of two."""
    step = 1 << max(0, frames.bit_length() - 5)
    return -(-frames // step) * step
