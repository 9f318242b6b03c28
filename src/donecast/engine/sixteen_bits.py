"""Samples as whole numbers of 16 bits, dithered by their place in the finished sound and by nothing else."""

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from donecast.engine.samples import Samples

BLOCK_FRAMES: Final = 32_768
_DITHER_FRAMES = 1 << 17
_FULL_SCALE = 32_768.0
_LOWEST, _HIGHEST = np.float32(-32_768), np.float32(32_767)


class SixteenBits:
    """Rounds blocks, one after the other from a place on, with their channels interleaved; for one thread.

    ``gain`` is applied on the way, which costs nothing there. Whoever begins elsewhere gets the same numbers at the
    same places.
    """

    def __init__(self, channels: int, place: int = 0, *, gain: float = 1.0) -> None:
        self.place = place
        self._scale = np.float32(gain * _FULL_SCALE)
        self._dither = _dither(channels)
        self._scaled = np.empty((BLOCK_FRAMES, channels), np.float32)
        self._whole = np.empty((BLOCK_FRAMES, channels), "<i2")

    def room(self) -> int:
        """How many frames the next block may have."""
        return min(BLOCK_FRAMES, _DITHER_FRAMES - self.place % _DITHER_FRAMES)

    def rounded(self, samples: Samples) -> NDArray[np.int16]:
        """Frames (full scale 1.0, no more than there is `room` for, in any memory order) as little-endian numbers.

        They are valid until the next call.
        """
        in_round = self.place % _DITHER_FRAMES
        scaled, whole = self._scaled[: len(samples)], self._whole[: len(samples)]
        for channel in range(scaled.shape[1]):  # the one pass in which the memory order matters
            np.multiply(samples[:, channel], self._scale, out=scaled[:, channel])
        np.add(scaled, self._dither[in_round : in_round + len(samples)], out=scaled)
        np.rint(scaled, out=scaled)
        np.clip(scaled, _LOWEST, _HIGHEST, out=scaled)
        np.copyto(whole, scaled, casting="unsafe")
        self.place += len(samples)
        return whole


@cache
def _dither(channels: int) -> NDArray[np.float32]:
    """Triangular dither of one step of 16 bits, three seconds long, the same on every machine (splitmix64)."""
    state = np.arange(1, _DITHER_FRAMES * channels + 1, dtype=np.uint64) * np.uint64(0x9E37_79B9_7F4A_7C15)
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58_476D_1CE4_E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D0_49BB_1331_11EB)
    state ^= state >> np.uint64(31)
    halves = state.view(np.uint32).reshape(-1, 2).astype(np.float64) / 2**32
    noise: NDArray[np.float32] = (halves[:, 0] - halves[:, 1]).astype(np.float32).reshape(-1, channels)
    noise.flags.writeable = False
    return noise
