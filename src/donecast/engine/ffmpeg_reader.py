"""Reading by FFmpeg's libraries: a fixed format, one local file, nothing else."""

import itertools
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.fifo import AudioFifo
from av.audio.frame import AudioFrame
from av.audio.layout import AudioLayout
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer

from donecast.engine.errors import Damaged, NoAudioInside, UnknownFormat
from donecast.engine.movie_source import Movie, movie_blocks
from donecast.engine.samples import BLOCK_FRAMES, Samples
from donecast.engine.sniff import Container

_BROKEN_PACKETS_MAX = 1_000
_NAMES = {
    Container.WAV: "wav",
    Container.AIFF: "aiff",
    Container.FLAC: "flac",
    Container.OGG: "ogg",
    Container.MP3: "mp3",
    Container.AAC: "aac",
    Container.MP4: "mov",
    Container.MATROSKA: "matroska",
    Container.ASF: "asf",
}
SLACK_SECONDS: Final = 0.5
"""How much less than an index promises may come."""
_PLANAR = "fltp"
_RATE_MIN = 4_000
_GUESSED = frozenset({Container.AAC, Container.MP3})
"""Without an index: FFmpeg divides the bytes by the bit rate of the first frames."""
_OPTIONS = {
    "protocol_whitelist": "file",
    "enable_drefs": "0",  # a MOV file may name other files to take its sound from
    "use_absolute_path": "0",
}


def open_container(path: Path, container: Container) -> InputContainer:
    """One local file, taken for what it is, that can make FFmpeg open no other. Raises Damaged."""
    options = _OPTIONS if container is Container.MP4 else {"protocol_whitelist": "file"}
    try:
        return av.open(f"file:{path.absolute()}", format=_NAMES[container], options=options, metadata_errors="replace")
    except (av.FFmpegError, ValueError) as error:
        raise Damaged(details={"why": str(error)}) from error


def _seconds_promised(file: InputContainer, stream: AudioStream) -> float:
    """How long the sound is said to be; 0 where nothing is said.

    Matroska says it of the whole file alone, which is the sound's where there is nothing else in it.
    """
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return file.duration / av.time_base if file.duration and len(file.streams) == 1 else 0.0


class FfmpegReader:
    """``broken`` is right once the blocks are exhausted: whether some of the file could not be made sense of.

    ``shape``, samples per second and one or two channels, is what comes out; else that of the first frame. Raises
    NoAudioInside, UnknownFormat for a codec that nobody here knows, and Damaged when nothing comes out.
    ``file`` and its ``first`` frame are for `ffmpeg_stretches`.
    """

    def __init__(self, path: Path, container: Container, shape: tuple[int, int] | None = None) -> None:
        self.file = open_container(path, container)
        if not self.file.streams.audio:
            self.file.close()
            raise NoAudioInside
        self.broken = False
        stream = self.file.streams.audio[0]
        context: AudioCodecContext | None = stream.codec_context
        if context is None:
            self.file.close()
            raise UnknownFormat("The sound in this file is stored in a way that we cannot read.")
        self.codec = context.name
        self._frames = self._decoded()
        first = next(self._frames, None)
        if first is None:
            self.file.close()
            raise Damaged
        # The first decoded frame knows better than the header: HE-AAC doubles the rate that its header states.
        self.first = first
        self.sample_rate, self.channels = shape or (first.sample_rate, first.layout.nb_channels)
        self._layout = AudioLayout(("mono", "stereo")[self.channels - 1]) if shape else first.layout
        as_it_comes = (self.sample_rate, self.channels) == (first.sample_rate, first.layout.nb_channels)
        self._container = container
        self._is_plain = container is Container.MP4 and as_it_comes and first.format.name == _PLANAR
        self._path, self._stream = path, stream.index
        self.frames_promised = int(_seconds_promised(self.file, stream) * self.sample_rate) or None
        self.promise_slack_seconds = math.inf if container in _GUESSED else SLACK_SECONDS

    def blocks(self, frames: int = BLOCK_FRAMES) -> Iterator[Samples]:
        """Each block is the caller's own; its channels lie one after the other in memory."""
        given = 0
        try:
            if self._is_plain:
                self.file.close()  # or the index of a file of hours would lie in memory twice
                try:
                    movie = Movie(f"file:{self._path.absolute()}", "mov", _OPTIONS, self._stream)
                    for block in movie_blocks(movie, first=self.first, frames=frames):
                        given += len(block)
                        yield block
                    return
                except av.FFmpegError:
                    self._begin_anew()  # for what only patience can read
            yield from after(given, self._collected(frames))
        finally:
            self.file.close()

    def _begin_anew(self) -> None:
        self.file, self.broken = open_container(self._path, self._container), False
        self._frames = self._decoded()
        next(self._frames, None)  # the first is known

    def _collected(self, frames: int) -> Iterator[Samples]:
        # Collected by FFmpeg, which takes less for it than Python does.
        waiting = AudioFifo()
        for frame in self._in_one_shape():
            frame.pts = None  # gaps in the stamps are none in the sound
            waiting.write(frame)
            while waiting.samples >= frames:
                yield _taken(waiting, frames)
        if waiting.samples:
            yield _taken(waiting, waiting.samples)

    def _decoded(self) -> Iterator[AudioFrame]:
        bad = 0
        packets = self.file.demux(audio=0)
        while True:
            try:
                for frame in next(packets).decode():
                    if isinstance(frame, AudioFrame) and frame.samples:
                        yield frame
            except StopIteration:
                return
            except av.InvalidDataError:
                bad += 1
                self.broken = True
                if bad > _BROKEN_PACKETS_MAX:
                    return
            except av.FFmpegError:
                self.broken = True
                return

    def _in_one_shape(self) -> Iterator[AudioFrame]:
        """Frames of planar floats with one rate and one layout, whatever the file turns to."""
        wanted = (_PLANAR, self._layout, self.sample_rate)
        resampler, coming = None, wanted
        for frame in itertools.chain([self.first], self._frames):
            form, layout, rate = coming
            # For each frame, so without a tuple of its own: that took longer than the rest of this loop.
            if frame.sample_rate != rate or frame.format.name != form or frame.layout != layout:
                yield from self._resampled(resampler, None)
                coming, resampler = (frame.format.name, frame.layout, frame.sample_rate), None
                if coming != wanted:
                    resampler = AudioResampler(format=_PLANAR, layout=self._layout, rate=self.sample_rate)
            if resampler is None:
                yield frame
            else:
                yield from self._resampled(resampler, frame)
        yield from self._resampled(resampler, None)

    def _resampled(self, resampler: AudioResampler | None, frame: AudioFrame | None) -> Iterator[AudioFrame]:
        """The frame as it is wanted; the resampler's rest for None."""
        if resampler is None:
            return
        if frame:
            frame.pts = None
            if frame.sample_rate < _RATE_MIN:  # few samples of an absurd rate would fill the memory
                self.broken = True
                return
        try:
            made = resampler.resample(frame)
        except av.FFmpegError:
            self.broken = True
            return
        for each in made:
            each.time_base = self.first.time_base
            yield each


def after(frames: int, blocks: Iterator[Samples]) -> Iterator[Samples]:
    """The blocks without so many frames at the beginning."""
    for block in blocks:
        if frames < len(block):
            yield block[frames:]
        frames = max(0, frames - len(block))


def _taken(waiting: AudioFifo, frames: int) -> Samples:
    taken = waiting.read(frames)
    if taken is None:
        raise ValueError(f"fewer than {frames} frames wait")
    return np.asarray(taken.to_ndarray(), np.float32).T
