"""Our own piece of music: calm, stereo, the right level, without a seam, the same each time."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from donecast.engine.loudness import LoudnessMeter
from donecast.engine.music_bed import synthesise_music_bed
from tests.engine.sounds import Sound, read


@pytest.fixture(scope="module")
def piece(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthesise_music_bed(tmp_path_factory.mktemp("music") / "bed.flac")


@pytest.fixture(scope="module")
def music(piece: Path) -> Sound:
    return read(piece)


def test_it_is_a_short_stereo_loop_at_music_level(piece: Path, music: Sound) -> None:
    assert soundfile.info(piece).samplerate == 44_100
    assert music.shape == (24 * 44_100, 2)
    meter = LoudnessMeter(44_100, 2)
    meter.add(music)
    assert meter.integrated_lufs() == pytest.approx(-20.5, abs=1.0)
    assert np.abs(music).max() < 0.5
    left, right = music.T
    assert float(np.mean(left * right)) < 0.95 * float(np.std(left) * np.std(right))  # the sides differ


def test_it_has_no_seam(music: Sound) -> None:
    twice = np.concatenate([music, music])
    steps = np.abs(np.diff(twice, axis=0)).max(axis=1)
    assert steps[len(music) - 1] <= np.quantile(steps, 0.99)
    ends = [float(np.sqrt(np.mean(part**2))) for part in (music[:22_050], music[-22_050:])]
    assert ends[0] == pytest.approx(ends[1], rel=0.6)


def test_it_is_gentle(music: Sound) -> None:
    spectrum = np.abs(np.fft.rfft(music[:, 0])) ** 2
    hertz = np.fft.rfftfreq(len(music), 1 / 44_100)
    assert spectrum[hertz > 4_000].sum() < 0.01 * spectrum.sum()
    assert np.abs(np.diff(music, axis=0)).max() < 0.1


def test_it_is_the_same_each_time(piece: Path, tmp_path: Path) -> None:
    assert synthesise_music_bed(tmp_path / "again.flac").read_bytes() == piece.read_bytes()
