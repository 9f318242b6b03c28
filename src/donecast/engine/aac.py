"""Writing AAC-LC by FFmpeg's encoder, in pieces that may be encoded side by side and are joined without a seam.

A packet holds 1024 frames and overlaps with the one before it by as many; it depends on no other. So two encodes of the
same sound can be put together between packets k - 1 and k where both weigh packet k - 1 by the same window: the halves
that overlap there belong to each other as in one encode. What an encoder remembers of the past (how it spends its bits)
only steers quality: each piece begins a while earlier to have settled by the seam. Pieces and seams depend on the
length alone, so the bytes are the same on any number of cores.
"""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.codec.context import Flags

from donecast.core.plan import OutputFormat
from donecast.engine.aac_packets import ONLY_LONG, window_of
from donecast.engine.errors import EngineAtItsEnd
from donecast.engine.m4a import M4aWriter
from donecast.engine.m4a_boxes import SAMPLES_PER_PACKET, packets_of, priming_of
from donecast.engine.samples import Samples

SAMPLE_RATES: Final = (32_000, 44_100, 48_000)
BIT_RATES_KBPS: Final = (64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_BITS_PER_PACKET_AND_CHANNEL_MAX = 6144

_PIECE_PACKETS = 5_168
"""Two minutes at 44.1 kHz."""
_SETTLING_PACKETS = 256
"""Six seconds, after which quality no longer differs from that of an encode from the beginning."""
_SEAM_PACKETS = 64
"""Among how many packets after a border the seam may lie."""
_LOOK_AHEAD_PACKETS = 2
_READ_FRAMES = 65_536

Reader = Callable[[int, int], Samples]
"""Gives the frames from a start to an end (not included)."""


@dataclass(frozen=True, slots=True)
class AacPiece:
    """A part of the sound that one encoder takes: the frames from ``start`` to ``end`` (not included).

    ``first_packet`` is the number, in the whole file, of the first packet that comes out; ``border`` is the earliest
    packet that is taken from this piece.
    """

    start: int
    end: int
    first_packet: int
    border: int
    silence_before: int


@dataclass(frozen=True, slots=True)
class EncodedAacPiece:
    """A piece and its packets."""

    piece: AacPiece
    packets: Sequence[bytes] = field(repr=False)

    def packet(self, number: int) -> bytes:
        """A packet by its number in the whole file."""
        return self.packets[number - self.piece.first_packet]


def pieces_of(frames: int, piece_packets: int = _PIECE_PACKETS) -> tuple[AacPiece, ...]:
    """How a sound of so many frames is divided; neighbours overlap, and the last may be half as long again.

    Raises ValueError for a sound of less than a packet.
    """
    total = packets_of(frames)
    chunks, silence = total - 1, priming_of(frames) - SAMPLES_PER_PACKET
    count = max(1, (chunks + piece_packets // 2) // piece_packets)
    borders = [index * piece_packets for index in range(count)]
    pieces = []
    for border, following in zip(borders, [*borders[1:], None], strict=True):
        first = max(border - _SETTLING_PACKETS, 0)
        past = chunks if following is None else min(following + _SEAM_PACKETS + _LOOK_AHEAD_PACKETS, chunks)
        start, end = first * SAMPLES_PER_PACKET - silence, past * SAMPLES_PER_PACKET - silence
        pieces.append(AacPiece(max(start, 0), end, first, border, max(-start, 0)))
    return tuple(pieces)


def codec_headroom_db(output: OutputFormat) -> float:
    """How far below the ceiling to stay at first, since coding raises peaks: more at low bit rates.

    Measured on limited speech and music; the encoder changes the level itself by less than 0.06 dB.
    """
    return 0.7 if output.bitrate_kbps < 112 else 0.4 if output.bitrate_kbps <= 160 else 0.25


def write_m4a(
    path: Path,
    output: OutputFormat,
    frames: int,
    read: Reader,
    *,
    workers: int = 1,
    pieces: tuple[AacPiece, ...] | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> int:
    """Encodes ``frames`` frames and answers the length of the file in bytes.

    ``read`` gives any stretch of the sound and, with more than one worker, is called from several threads at once.
    ``progress`` is told the frames that are encoded. Raises EngineAtItsEnd where no seam fits, ValueError for a format
    that is not among ours and for less than a packet, and whatever ``read`` raises.
    """
    require_aac_of_ours(output)

    def encode(piece: AacPiece) -> EncodedAacPiece:
        encoder = AacPieceEncoder(piece, output)
        for start in range(piece.start, piece.end, _READ_FRAMES):
            encoder.write(read(start, min(start + _READ_FRAMES, piece.end)))
        return encoder.close()

    left = deque(pieces or pieces_of(frames))
    waiting: deque[Future[EncodedAacPiece]] = deque()
    with M4aWriter(path, output, frames) as writer, ThreadPoolExecutor(workers, "aac") as pool:
        joiner = AacJoiner(writer.write)
        try:
            while left or waiting:
                while left and len(waiting) <= workers:  # one piece more than workers, so that none waits for the join
                    waiting.append(pool.submit(encode, left.popleft()))
                encoded = waiting.popleft().result()
                joiner.add(encoded)
                progress(encoded.piece.end)
        finally:
            pool.shutdown(cancel_futures=True)
        joiner.close()
        return writer.close()


def require_aac_of_ours(output: OutputFormat) -> None:
    """Raises ValueError for a format that is not among ours."""
    rate, channels, bitrate_kbps = output.sample_rate, output.channels, output.bitrate_kbps
    known = output.codec == "aac" and rate in SAMPLE_RATES and channels in {1, 2} and bitrate_kbps in BIT_RATES_KBPS
    if not known:
        raise ValueError(f"no AAC of ours: {output}")
    if bitrate_kbps * 1000 * SAMPLES_PER_PACKET > _BITS_PER_PACKET_AND_CHANNEL_MAX * channels * rate:
        raise ValueError(f"{bitrate_kbps} kbit/s are more than AAC can hold in {channels} channels at {rate} Hz")


class AacPieceEncoder:
    """Encodes one piece; another thread may encode another one meanwhile, for FFmpeg works outside Python's lock.

    Raises ValueError for a format that is not among ours.
    """

    def __init__(self, piece: AacPiece, output: OutputFormat) -> None:
        require_aac_of_ours(output)
        self._layout = "mono" if output.channels == 1 else "stereo"
        self._sample_rate = output.sample_rate
        self._encoder = AudioCodecContext.create("aac", "w")
        self._encoder.sample_rate = output.sample_rate
        self._encoder.layout = self._layout
        self._encoder.format = "fltp"
        self._encoder.bit_rate = output.bitrate_kbps * 1000
        self._encoder.time_base = Fraction(1, output.sample_rate)
        self._encoder.thread_count = 1
        self._encoder.flags |= Flags.bitexact  # else the first packet names the version of FFmpeg
        self._piece = piece
        self._packets: list[bytes] = []
        self._frames = 0
        self._encode(np.zeros((piece.silence_before, output.channels), np.float32))

    def write(self, samples: Samples) -> None:
        """Encodes the next frames of the piece (full scale 1.0)."""
        self._encode(samples)
        self._frames += len(samples)

    def close(self) -> EncodedAacPiece:
        """Ends the piece. Raises ValueError unless exactly its frames were written."""
        if self._frames != self._piece.end - self._piece.start:
            raise ValueError(f"{self._frames} frames were written for {self._piece}")
        self._packets += [bytes(packet) for packet in self._encoder.encode(None)]
        return EncodedAacPiece(self._piece, self._packets)

    def _encode(self, samples: Samples) -> None:
        if len(samples):
            planes = np.ascontiguousarray(samples.T, dtype=np.float32)
            frame = av.AudioFrame.from_ndarray(planes, format="fltp", layout=self._layout)
            frame.sample_rate = self._sample_rate
            self._packets += [bytes(packet) for packet in self._encoder.encode(frame)]


class AacJoiner:
    """Takes encoded pieces in order and gives ``write`` every packet of the whole, once and in order."""

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self._write = write
        self._last: EncodedAacPiece | None = None
        self._next = 0

    def add(self, encoded: EncodedAacPiece) -> None:
        """The next piece. Raises EngineAtItsEnd where no seam fits."""
        if self._last is not None:
            self._write_until(self._last, seam_between(self._last, encoded))
        self._last = encoded

    def close(self) -> None:
        """Writes what is left."""
        if self._last is not None:
            self._write_until(self._last, self._last.piece.first_packet + len(self._last.packets))

    def _write_until(self, encoded: EncodedAacPiece, end: int) -> None:
        for number in range(self._next, end):
            self._write(encoded.packet(number))
        self._next = end


def seam_between(before: EncodedAacPiece, after: EncodedAacPiece) -> int:
    """The first packet to take from ``after``, where both pieces weigh the packet before it by one window.

    A long window is preferred: there the sound is steady. Raises EngineAtItsEnd when there is none.
    """
    others = []
    for number in range(after.piece.border, after.piece.border + _SEAM_PACKETS):
        window = window_of(before.packet(number - 1))
        if window is not None and window == window_of(after.packet(number - 1)):
            if window.sequence == ONLY_LONG:
                return number
            others.append(number)
    if not others:
        raise EngineAtItsEnd(details={"why": "no seam fits", "packet": after.piece.border})
    return others[0]
