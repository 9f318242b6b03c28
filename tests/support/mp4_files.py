"""MP4 files of AAC as others might write them, packet by packet and table by table."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import av

from tests.support.hostile_bytes import box

RATES = (96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000)


def packets_of(path: Path) -> list[bytes]:
    """The packets of a file's first sound."""
    with av.open(str(path)) as file:
        return [bytes(packet) for packet in file.demux(audio=0) if packet.size]


def plain_config(rate: int, channels: int) -> bytes:
    return (2 << 11 | RATES.index(rate) << 7 | channels << 3).to_bytes(2, "big")


@dataclass(frozen=True)
class Mp4:
    """``edits``: length (in the movie's units), start and speed each. ``chunks``: how many packets each has."""

    packets: Sequence[bytes]
    rate: int = 44_100
    channels: int = 1
    edits: Sequence[tuple[int, int, int]] = ()
    movie_clock: int = 1_000
    media_clock: int | None = None
    media_frames: int | None = None
    durations: Sequence[tuple[int, int]] | None = None
    chunks: Sequence[int] | None = None
    apart_bytes: int = 0
    config: bytes | None = None
    object_kind: int = 0x40
    entry: bytes = b"mp4a"
    entry_version: int = 0
    long_lengths: bool = False
    wide: bool = False
    """Places and times of 64 bits."""
    index_first: bool = False
    more_in_table: bytes = b""
    more_in_entry: bytes = b""
    more_in_track: bytes = b""
    more_in_movie: bytes = b""
    more_at_end: bytes = b""
    sizes: Sequence[int] | None = None
    more_tracks: Sequence["Mp4"] = field(default=())

    def write(self, path: Path) -> Path:
        kind = box(b"ftyp", b"M4A \0\0\0\0isom")
        index = self._movie(0)
        if self.index_first:
            place = len(kind) + len(index) + 8
            path.write_bytes(kind + self._movie(place) + box(b"mdat", self._data()) + self.more_at_end)
        else:
            data = box(b"mdat", self._data())
            path.write_bytes(kind + data + self._movie(len(kind) + 8) + self.more_at_end)
        return path

    def _in_chunks(self) -> list[Sequence[bytes]]:
        found, at = [], 0
        for count in self.chunks or [22] * (len(self.packets) // 22) + [len(self.packets) % 22]:
            if count:
                found.append(self.packets[at : at + count])
            at += count
        return found

    def _data(self) -> bytes:
        return b"".join(b"".join(chunk) + bytes(self.apart_bytes) for chunk in self._in_chunks())

    def _movie(self, place: int) -> bytes:
        tracks = [replace(one, wide=self.wide)._track(place) for one in (self, *self.more_tracks)]
        times = self._times(self.movie_clock, 0)
        return box(b"moov", box(b"mvhd", times, bytes(80)), *tracks, self.more_in_movie)

    def _times(self, clock: int, length: int) -> bytes:
        if self.wide:
            return struct.pack(">IQQIQ", 1 << 24, 0, 0, clock, length)
        return struct.pack(">IIIII", 0, 0, 0, clock, length)

    def _track(self, place: int) -> bytes:
        frames = 1024 * len(self.packets) if self.media_frames is None else self.media_frames
        form = ">QqI" if self.wide else ">IiI"
        edits = b"".join(struct.pack(form, *edit) for edit in self.edits)
        head = struct.pack(">II", 1 << 24 if self.wide else 0, len(self.edits))
        media = box(
            b"mdia",
            box(b"mdhd", self._times(self.media_clock or self.rate, frames), bytes(4)),
            box(b"hdlr", bytes(8), b"soun", bytes(13)),
            box(b"minf", box(b"smhd", bytes(8)), self._table(place)),
        )
        number = box(b"tkhd", struct.pack(">IIII", 3, 0, 0, 1), bytes(68))
        edit_list = [box(b"edts", box(b"elst", head, edits))] if self.edits else []
        return box(b"trak", number, *edit_list, media, self.more_in_track)

    def _table(self, place: int) -> bytes:
        chunks = self._in_chunks()
        places = []
        for chunk in chunks:
            places.append(place)
            place += sum(map(len, chunk)) + self.apart_bytes
        shapes: list[tuple[int, int, int]] = []
        for number, chunk in enumerate(chunks, 1):
            if not shapes or shapes[-1][1] != len(chunk):
                shapes.append((number, len(chunk), 1))
        durations = self.durations or [(len(self.packets), 1024)]
        sizes = self.sizes or [len(packet) for packet in self.packets]
        return box(
            b"stbl",
            box(b"stsd", struct.pack(">II", 0, 1), self._entry()),
            box(b"stts", _list(durations)),
            box(b"stsc", _list(shapes)),
            box(b"stsz", struct.pack(">III", 0, 0, len(sizes)), struct.pack(f">{len(sizes)}I", *sizes)),
            box(
                b"co64" if self.wide else b"stco",
                struct.pack(f">II{len(places)}{'Q' if self.wide else 'I'}", 0, len(places), *places),
            ),
            self.more_in_table,
        )

    def _entry(self) -> bytes:
        config = plain_config(self.rate, self.channels) if self.config is None else self.config
        stream = bytes([self.object_kind, 0x15]) + bytes(11) + self._descriptor(5, config)
        described = self._descriptor(3, bytes(3) + self._descriptor(4, stream) + self._descriptor(6, b"\2"))
        shape = struct.pack(">HHIHHII", self.entry_version, 0, 0, self.channels, 16, 0, self.rate << 16 & 0xFFFFFFFF)
        return box(self.entry, bytes(6), b"\0\1", shape, box(b"esds", bytes(4), described), self.more_in_entry)

    def _descriptor(self, tag: int, content: bytes) -> bytes:
        length = bytes([0x80, 0x80, 0x80, len(content)]) if self.long_lengths else bytes([len(content)])
        return bytes([tag]) + length + content


def _list(entries: Sequence[tuple[int, ...]]) -> bytes:
    return struct.pack(">II", 0, len(entries)) + b"".join(struct.pack(f">{len(entry)}I", *entry) for entry in entries)


def gapless_label(priming: int, rest: int, frames: int) -> bytes:
    """What iTunes writes among the labels, as the content of ``moov``."""
    text = f" 00000000 {priming:08X} {rest:08X} {frames:016X}".encode()
    item = box(
        b"----",
        box(b"mean", bytes(4), b"com.apple.iTunes"),
        box(b"name", bytes(4), b"iTunSMPB"),
        box(b"data", struct.pack(">II", 1, 0), text),
    )
    handler = box(b"hdlr", bytes(8), b"mdirappl", bytes(9))
    return box(b"udta", box(b"meta", bytes(4), handler, box(b"ilst", item)))
