"""Tags that others can read, in front of sound that stays as it was."""

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import pytest

from donecast.core.plan import OutputFormat
from donecast.engine.cover import draw_cover
from donecast.engine.errors import TagsRefused
from donecast.engine.mp3 import write_mp3
from donecast.engine.tags import (
    CHAPTER_TEXT_BYTES_MAX,
    CHAPTERS_MAX,
    PICTURE_BYTES_MAX,
    TEXT_BYTES_MAX,
    ChapterTag,
    Tags,
    id3_tag,
    write_tags,
)
from tests.engine.sounds import ffmpeg, read, speech_like

CHAPTERS = (ChapterTag(0, 1_200, "Hello"), ChapterTag(1_200, 2_500, "Grüße – 日本"), ChapterTag(2_500, 3_000, "Bye"))
TAGS = Tags(
    title="Über die Berge",
    artist="Ann Example",
    album="The Long Walk Home",
    date="2026-03-01T06:00:00Z",
    track=12,
    comment="Notes, with a “quote”.",
    chapters=CHAPTERS,
)


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    sound = speech_like(3)
    output = OutputFormat(bitrate_kbps=128, sample_rate=44_100, channels=1)
    write_mp3(tmp_path / "plain.mp3", output, len(sound), lambda start, end: sound[start:end])
    return tmp_path / "plain.mp3"


def test_players_read_what_was_written(plain: Path, tmp_path: Path) -> None:
    write_tags(plain, tmp_path / "a.mp3", TAGS)
    with av.open(str(tmp_path / "a.mp3")) as file:
        said = {key.lower(): value for key, value in file.metadata.items()}
        chapters = file.chapters()
    assert said["title"] == TAGS.title
    assert (said["artist"], said["album"], said["track"], said["genre"]) == (TAGS.artist, TAGS.album, "12", "Podcast")
    assert said["date"].startswith("2026-03-01")
    assert TAGS.comment in said.values()
    assert [chapter["metadata"]["title"] for chapter in chapters] == [chapter.title for chapter in CHAPTERS]
    assert [(chapter["start"], chapter["end"]) for chapter in chapters] == [(0, 1_200), (1_200, 2_500), (2_500, 3_000)]


def test_ffprobe_reads_the_same_chapters(plain: Path, tmp_path: Path) -> None:
    if shutil.which("ffprobe") is None:
        pytest.skip("needs the program ffprobe (Debian: ffmpeg)")
    write_tags(plain, tmp_path / "a.mp3", TAGS)
    command = ["ffprobe", "-v", "warning", "-of", "json", "-show_chapters", "-show_format", str(tmp_path / "a.mp3")]
    done = subprocess.run(command, capture_output=True, check=True)
    said = json.loads(done.stdout)
    assert done.stderr == b""
    assert [chapter["tags"]["title"] for chapter in said["chapters"]] == [chapter.title for chapter in CHAPTERS]
    assert float(said["format"]["duration"]) == pytest.approx(3.0, abs=0.06)  # it counts whole frames


def test_the_sound_is_the_same_to_the_byte(plain: Path, tmp_path: Path) -> None:
    length = write_tags(plain, tmp_path / "a.mp3", TAGS)
    tagged = (tmp_path / "a.mp3").read_bytes()
    assert len(tagged) == length
    assert tagged.endswith(plain.read_bytes())
    assert tagged[: -plain.stat().st_size] == id3_tag(TAGS)
    assert len(read(tmp_path / "a.mp3")) == 3 * 44_100
    decoded = ffmpeg("-v", "warning", "-i", str(tmp_path / "a.mp3"), "-f", "s16le", "-")
    assert (len(decoded.stdout), decoded.stderr) == (3 * 44_100 * 2, b"")


def test_a_cover_lies_inside(plain: Path, tmp_path: Path) -> None:
    cover = draw_cover("Hello", side_pixels=400)
    write_tags(plain, tmp_path / "a.mp3", Tags(title="With a face", cover=cover))
    with av.open(str(tmp_path / "a.mp3")) as file:
        pictures = [bytes(packet) for packet in file.demux(file.streams.video[0]) if packet.size]
    assert pictures == [cover]
    assert b"image/jpeg" in (tmp_path / "a.mp3").read_bytes()[:1_000]


def test_tagging_again_replaces_the_tag_even_in_place(plain: Path) -> None:
    sound = plain.read_bytes()
    write_tags(plain, plain, TAGS)
    write_tags(plain, plain, Tags(title="Another title"))
    assert plain.read_bytes() == id3_tag(Tags(title="Another title")) + sound
    assert sorted(path.name for path in plain.parent.iterdir()) == ["plain.mp3"]


def test_no_byte_of_a_size_looks_like_sound() -> None:
    tag = id3_tag(Tags(title="x" * 200_000))
    assert all(byte < 0x80 for byte in tag[6:10])
    size = tag[6] << 21 | tag[7] << 14 | tag[8] << 7 | tag[9]
    assert size == len(tag) - 10


def test_a_chapter_carries_its_picture_and_its_link(plain: Path, tmp_path: Path) -> None:
    picture = draw_cover("One", side_pixels=300)
    link = "https://example.com/Grüße?page=1&a=b%20c#top"
    first = replace(CHAPTERS[0], image=picture, url=link)
    write_tags(plain, tmp_path / "a.mp3", replace(TAGS, chapters=(first, *CHAPTERS[1:])))
    data = (tmp_path / "a.mp3").read_bytes()
    assert data[:5] == b"ID3\x03\0"
    chapter = data[data.index(b"chp0\0", data.index(b"CHAP")) :]
    inside = chapter[5 + 16 :]
    title, inside = _first_frame(inside)
    url, inside = _first_frame(inside)
    image, _ = _first_frame(inside)
    assert title == (b"TIT2", b"\x01\xff\xfe" + "Hello".encode("utf-16-le"))
    assert url == (b"WXXX", b"\0\0https://example.com/Gr%C3%BC%C3%9Fe?page=1&a=b%20c#top")
    assert image == (b"APIC", b"\0image/jpeg\0\0\0" + picture)
    done = ffmpeg("-v", "warning", "-i", str(tmp_path / "a.mp3"), "-f", "null", "-")
    assert done.stderr == b""


def _first_frame(data: bytes) -> tuple[tuple[bytes, bytes], bytes]:
    """A frame of version 2.3 with its name, and what follows it."""
    end = 10 + int.from_bytes(data[4:8], "big")
    return (data[:4], data[10:end]), data[end:]


@pytest.mark.parametrize(
    "change",
    [
        {"image": draw_cover("One", side_pixels=300)},
        {"title": "ü" * 100},
        {"title": "x" * 127},
        {"url": "https://example.com/" + "x" * 120},
        {"url": "https://example.com/", "title": "x" * 126},
    ],
)
@pytest.mark.parametrize("date", ["2026-03-01T06:30:00Z", "2026-03-01", "2026"])
def test_every_reader_sees_chapters_with_long_parts(
    change: dict[str, Any], date: str, plain: Path, tmp_path: Path
) -> None:
    first = replace(CHAPTERS[0], **change)
    write_tags(plain, tmp_path / "a.mp3", replace(TAGS, date=date, chapters=(first, *CHAPTERS[1:])))
    with av.open(str(tmp_path / "a.mp3")) as file:
        said = {key.lower(): value for key, value in file.metadata.items()}
        chapters = file.chapters()
    assert [chapter["metadata"]["title"] for chapter in chapters] == [first.title, "Grüße – 日本", "Bye"]
    assert (said["title"], said["artist"], said["track"]) == (TAGS.title, TAGS.artist, "12")
    assert TAGS.comment in said.values()
    assert said["date"].startswith(date[:10])
    assert len(read(tmp_path / "a.mp3")) == 3 * 44_100


def test_the_newer_version_is_written_where_all_can_read_it() -> None:
    short = replace(CHAPTERS[0], title="x" * 126, url="https://example.com/")
    assert id3_tag(replace(TAGS, chapters=(short,)))[:5] == b"ID3\x04\0"


def test_a_text_cannot_end_early() -> None:
    assert id3_tag(Tags(title="be\0fore")) == id3_tag(Tags(title="before"))


@pytest.mark.parametrize(("start_ms", "end_ms"), [(5, 5), (-1, 5), (0, 1 << 32)])
def test_a_chapter_without_a_length_is_refused(start_ms: int, end_ms: int) -> None:
    with pytest.raises(ValueError, match="has no length"):
        ChapterTag(start_ms, end_ms, "none")


def test_what_does_not_fit_is_refused_with_a_sentence() -> None:
    picture = b"\xff\xd8\xff" + bytes(PICTURE_BYTES_MAX - 3)
    chapters = tuple(ChapterTag(at, at + 1, "x") for at in range(CHAPTERS_MAX))
    fits = Tags(title="x" * TEXT_BYTES_MAX, cover=picture, chapters=chapters)
    assert len(id3_tag(fits)) > PICTURE_BYTES_MAX
    with pytest.raises(TagsRefused, match="The cover is larger than 10 MB"):
        replace(fits, cover=picture + b"!")
    with pytest.raises(TagsRefused, match="256 chapters"):
        replace(fits, chapters=(*chapters, ChapterTag(900, 901, "x")))
    with pytest.raises(TagsRefused, match="longer than 256 kB"):
        replace(fits, comment="x" * (TEXT_BYTES_MAX + 1))
    with pytest.raises(TagsRefused, match="longer than 4 kB"):
        ChapterTag(0, 1, "x" * (CHAPTER_TEXT_BYTES_MAX + 1))
    with pytest.raises(TagsRefused, match="picture of the chapter Hello is neither"):
        ChapterTag(0, 1, "Hello", image=b"GIF89a")
    many = tuple(ChapterTag(at, at + 1, "x", image=picture) for at in range(7))
    with pytest.raises(TagsRefused, match="too large"):
        id3_tag(Tags(title="x", chapters=many))


def test_empty_values_are_left_out() -> None:
    tag = id3_tag(Tags(title="Only this", genre=""))
    assert b"TIT2" in tag
    assert not any(name in tag for name in (b"TPE1", b"TALB", b"TRCK", b"TCON", b"COMM", b"APIC", b"CTOC"))
