"""Peaks files: layout, values, and pixels that never drift from time."""

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from donecast.engine import series
from donecast.engine.levels import LevelMeter
from donecast.engine.peaks import write_peaks
from tests.engine.sounds import Sound, noise, sine


def _written(sound: Sound, rate: int, folder: Path, *, block: int = 9_999) -> dict[int, Path]:
    meter = LevelMeter(rate, io.BytesIO(), io.BytesIO())
    for start in range(0, len(sound), block):
        meter.add(sound[start : start + block])
    return write_peaks(meter.levels().extremes, rate, folder)


def _read(path: Path) -> tuple[tuple[int, ...], NDArray[np.int8]]:
    content = path.read_bytes()
    header = struct.unpack("<iIiiIi", content[:24])
    return header, np.frombuffer(content[24:], np.int8).reshape(-1, 2)


@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 44_100, 48_000])
def test_the_header_says_what_follows(tmp_path: Path, rate: int) -> None:
    for per_second, path in _written(noise(3.3, rate=rate), rate, tmp_path).items():
        (version, flags, header_rate, samples_per_pixel, length, channels), pixels = _read(path)
        assert (version, flags, channels) == (2, 1, 1)
        assert header_rate == samples_per_pixel * per_second
        assert length == len(pixels) == -(-33 * per_second // 10)
        if rate % per_second == 0:
            assert header_rate == rate


@pytest.mark.parametrize("rate", [11_025, 44_100])
def test_each_pixel_holds_the_extremes_of_its_time(tmp_path: Path, rate: int) -> None:
    sound = noise(5, rate=rate, channels=2, level=0.2)
    for per_second, path in _written(sound, rate, tmp_path, block=777).items():
        _, pixels = _read(path)
        for index in (0, 1, 7, len(pixels) - 1):
            first, last = (edge * (100 // per_second) * rate // 100 for edge in (index, index + 1))
            piece = sound[first:last]
            assert pixels[index, 0] == max(-128, np.floor(piece.min() * 128))
            assert pixels[index, 1] == min(127, np.floor(piece.max() * 128))


def test_the_pixels_do_not_depend_on_blocks(tmp_path: Path) -> None:
    sound = noise(2, rate=22_050)
    contents = []
    for block in (1, 101, 10**6):
        folder = tmp_path / str(block)
        folder.mkdir()
        small = sound[:3_000] if block == 1 else sound
        contents.append(_written(small, 22_050, folder, block=block)[100].read_bytes())
    assert contents[1] == contents[2]
    assert contents[0][24:50] == contents[1][24:50]


def test_the_pixels_do_not_depend_on_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sound = noise(7.33, rate=11_025)
    whole = [path.read_bytes() for path in _written(sound, 11_025, tmp_path).values()]
    monkeypatch.setattr(series, "PIECE_ROWS", 200)
    assert [path.read_bytes() for path in _written(sound, 11_025, tmp_path).values()] == whole


def test_full_scale_and_beyond_stay_within_a_byte(tmp_path: Path) -> None:
    _, pixels = _read(_written(sine(1, peak=3.0), 44_100, tmp_path)[2])
    assert pixels.tolist() == [[-128, 127], [-128, 127]]
