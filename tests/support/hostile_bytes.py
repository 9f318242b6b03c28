"""Files built byte by byte, so that any of their numbers can be a lie."""

import struct
from collections.abc import Iterable, Sequence

import numpy as np


def riff_chunk(name: bytes, content: bytes, *, size: int | None = None) -> bytes:
    """A chunk of RIFF; ``size`` is what it says, whatever it holds."""
    return name + struct.pack("<I", len(content) if size is None else size) + content + b"\0" * (len(content) % 2)


def wav(
    *,
    rate: int = 44_100,
    channels: int = 1,
    bits: int = 16,
    tag: int = 1,
    data: bytes = b"",
    data_size: int | None = None,
    frame_bytes: int | None = None,
    before: bytes = b"",
    magic: bytes = b"RIFF",
) -> bytes:
    """A WAV file; ``data_size`` and ``frame_bytes`` are what the header says."""
    frame = channels * bits // 8 if frame_bytes is None else frame_bytes
    form = struct.pack("<HHIIHH", tag, channels, rate, min(rate * frame, 2**32 - 1), frame % 65_536, bits)
    body = b"WAVE" + before + riff_chunk(b"fmt ", form) + riff_chunk(b"data", data, size=data_size)
    return magic + struct.pack("<I", min(len(body), 2**32 - 1)) + body


def tone(seconds: float, rate: int = 44_100, hertz: float = 440.0) -> bytes:
    """A sine as 16-bit samples, mono."""
    places = np.arange(round(seconds * rate)) / rate
    return (8_000 * np.sin(2 * np.pi * hertz * places)).astype("<i2").tobytes()


def box(name: bytes, *content: bytes, size: int | None = None) -> bytes:
    """A box of MP4; ``size`` is what it says, whatever it holds."""
    body = b"".join(content)
    return struct.pack(">I", len(body) + 8 if size is None else size) + name + body


def mp4(entry: bytes, *, handler: bytes = b"soun", inside: bytes = b"") -> bytes:
    """An MP4 of one track without a sample, described as ``entry``."""
    described = box(b"stsd", bytes(4), struct.pack(">I", 1), box(entry, bytes(28), inside))
    media = box(b"mdia", box(b"hdlr", bytes(8), handler, bytes(13)), box(b"minf", box(b"stbl", described)))
    return box(b"ftyp", b"M4A \0\0\0\0") + box(b"moov", box(b"trak", media)) + box(b"mdat", bytes(100))


def with_box(data: bytes, names: Sequence[bytes], new: bytes) -> bytes:
    """The same MP4 with new content in the first box at the path ``names``, and all sizes around it mended."""
    place = 0
    while place + 8 <= len(data):
        size = int.from_bytes(data[place : place + 4], "big")
        if data[place + 4 : place + 8] == names[0]:
            content = data[place + 8 : place + size]
            inner = with_box(content, names[1:], new) if len(names) > 1 else new
            return data[:place] + box(names[0], inner) + data[place + size :]
        place += size
    raise ValueError(f"there is no box {names[0]!r}")


def outside_reference(path: bytes) -> bytes:
    """The content of a ``dref`` that takes the sound from another file, by path (QuickTime's alias record)."""
    alias = bytes(10) + bytes([1]) + b"V".ljust(27, b"\0") + bytes(12) + bytes([1]) + b"x".ljust(63, b"\0") + bytes(16)
    alias += struct.pack(">HH", 1, 1) + bytes(16) + struct.pack(">HH", 2, len(path)) + path + b"\0" * (len(path) % 2)
    alias += struct.pack(">HH", 0xFFFF, 0)
    return bytes(4) + struct.pack(">I", 1) + box(b"alis", bytes(4), alias)


def ebml(number: int, *content: bytes) -> bytes:
    """An element of Matroska with an eight-byte size."""
    body = b"".join(content)
    name = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return name + (1 << 56 | len(body)).to_bytes(8, "big") + body


def matroska(sound: bytes, *, rate: int = 44_100, extra_info: bytes = b"", extra: bytes = b"") -> bytes:
    """One track of 16-bit mono sound in blocks of a tenth of a second."""
    header = ebml(0x1A45DFA3, ebml(0x4282, b"matroska"), ebml(0x4287, b"\4"), ebml(0x4285, b"\2"))
    info = ebml(0x1549A966, ebml(0x2AD7B1, (1_000_000).to_bytes(3, "big")), extra_info)
    audio = ebml(0xE1, ebml(0xB5, struct.pack(">f", rate)), ebml(0x9F, b"\1"), ebml(0x6264, b"\x10"))
    track = ebml(0xAE, ebml(0xD7, b"\1"), ebml(0x73C5, b"\1"), ebml(0x83, b"\2"), ebml(0x86, b"A_PCM/INT/LIT"), audio)
    step = rate // 10 * 2
    blocks = [
        ebml(0xA3, b"\x81" + struct.pack(">hB", 100 * index, 0x80) + sound[at : at + step])
        for index, at in enumerate(range(0, len(sound), step))
    ]
    cluster = ebml(0x1F43B675, ebml(0xE7, b"\0"), *blocks)
    return header + ebml(0x18538067, info, ebml(0x1654AE6B, track), extra, cluster)


def ogg_page(packets: Iterable[bytes], *, number: int, granule: int, kind: int = 0, serial: int = 7) -> bytes:
    """A page of whole packets, each shorter than 255 bytes."""
    pieces = list(packets)
    head = b"OggS" + struct.pack("<BBqIII", 0, kind, granule, serial, number, 0)
    page = head + bytes([len(pieces), *map(len, pieces)]) + b"".join(pieces)
    return page[:22] + struct.pack("<I", _ogg_sum(page)) + page[26:]


def opus_of_nothing(hours: float, *, granule_told: int | None = None) -> bytes:
    """An Ogg Opus file of silence: each packet is one byte and plays for 120 ms (RFC 6716, discontinuous)."""
    head = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 0, 48_000, 0, 0)
    tags = b"OpusTags" + struct.pack("<I", 4) + b"none" + struct.pack("<I", 0)
    pages = [ogg_page([head], number=0, granule=0, kind=2), ogg_page([tags], number=1, granule=0)]
    count = int(hours * 3_600 / 0.12 / 255)
    for index in range(count):
        granule = (index + 1) * 255 * 5_760 if granule_told is None else granule_told
        last = 4 if index == count - 1 else 0
        pages.append(ogg_page([b"\x19"] * 255, number=index + 2, granule=granule, kind=last))
    return b"".join(pages)


def _ogg_table() -> tuple[int, ...]:
    table = []
    for number in range(256):
        value = number << 24
        for _ in range(8):
            value = (value << 1 ^ (0x04C11DB7 if value & 0x8000_0000 else 0)) & 0xFFFF_FFFF
        table.append(value)
    return tuple(table)


_OGG_TABLE = _ogg_table()


def _ogg_sum(page: bytes) -> int:
    value = 0
    for byte in page:
        value = (value << 8 & 0xFFFF_FFFF) ^ _OGG_TABLE[value >> 24 ^ byte]
    return value
