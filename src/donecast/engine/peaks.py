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

from donecast.engine.levels import STEPS_PER_SECOND
from donecast.engine.series import Series

PIXELS_PER_SECOND: Final = (2, 20, 100)
_HEADER = struct.Struct("<iIiiIi")
_VERSION, _EIGHT_BITS = 2, 1

Bytes = NDArray[np.int8]


def write_peaks(extremes: Series[np.int8], sample_rate: int, folder: Path) -> dict[int, Path]:
    """Writes ``peaks-2.dat``, ``peaks-20.dat`` and ``peaks-100.dat``; answers them by pixels per second.

    ``extremes`` are those of each hundredth of a second, as in `Levels`.
    """
    paths = {}
    for per_second in PIXELS_PER_SECOND:
        steps = STEPS_PER_SECOND // per_second
        paths[per_second] = folder / f"peaks-{per_second}.dat"
        with paths[per_second].open("wb") as file:
            file.write(_header(sample_rate, per_second, -(-len(extremes) // steps)))
            for piece in extremes.pieces():  # each of whole seconds, but for the last
                file.write(_coarser(piece, steps).tobytes())
    return paths


def _header(sample_rate: int, per_second: int, pixels: int) -> bytes:
    samples_per_pixel = sample_rate // per_second
    return _HEADER.pack(_VERSION, _EIGHT_BITS, samples_per_pixel * per_second, samples_per_pixel, pixels, 1)


def _coarser(pixels: Bytes, factor: int) -> Bytes:
    if factor == 1:
        return pixels
    starts = np.arange(0, len(pixels), factor)
    return np.stack([np.minimum.reduceat(pixels[:, 0], starts), np.maximum.reduceat(pixels[:, 1], starts)], axis=1)
