"""Blocks of samples and the few things done to them everywhere.

Numpy reduces over a short last axis slowly; these go channel by channel instead.
"""

import math
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
"""Shape (frames, channels), full scale 1.0."""

BLOCK_FRAMES = 65_536
"""Most frames of a decoded block where nobody asks for others, save where a codec's own frame is longer.

So much stays in the processor's cache.
"""

Channel = NDArray[np.float32]
"""Shape (frames,)."""


class Readable(Protocol):
    """Sound that can be read anywhere, in any order, by any thread."""

    def read(self, start: int, end: int) -> Samples:
        """The frames from ``start`` to ``end`` (not included); silence where there are none."""
        ...


def mono(samples: Samples) -> Channel:
    """The average of all channels."""
    total: Channel = samples[:, 0].copy()
    for channel in range(1, samples.shape[1]):
        total += samples[:, channel]
    if samples.shape[1] > 1:
        total *= np.float32(1 / samples.shape[1])
    return total


def highest(samples: Samples) -> Channel:
    """The highest sample of each frame."""
    result = samples[:, 0]
    for channel in range(1, samples.shape[1]):
        result = np.maximum(result, samples[:, channel])
    return result


def with_channels(samples: Samples, channels: int) -> Samples:
    """The same sound on one or two channels: mono goes to both sides equally, stereo is averaged into mono.

    What comes out is column-contiguous, unless it is what went in.
    """
    if samples.shape[1] == channels:
        return samples
    planes = np.empty((channels, len(samples)), np.float32)
    planes[:] = samples[:, 0] if samples.shape[1] == 1 else mono(samples)
    return planes.T


def decibels(amplitude: float) -> float:
    """20 log10 of an amplitude; minus infinity for zero."""
    return 20 * math.log10(amplitude) if amplitude > 0 else -math.inf
