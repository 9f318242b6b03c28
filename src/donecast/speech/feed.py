"""The speech feed: one recording as recognisers want it, 16 kHz mono 16-bit WAV, read piece by piece.

A feed of three hours is 345 MB; nothing here reads more of it than was asked for.
"""

import wave
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

import numpy as np
import numpy.typing as npt

from donecast.core.span import Span
from donecast.speech.errors import FeedUnreadable

SAMPLES_PER_MS = 16
Samples = npt.NDArray[np.int16]


class Feed:
    """An open speech feed. Times are milliseconds of the recording. Raises FeedUnreadable for anything else."""

    def __init__(self, path: Path) -> None:
        try:
            self._wave = wave.open(str(path), "rb")  # noqa: SIM115 - closed by __exit__
        except (OSError, EOFError, wave.Error) as error:
            raise FeedUnreadable(details={"reason": str(error)}) from error
        shape = (self._wave.getframerate(), self._wave.getnchannels(), self._wave.getsampwidth())
        if shape != (16_000, 1, 2):
            self._wave.close()
            raise FeedUnreadable(details={"rate_channels_bytes": shape})

    def __enter__(self) -> "Feed":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._wave.close()

    @property
    def duration_ms(self) -> int:
        """Length, rounded down to whole milliseconds."""
        return self._wave.getnframes() // SAMPLES_PER_MS

    def read(self, span: Span) -> Samples:
        """The samples of a span, s16; shorter where the feed ends before the span does."""
        start = min(span.start_ms * SAMPLES_PER_MS, self._wave.getnframes())
        self._wave.setpos(start)
        return np.frombuffer(self._wave.readframes(span.duration_ms * SAMPLES_PER_MS), dtype="<i2")

    def blocks(self, span: Span, block_samples: int) -> Iterator[Samples]:
        """The span's samples in order, ``block_samples`` at a time; the last block may be shorter."""
        start = min(span.start_ms * SAMPLES_PER_MS, self._wave.getnframes())
        left = min(span.duration_ms * SAMPLES_PER_MS, self._wave.getnframes() - start)
        self._wave.setpos(start)
        while left > 0:
            block = np.frombuffer(self._wave.readframes(min(block_samples, left)), dtype="<i2")
            if not block.size:
                return
            left -= block.size
            yield block
