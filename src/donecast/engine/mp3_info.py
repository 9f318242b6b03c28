"""The first frame of an MP3 file: no sound, but what decoders must know about the rest.

Its layout is Xing's header with LAME's extension. Decoders drop the encoder's delay at the start and its padding at the
end, so that they give back exactly what went in, and seek by its table.
"""

from array import array
from collections.abc import Sequence
from typing import Final

import numpy as np

from donecast.core.plan import OutputFormat
from donecast.engine.mp3_checksum import checksum
from donecast.engine.mp3_pieces import CODED_FRAME_FRAMES, QUALITY
from donecast.engine.mpeg_frames import read_header

ENCODER_DELAY: Final = 576
_PADDING_END = 1 << 12
_SEEK_PLACES = 100
_BITRATE_KBPS_IF_VARIABLE = 128
_BITRATE_KBPS_MIN = 32
_BITRATES_KBPS = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_CONSTANT, _VARIABLE = 1, 4  # as LAME counts its methods; the latter is the one that `mp3_pieces` asks for
_MONO, _JOINT_STEREO = 0, 3
_RATE_CODES = {32_000: 0, 44_100: 1, 48_000: 2}


def info_frame_bytes(output: OutputFormat) -> int:
    """How long the frame is."""
    header = read_header(_header(output), 0)
    if header is None:
        raise ValueError(f"no MP3 of ours: {output}")
    return header.length


def info_frame(output: OutputFormat, *, frames: int, lengths: Sequence[int], music_checksum: int) -> bytes:
    """The frame for a sound of so many ``frames`` in coded frames of these ``lengths`` in bytes.

    Raises ValueError when they do not hold it.
    """
    padding = len(lengths) * CODED_FRAME_FRAMES - frames - ENCODER_DELAY
    if not 0 <= padding < _PADDING_END:
        raise ValueError(f"{len(lengths)} coded frames do not hold {frames} frames")
    frame_bytes = info_frame_bytes(output)
    ends = np.cumsum(np.frombuffer(array("q", [frame_bytes, *lengths]), np.int64))
    length, variable = int(ends[-1]), output.vbr_quality is not None
    quality = 100 - 10 * (output.vbr_quality or 0) - QUALITY
    seek_table = bytes(int(ends[place * len(lengths) // _SEEK_PLACES]) * 256 // length for place in range(_SEEK_PLACES))
    xing = (b"Xing" if variable else b"Info") + (0x0F).to_bytes(4, "big")  # frames, bytes, table and quality follow
    xing += len(lengths).to_bytes(4, "big") + length.to_bytes(4, "big") + seek_table + quality.to_bytes(4, "big")
    lame = b"LAME3.100" + bytes([_VARIABLE if variable else _CONSTANT]) + bytes(10)  # no lowpass, peak or gain stated
    lame += bytes([_BITRATE_KBPS_MIN if variable else min(output.bitrate_kbps, 255)])
    lame += (ENCODER_DELAY << 12 | padding).to_bytes(3, "big")
    stereo_mode = _MONO if output.channels == 1 else _JOINT_STEREO
    lame += bytes([_RATE_CODES[output.sample_rate] << 6 | stereo_mode << 2]) + bytes(3)  # no preset named
    lame += length.to_bytes(4, "big") + music_checksum.to_bytes(2, "big")
    body = _header(output) + bytes(17 if output.channels == 1 else 32) + xing + lame
    body += checksum(body).to_bytes(2, "big")
    return body + bytes(frame_bytes - len(body))


def _header(output: OutputFormat) -> bytes:
    kbps = output.bitrate_kbps if output.vbr_quality is None else _BITRATE_KBPS_IF_VARIABLE
    rate = {44_100: 0, 48_000: 1, 32_000: 2}[output.sample_rate]
    mode = 0xC4 if output.channels == 1 else 0x44  # joint stereo; an original
    return bytes([0xFF, 0xFB, (_BITRATES_KBPS.index(kbps) + 1) << 4 | rate << 2, mode])
