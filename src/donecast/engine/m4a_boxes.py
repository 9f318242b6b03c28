"""The boxes of an M4A file of ours: one AAC sound, its labels and its chapters, as bytes.

After ISO 14496-12 (the file), 14496-14 and 14496-1 (AAC inside it), Apple's QuickTime File Format (chapter track, cover
and texts) and Nero's chapter list. Everything is known before the first packet is written, so the index comes first and
players can start at once. No clock is read: the same sound and labels give the same bytes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

SAMPLES_PER_PACKET: Final = 1024
PACKETS_PER_CHUNK: Final = 43
CHAPTERS_MAX: Final = 255

_RATE_INDICES: Final = {48_000: 3, 44_100: 4, 32_000: 5}
_SOUND_TRACK, _CHAPTER_TRACK = 1, 2
_ENABLED_IN_MOVIE, _IN_MOVIE_ONLY = 3, 2
_MATRIX = b"".join(value.to_bytes(4, "big") for value in (1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30))
_UNKNOWN_LANGUAGE = b"\x55\xc4"
_CHAPTER_TIMESCALE = 1000
_CHPL_TITLE_BYTES_MAX = 255
_CHPL_UNITS_PER_MS = 10_000
_TEXT_BYTES_MAX = 65_535
_UTF8_TEXT, _INTEGER, _JPEG, _PNG = 1, 0, 13, 14
_SAYS_UTF8 = b"\0\0\0\x0cencd\0\0\x01\0"


@dataclass(frozen=True, slots=True)
class M4aSound:
    """One AAC-LC sound: ``frames`` that are to be heard, and the sizes of its packets in bytes, one after the other."""

    sample_rate: int
    channels: int
    frames: int
    bitrate_kbps: int
    packet_bytes: Sequence[int] = field(repr=False)

    @property
    def priming_frames(self) -> int:
        """What a decoder gives before the sound begins, taken away by the edit list."""
        return priming_of(self.frames)


@dataclass(frozen=True, slots=True)
class M4aChapter:
    """A chapter, in milliseconds of what is heard; it lasts until the next begins."""

    start_ms: int
    title: str


@dataclass(frozen=True, slots=True)
class M4aLabels:
    """What players show: texts by their four letters (such as ``©nam``), in Latin-1 as the format has them."""

    texts: tuple[tuple[str, str], ...] = ()
    track: int | None = None
    cover: bytes | None = None
    chapters: tuple[M4aChapter, ...] = ()

    def __post_init__(self) -> None:
        if len(self.chapters) > CHAPTERS_MAX:
            raise ValueError(f"{len(self.chapters)} chapters; an M4A file holds {CHAPTERS_MAX}")
        starts = [chapter.start_ms for chapter in self.chapters]
        if starts and (starts[0] < 0 or any(b <= a for a, b in pairwise(starts))):
            raise ValueError("chapters do not follow each other")
        if self.track is not None and not 0 <= self.track <= 0xFFFF:
            raise ValueError(f"track number {self.track} does not fit")


def packets_of(frames: int) -> int:
    """Packets of a sound: those that hold it, and one before, since each needs the one before it."""
    return -(-frames // SAMPLES_PER_PACKET) + 1


def priming_of(frames: int) -> int:
    """Frames before the sound: one packet, and what the sound lacks to whole packets.

    Every decoder takes away what an edit list skips at the start; FFmpeg's take nothing away at the end. So the sound
    ends where its last packet ends, and what fills the packets up stands in front.

    Raises ValueError for a sound of less than a packet (21 to 32 ms), of which nothing would be left.
    """
    if frames < SAMPLES_PER_PACKET:
        raise ValueError(f"a sound of {frames} frames is too short for AAC")
    return packets_of(frames) * SAMPLES_PER_PACKET - frames


def file_start(sound: M4aSound, labels: M4aLabels) -> bytes:
    """Everything before the first packet: the kind of file, its index and the chapters' texts."""
    texts = b"".join(_chapter_texts(labels.chapters))
    kind = _box("ftyp", b"M4A \0\0\x02\0", b"M4A isomiso2mp42")
    index_bytes = len(_index(sound, labels, 0))
    texts_at = len(kind) + index_bytes + 8
    data_bytes = 8 + len(texts) + sum(sound.packet_bytes)
    if texts_at + data_bytes >= 1 << 32:
        raise ValueError("an M4A file of 4 GB and more is not written")
    return kind + _index(sound, labels, texts_at) + _u32(data_bytes) + b"mdat" + texts


def _index(sound: M4aSound, labels: M4aLabels, texts_at: int) -> bytes:
    texts = _chapter_texts(labels.chapters)
    sound_at = texts_at + sum(map(len, texts))
    movie = _full_box(
        "mvhd",
        _u32(0, 0, sound.sample_rate, sound.frames, 1 << 16),
        b"\x01\0" + bytes(10) + _MATRIX + bytes(24) + _u32(_CHAPTER_TRACK + 1),
    )
    tracks = _sound_track(sound, sound_at, has_chapters=bool(texts))
    if texts:
        tracks += _chapter_track(sound, labels.chapters, texts, texts_at)
    return _box("moov", movie, tracks, _box("udta", _labels(sound, labels), _nero_chapters(labels.chapters)))


def _sound_track(sound: M4aSound, at: int, *, has_chapters: bool) -> bytes:
    count = len(sound.packet_bytes)
    # Programs that look at nothing but this length shall not be off by more than the one packet.
    media_frames = sound.frames + SAMPLES_PER_PACKET
    chunks = []
    for first in range(0, count, PACKETS_PER_CHUNK):
        chunks.append(at)
        at += sum(sound.packet_bytes[first : first + PACKETS_PER_CHUNK])
    table = _box(
        "stbl",
        _full_box("stsd", _u32(1), _sound_format(sound)),
        _full_box("stts", _u32(1, count, SAMPLES_PER_PACKET)),
        _full_box("stsc", _chunk_shape(count)),
        _full_box("stsz", _u32(0, count, *sound.packet_bytes)),
        _full_box("stco", _u32(len(chunks), *chunks)),
        # A packet can be decoded after the one before it: players that jump start one earlier.
        _full_box("sgpd", b"roll" + _u32(2, 1) + b"\xff\xff", version=1),
        _full_box("sbgp", b"roll" + _u32(1, count, 1)),
    )
    return _box(
        "trak",
        _track_head(_SOUND_TRACK, sound.frames, _ENABLED_IN_MOVIE, volume=b"\x01\0"),
        _box("tref", _box("chap", _u32(_CHAPTER_TRACK))) if has_chapters else b"",
        _edits((sound.frames, sound.priming_frames)),
        _media("soun", "Sound", _u32(sound.sample_rate, media_frames), _full_box("smhd", bytes(4)), table),
    )


def _chunk_shape(count: int) -> bytes:
    whole, rest = divmod(count, PACKETS_PER_CHUNK)
    runs = [(1, PACKETS_PER_CHUNK, 1)] if whole else []
    if rest:
        runs.append((whole + 1, rest, 1))
    return _u32(len(runs), *(value for run in runs for value in run))


def _sound_format(sound: M4aSound) -> bytes:
    decoder = decoder_config(sound.sample_rate, sound.channels)
    bits_per_second = sound.bitrate_kbps * 1000
    stream = _descriptor(4, b"\x40\x15" + bytes(3) + _u32(bits_per_second, bits_per_second) + _descriptor(5, decoder))
    descriptors = _descriptor(3, b"\0\0\0" + stream + _descriptor(6, b"\x02"))
    shape = bytes(8) + sound.channels.to_bytes(2, "big") + b"\0\x10" + bytes(4) + _u32(sound.sample_rate << 16)
    return _box("mp4a", bytes(6) + b"\0\x01", shape, _full_box("esds", descriptors))


def decoder_config(sample_rate: int, channels: int) -> bytes:
    """What a decoder must know before the first packet (ISO 14496-3, AudioSpecificConfig): AAC-LC, and no more."""
    low_complexity, extension, spectral_band_replication = 2, 0x2B7, 5
    basic = low_complexity << 11 | _RATE_INDICES[sample_rate] << 7 | channels << 3
    return basic.to_bytes(2, "big") + (extension << 13 | spectral_band_replication << 8).to_bytes(3, "big")


def _chapter_track(sound: M4aSound, chapters: Sequence[M4aChapter], texts: Sequence[bytes], at: int) -> bytes:
    end_ms = (sound.frames * 1000 + sound.sample_rate // 2) // sound.sample_rate
    if chapters[-1].start_ms >= end_ms:
        raise ValueError(f"chapter {chapters[-1].title!r} begins after the end")
    starts_ms = [chapter.start_ms for chapter in chapters] + [end_ms]
    lengths = [after - before for before, after in pairwise(starts_ms)]
    nothing = (starts_ms[0] * sound.sample_rate // 1000, -1)
    whole = (sound.frames - nothing[0], 0)
    look = _u32(1, 1) + bytes(6 + 8 + 8) + b"\0\x01" + bytes(2 + 1 + 2 + 6 + 1)
    table = _box(
        "stbl",
        _full_box("stsd", _u32(1), _box("text", bytes(6) + b"\0\x01", look)),
        _full_box("stts", _u32(len(lengths), *(value for length in lengths for value in (1, length)))),
        _full_box("stsc", _u32(1, 1, len(texts), 1)),
        _full_box("stsz", _u32(0, len(texts), *map(len, texts))),
        _full_box("stco", _u32(1, at)),
    )
    head = _box("gmhd", _full_box("gmin", bytes(12)), _box("text", _MATRIX))
    return _box(
        "trak",
        _track_head(_CHAPTER_TRACK, sound.frames, _IN_MOVIE_ONLY, volume=b"\0\0"),
        _edits(nothing, whole) if nothing[0] else _edits(whole),
        _media("text", "Chapters", _u32(_CHAPTER_TIMESCALE, sum(lengths)), head, table),
    )


def _chapter_texts(chapters: Sequence[M4aChapter]) -> list[bytes]:
    texts = []
    for chapter in chapters:
        text = chapter.title.encode()
        if len(text) > _TEXT_BYTES_MAX:
            raise ValueError(f"a chapter title of {len(text)} bytes does not fit")
        texts.append(len(text).to_bytes(2, "big") + text + _SAYS_UTF8)
    return texts


def _nero_chapters(chapters: Sequence[M4aChapter]) -> bytes:
    if not chapters:
        return b""
    entries = b""
    for chapter in chapters:
        # Where a long title is cut, it is cut between characters; the chapter track has the whole.
        title = chapter.title.encode()[:_CHPL_TITLE_BYTES_MAX].decode(errors="ignore").encode()
        entries += (chapter.start_ms * _CHPL_UNITS_PER_MS).to_bytes(8, "big") + bytes([len(title)]) + title
    return _full_box("chpl", bytes(4) + bytes([len(chapters)]) + entries, version=1)


def _labels(sound: M4aSound, labels: M4aLabels) -> bytes:
    items = [_box(name, _value(_UTF8_TEXT, text.encode())) for name, text in labels.texts if text]
    if labels.track is not None:
        items.append(_box("trkn", _value(_INTEGER, b"\0\0" + labels.track.to_bytes(2, "big") + bytes(4))))
    if labels.cover:
        is_png = labels.cover.startswith(b"\x89PNG")
        items.append(_box("covr", _value(_PNG if is_png else _JPEG, labels.cover)))
    items.append(
        _box(
            "----",
            _full_box("mean", b"com.apple.iTunes"),
            _full_box("name", b"iTunSMPB"),
            _value(_UTF8_TEXT, _gapless(sound).encode()),
        )
    )
    handler = _full_box("hdlr", bytes(4) + b"mdirappl" + bytes(9))
    return _full_box("meta", handler, _box("ilst", *items))


def _gapless(sound: M4aSound) -> str:
    """Frames before, after and in the sound, in hexadecimal, as Apple's encoders tell them."""
    numbers = [f"{0:08X}", f"{sound.priming_frames:08X}", f"{0:08X}", f"{sound.frames:016X}", *([f"{0:08X}"] * 8)]
    return "".join(f" {number}" for number in numbers)


def _track_head(number: int, frames: int, flags: int, *, volume: bytes) -> bytes:
    return _full_box(
        "tkhd",
        _u32(0, 0, number, 0, frames) + bytes(8) + bytes(4) + volume + bytes(2) + _MATRIX + bytes(8),
        flags=flags,
    )


def _edits(*edits: tuple[int, int]) -> bytes:
    """Stretches of the media that are heard: length in the movie's frames, start in the media (-1 for nothing)."""
    entries = b"".join(_u32(length) + start.to_bytes(4, "big", signed=True) + _u32(1 << 16) for length, start in edits)
    return _box("edts", _full_box("elst", _u32(len(edits)), entries))


def _media(kind: str, name: str, times: bytes, kind_head: bytes, table: bytes) -> bytes:
    here = _box("dinf", _full_box("dref", _u32(1), _full_box("url ", flags=1)))
    return _box(
        "mdia",
        _full_box("mdhd", bytes(8) + times + _UNKNOWN_LANGUAGE + bytes(2)),
        _full_box("hdlr", bytes(4) + kind.encode() + bytes(12) + name.encode() + b"\0"),
        _box("minf", kind_head, here, table),
    )


def _value(kind: int, content: bytes) -> bytes:
    return _box("data", _u32(kind, 0), content)


def _descriptor(tag: int, content: bytes) -> bytes:
    return bytes([tag, len(content)]) + content


def _full_box(name: str, *content: bytes, version: int = 0, flags: int = 0) -> bytes:
    return _box(name, _u32(version << 24 | flags), *content)


def _box(name: str, *content: bytes) -> bytes:
    return _u32(8 + sum(map(len, content))) + name.encode("latin-1") + b"".join(content)


def _u32(*values: int) -> bytes:
    return b"".join(value.to_bytes(4, "big") for value in values)
