"""Tags that others can read, in front of sound that stays as it was."""

import json
import shutil
import subprocess
from pathlib import Path

import av
import pytest

from donecast.core.plan import OutputFormat
from donecast.engine.cover import draw_cover
from donecast.engine.mp3 import write_mp3
from donecast.engine.tags import ChapterTag, Tags, id3_tag, write_tags
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


@pytest.mark.parametrize(
    "chapters", [tuple(ChapterTag(at, at + 1, "x") for at in range(256)), (ChapterTag(5, 5, "none"),)]
)
def test_impossible_chapters_are_refused(chapters: tuple[ChapterTag, ...]) -> None:
    with pytest.raises(ValueError, match="chapter"):
        id3_tag(Tags(title="x", chapters=chapters))


def test_empty_values_are_left_out() -> None:
    tag = id3_tag(Tags(title="Only this", genre=""))
    assert b"TIT2" in tag
    assert not any(name in tag for name in (b"TPE1", b"TALB", b"TRCK", b"TCON", b"COMM", b"APIC", b"CTOC"))
