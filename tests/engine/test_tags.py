"""Tags that others can read, in front of sound that stays as it was."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import av
import pytest

from donecast.engine.cover import draw_cover
from donecast.engine.errors import TagsRefused
from donecast.engine.mp3 import Mp3Writer
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
    writer = Mp3Writer(tmp_path / "plain.mp3", sample_rate=44_100, channels=1, bitrate_kbps=128)
    writer.write(speech_like(3))
    writer.close()
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
    chapters = (ChapterTag(0, 1_200, "Hello", image=picture, url=link), ChapterTag(1_200, 3_000, "Bye"))
    write_tags(plain, tmp_path / "a.mp3", Tags(title="x", chapters=chapters))
    first, second = (_frames_of(frame[4 + 1 + 16 :]) for frame in _frames_named(tmp_path / "a.mp3", b"CHAP"))
    assert first == {
        b"TIT2": b"\x03Hello",
        b"WXXX": b"\x03\0https://example.com/Gr%C3%BC%C3%9Fe?page=1&a=b%20c#top",
        b"APIC": b"\x03image/jpeg\0\0\0" + picture,
    }
    assert second == {b"TIT2": b"\x03Bye"}
    done = ffmpeg("-v", "warning", "-i", str(tmp_path / "a.mp3"), "-f", "null", "-")
    assert done.stderr == b""


def _frames_named(mp3: Path, name: bytes) -> list[bytes]:
    data = mp3.read_bytes()
    return [content for found, content in _walk(data[10 : 10 + _number(data[6:10])]) if found == name]


def _frames_of(data: bytes) -> dict[bytes, bytes]:
    return dict(_walk(data))


def _walk(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    while data:
        length = _number(data[4:8])
        yield data[:4], data[10 : 10 + length]
        data = data[10 + length :]


def _number(synchsafe: bytes) -> int:
    return sum(byte << shift for byte, shift in zip(synchsafe, (21, 14, 7, 0), strict=True))


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
