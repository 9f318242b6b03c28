"""Writing MP3 by LAME at constant bit rate, with an Info frame so that decoders give back exactly what went in.

LAME lowers what it encodes at most bit rates; `encoding_gain` undoes that. The Info frame follows LAME's own layout
(Xing header, LAME extension): decoders drop the encoder's delay at the start and its padding at the end.
"""

from pathlib import Path
from typing import Final

import lameenc
import numpy as np
from numpy.typing import NDArray

from donecast.engine.mpeg_frames import read_header
from donecast.engine.samples import Samples

SAMPLE_RATES: Final = (32_000, 44_100, 48_000)
BIT_RATES_KBPS: Final = (64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_QUALITY = 3
_FRAME_SAMPLES = 1152
_ENCODER_DELAY = 576
_LOWEST_OF_16_BITS, _HIGHEST_OF_16_BITS = -32_768, 32_767

_DITHER_FRAMES = 1 << 17
_FIRST_HEADER_BYTES = 4


def encoding_gain(bitrate_kbps: int) -> float:
    """The factor that undoes what LAME takes off at a bit rate; measured with a sine, the same at any sample rate."""
    if bitrate_kbps <= 160:
        return 1 / 0.95
    return {192: 1 / 0.97, 224: 1 / 0.98}.get(bitrate_kbps, 1.0)


def codec_headroom_db(bitrate_kbps: int) -> float:
    """How far below the ceiling to stay at first, since coding raises peaks: more at low bit rates."""
    return 1.2 if bitrate_kbps < 112 else 0.8 if bitrate_kbps <= 160 else 0.4


class Mp3Writer:
    """One MP3 file, written as the sound comes. Raises ValueError for a format that is not among ours."""

    def __init__(self, path: Path, *, sample_rate: int, channels: int, bitrate_kbps: int) -> None:
        if sample_rate not in SAMPLE_RATES or bitrate_kbps not in BIT_RATES_KBPS or channels not in {1, 2}:
            raise ValueError(f"no MP3 of ours: {sample_rate} Hz, {channels} channels, {bitrate_kbps} kbit/s")
        self._encoder = lameenc.Encoder()
        self._encoder.silence()
        self._encoder.set_in_sample_rate(sample_rate)
        self._encoder.set_out_sample_rate(sample_rate)  # else LAME lowers the rate of low bit rates by itself
        self._encoder.set_channels(channels)
        self._encoder.set_bit_rate(bitrate_kbps)
        self._encoder.set_quality(_QUALITY)
        self._channels = channels
        self._bitrate_kbps = bitrate_kbps
        self._info_bytes = 144 * bitrate_kbps * 1000 // sample_rate
        self._file = path.open("w+b")
        self._file.write(bytes(self._info_bytes))
        self._dither = _dither(channels)
        self._frames = 0

    def write(self, samples: Samples) -> None:
        """Encodes the next frames (full scale 1.0), with dither that depends on nothing but their place."""
        places = np.arange(self._frames, self._frames + len(samples)) % _DITHER_FRAMES
        scaled = np.rint(samples * np.float32(32_768) + self._dither[places])
        whole = np.clip(scaled, _LOWEST_OF_16_BITS, _HIGHEST_OF_16_BITS).astype("<i2")
        self._file.write(self._encoder.encode(whole.tobytes()))
        self._frames += len(samples)

    def close(self) -> int:
        """Ends the file and answers its length in bytes."""
        self._file.write(self._encoder.flush())
        length = self._file.tell()
        frame = self._info_frame(length)
        self._file.seek(0)
        self._file.write(frame)
        self._file.close()
        return length

    def _info_frame(self, length: int) -> bytes:
        coded, first = self._count_frames(length)
        header = bytes([first[0], first[1] | 1, first[2] & ~0x02, first[3]])  # no checksum, no padding
        side_bytes = 17 if self._channels == 1 else 32
        return info_frame(
            header + bytes(side_bytes),
            frame_bytes=self._info_bytes,
            coded_frames=coded,
            file_bytes=length,
            padding=coded * _FRAME_SAMPLES - self._frames - _ENCODER_DELAY,
            bitrate_kbps=self._bitrate_kbps,
        )

    def _count_frames(self, length: int) -> tuple[int, bytes]:
        """How many frames of sound there are, and the header of the first."""
        place, count, first = self._info_bytes, 0, b""
        while place < length:
            self._file.seek(place)
            head = self._file.read(_FIRST_HEADER_BYTES)
            header = read_header(head, 0)
            if header is None:
                raise ValueError(f"the encoder wrote no frame at byte {place}")
            first = first or head
            place += header.length
            count += 1
        return count, first


def info_frame(
    start: bytes, *, frame_bytes: int, coded_frames: int, file_bytes: int, padding: int, bitrate_kbps: int
) -> bytes:
    """The frame that tells decoders about the rest: frames, bytes, seek table, encoder delay and padding in samples.

    ``start`` is the frame's header and empty side information. The checksum over the music is left 0; that over the
    frame itself is right.
    """
    flags = 0x0F  # frames, bytes, seek table and quality follow
    seek_table = bytes(min(255, 256 * percent // 100) for percent in range(100))
    xing = b"Info" + flags.to_bytes(4, "big") + coded_frames.to_bytes(4, "big") + file_bytes.to_bytes(4, "big")
    xing += seek_table + (100 - 10 * _QUALITY).to_bytes(4, "big")
    lame = b"LAME3.100" + bytes([0x01]) + bytes(1) + bytes(8)  # constant bit rate; no lowpass, peak or gain stated
    lame += bytes([0x00, min(bitrate_kbps, 255)]) + (_ENCODER_DELAY << 12 | padding).to_bytes(3, "big")
    lame += bytes(1) + bytes(1) + bytes(2) + file_bytes.to_bytes(4, "big") + bytes(2)
    body = start + xing + lame
    body += _checksum(body).to_bytes(2, "big")
    return body + bytes(frame_bytes - len(body))


def _checksum(data: bytes) -> int:
    """CRC-16 with the polynomial 0x8005, reflected, as LAME writes it."""
    value = 0
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ 0xA001 if value & 1 else value >> 1
    return value


def _dither(channels: int) -> NDArray[np.float32]:
    """Triangular dither of one step of 16 bits, three seconds long, the same on every machine (splitmix64)."""
    state = np.arange(1, _DITHER_FRAMES * channels + 1, dtype=np.uint64) * np.uint64(0x9E37_79B9_7F4A_7C15)
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58_476D_1CE4_E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D0_49BB_1331_11EB)
    state ^= state >> np.uint64(31)
    halves = state.view(np.uint32).reshape(-1, 2).astype(np.float64) / 2**32
    noise: NDArray[np.float32] = (halves[:, 0] - halves[:, 1]).astype(np.float32).reshape(-1, channels)
    return noise
