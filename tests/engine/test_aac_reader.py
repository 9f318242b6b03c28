"""Plain AAC read by our own index is, sample for sample, what FFmpeg's index gives; all else is left to that."""

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from donecast.engine import aac_reader
from donecast.engine.aac_reader import AacReader, open_aac_reader
from donecast.engine.analysis import analyse
from donecast.engine.decoding import open_decoding
from donecast.engine.ffmpeg_reader import FfmpegReader
from donecast.engine.sniff import Container
from tests.engine.sounds import LIMITS, Sound, ffmpeg, noise, speech_like, write
from tests.support.hostile_bytes import box
from tests.support.hostile_sounds import holed
from tests.support.mp4_files import Mp4, gapless_label, packets_of, plain_config

NORMAL = 1 << 16


@pytest.fixture(autouse=True)
def no_file_is_too_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aac_reader, "PACKETS_MIN", 0)


@pytest.fixture(scope="module")
def packets(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """Six seconds of mono at 44.1 kHz."""
    return packets_of(_coded(tmp_path_factory.mktemp("packets")))


@pytest.fixture(scope="module")
def stereo_packets(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    return packets_of(_coded(tmp_path_factory.mktemp("packets"), channels=2))


def _coded(folder: Path, *options: str, name: str = "a.m4a", channels: int = 1, rate: int = 44_100) -> Path:
    sound = speech_like(6.3, rate=rate) + noise(6.3, rate=rate, channels=channels, level=0.003)
    source = write(folder / "source.wav", sound, rate)
    ffmpeg("-v", "error", "-y", "-i", str(source), "-c:a", "aac", *options, str(folder / name))
    return folder / name


def _theirs(path: Path, frames: int = 44_100) -> tuple[Sound, FfmpegReader]:
    reader = FfmpegReader(path, Container.MP4)
    return np.concatenate(list(reader.blocks(frames))), reader


def _require_the_same(path: Path, frames: int = 44_100) -> Sound:
    """Both readers agree in all they say; answers the sound."""
    ours = open_aac_reader(path)
    assert ours is not None
    blocks = list(ours.blocks(frames))
    sound, theirs = _theirs(path, frames)
    assert [len(block) for block in blocks[:-1]] == [frames] * (len(blocks) - 1)
    assert np.array_equal(np.concatenate(blocks), sound)
    assert (ours.sample_rate, ours.channels, ours.codec) == (theirs.sample_rate, theirs.channels, theirs.codec)
    assert ours.frames_promised == pytest.approx(theirs.frames_promised, abs=1)  # theirs has gone through seconds
    assert ours.promise_slack_seconds == theirs.promise_slack_seconds
    assert ours.broken == theirs.broken
    return sound


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 48_000, 96_000])
def test_what_ffmpeg_wrote(tmp_path: Path, rate: int, channels: int) -> None:
    _require_the_same(_coded(tmp_path, channels=channels, rate=rate))


@pytest.mark.parametrize("frames", [1_000, 44_100, 1_000_000])
def test_blocks_of_any_size(tmp_path: Path, packets: list[bytes], frames: int) -> None:
    _require_the_same(Mp4(packets, edits=[(6_300, 1_024, NORMAL)]).write(tmp_path / "a.m4a"), frames)


@pytest.mark.parametrize(
    "options",
    [
        ("-movflags", "+faststart"),
        ("-b:a", "24k"),
        ("-b:a", "320k"),
        ("-use_editlist", "0"),
        ("-metadata", "title=A talk", "-metadata", "comment=" + 3_000 * "long "),
        ("-aac_coder", "fast"),
        ("-t", "0.02"),
        ("-t", "0.001"),
    ],
    ids=lambda options: " ".join(options)[:30],
)
def test_options_of_the_writer(tmp_path: Path, options: tuple[str, ...]) -> None:
    _require_the_same(_coded(tmp_path, *options))


def test_the_sound_of_a_film(tmp_path: Path) -> None:
    source = write(tmp_path / "source.wav", noise(6.3, channels=2))
    film = ("-f", "lavfi", "-i", "testsrc=size=64x64:rate=10:duration=6")
    coded = ("-c:v", "mpeg4", "-c:a", "aac", "-b:a", "96k", str(tmp_path / "a.mp4"))
    ffmpeg("-v", "error", *film, "-i", str(source), *coded)
    _require_the_same(tmp_path / "a.mp4")


@pytest.mark.parametrize("name", ["a:b.m4a", "it's.m4a", "a,b;c.m4a", "ä b\\c.m4a", "%d.m4a"])
def test_a_file_may_have_any_name(tmp_path: Path, packets: list[bytes], name: str) -> None:
    _require_the_same(Mp4(packets).write(tmp_path / name))


@pytest.mark.parametrize(
    "edits",
    [
        [],
        [(6_000, 0, NORMAL)],
        [(6_000, 1, NORMAL)],
        [(6_000, 1_023, NORMAL)],
        [(6_000, 1_024, NORMAL)],
        [(6_000, 2_112, NORMAL)],
        [(6_000, 44_100, NORMAL)],
        [(99_000, 2_112, NORMAL)],
        [(1, 0, NORMAL)],
        [(1, 1_023, NORMAL)],
        [(23, 1_024, NORMAL)],
        [(3_456, 1_024, NORMAL)],
        [(500, -1, NORMAL), (6_000, 1_024, NORMAL)],
        [(500, -1, NORMAL), (250, -1, 0), (3_000, 2_112, NORMAL)],
    ],
)
@pytest.mark.parametrize("movie_clock", [1_000, 44_100, 600])
def test_edit_lists(tmp_path: Path, packets: list[bytes], edits: list[tuple[int, int, int]], movie_clock: int) -> None:
    scaled = [(length * movie_clock // 1_000 or 1, start, speed) for length, start, speed in edits]
    _require_the_same(Mp4(packets, edits=scaled, movie_clock=movie_clock).write(tmp_path / "a.m4a"))


@pytest.mark.parametrize("duration", range(1, 200, 7))
def test_an_edit_ends_anywhere(tmp_path: Path, packets: list[bytes], duration: int) -> None:
    edits = [(2 * 1_024 - 100 + duration, 1_024, NORMAL)]
    _require_the_same(Mp4(packets, edits=edits, movie_clock=44_100).write(tmp_path / "a.m4a"))


@pytest.mark.parametrize(
    "edits",
    [[], [(44_100, 0)], [(44_100, 1_024)], [(44_100, 2_112)], [(44_100, 44_100)], [(10**7, 9_000)], [(3, 1_023)]],
)
@pytest.mark.parametrize(
    "lengths", [(1_023, 1_024), (1_025, 1_024, 1_023), (500, 1_500), (1, 3_000), (300,), (2_000, 2)]
)
def test_packets_that_are_said_to_last_otherwise(
    tmp_path: Path, packets: list[bytes], edits: list[tuple[int, int]], lengths: tuple[int, ...]
) -> None:
    durations = [(1, lengths[number % len(lengths)]) for number in range(len(packets))]
    file = Mp4(packets, edits=[(*edit, NORMAL) for edit in edits], movie_clock=44_100, durations=durations)
    _require_the_same(replace(file, media_frames=10**8).write(tmp_path / "a.m4a"))


KINDS: dict[str, Callable[[Mp4], Mp4]] = {
    "its index first": lambda file: replace(file, index_first=True),
    "64 bits": lambda file: replace(file, wide=True),
    "long lengths of descriptors": lambda file: replace(file, long_lengths=True),
    "one chunk": lambda file: replace(file, chunks=[len(file.packets)]),
    "a chunk for each packet": lambda file: replace(file, chunks=[1] * len(file.packets)),
    "chunks of all sizes": lambda file: replace(file, chunks=[1, 2, 2, 3, 90, 1, 7, len(file.packets) - 106]),
    "chunks apart": lambda file: replace(file, apart_bytes=77),
    "a shorter last packet": lambda file: replace(file, durations=[(len(file.packets) - 1, 1_024), (1, 500)]),
    "durations in two runs": lambda file: replace(file, durations=[(5, 1_024), (len(file.packets) - 5, 1_024)]),
    "a shorter medium than its packets": lambda file: replace(file, media_frames=200_000),
    "says that no band is replicated": lambda file: replace(
        file, config=plain_config(44_100, file.channels) + b"\x56\xe5\0"
    ),
    "a gapless label that says the same": lambda file: replace(file, more_in_movie=gapless_label(1_024, 9, 200_000)),
    "a picture among the labels": lambda file: replace(file, more_in_movie=box(b"udta", bytes(3_000_000))),
    "a name of the track": lambda file: replace(file, more_in_track=box(b"udta", box(b"name", b"Sound"))),
    "bit rate": lambda file: replace(file, more_in_entry=box(b"btrt", bytes(12))),
    "groups of packets": lambda file: replace(
        file, more_in_table=box(b"sgpd", b"\1\0\0\0roll\0\0\0\2\0\0\0\1\xff\xff") + box(b"free", bytes(9))
    ),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("channels", [1, 2])
def test_kinds_of_plain_files(
    tmp_path: Path, packets: list[bytes], stereo_packets: list[bytes], kind: str, channels: int
) -> None:
    file = Mp4(packets if channels == 1 else stereo_packets, channels=channels, edits=[(6_000, 1_024, NORMAL)])
    assert len(_require_the_same(KINDS[kind](file).write(tmp_path / "a.m4a"))) > 190_000


def test_many_packets(tmp_path: Path, packets: list[bytes]) -> None:
    many = packets * 300  # more than are framed, or their sizes read, at once
    _require_the_same(Mp4(many, chunks=[22] * (len(many) // 22) + [len(many) % 22]).write(tmp_path / "a.m4a"), 400_000)


def _lasting(file: Mp4, frames: int) -> list[tuple[int, int]]:
    return [(len(file.packets), frames)]


OTHERS: dict[str, Callable[[Mp4], Mp4]] = {
    "two sounds": lambda file: replace(file, more_tracks=[file]),
    "says that bands are replicated": lambda file: replace(file, config=plain_config(44_100, 1) + b"\x56\xe5\x80"),
    "HE-AAC": lambda file: replace(file, config=bytes.fromhex("2b920800")),
    "frames of 960": lambda file: replace(file, config=bytes([0x12, 0x0C])),
    "channels described elsewhere": lambda file: replace(file, config=bytes([0x12, 0x00])),
    "six channels": lambda file: replace(file, config=bytes([0x12, 0x30])),
    "MPEG-2": lambda file: replace(file, object_kind=0x67),
    "no configuration": lambda file: replace(file, config=b""),
    "another codec": lambda file: replace(file, entry=b"alac"),
    "a newer entry": lambda file: replace(file, entry_version=1, more_in_entry=bytes(16)),
    "a channel layout": lambda file: replace(file, more_in_entry=box(b"chan", bytes(12))),
    "another clock": lambda file: replace(file, media_clock=48_000),
    "no length": lambda file: replace(file, media_frames=0),
    "two edits": lambda file: replace(file, edits=[(1_000, 1_024, NORMAL), (2_000, 90_000, NORMAL)]),
    "an edit late in it": lambda file: replace(file, edits=[(2_000, 44_101, NORMAL)]),
    "an edit at half speed": lambda file: replace(file, edits=[(2_000, 0, 1 << 15)]),
    "an edit of nothing": lambda file: replace(file, edits=[(0, 0, NORMAL)]),
    "no edit but a silent one": lambda file: replace(file, edits=[(2_000, -1, NORMAL)]),
    "a gapless label and no edit": lambda file: replace(file, more_in_movie=gapless_label(2_112, 100, 200_000)),
    "a gapless label that says something else": lambda file: replace(
        file, edits=[(6_000, 1_024, NORMAL)], more_in_movie=gapless_label(2_112, 100, 200_000)
    ),
    "a gapless label far behind": lambda file: replace(
        file, more_in_movie=box(b"udta", bytes(1024**2 - 180), gapless_label(2_112, 100, 200_000))
    ),
    "a gapless label in other words": lambda file: replace(
        file, more_in_movie=gapless_label(0, 0, 200_000).replace(b" 0000", b"\t0000")
    ),
    "a gapless label of the track": lambda file: replace(file, more_in_track=gapless_label(2_112, 100, 200_000)),
    "an edit after its end": lambda file: replace(file, edits=[(9_000, 9_000, NORMAL)], durations=_lasting(file, 30)),
    "an edit of what is skipped": lambda file: replace(
        file, edits=[(1, 2_112, NORMAL)], durations=_lasting(file, 9_000)
    ),
    "a duration of nothing": lambda file: replace(file, durations=[(9, 1_024), (len(file.packets) - 9, 0)]),
    "samples by themselves": lambda file: replace(file, durations=[(len(file.packets), 1)]),
    "too few durations": lambda file: replace(file, durations=[(9, 1_024)]),
    "packets before which to begin": lambda file: replace(
        file, more_in_table=box(b"stss", bytes(4), b"\0\0\0\1\0\0\0\1")
    ),
    "fragments to come": lambda file: replace(file, more_in_movie=box(b"mvex", box(b"trex", bytes(24)))),
    "fragments": lambda file: replace(file, more_at_end=box(b"moof", box(b"mfhd", bytes(8)))),
    "sizes twice": lambda file: replace(file, more_in_table=box(b"stsz", struct_of(1, 0))),
    "places of two kinds": lambda file: replace(file, more_in_table=box(b"co64", struct_of(0))),
    "fewer sizes than packets": lambda file: replace(file, sizes=[len(packet) for packet in file.packets[:-1]]),
}


def struct_of(*numbers: int) -> bytes:
    return bytes(4) + b"".join(number.to_bytes(4, "big") for number in numbers)


@pytest.mark.parametrize("kind", OTHERS)
def test_other_files_are_left_to_ffmpeg(tmp_path: Path, packets: list[bytes], kind: str) -> None:
    assert open_aac_reader(OTHERS[kind](Mp4(packets)).write(tmp_path / "a.m4a")) is None


def test_fragments_of_ffmpeg_are_left_to_it(tmp_path: Path) -> None:
    path = _coded(tmp_path, "-movflags", "+frag_keyframe+empty_moov")
    assert open_aac_reader(path) is None
    assert isinstance(open_decoding(path, LIMITS).reader, FfmpegReader)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.5, 0.9, 0.99])
def test_any_cut_of_the_index_is_left_to_ffmpeg(tmp_path: Path, packets: list[bytes], share: float) -> None:
    whole = Mp4(packets[:20]).write(tmp_path / "whole.m4a").read_bytes()
    index_at = whole.index(b"moov") - 4
    (tmp_path / "a.m4a").write_bytes(whole[: index_at + int(share * (len(whole) - index_at))])
    assert open_aac_reader(tmp_path / "a.m4a") is None


def _damaged(packets: list[bytes], number: int, packet: bytes) -> list[bytes]:
    return [*packets[:number], packet, *packets[number + 1 :]]


DAMAGES: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "a packet of noise": lambda packets: _damaged(packets, 100, np.random.default_rng(3).bytes(len(packets[100]))),
    "a packet of zeros": lambda packets: _damaged(packets, 100, bytes(len(packets[100]))),
    "a packet of ones": lambda packets: _damaged(packets, 100, b"\xff" * len(packets[100])),
    "a packet with a header": lambda packets: _damaged(packets, 100, bytes.fromhex("fff1504000fffc") + packets[100]),
    "a packet too large": lambda packets: _damaged(packets, 100, packets[100] + bytes(9_000)),
    "the largest packet": lambda packets: _damaged(packets, 100, packets[100].ljust(8_184, b"\0")),
    "a packet one larger": lambda packets: _damaged(packets, 100, packets[100].ljust(8_185, b"\0")),
    "an empty packet": lambda packets: _damaged(packets, 100, b""),
    "half a packet": lambda packets: _damaged(packets, 100, packets[100][: len(packets[100]) // 2]),
    "a first packet of noise": lambda packets: _damaged(packets, 1, b"\x12" * 300),
    "many packets of noise": lambda packets: [
        packet if number % 9 else np.random.default_rng(number).bytes(len(packet))
        for number, packet in enumerate(packets, 1)
    ],
}


@pytest.mark.parametrize("kind", DAMAGES)
@pytest.mark.parametrize("frames", [1_000, 44_100])
def test_what_is_broken_is_read_as_ever(tmp_path: Path, packets: list[bytes], kind: str, frames: int) -> None:
    file = Mp4(DAMAGES[kind](packets), edits=[(6_000, 1_024, NORMAL)], index_first=True)
    _require_the_same(file.write(tmp_path / "a.m4a"), frames)


def test_mono_that_turns_to_stereo_and_back(tmp_path: Path, packets: list[bytes], stereo_packets: list[bytes]) -> None:
    _require_the_same(Mp4([*packets[:80], *stereo_packets[80:160], *packets[160:]]).write(tmp_path / "a.m4a"))


def test_a_file_with_a_hole(tmp_path: Path) -> None:
    path = _coded(tmp_path)
    path.write_bytes(holed(path.read_bytes()))
    assert len(_require_the_same(path)) > 5 * 44_100
    decoding = open_decoding(path, LIMITS)
    assert sum(map(len, decoding.blocks())) == decoding.frames
    assert decoding.cut_off


@pytest.mark.parametrize("cut_bytes", [1, 100, 2_000, 20_000])
def test_a_file_that_was_not_copied_to_its_end(tmp_path: Path, packets: list[bytes], cut_bytes: int) -> None:
    path = Mp4(packets, index_first=True).write(tmp_path / "a.m4a")
    path.write_bytes(path.read_bytes()[:-cut_bytes])
    _require_the_same(path)
    ours = open_decoding(path, LIMITS)
    assert sum(map(len, ours.blocks())) > 44_100
    assert ours.cut_off


def test_a_file_that_ends_between_two_packets(tmp_path: Path, packets: list[bytes]) -> None:
    path = Mp4(packets, index_first=True).write(tmp_path / "a.m4a")
    path.write_bytes(path.read_bytes()[: -sum(map(len, packets[200:]))])
    assert len(_require_the_same(path)) == 200 * 1_024


def test_nothing_goes_on_after_a_reader_was_left(tmp_path: Path, packets: list[bytes]) -> None:
    reader = open_aac_reader(Mp4(packets * 20).write(tmp_path / "a.m4a"))
    assert isinstance(reader, AacReader)
    blocks = reader.blocks(1_000)
    next(blocks)
    assert any(thread.name == "pipe" for thread in threading.enumerate())
    blocks.close()  # type: ignore[attr-defined]
    assert not any(thread.name == "pipe" for thread in threading.enumerate())


def test_a_shorter_file_is_left_to_ffmpeg(
    tmp_path: Path, packets: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Mp4(packets).write(tmp_path / "a.m4a")
    monkeypatch.setattr(aac_reader, "PACKETS_MIN", len(packets) + 1)
    assert open_aac_reader(path) is None
    monkeypatch.setattr(aac_reader, "PACKETS_MIN", len(packets))
    assert isinstance(open_decoding(path, LIMITS).reader, AacReader)


@pytest.mark.long
def test_hours_behind_the_walls(tmp_path: Path, packets: list[bytes]) -> None:
    many = (packets * 1_000)[:250_000]
    path = Mp4(many, edits=[(len(many) * 1_024, 1_024, NORMAL)], movie_clock=44_100).write(tmp_path / "a.m4a")
    facts = analyse(path, tmp_path / "out", limits=replace(LIMITS, deadline_seconds=300)).facts
    assert (facts.container, facts.codec, facts.sample_rate, facts.channels) == ("mp4", "aac", 44_100, 1)
    assert (facts.frames, facts.cut_off) == ((len(many) - 1) * 1_024, False)
