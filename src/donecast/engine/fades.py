"""Curves of gain over stretches of the timeline, exact to the frame.

Fades are raised cosines of equal gain: where a cut removed nothing, the two sides of its crossfade add up to what was
there before.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from donecast.engine.samples import Channel


@dataclass(frozen=True, slots=True)
class Fade:
    """A stretch of the timeline in frames over which sound comes in or goes out."""

    start: int
    end: int

    def rising(self, first: int, last: int) -> Channel:
        """Gain of each frame from ``first`` to ``last``: 0 before the fade and 1 after it; shape (last - first,)."""
        position = (np.arange(first, last) - self.start + 0.5) / max(self.end - self.start, 1)
        gain: Channel = (0.5 - 0.5 * np.cos(np.pi * np.clip(position, 0.0, 1.0))).astype(np.float32)
        return gain

    def touches(self, first: int, last: int) -> bool:
        """Whether some frame from ``first`` to ``last`` (not included) lies in it."""
        return max(first, self.start) < min(last, self.end)


def straight_between(points: NDArray[np.float32], hop: int, first: int, last: int) -> Channel:
    """The curve through points that stand ``hop`` frames apart, at the frames from ``first`` to ``last``.

    Straight between points; after the last point it stays there. Shape (last - first,).
    """
    begin, end = first // hop, -(-last // hop)
    heights = points[np.minimum(np.arange(begin, end + 1), len(points) - 1)]
    rises = np.diff(heights)
    curve = np.empty((end - begin, hop), np.float32)
    curve[:] = heights[:-1, None]
    sloping = np.flatnonzero(rises)  # mostly few: a curve of gain rests most of the time
    if len(sloping):
        curve[sloping] += rises[sloping, None] * (np.arange(hop, dtype=np.float32) / np.float32(hop))
    return curve.reshape(-1)[first - begin * hop : last - begin * hop]
