"""What players show about a finished file, written into it: titles, cover and chapters, for MP3 and M4A.

MP3 has an ID3v2 tag in front of the Info frame, after id3.org: "ID3 tag version 2.4.0, main structure", "native
frames", "ID3 tag version 2.3.0" and "ID3v2 chapter frame addendum". M4A has boxes, see `m4a_boxes`. Not a byte of the
sound is changed.

The tag is of version 2.4 with texts in UTF-8, unless a chapter has a picture, a link or a title of 128 bytes and more.
FFmpeg reads lengths inside chapters by the rule of version 2.3, which is another from 128 on, and drops such a chapter:
then the whole tag is of version 2.3 with texts in UTF-16, and every reader sees all.
"""

import codecs
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from donecast.engine import m4a
from donecast.engine.errors import TagsRefused
from donecast.engine.m4a_boxes import M4aChapter, M4aLabels
from donecast.engine.mpeg_frames import ID3_HEADER_BYTES, id3_length

CHAPTERS_MAX: Final = 255
TEXT_BYTES_MAX: Final = 256 * 1024
CHAPTER_TEXT_BYTES_MAX: Final = 4 * 1024
PICTURE_BYTES_MAX: Final = 10 * 1024**2
TAG_BYTES_MAX: Final = 64 * 1024**2

_LATIN_1, _UTF_16, _UTF_8 = b"\x00", b"\x01", b"\x03"
_SAME_LENGTHS_BELOW = 128
_OTHER_PICTURE, _FRONT_COVER = b"\x00", b"\x03"
_NO_OFFSET = b"\xff\xff\xff\xff"
_ORDERED_TOP_LEVEL = b"\x03"
_LATEST_MS = (1 << 32) - 1
_OF_URLS = "%/:=&?~#+!$,;'@()*[]"
_COPY_BYTES = 1024**2


@dataclass(frozen=True, slots=True)
class ChapterTag:
    """A chapter of the finished file, in milliseconds of finished time.

    ``image`` is a JPEG or PNG picture and ``url`` a link, both shown with the chapter; in M4A they are left out.
    """

    start_ms: int
    end_ms: int
    title: str
    image: bytes | None = None
    url: str | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.start_ms < self.end_ms <= _LATEST_MS:
            raise ValueError(f"chapter {self.title!r} has no length")
        _require_texts(self.title, self.url or "", bytes_max=CHAPTER_TEXT_BYTES_MAX)
        _require_picture(self.image, f"The picture of the chapter {self.title}")


@dataclass(frozen=True, slots=True)
class Tags:
    """What players show. Empty values are left out; ``date`` is ISO 8601 (year, day or instant); ``language`` is three
    letters of ISO 639-2.

    Raises TagsRefused for more than 255 chapters, texts of more than 256 kB (4 kB in a chapter), and pictures that are
    neither JPEG nor PNG or larger than 10 MB.
    """

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

    def __post_init__(self) -> None:
        _require_texts(self.title, self.artist, self.album, self.date, self.genre, self.comment)
        _require_picture(self.cover, "The cover")
        if len(self.chapters) > CHAPTERS_MAX:
            raise TagsRefused(
                f"This episode has {len(self.chapters)} chapters; an audio file holds {CHAPTERS_MAX} at most.",
                action="Join some chapters, then make the episode again.",
            )


def write_tags(sound: Path, out: Path, tags: Tags) -> int:
    """Writes the sound of an MP3 or an M4A of ours with these tags into ``out`` (may be the same file).

    Tags that were there before are replaced. The file appears only when it is complete; the answer is its length in
    bytes. Raises TagsRefused for tags of more than 64 MB, and ValueError for a file of another kind.
    """
    with sound.open("rb") as file:
        is_m4a = file.read(8)[4:] == b"ftyp"
    return m4a.relabel(sound, out, m4a_labels(tags)) if is_m4a else _write_id3(sound, out, tags)


def m4a_labels(tags: Tags) -> M4aLabels:
    """The same for M4A, where chapters are given neither pictures nor links and begin each at another moment."""
    chapters: dict[int, str] = {}
    for chapter in sorted(tags.chapters, key=lambda chapter: chapter.start_ms):
        chapters.setdefault(chapter.start_ms, _clean(chapter.title))
    texts = {
        "©nam": tags.title,
        "©ART": tags.artist,
        "©alb": tags.album,
        "©day": tags.date,
        "©gen": tags.genre,
        "©cmt": tags.comment,
    }
    return M4aLabels(
        tuple((name, _clean(text)) for name, text in texts.items() if text),
        tags.track,
        tags.cover,
        tuple(M4aChapter(start_ms, title) for start_ms, title in chapters.items()),
    )


def _write_id3(mp3: Path, out: Path, tags: Tags) -> int:
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
    """The whole tag, header included, without padding. Raises TagsRefused when it is larger than 64 MB."""
    edition = _Edition(3 if any(map(_is_long, tags.chapters)) else 4)
    texts = {
        "TIT2": tags.title,
        "TPE1": tags.artist,
        "TALB": tags.album,
        **edition.dates(tags.date),
        "TRCK": str(tags.track) if tags.track is not None else "",
        "TCON": tags.genre,
    }
    body = b"".join(edition.text_frame(name, text) for name, text in texts.items() if text)
    if tags.comment:
        body += edition.comment(tags.comment, _language(tags.language))
    if tags.cover:
        body += edition.picture(tags.cover, _FRONT_COVER)
    body += _chapters(edition, tags.chapters)
    if len(body) > TAG_BYTES_MAX:
        raise TagsRefused(details={"bytes": len(body), "bytes_max": TAG_BYTES_MAX})
    return b"ID3" + bytes([edition.number, 0, 0]) + _synchsafe(len(body)) + body


def _is_long(chapter: ChapterTag) -> bool:
    """Whether the two versions would write the lengths inside the chapter differently."""
    parts = (_UTF_8 + _clean(chapter.title).encode(), _link(chapter.url or ""), chapter.image or b"")
    return any(len(part) >= _SAME_LENGTHS_BELOW for part in parts)


def _chapters(edition: "_Edition", chapters: tuple[ChapterTag, ...]) -> bytes:
    if not chapters:
        return b""
    names = [f"chp{index}".encode() + b"\0" for index in range(len(chapters))]
    frames = edition.frame("CTOC", b"toc\0" + _ORDERED_TOP_LEVEL + bytes([len(chapters)]) + b"".join(names))
    for name, chapter in zip(names, chapters, strict=True):
        content = name + chapter.start_ms.to_bytes(4, "big") + chapter.end_ms.to_bytes(4, "big") + _NO_OFFSET * 2
        content += edition.text_frame("TIT2", chapter.title)
        if chapter.url:
            content += edition.frame("WXXX", _link(chapter.url))
        if chapter.image:
            content += edition.picture(chapter.image, _OTHER_PICTURE)
        frames += edition.frame("CHAP", content)
    return frames


def _link(url: str) -> bytes:
    """Links are Latin-1 by the standard; what is not ASCII is written with percent signs."""
    return _LATIN_1 + b"\0" + quote(url, safe=_OF_URLS).encode()


@dataclass(frozen=True, slots=True)
class _Edition:
    """How version 2.3 or 2.4 of the standard writes lengths, texts and dates."""

    number: int

    def frame(self, name: str, content: bytes) -> bytes:
        length = _synchsafe(len(content)) if self.number == 4 else len(content).to_bytes(4, "big")
        return name.encode() + length + b"\0\0" + content

    def text_frame(self, name: str, text: str) -> bytes:
        return self.frame(name, self._encoding + self._coded(_clean(text)))

    def comment(self, text: str, language: bytes) -> bytes:
        nothing = self._coded("\0")
        return self.frame("COMM", self._encoding + language + nothing + self._coded(_clean(text)))

    def picture(self, picture: bytes, role: bytes) -> bytes:
        kind = f"image/{_picture_kind(picture)}".encode()
        return self.frame("APIC", _LATIN_1 + kind + b"\0" + role + b"\0" + picture)

    def dates(self, date: str) -> dict[str, str]:
        """The frames of an ISO date: 2.4 has one; 2.3 has one for the year, one for day and month, one for the time."""
        if self.number == 4:
            return {"TDRC": date.removesuffix("Z")}
        return {"TYER": date[:4], "TDAT": date[8:10] + date[5:7], "TIME": date[11:13] + date[14:16]}

    @property
    def _encoding(self) -> bytes:
        return _UTF_8 if self.number == 4 else _UTF_16

    def _coded(self, text: str) -> bytes:
        return text.encode() if self.number == 4 else codecs.BOM_UTF16_LE + text.encode("utf-16-le")


def _picture_kind(picture: bytes) -> str | None:
    if picture.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    return "jpeg" if picture.startswith(b"\xff\xd8\xff") else None


def _require_picture(picture: bytes | None, what: str) -> None:
    if picture is None:
        return
    if _picture_kind(picture) is None:
        raise TagsRefused(f"{what} is neither JPEG nor PNG.", action="Save it as JPEG and choose it again.")
    if len(picture) > PICTURE_BYTES_MAX:
        raise TagsRefused(
            f"{what} is larger than {PICTURE_BYTES_MAX // 1024**2} MB.", action="Save it as a smaller JPEG."
        )


def _require_texts(*texts: str, bytes_max: int = TEXT_BYTES_MAX) -> None:
    if any(len(text.encode()) > bytes_max for text in texts):
        raise TagsRefused(
            f"A text of this episode is longer than {bytes_max // 1024} kB and does not fit into its audio file.",
            action="Shorten its title, its notes or its chapters' titles.",
        )


def _language(code: str) -> bytes:
    code = code.lower()
    return code.encode() if len(code) == 3 and code.isascii() and code.isalpha() else b"und"


def _clean(text: str) -> str:
    """Without the character that ends a text early in both formats."""
    return text.replace("\0", "")


def _synchsafe(number: int) -> bytes:
    """Four times seven bits, so that no byte looks like the start of a frame of sound."""
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))
