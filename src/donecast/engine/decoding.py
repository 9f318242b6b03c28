"""Decoding any file on the allow-list, block by block, with memory that does not grow with its length.

libsndfile reads what it knows; FFmpeg's libraries read the rest and stand in where libsndfile gives up. Both are told
the format that `sniff` found; FFmpeg may open nothing but this one local file.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import soundfile

from donecast.engine.aac_reader import open_aac_reader
from donecast.engine.endings import ends_too_early
from donecast.engine.errors import (
    AbsurdChannels,
    AbsurdSampleRate,
    BrokenSamples,
    Damaged,
    EngineRefused,
    FileTooLarge,
    TooLong,
)
from donecast.engine.ffmpeg_reader import FfmpegReader
from donecast.engine.libsndfile_reader import LibsndfileReader
from donecast.engine.limits import EngineLimits
from donecast.engine.samples import BLOCK_FRAMES, Samples, with_channels
from donecast.engine.sniff import Container, length_of, sniff_format
from donecast.engine.wav_header import WavHeader, read_wav_header

_LOUDEST_PLAUSIBLE = 1e6
"""Whole-number samples stored as floats reach 2**31 at worst in error; beyond this they are no sound."""

_LIBSNDFILE = frozenset({Container.WAV, Container.AIFF, Container.FLAC, Container.OGG, Container.MP3})


class _Reader(Protocol):
    """``promise_slack_seconds``: how much less than promised may come; endless where the promise is a guess."""

    codec: str
    sample_rate: int
    channels: int
    frames_promised: int | None
    promise_slack_seconds: float
    broken: bool

    def blocks(self, frames: int) -> Iterator[Samples]: ...


@dataclass(slots=True)
class Decoding:
    """A file being decoded. ``channels`` is what the blocks have: 1 or 2; a file with more is averaged to 1.

    ``frames_promised`` may be a guess from the size of the file. ``frames`` and ``cut_off`` are right once the blocks
    are exhausted: how many came out, and whether the file promised noticeably more or was broken somewhere.
    """

    path: Path
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

    def blocks(self, frames: int = BLOCK_FRAMES) -> Iterator[Samples]:
        """The sound in order, in blocks of so many frames as a rule: a codec may give fewer or more at a time.

        Raises TooLong as soon as the limit is passed, BrokenSamples for values that are not numbers, and Damaged when
        nothing comes out at all.
        """
        frames_max = self.limits.duration_ms_max * self.sample_rate // 1000
        for block in self.reader.blocks(frames):
            self.frames += len(block)
            if self.frames > frames_max:
                raise too_long(self.limits)
            require_numbers(block)
            yield with_channels(block, self.channels)
        if self.frames == 0:
            raise Damaged
        missing = (self.frames_promised or 0) - self.frames
        self.cut_off = (
            self.reader.broken
            or missing > self.reader.promise_slack_seconds * self.sample_rate
            or ends_too_early(self.path, self.container)
        )


def require_numbers(block: Samples) -> None:
    """Raises BrokenSamples for values that are not numbers, or no sound."""
    # The sum of squares is one quick pass, is NaN or infinite when a sample is, and is above the square of each.
    parts = [block.ravel()] if block.flags.c_contiguous else list(block.T)
    with np.errstate(over="ignore", invalid="ignore"):
        if all(np.dot(part, part) <= _LOUDEST_PLAUSIBLE**2 for part in parts):
            return
    if not np.abs(block).max() <= _LOUDEST_PLAUSIBLE:  # false for NaN too
        raise BrokenSamples


def too_long(limits: EngineLimits) -> TooLong:
    """The error with the limit in its sentence."""
    hours = limits.duration_ms_max / 3_600_000
    return TooLong(f"This recording is longer than {hours:g} hours, which is the most we can take.")


def open_decoding(path: Path, limits: EngineLimits) -> Decoding:
    """Looks at a file and gets ready to decode it.

    Raises FileTooLarge, AbsurdSampleRate, AbsurdChannels, TooLong (where the header says so), NoAudioInside, Damaged,
    and what `sniff_format` raises.
    """
    if length_of(path) > limits.file_bytes_max:
        raise FileTooLarge(f"This file is larger than {limits.file_bytes_max / 1024**3:g} GB, the most we can take.")
    container = sniff_format(path)
    header = None
    if container is Container.WAV:
        with path.open("rb") as file:
            header = read_wav_header(file)
        if header:
            _require_sane(header.sample_rate, header.channels, limits)
    reader = _open_reader(path, container)
    _require_sane(reader.sample_rate, reader.channels, limits)
    promised = _promised(header) or reader.frames_promised
    certain = 0 if math.isinf(reader.promise_slack_seconds) else reader.frames_promised or 0
    if certain * 1000 > limits.duration_ms_max * reader.sample_rate:
        raise too_long(limits)
    return Decoding(
        path, container, reader.codec, reader.sample_rate, reader.channels, promised, limits=limits, reader=reader
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
            f"This file says that its sample rate is {sample_rate:,} Hz; we can work with {limits.sample_rate_min:,} "
            f"to {limits.sample_rate_max:,} Hz.",
            details={"sample_rate": sample_rate},
        )
    if not 1 <= channels <= limits.channels_max:
        count = f"{channels:,} channels" if channels else "no channel at all"
        raise AbsurdChannels(
            f"This file says that it has {count}; we can take 1 to {limits.channels_max}.",
            details={"channels": channels},
        )


def _open_reader(path: Path, container: Container) -> _Reader:
    if container in _LIBSNDFILE:
        try:
            return _Relay(path, container, LibsndfileReader(path))
        except soundfile.LibsndfileError:
            pass  # a codec it does not know, such as MP3 inside WAV
    plain = open_aac_reader(path) if container is Container.MP4 else None
    return plain or FfmpegReader(path, container)


class _Relay:
    """libsndfile reads; where it stops before the file ends, FFmpeg's libraries go on from there.

    libsndfile gives up at the first broken frame of a FLAC file, at a change of rate or channels in an MP3 and after
    the first of several Ogg streams. What nobody can read is left out, and the sound is ``broken``.
    """

    def __init__(self, path: Path, container: Container, first: LibsndfileReader) -> None:
        self._path, self._container, self._first = path, container, first
        self.codec, self.frames_promised = first.codec, first.frames_promised
        self.promise_slack_seconds = first.promise_slack_seconds
        self.sample_rate, self.channels = first.sample_rate, first.channels
        self.broken = False

    def blocks(self, frames: int) -> Iterator[Samples]:
        done = 0
        for block in self._first.blocks(frames):
            done += len(block)
            yield block
        self.broken = self._first.broken
        if self._first.ended_early and self.channels <= 2:
            yield from self._rest(done, frames)

    def _rest(self, done: int, frames: int) -> Iterator[Samples]:
        try:
            second = FfmpegReader(self._path, self._container, (self.sample_rate, self.channels))
        except EngineRefused:
            self.broken = True
            return
        for block in second.blocks(frames):
            if len(block) > done:
                yield block[done:]
            done = max(0, done - len(block))
        self.broken = self.broken or second.broken
