"""Sound on disk that can be read and written anywhere: 32-bit floats, interleaved, no header.

What a job holds of a long recording lies here and not in memory.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from donecast.engine.samples import Samples

BLOCK_FRAMES = 65_536
_SAMPLE_BYTES = 4


class RawAudio:
    """A file of ``frames`` frames of ``channels`` samples, full scale 1.0."""

    def __init__(self, path: Path, channels: int) -> None:
        self._file = path.open("w+b", buffering=0)
        self._frame_bytes = _SAMPLE_BYTES * channels
        self.path = path
        self.channels = channels
        self.frames = 0

    def write(self, start: int, samples: Samples) -> None:
        """Puts samples at a frame; the file grows as needed."""
        if not len(samples):
            return
        self._file.seek(start * self._frame_bytes)
        data = np.ascontiguousarray(samples, dtype=np.float32).data.cast("B")
        while data:
            data = data[self._file.write(data) or 0 :]
        self.frames = max(self.frames, start + len(samples))

    def append(self, samples: Samples) -> None:
        """Puts samples at the end."""
        self.write(self.frames, samples)

    def read(self, start: int, end: int) -> Samples:
        """The frames from ``start`` to ``end`` (not included); silence where the file has none."""
        result = np.zeros((end - start, self.channels), np.float32)
        first, last = max(start, 0), min(end, self.frames)
        if first < last:
            self._file.seek(first * self._frame_bytes)
            wanted = result[first - start : last - start].data.cast("B")
            while wanted:
                count = self._file.readinto(wanted)
                if not count:
                    raise EOFError(f"{self.path.name} is shorter than it should be")
                wanted = wanted[count:]
        return result

    def blocks(self) -> Iterator[tuple[int, int]]:
        """Start and end frames of blocks that cover the file."""
        yield from blocks_of(self.frames)

    def close(self) -> None:
        """Ends the use of the file and frees its place on the disk."""
        self._file.close()
        self.path.unlink()


def blocks_of(frames: int) -> Iterator[tuple[int, int]]:
    """Start and end frames of blocks that cover so many frames."""
    for start in range(0, frames, BLOCK_FRAMES):
        yield start, min(start + BLOCK_FRAMES, frames)
