"""The index of plain AAC in an MP4: where its packets lie, and which of what they decode to is heard.

FFmpeg keeps 40 bytes for each packet, and for a moment twice as much, which for hours is more than all else together.
This keeps next to nothing. It knows what phones, recorders and editors write: one track of AAC-LC in one or two
channels, whole from its beginning to its end. For anything else the answer is None, and FFmpeg reads that file itself.

Sources: ISO 14496-12 (boxes), 14496-14 and 14496-1 (what is in ``esds``), 14496-3, 1.6 (the decoder's configuration).
"""

import itertools
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from donecast.engine.mp4_boxes import Box, boxes, read_at

SAMPLES_PER_PACKET: Final = 1024
SAMPLE_RATES: Final = (96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000)
"""By their number in a decoder's configuration."""

_CHILDREN_MAX = 1_000
_EDITS_MAX = 100
_RUNS_MAX = 250_000
_SKIPPED_SECONDS_MAX = 1
"""Of a longer way to the first edit FFmpeg decodes the end alone."""
_LABELS_BYTES_MAX = 64 * 1024**2
_LABELS_PIECE_BYTES = 1024**2
_PLACES_AT_ONCE = 8_192
_SIZES_AT_ONCE = 65_536

_IN_TABLE = frozenset({b"stsd", b"stts", b"stsc", b"stsz", b"stco", b"co64", b"sgpd", b"sbgp", b"free"})
_IN_FORMAT = frozenset({b"esds", b"btrt", b"free"})
_GAPLESS_NAME = b"iTunSMPB"
_GAPLESS_LABEL = re.compile(_GAPLESS_NAME + rb".{16} [0-9A-F]{8} ([0-9A-F]{8}) ", re.DOTALL | re.IGNORECASE)
"""Its name, the head of the box with its value, and of that the first numbers; the second: frames before the sound."""
_GAPLESS_BYTES = 48
_AAC_AND_PLAIN = 0x40
_LOW_COMPLEXITY = 2
_NO_BAND_REPLICATION = b"\x56\xe5\x00"
_EMPTY_EDIT = -1
_NORMAL_SPEED = 1 << 16

Sizes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class AacIndex:
    """One sound of AAC-LC. ``packets`` are decoded; of what comes out the first ``skipped_frames`` are not heard.

    ``frames_promised`` is what the file says of its length, which leaves out how the last packet is filled up.
    """

    decoder_config: bytes
    sample_rate: int
    channels: int
    packets: int
    skipped_frames: int
    frames_promised: int
    sizes_at: int
    chunks_at: int
    chunk_place_bytes: int
    chunks: int
    shapes: NDArray[np.int64] = field(repr=False)
    """From which chunk on, counted from 0, chunks have how many packets; shape (n, 2)."""

    def stretches(self, file: BinaryIO, packets_max: int) -> Iterator[tuple[int, Sizes]]:
        """Packets that lie together: the place in the file of the first, and the sizes in bytes of all.

        Raises ValueError when the file became shorter.
        """
        sizes, left = _Sizes(file, self), self.packets
        start = end = 0
        waiting: list[Sizes] = []
        count = 0
        for chunk, packets in self._chunks(file):
            place, past = chunk, max(0, left - packets)
            while left > past:
                if waiting and (place != end or count == packets_max):
                    yield start, np.concatenate(waiting)
                    waiting, count = [], 0
                if not waiting:
                    start = place
                some = sizes.take(min(left - past, packets_max - count))
                waiting.append(some)
                place = end = place + int(some.sum())
                left, count = left - len(some), count + len(some)
        if waiting:
            yield start, np.concatenate(waiting)

    def _chunks(self, file: BinaryIO) -> Iterator[tuple[int, int]]:
        """The place of each chunk and its packets."""
        kind = np.dtype(f">u{self.chunk_place_bytes}")
        for first in range(0, self.chunks, _PLACES_AT_ONCE):
            past = min(first + _PLACES_AT_ONCE, self.chunks)
            places = np.frombuffer(
                read_at(file, self.chunks_at + first * kind.itemsize, (past - first) * kind.itemsize), kind
            )
            shapes = np.searchsorted(self.shapes[:, 0], np.arange(first, past), "right") - 1
            yield from zip(places.tolist(), self.shapes[shapes, 1].tolist(), strict=True)


class _Sizes:
    """The sizes of packets, one after the other."""

    def __init__(self, file: BinaryIO, index: AacIndex) -> None:
        self._file, self._index = file, index
        self._read = 0
        self._known = np.zeros(0, np.int64)

    def take(self, count: int) -> Sizes:
        """The next sizes, so many or fewer. Raises ValueError when the file became shorter."""
        if not len(self._known):
            more = min(_SIZES_AT_ONCE, self._index.packets - self._read)
            data = read_at(self._file, self._index.sizes_at + 4 * self._read, 4 * more)
            self._known, self._read = np.frombuffer(data, ">u4", more).astype(np.int64), self._read + more
        taken, self._known = self._known[:count], self._known[count:]
        return taken


class _AnotherKindError(Exception):
    """The file is not of the kind that is read here."""


def read_aac_index(file: BinaryIO) -> AacIndex | None:
    """The index of an MP4 whose one sound is plain AAC; None for any other, however sound it may be."""
    try:
        return _index(file)
    except (_AnotherKindError, struct.error):  # the latter where a box is shorter than what it should hold
        return None


def _index(file: BinaryIO) -> AacIndex:
    length = file.seek(0, 2)
    whole = _children(file, Box(b"", 0, length))
    _require(b"moof" not in whole)
    movie = _children(file, _only(whole, b"moov"))
    _require(b"mvex" not in movie and b"cmov" not in movie)
    tracks = [_children(file, box) for box in movie.get(b"trak", [])]
    media = [_children(file, _only(track, b"mdia")) for track in tracks]
    handlers = [read_at(file, _only(one, b"hdlr").start + 8, 4) for one in media]
    _require(handlers.count(b"soun") == 1)
    of_sound = handlers.index(b"soun")
    track, sound = tracks[of_sound], media[of_sound]
    table = _children(file, _only(_children(file, _only(sound, b"minf")), b"stbl"))
    _require(table.keys() <= _IN_TABLE)
    config = _decoder_config(file, _only(table, b"stsd"))
    sample_rate, channels = _shape(config)
    clock, media_frames = _clock(file, _only(sound, b"mdhd"))
    _require(clock == sample_rate and media_frames > 0)
    packets = _packets(file, _only(table, b"stsz"))
    durations = _durations(file, _only(table, b"stts"), packets)
    promised = min(media_frames, int((durations[:, 0] * durations[:, 1]).sum()))
    shapes, chunks_at, place_bytes, chunks = _chunks(file, table, packets)
    edits = _children(file, _only(track, b"edts")) if b"edts" in track else {}
    skipped, decoded = 0, packets
    if b"elst" in edits:
        movie_clock, _ = _clock(file, _only(movie, b"mvhd"))
        skipped, heard, empty = _edit(file, _only(edits, b"elst"), movie_clock, sample_rate)
        promised, decoded = min(promised, heard + empty), _packets_before(durations, skipped + heard, whole=False)
    labels = [box for one in (movie, track) for name in (b"udta", b"meta") for box in one.get(name, [])]
    _require(all(_may_be_skipped(file, box, skipped) for box in labels))
    # Packets before the edit are not heard, though they decode to more than they are said to last.
    skipped = max(skipped, SAMPLES_PER_PACKET * _packets_before(durations, skipped, whole=True))
    _require(skipped < SAMPLES_PER_PACKET * decoded)
    return AacIndex(
        config,
        sample_rate,
        channels,
        decoded,
        skipped,
        promised,
        _only(table, b"stsz").start + 12,
        chunks_at,
        place_bytes,
        chunks,
        shapes,
    )


def _require(condition: bool) -> None:
    if not condition:
        raise _AnotherKindError


def _children(file: BinaryIO, box: Box) -> dict[bytes, list[Box]]:
    """The boxes inside a box, by their names."""
    found: dict[bytes, list[Box]] = {}
    for number, child in enumerate(boxes(file, box.start, box.end)):
        _require(number < _CHILDREN_MAX)
        found.setdefault(child.name, []).append(child)
    return found


def _only(found: dict[bytes, list[Box]], name: bytes) -> Box:
    of_name = found.get(name, [])
    _require(len(of_name) == 1)
    return of_name[0]


def _content(file: BinaryIO, box: Box, start: int, count: int) -> bytes:
    """So many bytes of a box from a place inside it on."""
    _require(box.start + start + count <= box.end)
    content = read_at(file, box.start + start, count)
    _require(len(content) == count)
    return content


def _numbers(file: BinaryIO, box: Box, start: int, form: str) -> tuple[int, ...]:
    return struct.unpack(form, _content(file, box, start, struct.calcsize(form)))


def _entries(file: BinaryIO, box: Box, columns: int, most: int) -> NDArray[np.int64]:
    """A table of 32-bit numbers with its length before it."""
    (count,) = _numbers(file, box, 4, ">I")
    _require(0 < count <= most)
    return np.frombuffer(_content(file, box, 8, 4 * columns * count), ">u4").astype(np.int64).reshape(count, columns)


def _clock(file: BinaryIO, box: Box) -> tuple[int, int]:
    """Units in a second, and the length in them: the same in ``mvhd`` and ``mdhd``."""
    (version,) = _numbers(file, box, 0, ">B")
    clock, length = _numbers(file, box, 20, ">IQ") if version == 1 else _numbers(file, box, 12, ">II")
    _require(clock > 0)
    return clock, length


def _decoder_config(file: BinaryIO, box: Box) -> bytes:
    (formats,) = _numbers(file, box, 4, ">I")
    entries = list(itertools.islice(boxes(file, box.start + 8, box.end), 2))
    _require(formats == len(entries) == 1 and entries[0].name == b"mp4a")
    (version,) = _numbers(file, entries[0], 8, ">H")
    _require(version == 0)  # QuickTime's later ones have more fields, and boxes inside another
    inside = _children(file, Box(b"", entries[0].start + 28, entries[0].end))
    _require(inside.keys() <= _IN_FORMAT)
    described = _only(inside, b"esds")
    content = _content(file, described, 4, min(described.end - described.start - 4, 1_000))
    stream = _descriptor(content, 3)
    (flags,) = struct.unpack_from(">B", stream, 2)
    _require(flags & 0xE0 == 0)  # nothing more before the next one
    decoder = _descriptor(stream[3:], 4)
    (kind,) = struct.unpack_from(">B", decoder)
    _require(kind == _AAC_AND_PLAIN)
    return _descriptor(decoder[13:], 5)


def _descriptor(content: bytes, tag: int) -> bytes:
    """What is in a descriptor; its length has seven bits in a byte."""
    _require(content[:1] == bytes([tag]))
    length = 0
    for at in range(1, 5):
        (byte,) = struct.unpack_from(">B", content, at)
        length = length << 7 | byte & 0x7F
        if byte < 0x80:
            _require(at + 1 + length <= len(content))
            return content[at + 1 : at + 1 + length]
    raise _AnotherKindError


def _shape(config: bytes) -> tuple[int, int]:
    """Sample rate and channels of a configuration that says nothing but those."""
    _require(len(config) >= 2 and config[2:] in {b"", _NO_BAND_REPLICATION})
    bits = int.from_bytes(config[:2], "big")
    kind, rate, channels, special = bits >> 11, bits >> 7 & 15, bits >> 3 & 15, bits & 7
    _require(kind == _LOW_COMPLEXITY and rate < len(SAMPLE_RATES) and channels in {1, 2} and not special)
    return SAMPLE_RATES[rate], channels


def _packets(file: BinaryIO, box: Box) -> int:
    size_of_all, count = _numbers(file, box, 4, ">II")
    _require(size_of_all == 0 and count > 0 and box.start + 12 + 4 * count <= box.end)
    return count


def _durations(file: BinaryIO, box: Box, packets: int) -> NDArray[np.int64]:
    """How many packets last how long, in frames; shape (n, 2). What they decode to need not be as long."""
    runs = _entries(file, box, 2, _RUNS_MAX)
    _require(bool((runs > 0).all()) and int(runs[:, 0].sum()) == packets)
    _require(runs.tolist() != [[packets, 1]])  # so QuickTime described samples by themselves
    return runs


def _packets_before(runs: NDArray[np.int64], frame: int, *, whole: bool) -> int:
    """How many packets begin before a frame or, if ``whole``, end by it, going by how long they are said to last."""
    counts, lengths = runs.T
    ends = np.cumsum(counts * lengths)
    run = int(np.searchsorted(ends, frame, "right" if whole else "left"))
    if run == len(runs):
        return int(counts.sum())
    left = frame - int(ends[run - 1] if run else 0)
    return int(counts[:run].sum()) + (left if whole else left + int(lengths[run]) - 1) // int(lengths[run])


def _chunks(file: BinaryIO, table: dict[bytes, list[Box]], packets: int) -> tuple[NDArray[np.int64], int, int, int]:
    """Shapes of chunks, where the list of their places begins, bytes of an entry of it, and how many there are."""
    _require((b"stco" in table) != (b"co64" in table))
    box, place_bytes = (_only(table, b"stco"), 4) if b"stco" in table else (_only(table, b"co64"), 8)
    (chunks,) = _numbers(file, box, 4, ">I")
    _require(box.start + 8 + place_bytes * chunks <= box.end)
    runs = _entries(file, _only(table, b"stsc"), 3, _RUNS_MAX)
    shapes = np.stack([runs[:, 0] - 1, runs[:, 1]], axis=1)
    lengths = np.diff(shapes[:, 0], append=chunks)
    _require(shapes[0, 0] == 0 and bool((lengths > 0).all() and (shapes[:, 1] > 0).all() and (runs[:, 2] == 1).all()))
    _require(int((lengths * shapes[:, 1]).sum()) == packets)
    return shapes, box.start + 8, place_bytes, chunks


def _edit(file: BinaryIO, box: Box, movie_clock: int, sample_rate: int) -> tuple[int, int, int]:
    """Frames before what is heard, frames that are heard, and of the silence before them, which is no sound."""
    version, count = _numbers(file, box, 0, ">B3xI")
    _require(0 < count <= _EDITS_MAX)
    form = ">QqI" if version == 1 else ">IiI"
    edits = [_numbers(file, box, 8 + number * struct.calcsize(form), form) for number in range(count)]
    *before, (length, start, speed) = edits
    _require(all(media_start == _EMPTY_EDIT for _, media_start, _ in before) and speed == _NORMAL_SPEED)
    _require(0 <= start <= _SKIPPED_SECONDS_MAX * sample_rate and length > 0)
    heard = _rescaled(length, sample_rate, movie_clock)
    _require(heard > 0)
    return start, heard, sum(_rescaled(silence, sample_rate, movie_clock) for silence, _, _ in before)


def _rescaled(length: int, to: int, by: int) -> int:
    return (length * to + by // 2) // by


def _may_be_skipped(file: BinaryIO, box: Box, frames: int) -> bool:
    """Whether labels say nothing else about the frames before the sound: FFmpeg goes by them, as iTunes wrote them."""
    _require(box.end - box.start <= _LABELS_BYTES_MAX)
    for at in range(box.start, box.end, _LABELS_PIECE_BYTES):
        piece = read_at(file, at, min(_LABELS_PIECE_BYTES + _GAPLESS_BYTES, box.end - at))
        found = [int(priming, 16) for priming in _GAPLESS_LABEL.findall(piece)]
        if len(found) < piece.count(_GAPLESS_NAME) or any(priming != frames for priming in found):
            return False
    return True
