"""Sound on disk that can be read and written anywhere, by several threads: 32-bit floats, no header.

What a job holds of a long recording lies here and not in memory. Channels are stored interleaved.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from donecast.engine.samples import Samples

BLOCK_FRAMES = 65_536
_SAMPLE_BYTES = 4


class RawAudio:
    """A file of ``frames`` frames of ``channels`` samples, full scale 1.0. A `Source` once it is written."""

    def __init__(self, path: Path, channels: int) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        self._frame_bytes = _SAMPLE_BYTES * channels
        self.path = path
        self.channels = channels
        self.frames = 0

    def write(self, start: int, samples: Samples) -> None:
        """Puts samples at a frame; the file grows as needed."""
        if not len(samples):
            return
        data, place = np.ascontiguousarray(samples, dtype=np.float32).data.cast("B"), start * self._frame_bytes
        while data:
            written = os.pwrite(self._file, data, place)
            data, place = data[written:], place + written
        self.frames = max(self.frames, start + len(samples))

    def append(self, samples: Samples) -> None:
        """Puts samples at the end."""
        self.write(self.frames, samples)

    def read(self, start: int, end: int) -> Samples:
        """The frames from ``start`` to ``end`` (not included); silence where the file has none."""
        result = np.empty((end - start, self.channels), np.float32)
        first, last = min(max(start, 0), end), max(min(end, self.frames), start)
        if first >= last:
            result[:] = 0
            return result
        result[: first - start] = 0
        result[last - start :] = 0
        wanted, place = result[first - start : last - start].data.cast("B"), first * self._frame_bytes
        while wanted:
            count = os.preadv(self._file, [wanted], place)
            if not count:
                raise EOFError(f"{self.path.name} is shorter than it should be")
            wanted, place = wanted[count:], place + count
        return result

    def frames_until(self, end: int) -> int:
        """How many of the first ``end`` frames there are."""
        return min(self.frames, end)

    def blocks(self) -> Iterator[tuple[int, int]]:
        """Start and end frames of blocks that cover the file."""
        yield from blocks_of(self.frames)

    def close(self) -> None:
        """Ends the use of the file and frees its place on the disk."""
        os.close(self._file)
        self.path.unlink()


def blocks_of(frames: int, start: int = 0) -> Iterator[tuple[int, int]]:
    """Start and end frames of blocks that cover what lies from ``start`` to ``frames``."""
    for first in range(start, frames, BLOCK_FRAMES):
        yield first, min(first + BLOCK_FRAMES, frames)
