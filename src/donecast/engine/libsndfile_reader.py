"""Reading by libsndfile, forwards, block by block."""

import math
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from donecast.engine.mpeg_frames import states_its_length
from donecast.engine.samples import BLOCK_FRAMES, Samples

_TAIL_BYTES = 64 * 1024
"""Tags may follow the sound; more than this left unread means that the reading ended before the file did."""
_INT16_FULL_SCALE = np.float32(1 / 32_768)
_SLACK_SECONDS = 0.1
_MPEG = frozenset({"mpeg_layer_i", "mpeg_layer_ii", "mpeg_layer_iii"})
_MAY_END_EARLY = frozenset({"MP3", "OGG"})


class ForwardsOnly(soundfile.SoundFile):  # type: ignore[misc]
    """soundfile seeks after each read to where it already is, which costs MP3 and FLAC half of their time."""

    def seekable(self) -> bool:
        """What soundfile asks before it seeks by itself."""
        return False


class LibsndfileReader:
    """``broken`` and ``ended_early`` are right once the blocks are exhausted.

    ``broken``: it met bytes that it could not make sense of, and stopped there. ``ended_early``: it stopped, by an
    error or without one, while the file went on. The number of frames of an MP3 may have been guessed from the size
    of the file, tags and all; the slack is endless then. Raises soundfile.LibsndfileError for what it does not know.
    """

    def __init__(self, path: Path) -> None:
        # By a descriptor of ours, for its position tells afterwards how far the library has read.
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self._file = ForwardsOnly(self._descriptor)  # closes it, also when it cannot read the file
        self.codec = str(self._file.subtype).lower()
        self.sample_rate = int(self._file.samplerate)
        self.channels = int(self._file.channels)
        frames = int(self._file.frames)
        self.frames_promised = frames if 0 < frames < 2**62 else None
        guessed = self.codec in _MPEG and not states_its_length(path)
        self.promise_slack_seconds = math.inf if guessed else _SLACK_SECONDS
        self.broken = False
        self.ended_early = False

    def blocks(self, frames: int = BLOCK_FRAMES) -> Iterator[Samples]:
        """Each block is the caller's own."""
        with self._file:
            yield from self._whole_numbers(frames) if self.codec == "pcm_16" else self._floats(frames)
            self.ended_early = self.broken or self._much_is_left()

    def _floats(self, frames: int) -> Iterator[Samples]:
        while True:
            block = np.empty((frames, self.channels), np.float32)
            filled = self._fill(block)
            if filled:
                yield block[:filled]
            if self.broken or not filled:
                return

    def _whole_numbers(self, frames: int) -> Iterator[Samples]:
        """16-bit samples, which numpy makes floats of in a third of libsndfile's time."""
        numbers = np.empty((frames, self.channels), np.int16)
        while True:
            filled = self._fill(numbers)
            if filled:
                yield np.multiply(numbers[:filled], _INT16_FULL_SCALE, dtype=np.float32)
            if self.broken or not filled:
                return

    def _fill(self, block: Samples | NDArray[np.int16]) -> int:
        start: int = self._file.tell()
        try:
            self._file.read(out=block)
        except soundfile.LibsndfileError:
            self.broken = True  # what came before the error is good
        return int(self._file.tell()) - start

    def _much_is_left(self) -> bool:
        left = os.fstat(self._descriptor).st_size - os.lseek(self._descriptor, 0, os.SEEK_CUR)
        return bool(left > _TAIL_BYTES and self._file.format in _MAY_END_EARLY)
