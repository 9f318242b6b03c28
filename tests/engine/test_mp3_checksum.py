"""The quick checksum of long data is the one that others compute."""

from pathlib import Path

import numpy as np
import pytest

from donecast.engine.mp3_checksum import RunningChecksum, checksum
from donecast.engine.mpeg_frames import read_header
from tests.engine.sounds import ffmpeg, noise, write


@pytest.mark.parametrize("length", [0, 1, 8_191, 8_192, 8_193, 50_001])
def test_parts_of_any_size_make_no_difference(length: int) -> None:
    data = np.random.default_rng(length).integers(0, 256, length, np.uint8).tobytes()
    for part in (417, 8_192, 100_000):
        running = RunningChecksum()
        for start in range(0, length, part):
            running.add(data[start : start + part])
        assert running.value() == checksum(data)
    assert running.value() == checksum(data[length // 2 :], checksum(data[: length // 2]))


def test_it_is_the_usual_one() -> None:
    assert checksum(b"123456789") == 0xBB3D  # the check value of CRC-16/ARC


def test_ffmpeg_writes_the_same_over_the_music(tmp_path: Path) -> None:
    ffmpeg(
        "-v", "error", "-i", str(write(tmp_path / "a.wav", noise(5))), "-id3v2_version", "0", str(tmp_path / "a.mp3")
    )
    content = (tmp_path / "a.mp3").read_bytes()
    info = read_header(content, 0)
    assert info is not None
    running = RunningChecksum()
    running.add(content[info.length :])
    at = content.index(b"Info") + 120 + 32
    assert content[at : at + 2] == running.value().to_bytes(2, "big")
