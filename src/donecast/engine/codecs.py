"""The codecs of finished files, each with the same few things that a render needs of it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

from donecast.core.plan import OutputFormat
from donecast.engine import aac, mp3, wav
from donecast.engine.m4a_reader import M4aReader
from donecast.engine.samples import Samples
from donecast.engine.sound_file_reader import SoundFileReader


class FinishedReader(Protocol):
    """A finished file of ours that can be read anywhere, by one thread."""

    frames: int

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def read(self, start: int, end: int) -> Samples:
        """The frames from ``start`` to ``end`` (not included), fewer where the sound ends before."""
        ...


class Writer(Protocol):
    """Encodes so many frames of a sound that can be read anywhere; answers the file's length in bytes."""

    def __call__(
        self,
        path: Path,
        output: OutputFormat,
        frames: int,
        read: Callable[[int, int], Samples],
        *,
        workers: int,
        progress: Callable[[int], None],
    ) -> int:
        """``progress`` is told the frames that are in the file."""
        ...


@dataclass(frozen=True, slots=True)
class FinishedCodec:
    """``headroom_db``: how far below the ceiling of true peaks to stay at first, since coding raises them."""

    write: Writer
    open: Callable[[Path], FinishedReader]
    headroom_db: Callable[[OutputFormat], float]


def codec_of(output: OutputFormat) -> FinishedCodec:
    """What writes and reads files of this format."""
    return _CODECS[output.codec]


_CODECS = {
    "mp3": FinishedCodec(mp3.write_mp3, SoundFileReader, mp3.codec_headroom_db),
    "aac": FinishedCodec(aac.write_m4a, M4aReader, aac.codec_headroom_db),
    "wav": FinishedCodec(wav.write_wav, SoundFileReader, wav.codec_headroom_db),
}
