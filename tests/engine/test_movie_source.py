"""What FFmpeg collects by itself from an MP4 file is what decoding it packet by packet gives, whatever the file is."""

from pathlib import Path

import av
import numpy as np
import pytest
from av.audio.frame import AudioFrame

from donecast.engine.decoding import open_decoding
from donecast.engine.ffmpeg_reader import FfmpegReader
from tests.engine.sounds import LIMITS, Sound, ffmpeg, noise, write
from tests.support.hostile_sounds import holed


def _coded(folder: Path, name: str = "a.m4a", *, channels: int = 1, rate: int = 44_100) -> Path:
    source = write(folder / "source.wav", noise(6, rate=rate, channels=channels), rate)
    # Of two sounds the first counts, and such a file is left to FFmpeg's own index.
    ffmpeg("-v", "error", "-i", str(source), "-map", "0:a", "-map", "0:a", "-c:a", "aac", str(folder / name))
    return folder / name


def _packet_by_packet(path: Path) -> Sound:
    """Every frame that comes out, past all that cannot be decoded."""
    found = []
    with av.open(str(path)) as file:
        for packet in file.demux(audio=0):
            try:
                found += [frame.to_ndarray().T for frame in packet.decode() if isinstance(frame, AudioFrame)]
            except av.InvalidDataError:
                continue
    return np.concatenate(found)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("frames", [1_000, 44_100, 1_000_000])
def test_blocks_of_any_size_hold_every_sample(tmp_path: Path, channels: int, frames: int) -> None:
    path = _coded(tmp_path, channels=channels)
    decoding = open_decoding(path, LIMITS)
    assert isinstance(decoding.reader, FfmpegReader)
    blocks = list(decoding.blocks(frames))
    assert [len(block) for block in blocks[:-1]] == [frames] * (len(blocks) - 1)
    assert np.array_equal(np.concatenate(blocks), _packet_by_packet(path))
    assert not decoding.cut_off


@pytest.mark.parametrize("frames", [1_000, 44_100])
def test_past_what_is_broken_the_rest_is_read(tmp_path: Path, frames: int) -> None:
    path = _coded(tmp_path)
    path.write_bytes(holed(path.read_bytes()))
    decoding = open_decoding(path, LIMITS)
    sound = np.concatenate(list(decoding.blocks(frames)))
    expected = _packet_by_packet(path)
    assert len(expected) > 5 * 44_100
    assert np.array_equal(sound, expected)
    assert decoding.cut_off


@pytest.mark.parametrize("name", ["a:b.m4a", "it's.m4a", "a,b;c.m4a", "a[0]=1.m4a", "ä b\\c.m4a", "%d.m4a"])
def test_a_file_may_have_any_name(tmp_path: Path, name: str) -> None:
    path = _coded(tmp_path).rename(tmp_path / name)
    assert np.array_equal(np.concatenate(list(open_decoding(path, LIMITS).blocks())), _packet_by_packet(path))
