"""Reading hours of plain AAC in an MP4 with memory that does not grow with its length: by an index of our own.

FFmpeg's libraries decode, as they do any other file, but are given the packets alone. What this cannot vouch for, in a
file that looked plain, is read by FFmpeg's own index after all: the samples are the same, and so is what is left out.
"""

from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import av
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.packet import Packet

from donecast.engine.aac_framing import framed
from donecast.engine.aac_index import AacIndex, read_aac_index
from donecast.engine.byte_pipe import BytePipe
from donecast.engine.ffmpeg_reader import SLACK_SECONDS, FfmpegReader, after
from donecast.engine.movie_source import Movie, movie_blocks
from donecast.engine.mp4_boxes import read_at
from donecast.engine.samples import BLOCK_FRAMES, Samples
from donecast.engine.sniff import Container

_OPTIONS = {
    "protocol_whitelist": "pipe",
    "probesize": str(8 * 1024),  # what it looks at while no other thread can fill the pipe again
    "indexmem": "0",
}
_PLANAR = "fltp"
PACKETS_MIN: Final = 250_000
"""An hour and a half. FFmpeg's index takes 10 MiB then, and for fewer it is the better choice: headers before packets,
and to read them again, cost a twentieth of the processor time of an intake."""


class AacReader:
    """One file of this kind. ``broken`` is right once the blocks are exhausted, as in `FfmpegReader`."""

    promise_slack_seconds = SLACK_SECONDS
    codec = "aac"

    def __init__(self, path: Path, index: AacIndex, first: AudioFrame) -> None:
        self._path, self._index, self._first = path, index, first
        self.sample_rate, self.channels = index.sample_rate, index.channels
        self.frames_promised: int | None = index.frames_promised
        self.broken = False

    def blocks(self, frames: int = BLOCK_FRAMES) -> Iterator[Samples]:
        """Each block is the caller's own; its channels lie one after the other in memory."""
        given = 0
        try:
            with closing(self._plain(frames)) as blocks:
                for block in blocks:
                    given += len(block)
                    yield block
            return
        except av.FFmpegError:
            patient = FfmpegReader(self._path, Container.MP4, (self.sample_rate, self.channels))
        yield from after(given, patient.blocks(frames))
        self.broken = patient.broken

    def _plain(self, frames: int) -> Generator[Samples]:
        with self._path.open("rb") as file, BytePipe(framed(file, self._index)) as pipe:
            movie = Movie(f"pipe:{pipe.reading}", "aac", _OPTIONS)
            with closing(
                movie_blocks(movie, first=self._first, frames=frames, skipped_frames=self._index.skipped_frames)
            ) as blocks:
                for block in blocks:
                    yield block
                    pipe.fill()
            if not pipe.is_done:
                raise av.InvalidDataError(0, "not all packets are plain")


def open_aac_reader(path: Path) -> AacReader | None:
    """A reader for an MP4 whose one sound is plain AAC of at least `PACKETS_MIN`; None for any other."""
    with path.open("rb") as file:
        index = read_aac_index(file)
        if index is None or index.packets < PACKETS_MIN:
            return None
        place, sizes = next(index.stretches(file, 1))
        first = _decoded(read_at(file, place, int(sizes[0])), index)
    # Only the sound itself tells whether its bands are replicated, at twice the rate that the index states.
    if first is None or first.format.name != _PLANAR or first.sample_rate != index.sample_rate:
        return None
    return AacReader(path, index, first) if first.layout.nb_channels == index.channels else None


def _decoded(packet: bytes, index: AacIndex) -> AudioFrame | None:
    """The frame that a packet gives."""
    decoder = AudioCodecContext.create("aac", "r")
    decoder.extradata = index.decoder_config
    try:
        return next(iter(decoder.decode(Packet(packet))), None)
    except av.FFmpegError:
        return None
