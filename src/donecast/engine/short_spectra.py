"""Sound as overlapping short spectra, and back: what is multiplied by one everywhere comes out as it went in.

Frame n begins three hops before the instant n * hop, so that the first sample, too, lies under four windows. Nothing
is delayed: what is added up stands where it stood.
"""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from donecast.engine.raw_audio import RawAudio
from donecast.engine.samples import Samples

_SECONDS = 0.046
_OVERLAPS = 4
BATCH_FRAMES = 128
"""So many spectra are worked on at once: few calls, and they stay in the processor's cache."""

Spectra = NDArray[np.complex64]
"""Shape (channels, frames, bins)."""

Powers = NDArray[np.float32]
"""Shape (frames, bins): the power of all channels together."""


class Frames:
    """How sound at a sample rate is cut: windows of some 46 ms (a power of two of samples), four over each sample."""

    def __init__(self, sample_rate: int) -> None:
        self.sample_rate = sample_rate
        self.length = int(2 ** round(np.log2(_SECONDS * sample_rate)))
        self.hop = self.length // _OVERLAPS
        self.bins = self.length // 2 + 1
        # The same window before and after: its squares, four over each other, add up to 2.
        self._window = np.sin(np.pi * (np.arange(self.length) + 0.5) / self.length).astype(np.float32)
        self._after = self._window / np.float32(_OVERLAPS / 2)

    @property
    def hertz(self) -> NDArray[np.float64]:
        """The middle frequency of each bin."""
        return np.fft.rfftfreq(self.length, 1 / self.sample_rate).astype(np.float64)

    def count(self, frames: int) -> int:
        """How many spectra cover so many frames of sound."""
        return -(-frames // self.hop) + _OVERLAPS - 1

    def spectra(self, source: RawAudio, first: int, last: int) -> Spectra:
        """The spectra from ``first`` to ``last`` (not included)."""
        start = (first - _OVERLAPS + 1) * self.hop
        sound = source.read(start, start + (last - first - 1) * self.hop + self.length)
        pieces = np.lib.stride_tricks.sliding_window_view(np.ascontiguousarray(sound.T), self.length, axis=1)
        return np.fft.rfft(pieces[:, :: self.hop] * self._window, axis=2).astype(np.complex64, copy=False)

    def rebuilt(self, source: RawAudio, change: Callable[[Spectra, int], Spectra]) -> Iterator[Samples]:
        """The source's sound in order, each batch of spectra changed by ``change(spectra, first frame)``."""
        count, carried = self.count(source.frames), np.zeros((source.channels, _OVERLAPS - 1, self.hop), np.float32)
        left = source.frames
        for first in range(0, count, BATCH_FRAMES):
            last = min(first + BATCH_FRAMES, count)
            spectra = change(self.spectra(source, first, last), first)
            pieces = np.fft.irfft(spectra, self.length, axis=2) * self._after
            parts = pieces.reshape(source.channels, last - first, _OVERLAPS, self.hop)
            sums = np.zeros((source.channels, last - first + _OVERLAPS - 1, self.hop), np.float32)
            sums[:, : _OVERLAPS - 1] = carried
            for part in range(_OVERLAPS):
                sums[:, part : part + last - first] += parts[:, :, part]
            carried = sums[:, last - first :].copy()
            begins = max(0, _OVERLAPS - 1 - first) * self.hop  # what lies before the first sample
            sound = sums[:, : last - first].reshape(source.channels, -1)[:, begins:]
            yield sound[:, :left].T
            left -= min(left, sound.shape[1])


def powers(spectra: Spectra) -> Powers:
    """The power in each bin, all channels added."""
    total: Powers = np.square(spectra.real).sum(axis=0)
    total += np.square(spectra.imag).sum(axis=0)
    return total
