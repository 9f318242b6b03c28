"""Frames of MPEG audio (ISO 11172-3, 13818-3) and of raw AAC (ADTS, ISO 13818-7): headers read, nothing decoded."""

from array import array
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import BinaryIO, Literal

ID3_HEADER_BYTES = 10
_TAGS_MAX = 8
_FIRST_FRAME_BYTES = 256
_SIDE_BYTES_MONO, _SIDE_BYTES_STEREO = 17, 32
_PART_BITS = 59
_RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
_KBPS = {
    (True, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}


@dataclass(frozen=True, slots=True)
class FrameHeader:
    """What the four bytes of a frame say; ``length`` is the whole frame in bytes."""

    kind: Literal["mp3", "aac"]
    version: int
    layer: int
    sample_rate: int
    length: int

    def goes_on_as(self, following: "FrameHeader") -> bool:
        """Whether the other may follow this one in one stream."""
        mine = (self.kind, self.version, self.layer, self.sample_rate)
        return mine == (following.kind, following.version, following.layer, following.sample_rate)


def id3_length(head: bytes) -> int:
    """Length in bytes of the ID3v2 tag that starts with these ten bytes, header included; 0 when there is none."""
    if len(head) < ID3_HEADER_BYTES or head[:3] != b"ID3" or any(byte & 0x80 for byte in head[6:10]):
        return 0
    size = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
    return size + ID3_HEADER_BYTES * (2 if head[5] & 0x10 else 1)


def read_header(data: bytes, at: int) -> FrameHeader | None:
    """The frame header at a place, or None when there is none."""
    if at + 4 > len(data) or data[at] != 0xFF or data[at + 1] & 0xE0 != 0xE0:
        return None
    second, third = data[at + 1], data[at + 2]
    version, layer = second >> 3 & 3, 4 - (second >> 1 & 3)
    if layer == 4:
        return _adts_header(data, at)
    rate_index, rate_kbps = third >> 2 & 3, third >> 4
    if version == 1 or rate_index == 3 or rate_kbps in {0, 15}:
        return None
    rate = _RATES[version][rate_index]
    bit_rate = _KBPS[version == 3, layer][rate_kbps - 1] * 1000
    padding = third >> 1 & 1
    if layer == 1:
        length = (12 * bit_rate // rate + padding) * 4
    else:
        length = (72 if layer == 3 and version != 3 else 144) * bit_rate // rate + padding
    return FrameHeader("mp3", version, layer, rate, length)


def _adts_header(data: bytes, at: int) -> FrameHeader | None:
    if at + 7 > len(data) or data[at + 1] & 0xF6 != 0xF0:
        return None
    index = data[at + 2] >> 2 & 15
    length = (data[at + 3] & 3) << 11 | data[at + 4] << 3 | data[at + 5] >> 5
    rates = (96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350)
    if index >= len(rates) or length < 8:
        return None
    return FrameHeader("aac", 0, 0, rates[index], length)


def find_frames(data: bytes, *, in_a_row: int) -> Literal["mp3", "aac"] | None:
    """The kind of stream whose frames stand ``in_a_row`` somewhere in the data; the end of the data ends a row."""
    at = data.find(0xFF)
    while at != -1:
        first = header = read_header(data, at)
        place, count = at, 0
        while header and first and first.goes_on_as(header) and count < in_a_row:
            count += 1
            place += header.length
            header = read_header(data, place)
        if first and count >= in_a_row:
            return first.kind
        at = data.find(0xFF, at + 1)
    return None


@dataclass(frozen=True, slots=True)
class SideInformation:
    """What one MPEG-1 layer III frame says about its sound (ISO 11172-3, 2.4.1.7)."""

    main_data_begin: int
    """How many bytes of main data before this frame are already its own: the bit reservoir."""
    main_data_bits: int
    """How much main data it has, from there on; stuffing may follow."""
    windows: tuple[int, ...]
    """Per granule and channel: block type times two, plus one for mixed blocks. Neighbours overlap as these say."""
    rest: int
    """All bits but ``main_data_begin``; equal for frames that differ in nothing but where their main data lies."""


def main_data_place(data: bytes | bytearray, at: int) -> int:
    """How far into an MPEG-1 layer III frame its main data starts: past header, checksum and side information."""
    checksum_bytes = 0 if data[at + 1] & 1 else 2
    return 4 + checksum_bytes + _side_bytes(data, at)


def read_side_information(data: bytes | bytearray, at: int) -> SideInformation:
    """The side information of the MPEG-1 layer III frame at a place."""
    side_bytes = _side_bytes(data, at)
    start = at + main_data_place(data, at) - side_bytes
    bits, width = int.from_bytes(data[start : start + side_bytes], "big"), 8 * side_bytes
    channels = 1 if side_bytes == _SIDE_BYTES_MONO else 2
    parts = 2 * channels
    total, windows = 0, []
    for part in range(parts):
        fields = bits >> (_PART_BITS * (parts - 1 - part))
        total += fields >> 47 & 0xFFF
        switched = fields >> 25 & 1
        windows.append(fields >> 22 & 7 if switched else 0)
    rest = bits & ((1 << (width - 9)) - 1)
    return SideInformation(bits >> (width - 9), total, tuple(windows), rest)


def longer_frame(head: bytes, by: int) -> tuple[bytes, int] | None:
    """A frame header (four bytes) at the lowest bit rate that makes the frame at least ``by`` bytes longer.

    With how much longer it is; None when even the highest is not enough.
    """
    now = _layer_three_length(head[:3])
    for index in range((head[2] >> 4) + 1, 15):
        third = index << 4 | head[2] & 0x0F
        more = _layer_three_length(bytes([head[0], head[1], third])) - now
        if more >= by:
            return bytes([head[0], head[1], third, head[3]]), more
    return None


def frame_places(data: bytes) -> "array[int]":
    """Where the MPEG-1 layer III frames of a whole stream start, and last of all where it ends.

    Raises ValueError when anything else lies in between.
    """
    places = array("q", [0])
    more_frame_places(data, places)
    if places[-1] != len(data):
        raise ValueError(f"no whole frame at byte {places[-1]}")
    return places


def more_frame_places(data: bytes | bytearray, places: "array[int]") -> None:
    """Adds the ends of all whole MPEG-1 layer III frames from the last known place on.

    Raises ValueError where something else begins.
    """
    at, end = places[-1], len(data)
    while at + 3 <= end:
        length = _layer_three_length(bytes(data[at : at + 3]))
        if not length:
            raise ValueError(f"no whole frame at byte {at}")
        at += length
        if at > end:
            break
        places.append(at)


@cache
def _layer_three_length(head: bytes) -> int:
    """Bytes of the MPEG-1 layer III frame that starts so; 0 when none does."""
    header = read_header(head + b"\0", 0)
    return header.length if header and header.kind == "mp3" and header.version == 3 and header.layer == 3 else 0


def _side_bytes(data: bytes | bytearray, at: int) -> int:
    return _SIDE_BYTES_MONO if data[at + 3] >> 6 == 3 else _SIDE_BYTES_STEREO


def after_tags(file: BinaryIO) -> int:
    """Where the sound begins: behind the ID3v2 tag, or behind several, for some programs add one without a look."""
    start = 0
    for _ in range(_TAGS_MAX):
        file.seek(start)
        length = id3_length(file.read(ID3_HEADER_BYTES))
        if not length:
            break
        start += length
    return start


def states_its_length(path: Path) -> bool:
    """Whether the first frame is one that says how many follow (Xing, Info or VBRI)."""
    with path.open("rb") as file:
        file.seek(after_tags(file))
        begin = file.read(_FIRST_FRAME_BYTES)
    return any(name in begin for name in (b"Xing", b"Info", b"VBRI"))
