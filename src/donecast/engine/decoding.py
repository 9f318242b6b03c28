"""Decoding any file on the allow-list, block by block, with memory that does not grow with its length.

libsndfile reads what it knows; FFmpeg's libraries read the rest and stand in where libsndfile gives up. Both are told
the format that `sniff` found; FFmpeg may open nothing but this one local file.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import av
import numpy as np
import soundfile
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.container import InputContainer

from donecast.engine.errors import (
    AbsurdChannels,
    AbsurdSampleRate,
    BrokenSamples,
    Damaged,
    FileTooLarge,
    NoAudioInside,
    TooLong,
)
from donecast.engine.limits import EngineLimits
from donecast.engine.samples import Samples, with_channels
from donecast.engine.sniff import Container, sniff_format
from donecast.engine.wav_header import WavHeader, read_wav_header

_BLOCK_FRAMES = 65_536
_READ_FRAMES = 4_096
_LOUDEST_PLAUSIBLE = 1e6
"""Whole-number samples stored as floats reach 2**31 at worst in error; beyond this they are no sound."""

_FFMPEG_NAMES = {
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
_LIBSNDFILE = frozenset({Container.WAV, Container.AIFF, Container.FLAC, Container.OGG, Container.MP3})


class _Reader(Protocol):
    codec: str
    sample_rate: int
    channels: int
    frames_promised: int | None
    broken: bool

    def blocks(self) -> Iterator[Samples]: ...


@dataclass(slots=True)
class Decoding:
    """A file being decoded. ``channels`` is what the blocks have: 1 or 2; a file with more is averaged to 1.

    ``frames`` and ``cut_off`` are right once the blocks are exhausted: how many came out, and whether the file promised
    noticeably more or was broken at its end.
    """

    container: Container
    codec: str
    sample_rate: int
    channels_in_file: int
    frames_promised: int | None
    limits: EngineLimits
    reader: _Reader
    frames: int = 0
    cut_off: bool = False

    @property
    def channels(self) -> int:
        """Channels of a block."""
        return self.channels_in_file if self.channels_in_file <= 2 else 1

    def blocks(self) -> Iterator[Samples]:
        """The sound in order, in blocks of some seconds at most.

        Raises TooLong as soon as the limit is passed, BrokenSamples for values that are not numbers, and Damaged when
        nothing comes out at all.
        """
        frames_max = self.limits.duration_ms_max * self.sample_rate // 1000
        for block in self.reader.blocks():
            self.frames += len(block)
            if self.frames > frames_max:
                raise too_long(self.limits)
            if not np.abs(block).max(initial=0.0) <= _LOUDEST_PLAUSIBLE:  # false for NaN too
                raise BrokenSamples
            yield with_channels(block, self.channels)
        if self.frames == 0:
            raise Damaged
        promised = self.frames_promised or 0
        self.cut_off = self.reader.broken or promised - self.frames > self.sample_rate // 2


def too_long(limits: EngineLimits) -> TooLong:
    """The error with the limit in its sentence."""
    hours = limits.duration_ms_max / 3_600_000
    return TooLong(f"This recording is longer than {hours:g} hours, which is the most we can take.")


def open_decoding(path: Path, limits: EngineLimits) -> Decoding:
    """Looks at a file and gets ready to decode it.

    Raises FileTooLarge, AbsurdSampleRate, AbsurdChannels, TooLong (where the header says so), NoAudioInside, Damaged,
    and what `sniff_format` raises.
    """
    if path.stat().st_size > limits.file_bytes_max:
        raise FileTooLarge(f"This file is larger than {limits.file_bytes_max / 1024**3:g} GB, the most we can take.")
    container = sniff_format(path)
    header = None
    if container is Container.WAV:
        with path.open("rb") as file:
            header = read_wav_header(file)
        _require_sane(header.sample_rate, header.channels, limits)
    reader = _open_reader(path, container)
    _require_sane(reader.sample_rate, reader.channels, limits)
    promised = _promised(header) or reader.frames_promised
    if (reader.frames_promised or 0) * 1000 > limits.duration_ms_max * reader.sample_rate:
        raise too_long(limits)
    return Decoding(
        container, reader.codec, reader.sample_rate, reader.channels, promised, limits=limits, reader=reader
    )


def _promised(header: WavHeader | None) -> int | None:
    if header is None or not header.bytes_promised or not header.frame_bytes:
        return None
    # A codec's frames need not be its bytes divided; only a gap between promise and presence counts here.
    if header.bytes_promised <= header.bytes_present:
        return None
    return header.bytes_promised // header.frame_bytes


def _require_sane(sample_rate: int, channels: int, limits: EngineLimits) -> None:
    if not limits.sample_rate_min <= sample_rate <= limits.sample_rate_max:
        raise AbsurdSampleRate(
            f"This file says it has {sample_rate:,} samples per second; we can work with {limits.sample_rate_min:,} "
            f"to {limits.sample_rate_max:,}.",
            details={"sample_rate": sample_rate},
        )
    if not 1 <= channels <= limits.channels_max:
        raise AbsurdChannels(
            f"This file says it has {channels} channels; we can take 1 to {limits.channels_max}.",
            details={"channels": channels},
        )


def _open_reader(path: Path, container: Container) -> _Reader:
    if container in _LIBSNDFILE:
        try:
            return _LibsndfileReader(path)
        except soundfile.LibsndfileError:
            pass  # a codec it does not know, such as MP3 inside WAV
    return _FfmpegReader(path, container)


class _OnwardFile(soundfile.SoundFile):  # type: ignore[misc]  # soundfile has no types
    """A file that is only read from its start to its end.

    SoundFile seeks to where it already is after every read, and a decoder of MP3 that is told to seek forgets what
    earlier frames put by for later ones: parts of files with a variable bit rate would go missing.
    """

    def seekable(self) -> bool:
        return False


class _LibsndfileReader:
    def __init__(self, path: Path) -> None:
        self._file = _OnwardFile(path)
        self.codec = str(self._file.subtype).lower()
        self.sample_rate = int(self._file.samplerate)
        self.channels = int(self._file.channels)
        frames = int(self._file.frames)
        self.frames_promised = frames if 0 < frames < 2**62 else None
        self.broken = False

    def blocks(self) -> Iterator[Samples]:
        with self._file as file:
            while not self.broken:
                block = np.empty((_BLOCK_FRAMES, self.channels), np.float32)
                filled = self._fill(file, block)
                if not filled:
                    return
                yield block[:filled]

    def _fill(self, file: soundfile.SoundFile, block: Samples) -> int:
        # In small steps, so that little is lost where a damaged file ends.
        filled = 0
        while filled < len(block):
            try:
                piece = file.read(out=block[filled : filled + _READ_FRAMES])
            except soundfile.LibsndfileError:
                self.broken = True
                return filled
            if not len(piece):
                return filled
            filled += len(piece)
        return filled


class _FfmpegReader:
    _BROKEN_PACKETS_MAX = 100

    def __init__(self, path: Path, container: Container) -> None:
        try:
            self._file: InputContainer = av.open(
                f"file:{path.absolute()}", format=_FFMPEG_NAMES[container], options={"protocol_whitelist": "file"}
            )
        except av.FFmpegError as error:
            raise Damaged(details={"why": str(error)}) from error
        if not self._file.streams.audio:
            self._file.close()
            raise NoAudioInside
        self.broken = False
        stream = self._file.streams.audio[0]
        self.codec = stream.codec_context.name
        self._frames = self._decoded()
        first = next(self._frames, None)
        if first is None:
            self._file.close()
            raise Damaged
        # The first decoded frame knows better than the header: HE-AAC doubles the rate that its header states.
        self._first = first
        self.sample_rate = first.sample_rate
        self.channels = first.layout.nb_channels
        seconds = float(stream.duration * stream.time_base) if stream.duration and stream.time_base else 0.0
        self.frames_promised = int(seconds * self.sample_rate) or None

    def _decoded(self) -> Iterator[AudioFrame]:
        bad = 0
        packets = self._file.demux(audio=0)
        while True:
            try:
                packet = next(packets)
                for frame in packet.decode():
                    if isinstance(frame, AudioFrame) and frame.samples:
                        yield frame
            except StopIteration:
                return
            except av.InvalidDataError:
                bad += 1
                self.broken = True
                if bad > self._BROKEN_PACKETS_MAX:
                    return
            except av.FFmpegError:
                self.broken = True
                return

    def blocks(self) -> Iterator[Samples]:
        try:
            yield from self._gathered()
        finally:
            self._file.close()

    def _gathered(self) -> Iterator[Samples]:
        waiting: list[Samples] = []
        for piece in self._pieces():
            waiting.append(piece)
            if sum(map(len, waiting)) >= _BLOCK_FRAMES:
                yield np.concatenate(waiting)
                waiting = []
        if waiting:
            yield np.concatenate(waiting)

    def _pieces(self) -> Iterator[Samples]:
        frame: AudioFrame | None = self._first
        resampler, shape = None, None
        while frame is not None:
            if resampler is None or shape != (frame.sample_rate, frame.layout.name, frame.format.name):
                # Streams may change in the middle; what comes out keeps the shape it began with.
                if resampler:
                    yield from _planes(resampler.resample(None))
                shape = (frame.sample_rate, frame.layout.name, frame.format.name)
                resampler = AudioResampler(format="fltp", layout=self._first.layout, rate=self.sample_rate)
            frame.pts = None
            yield from _planes(resampler.resample(frame))
            frame = next(self._frames, None)
        if resampler:
            yield from _planes(resampler.resample(None))


def _planes(frames: list[AudioFrame]) -> Iterator[Samples]:
    for frame in frames:
        yield np.ascontiguousarray(frame.to_ndarray().T, dtype=np.float32)
