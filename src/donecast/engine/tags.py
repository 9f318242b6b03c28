"""ID3v2.4 tags of a finished MP3: titles, cover and chapters.

After id3.org: "ID3 tag version 2.4.0, main structure", "native frames" and "ID3v2 chapter frame addendum".

The tag goes in front of the Info frame; not a byte of the sound is changed. Text is UTF-8.
"""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from donecast.engine.mpeg_frames import ID3_HEADER_BYTES, id3_length

_UTF8 = b"\x03"
_FRONT_COVER = b"\x03"
_NO_OFFSET = b"\xff\xff\xff\xff"
_ORDERED_TOP_LEVEL = b"\x03"
_CHAPTERS_MAX = 255
_TAG_BYTES_MAX = (1 << 28) - 1
_COPY_BYTES = 1024**2


@dataclass(frozen=True, slots=True)
class ChapterTag:
    """A chapter of the finished file, in milliseconds of finished time."""

    start_ms: int
    end_ms: int
    title: str


@dataclass(frozen=True, slots=True)
class Tags:
    """What players show. Empty values are left out; ``date`` is ISO 8601 (year, day or instant); ``language`` is three
    letters of ISO 639-2."""

    title: str
    artist: str = ""
    album: str = ""
    date: str = ""
    track: int | None = None
    genre: str = "Podcast"
    comment: str = ""
    language: str = "eng"
    cover: bytes | None = None
    chapters: tuple[ChapterTag, ...] = ()


def write_tags(mp3: Path, out: Path, tags: Tags) -> int:
    """Writes the sound of ``mp3`` behind a tag into ``out`` (may be the same file) and answers its length in bytes.

    A tag that was there before is replaced. The file appears only when it is complete.
    Raises ValueError for more than 255 chapters, a chapter that ends before it starts, or a tag of 256 MB and more.
    """
    tag = id3_tag(tags)
    with tempfile.TemporaryDirectory(prefix="tags-", dir=out.parent) as scraps:
        written = Path(scraps) / "tagged.mp3"
        with mp3.open("rb") as source, written.open("wb") as target:
            source.seek(id3_length(source.read(ID3_HEADER_BYTES)))
            target.write(tag)
            shutil.copyfileobj(source, target, _COPY_BYTES)
        length = written.stat().st_size
        written.replace(out)
    return length


def id3_tag(tags: Tags) -> bytes:
    """The whole tag, header included, without padding."""
    texts = {
        "TIT2": tags.title,
        "TPE1": tags.artist,
        "TALB": tags.album,
        "TDRC": tags.date.removesuffix("Z"),
        "TRCK": str(tags.track) if tags.track is not None else "",
        "TCON": tags.genre,
    }
    body = b"".join(_frame(name, _UTF8 + text.encode()) for name, text in texts.items() if text)
    if tags.comment:
        body += _frame("COMM", _UTF8 + _language(tags.language) + b"\0" + tags.comment.encode())
    if tags.cover:
        kind = b"image/png" if tags.cover.startswith(b"\x89PNG") else b"image/jpeg"
        body += _frame("APIC", _UTF8 + kind + b"\0" + _FRONT_COVER + b"\0" + tags.cover)
    body += _chapters(tags.chapters)
    if len(body) > _TAG_BYTES_MAX:
        raise ValueError(f"a tag of {len(body)} bytes does not fit its header")
    return b"ID3\x04\x00\x00" + _synchsafe(len(body)) + body


def _chapters(chapters: tuple[ChapterTag, ...]) -> bytes:
    if not chapters:
        return b""
    if len(chapters) > _CHAPTERS_MAX:
        raise ValueError(f"{len(chapters)} chapters; a tag holds {_CHAPTERS_MAX}")
    names = [f"chp{index}".encode() + b"\0" for index in range(len(chapters))]
    body = _frame("CTOC", b"toc\0" + _ORDERED_TOP_LEVEL + bytes([len(chapters)]) + b"".join(names))
    for name, chapter in zip(names, chapters, strict=True):
        if not 0 <= chapter.start_ms < chapter.end_ms:
            raise ValueError(f"chapter {chapter.title!r} has no length")
        times = chapter.start_ms.to_bytes(4, "big") + chapter.end_ms.to_bytes(4, "big") + _NO_OFFSET * 2
        body += _frame("CHAP", name + times + _frame("TIT2", _UTF8 + chapter.title.encode()))
    return body


def _language(code: str) -> bytes:
    code = code.lower()
    return code.encode() if len(code) == 3 and code.isascii() and code.isalpha() else b"und"


def _frame(name: str, content: bytes) -> bytes:
    return name.encode() + _synchsafe(len(content)) + b"\0\0" + content


def _synchsafe(number: int) -> bytes:
    """Four times seven bits, so that no byte looks like the start of a frame of sound."""
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))
