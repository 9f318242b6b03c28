"""Reading the sound of somebody's file anywhere, without decoding what comes before, exact to the frame.

Frame n is the same as in `decoding.open_decoding`, which reads the file from its beginning. Where a kind of file, or
this one file, gives no certainty about that, there is no such reader, and the caller reads from the beginning.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import soundfile

from donecast.engine.decoding import Decoding
from donecast.engine.ffmpeg_reader import FfmpegReader
from donecast.engine.ffmpeg_stretches import FfmpegStretches
from donecast.engine.mp3_stretches import Mp3Stretches
from donecast.engine.samples import Samples
from donecast.engine.sniff import Container

_EXACT = frozenset({Container.WAV, Container.AIFF, Container.FLAC})


class Stretches(Protocol):
    """A file that is read in stretches, by one thread."""

    def read(self, start: int, end: int) -> Samples | None:
        """The frames from ``start`` to ``end`` (not included), fewer where the sound ends; None when not certain.

        Shape (frames, channels in the file).
        """
        ...

    def close(self) -> None:
        """Ends the use of the file."""
        ...


def open_stretches(decoding: Decoding, mp3_places: Sequence[int] = ()) -> Stretches | None:
    """A reader for the file of a decoding that is not begun, or None for a kind that only reads from the beginning.

    ``mp3_places`` is what an earlier reader of the same file found out, `Mp3Stretches.places`.
    """
    try:
        # Of the two codecs in Ogg, libsndfile finds places exactly in Opus alone.
        if decoding.container in _EXACT or (decoding.container, decoding.codec) == (Container.OGG, "opus"):
            return _LibsndfileStretches(decoding.path)
        if decoding.container is Container.MP3:
            return Mp3Stretches(decoding.path, mp3_places)
    except soundfile.LibsndfileError:
        return None
    if decoding.container is Container.MP4:
        reader = decoding.reader
        return FfmpegStretches(
            reader if isinstance(reader, FfmpegReader) else FfmpegReader(decoding.path, Container.MP4)
        )
    return None


class _LibsndfileStretches:
    def __init__(self, path: Path) -> None:
        self._file = soundfile.SoundFile(os.open(path, os.O_RDONLY | os.O_CLOEXEC))

    def read(self, start: int, end: int) -> Samples | None:
        if start >= self._file.frames:
            return np.zeros((0, self._file.channels), np.float32)
        try:
            self._file.seek(start)
            sound: Samples = self._file.read(end - start, dtype="float32", always_2d=True)
        except soundfile.LibsndfileError:
            return None
        return sound

    def close(self) -> None:
        self._file.close()
