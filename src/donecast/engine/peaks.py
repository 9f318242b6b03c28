"""Waveform peaks in the layout of audiowaveform's binary data, version 2, 8 bits: what the studio draws.

Little-endian: version (2), flags (1: 8 bits), sample rate, samples per pixel, number of pixels, channels (1), then for
each pixel its lowest and highest sample as signed bytes. A pixel begins at an exact fraction of a second. Where that is
no whole number of samples, rate and samples per pixel in the header are scaled so that their quotient is still exact.
"""

import struct
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from donecast.engine.samples import Samples, highest, lowest

PIXELS_PER_SECOND: Final = (2, 20, 100)
_FINEST: Final = 100
_HEADER = struct.Struct("<iIiiIi")
_VERSION, _EIGHT_BITS = 2, 1


class PeakMeter:
    """Lowest and highest sample, over all channels, of each hundredth of a second."""

    def __init__(self, sample_rate: int) -> None:
        self._rate = sample_rate
        self._frames = 0
        self._done: list[NDArray[np.int8]] = []
        self._pixels = 0
        self._waiting = np.zeros((0, 2), np.float32)

    def add(self, samples: Samples) -> None:
        """Takes the next frames."""
        reduced = np.stack([lowest(samples), highest(samples)], axis=1)
        data = np.concatenate([self._waiting, reduced])
        first = self._frames - len(self._waiting)
        self._frames += len(samples)
        whole = self._pixel_at(self._frames) - self._pixels
        starts = [self._start(self._pixels + index) - first for index in range(whole + 1)]
        if whole:
            self._done.append(_bytes_of(data[: starts[-1]], np.array(starts[:-1])))
            self._pixels += whole
        self._waiting = data[starts[-1] :]

    def _start(self, pixel: int) -> int:
        return pixel * self._rate // _FINEST

    def _pixel_at(self, frame: int) -> int:
        # The pixel in which a frame lies: the last one that starts at or before it.
        return ((frame + 1) * _FINEST - 1) // self._rate

    def write(self, folder: Path) -> dict[int, Path]:
        """Writes ``peaks-2.dat``, ``peaks-20.dat`` and ``peaks-100.dat``; answers them by pixels per second."""
        parts = list(self._done)
        if len(self._waiting):
            parts.append(_bytes_of(self._waiting, np.array([0])))
        finest = np.concatenate(parts) if parts else np.zeros((0, 2), np.int8)
        paths = {}
        for per_second in PIXELS_PER_SECOND:
            pixels = _coarser(finest, _FINEST // per_second)
            paths[per_second] = folder / f"peaks-{per_second}.dat"
            paths[per_second].write_bytes(self._header(per_second, len(pixels)) + pixels.tobytes())
        return paths

    def _header(self, per_second: int, pixels: int) -> bytes:
        samples_per_pixel = self._rate // per_second
        return _HEADER.pack(_VERSION, _EIGHT_BITS, samples_per_pixel * per_second, samples_per_pixel, pixels, 1)


def _bytes_of(extremes: NDArray[np.float32], starts: NDArray[np.int64]) -> NDArray[np.int8]:
    lows = np.minimum.reduceat(extremes[:, 0], starts)
    highs = np.maximum.reduceat(extremes[:, 1], starts)
    scaled = np.clip(np.floor(np.stack([lows, highs], axis=1) * 128), -128, 127)
    pixels: NDArray[np.int8] = scaled.astype(np.int8)
    return pixels


def _coarser(pixels: NDArray[np.int8], factor: int) -> NDArray[np.int8]:
    starts = np.arange(0, len(pixels), factor)
    if factor == 1 or not len(starts):
        return pixels
    return np.stack([np.minimum.reduceat(pixels[:, 0], starts), np.maximum.reduceat(pixels[:, 1], starts)], axis=1)
