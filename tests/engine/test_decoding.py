"""Sound comes out to the sample, in blocks that stay as they are, and as much as can be read of what is damaged."""

import os
from pathlib import Path

import numpy as np
import pytest

from donecast.engine.decoding import open_decoding
from donecast.engine.errors import BrokenSamples, Damaged
from donecast.engine.samples import BLOCK_FRAMES
from tests.engine.sounds import LIMITS, Sound, ffmpeg, noise, read, sine, write, write_by_ffmpeg_libraries
from tests.support.hostile_sounds import holed


def _decoded(path: Path) -> Sound:
    return np.concatenate(list(open_decoding(path, LIMITS).blocks()))


@pytest.mark.parametrize("ending", ["wav", "flac", "aiff", "mp3", "ogg"])
@pytest.mark.parametrize("channels", [1, 2])
def test_every_sample_is_the_one_that_libsndfile_reads(tmp_path: Path, ending: str, channels: int) -> None:
    path = write(tmp_path / f"a.{ending}", noise(4, channels=channels), subtype="VORBIS" if ending == "ogg" else None)
    assert np.array_equal(_decoded(path), read(path))


@pytest.mark.parametrize(
    ("codec", "ending"), [("aac", "m4a"), ("libopus", "webm"), ("alac", "mov"), ("pcm_s16le", "mov")]
)
def test_ffmpegs_codecs_come_out_as_ffmpeg_says(tmp_path: Path, codec: str, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    source = write(tmp_path / "a.wav", noise(4, rate=48_000, channels=2), 48_000)
    ffmpeg("-v", "error", "-i", str(source), "-c:a", codec, str(path))
    said = ffmpeg("-v", "error", "-i", str(path), "-f", "f32le", "-c:a", "pcm_f32le", "-").stdout
    witness = np.frombuffer(said, "<f4").reshape(-1, 2)
    ours = _decoded(path)
    shared = min(len(ours), len(witness))
    assert abs(len(ours) - len(witness)) <= 2_048  # a codec's delay at the end may be cut or not
    assert np.abs(ours[:shared] - witness[:shared]).max() < 1e-4


@pytest.mark.parametrize("ending", ["wav", "flac", "m4a"])
def test_blocks_are_the_callers_own(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    if ending == "m4a":
        write_by_ffmpeg_libraries(path, noise(5, rate=48_000), "aac")
    else:
        write(path, noise(5))
    blocks, copies = [], []
    for block in open_decoding(path, LIMITS).blocks():
        assert block.dtype == np.float32
        assert len(block) <= BLOCK_FRAMES
        blocks.append(block)
        copies.append(block.copy())
    assert len(blocks) >= 3
    assert all(np.array_equal(block, copy) for block, copy in zip(blocks, copies, strict=True))


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 2e6, 1e30])
def test_one_value_that_is_no_sound_is_found(tmp_path: Path, value: float, channels: int) -> None:
    sound = sine(3, channels=channels)
    sound[100_000, channels - 1] = value
    path = write(tmp_path / "a.wav", sound, subtype="FLOAT")
    with pytest.raises(BrokenSamples):
        _decoded(path)


def test_samples_on_the_scale_of_whole_numbers_are_no_reason_to_refuse(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", sine(3, peak=30_000.0), subtype="FLOAT")
    assert np.abs(_decoded(path)).max() == pytest.approx(30_000, rel=1e-3)


@pytest.mark.parametrize("ending", ["flac", "mp3", "ogg"])
def test_what_follows_a_damaged_place_is_not_lost(tmp_path: Path, ending: str) -> None:
    sound = np.concatenate([noise(6, seed=1), sine(6, hertz=1_000)])
    whole = write(tmp_path / f"whole.{ending}", sound, subtype="VORBIS" if ending == "ogg" else None)
    data = whole.read_bytes()
    (tmp_path / "holed").write_bytes(holed(data, length=2_000))
    decoding = open_decoding(tmp_path / "holed", LIMITS)
    heard = np.concatenate(list(decoding.blocks()))
    assert decoding.cut_off
    assert len(heard) > 10 * 44_100
    assert np.abs(heard[-44_100:-22_050]).max() == pytest.approx(0.25, abs=0.05)


def test_a_large_cover_does_not_make_an_mp3_look_cut_off(tmp_path: Path) -> None:
    sound = write(tmp_path / "a.mp3", noise(3)).read_bytes()
    without_its_length = sound[sound.index(b"\xff\xfb", 400) :] if b"Info" in sound[:400] else sound
    tag = b"ID3\3\0\0" + bytes([0, 0x7F, 0x7F, 0x7F]) + bytes(2**21 - 1)
    (tmp_path / "tagged.mp3").write_bytes(tag + without_its_length)
    decoding = open_decoding(tmp_path / "tagged.mp3", LIMITS)
    assert sum(map(len, decoding.blocks())) == pytest.approx(3 * 44_100, abs=3_000)
    assert not decoding.cut_off


@pytest.mark.parametrize("content", [b"fLaC" + bytes(range(256)) * 40, b"RIFF\0\0\0\0WAVEfmt "])
def test_no_descriptor_stays_open(tmp_path: Path, content: bytes) -> None:
    good = write(tmp_path / "a.wav", sine(1))
    (tmp_path / "bad").write_bytes(content)
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    for _ in range(5):
        _decoded(good)
        with pytest.raises(Damaged):
            open_decoding(tmp_path / "bad", LIMITS)
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


def test_a_stream_that_changes_its_rate_keeps_its_length(tmp_path: Path) -> None:
    first = write_by_ffmpeg_libraries(tmp_path / "a.aac", sine(2, rate=48_000), "aac").read_bytes()
    second = write_by_ffmpeg_libraries(tmp_path / "b.aac", sine(2, rate=24_000), "aac", 24_000).read_bytes()
    (tmp_path / "both.aac").write_bytes(first + second)
    decoding = open_decoding(tmp_path / "both.aac", LIMITS)
    assert sum(map(len, decoding.blocks())) / 48_000 == pytest.approx(4.0, abs=0.2)
    assert decoding.sample_rate == 48_000
