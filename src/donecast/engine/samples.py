"""Blocks of samples and the few things done to them everywhere.

Numpy reduces over a short last axis slowly; these go channel by channel instead.
"""

import math

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
"""Shape (frames, channels), full scale 1.0."""

BLOCK_FRAMES = 65_536
"""Most frames of a decoded block, save where a codec's own frame is longer: it stays in the processor's cache."""

Channel = NDArray[np.float32]
"""Shape (frames,)."""


def mono(samples: Samples) -> Channel:
    """The average of all channels."""
    total = samples[:, 0].copy()
    for channel in range(1, samples.shape[1]):
        total += samples[:, channel]
    average: Channel = total / np.float32(samples.shape[1])
    return average


def lowest(samples: Samples) -> Channel:
    """The lowest sample of each frame."""
    result = samples[:, 0]
    for channel in range(1, samples.shape[1]):
        result = np.minimum(result, samples[:, channel])
    return result


def highest(samples: Samples) -> Channel:
    """The highest sample of each frame."""
    result = samples[:, 0]
    for channel in range(1, samples.shape[1]):
        result = np.maximum(result, samples[:, channel])
    return result


def with_channels(samples: Samples, channels: int) -> Samples:
    """The same sound on one or two channels: mono goes to both sides equally, stereo is averaged into mono."""
    if samples.shape[1] == channels:
        return samples
    one = mono(samples)
    return np.stack([one] * channels, axis=1)


def decibels(amplitude: float) -> float:
    """20 log10 of an amplitude; minus infinity for zero."""
    return 20 * math.log10(amplitude) if amplitude > 0 else -math.inf
