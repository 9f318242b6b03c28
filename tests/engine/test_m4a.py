"""M4A files: others read their length, labels and chapters, and labels never touch the sound."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from donecast.core.plan import OutputFormat
from donecast.engine.aac import write_m4a
from donecast.engine.cover import draw_cover
from donecast.engine.m4a import M4aWriter, read_sound, relabel
from donecast.engine.m4a_boxes import CHAPTERS_MAX, M4aChapter, M4aLabels, decoder_config
from donecast.engine.tags import ChapterTag, Tags, m4a_labels, write_tags
from tests.engine.sounds import ffmpeg, speech_like, write_by_ffmpeg_libraries

RATE = 44_100
FRAMES = 3 * RATE
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


def spoken(path: Path, seconds: float = 3) -> Path:
    sound = speech_like(seconds)
    length = write_m4a(path, OutputFormat("aac", 96, RATE, 1), len(sound), lambda start, end: sound[start:end])
    assert length == path.stat().st_size
    return path


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    return spoken(tmp_path / "plain.m4a")


def ffprobe(path: Path) -> dict[str, Any]:
    if shutil.which("ffprobe") is None:
        pytest.skip("needs the program ffprobe (Debian: ffmpeg)")
    command = ["ffprobe", "-v", "error", "-of", "json", "-show_chapters", "-show_format", "-show_streams", str(path)]
    said: dict[str, Any] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return said


def packets(path: Path) -> list[bytes]:
    with av.open(str(path)) as file:
        return [bytes(packet) for packet in file.demux(audio=0) if packet.size]


def test_others_read_what_was_written(plain: Path, tmp_path: Path) -> None:
    write_tags(plain, tmp_path / "a.m4a", TAGS)
    said = ffprobe(tmp_path / "a.m4a")
    tags = said["format"]["tags"]
    assert (tags["title"], tags["artist"], tags["album"]) == (TAGS.title, TAGS.artist, TAGS.album)
    assert (tags["track"], tags["genre"], tags["date"], tags["comment"]) == ("12", "Podcast", TAGS.date, TAGS.comment)
    assert float(said["format"]["duration"]) == pytest.approx(3.0, abs=0.000_1)
    assert [chapter["tags"]["title"] for chapter in said["chapters"]] == [chapter.title for chapter in CHAPTERS]
    assert [round(float(chapter["start_time"]) * 1000) for chapter in said["chapters"]] == [0, 1_200, 2_500]
    assert [round(float(chapter["end_time"]) * 1000) for chapter in said["chapters"]] == [1_200, 2_500, 3_000]


def test_the_chapter_list_and_the_chapter_track_say_the_same(plain: Path, tmp_path: Path) -> None:
    write_tags(plain, tmp_path / "a.m4a", TAGS)
    without_list = tmp_path / "track.m4a"
    without_list.write_bytes((tmp_path / "a.m4a").read_bytes().replace(b"chpl", b"free"))
    without_track = tmp_path / "list.m4a"
    without_track.write_bytes((tmp_path / "a.m4a").read_bytes().replace(b"chap", b"free"))
    both, track, listed = (ffprobe(path)["chapters"] for path in (tmp_path / "a.m4a", without_list, without_track))
    assert both == track
    assert [(one["start_time"], one["tags"]) for one in both] == [(one["start_time"], one["tags"]) for one in listed]


def test_a_first_chapter_may_begin_late(plain: Path, tmp_path: Path) -> None:
    relabel(plain, tmp_path / "a.m4a", M4aLabels(chapters=(M4aChapter(1_000, "Late"), M4aChapter(2_000, "Later"))))
    said = ffprobe(tmp_path / "a.m4a")
    assert [(round(float(one["start_time"]), 3), one["tags"]["title"]) for one in said["chapters"]] == [
        (1.0, "Late"),
        (2.0, "Later"),
    ]
    assert float(said["format"]["duration"]) == pytest.approx(3.0, abs=0.000_1)


def test_the_sound_stays_packet_for_packet_and_is_as_long_as_planned(plain: Path, tmp_path: Path) -> None:
    write_tags(plain, tmp_path / "a.m4a", TAGS)
    assert packets(tmp_path / "a.m4a") == packets(plain)
    decoded = ffmpeg("-v", "error", "-i", str(tmp_path / "a.m4a"), "-map", "0:a", "-f", "s16le", "-")
    assert (len(decoded.stdout), decoded.stderr) == (FRAMES * 2, b"")


def test_a_cover_lies_inside(plain: Path, tmp_path: Path) -> None:
    cover = draw_cover("Hello", side_pixels=400)
    write_tags(plain, tmp_path / "a.m4a", Tags(title="With a face", cover=cover))
    with av.open(str(tmp_path / "a.m4a")) as file:
        pictures = [bytes(packet) for packet in file.demux(file.streams.video[0]) if packet.size]
    assert pictures == [cover]


def test_tagging_again_replaces_everything_even_in_place(plain: Path, tmp_path: Path) -> None:
    write_tags(plain, tmp_path / "once.m4a", Tags(title="Another title"))
    length = write_tags(plain, plain, TAGS)
    assert length == plain.stat().st_size
    write_tags(plain, plain, Tags(title="Another title"))
    assert plain.read_bytes() == (tmp_path / "once.m4a").read_bytes()
    assert sorted(path.name for path in plain.parent.iterdir()) == ["once.m4a", "plain.m4a"]


def test_the_index_comes_before_the_sound_and_knows_no_clock(plain: Path, tmp_path: Path) -> None:
    data = plain.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    assert spoken(tmp_path / "again.m4a").read_bytes() == data


def test_gapless_players_are_told_the_priming(plain: Path) -> None:
    priming = 1_024 + -FRAMES % 1_024
    assert f" 00000000 {priming:08X} 00000000 {FRAMES:016X}".encode() in plain.read_bytes()


def test_our_decoder_config_is_the_encoders() -> None:
    for rate in (32_000, 44_100, 48_000):
        for channels in (1, 2):
            encoder = av.CodecContext.create("aac", "w")
            assert isinstance(encoder, av.AudioCodecContext)
            encoder.sample_rate, encoder.layout, encoder.format = rate, "mono" if channels == 1 else "stereo", "fltp"
            encoder.open()
            assert encoder.extradata == decoder_config(rate, channels)


def test_a_file_of_another_maker_is_refused(tmp_path: Path) -> None:
    foreign = write_by_ffmpeg_libraries(tmp_path / "foreign.m4a", speech_like(1), "aac")
    with pytest.raises(ValueError, match="not an M4A of ours"):
        write_tags(foreign, tmp_path / "a.m4a", TAGS)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["foreign.m4a"]


def test_a_file_that_is_cut_off_is_refused(plain: Path, tmp_path: Path) -> None:
    (tmp_path / "cut.m4a").write_bytes(plain.read_bytes()[:-1])
    with pytest.raises(ValueError, match="cut off"):
        write_tags(tmp_path / "cut.m4a", tmp_path / "a.m4a", TAGS)


def test_a_writer_wants_all_its_packets(tmp_path: Path) -> None:
    with M4aWriter(tmp_path / "a.m4a", OutputFormat("aac"), 5_000) as writer:
        writer.write(b"\0" * 10)
        with pytest.raises(ValueError, match="1 packets, where the sound needs 6"):
            writer.close()


def test_what_was_written_is_read_back(plain: Path) -> None:
    with plain.open("rb") as file:
        sound, at = read_sound(file)
    assert (sound.sample_rate, sound.channels, sound.frames, sound.bitrate_kbps) == (RATE, 1, FRAMES, 96)
    assert at + sum(sound.packet_bytes) == plain.stat().st_size
    assert [len(packet) for packet in packets(plain)] == list(sound.packet_bytes)


def test_limits_of_labels() -> None:
    most = tuple(M4aChapter(at, "x") for at in range(CHAPTERS_MAX))
    M4aLabels(chapters=most, track=65_535)
    with pytest.raises(ValueError, match="256 chapters"):
        M4aLabels(chapters=(*most, M4aChapter(1_000, "x")))
    with pytest.raises(ValueError, match="follow"):
        M4aLabels(chapters=(M4aChapter(5, "a"), M4aChapter(5, "b")))
    with pytest.raises(ValueError, match="track"):
        M4aLabels(track=65_536)


def test_a_chapter_after_the_end_is_refused(plain: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="begins after the end"):
        relabel(plain, tmp_path / "a.m4a", M4aLabels(chapters=(M4aChapter(0, "a"), M4aChapter(3_000, "b"))))


def test_chapters_of_one_moment_become_one() -> None:
    tags = Tags(title="x", chapters=(ChapterTag(5, 9, "b"), ChapterTag(0, 5, "a"), ChapterTag(5, 7, "c")))
    assert m4a_labels(tags).chapters == (M4aChapter(0, "a"), M4aChapter(5, "b"))


def test_a_long_chapter_title_is_whole_in_the_track(plain: Path, tmp_path: Path) -> None:
    title = "ü" * 200
    relabel(plain, tmp_path / "a.m4a", M4aLabels(chapters=(M4aChapter(0, title),)))
    assert ffprobe(tmp_path / "a.m4a")["chapters"][0]["tags"]["title"] == title
    assert np.frombuffer((tmp_path / "a.m4a").read_bytes(), np.uint8).size > 400
