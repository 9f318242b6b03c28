"""Talkers of different loudness come together, pauses are not raised, and an even talk stays as it is."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from donecast.engine.levelling import level_talk
from donecast.engine.loudness import LoudnessMeter
from donecast.engine.raw_audio import RawAudio
from donecast.engine.talk_levels import GAIN_DB_MAX, Stretch, gain_curve, stretches
from tests.engine.sounds import Sound, noise, speech_like

RATE = 44_100


def _levelled(folder: Path, sound: Sound) -> Sound | None:
    source = RawAudio(folder / "in.raw", sound.shape[1])
    source.append(sound)
    made = level_talk(source, folder / "out.raw", RATE, lambda _: None)
    source.close()
    if made is None:
        return None
    result = made.read(0, made.frames)
    made.close()
    return result


def _lufs(sound: Sound) -> float:
    meter = LoudnessMeter(RATE, sound.shape[1])
    meter.add(sound)
    lufs = meter.integrated_lufs()
    assert lufs is not None
    return lufs


def _turns(*gains_db: float, seconds: int = 6, noise_level: float = 0.0003) -> Sound:
    turns = [speech_like(seconds, level=0.05, seed=3) * np.float32(10 ** (gain / 20)) for gain in gains_db]
    speech = np.concatenate(turns)
    return speech + noise(len(speech) / RATE, level=noise_level)


def test_talkers_twenty_decibels_apart_end_alike(tmp_path: Path) -> None:
    talk = _turns(10, -10, 10, -10)
    levelled = _levelled(tmp_path, talk)
    assert levelled is not None
    assert levelled.shape == talk.shape
    loudness = [_lufs(turn) for turn in np.split(levelled, 4)]
    assert max(loudness) - min(loudness) < 2
    assert max(loudness) - min(_lufs(turn) for turn in np.split(talk, 4)) > 10
    assert _lufs(levelled) == pytest.approx(_lufs(talk), abs=1.5)  # what is matched to it still fits


def test_an_even_talk_is_left_alone(tmp_path: Path) -> None:
    assert _levelled(tmp_path, _turns(0, 0, 0)) is None


def test_a_long_pause_is_not_raised(tmp_path: Path) -> None:
    talk = _turns(6, -10, -10)
    pause = slice(7 * RATE, 11 * RATE)
    talk[pause] = noise(4, level=0.0003)
    levelled = _levelled(tmp_path, talk)
    assert levelled is not None
    inside = slice(8 * RATE, 10 * RATE)
    assert np.array_equal(levelled[inside], talk[inside])


def test_silence_and_scraps_are_left_alone(tmp_path: Path) -> None:
    assert _levelled(tmp_path, np.zeros((5 * RATE, 1), np.float32)) is None
    assert _levelled(tmp_path, speech_like(0.3)) is None
    assert _levelled(tmp_path, np.zeros((0, 1), np.float32)) is None


def test_no_gain_is_absurd() -> None:
    levels = np.concatenate([np.full(100, -20.0), np.full(100, -58.0), np.full(50, -90.0)])
    assert max(stretch.gain_db for stretch in stretches(levels)) <= GAIN_DB_MAX


def test_a_step_stands_in_the_pause_between_two_talkers() -> None:
    levels = np.concatenate([np.full(100, -20.0), np.full(4, -80.0), np.full(100, -35.0), np.full(40, -80.0)])
    first, second = stretches(levels)
    assert (first.start, first.end, first.gain_db) == (0, 100, 0.0)
    assert (second.start, second.end) == (104, 204)
    assert second.gain_db == pytest.approx(15)
    ramps = [ramp for ramp in gain_curve([first, second], 204.0) if ramp.start_db != ramp.end_db]
    assert [(ramp.start >= 100, ramp.end <= 104) for ramp in ramps] == [(True, True)]


@pytest.mark.parametrize(("start", "end"), [(0, 50), (30, 60), (45, 50)])
def test_the_curve_covers_everything_once(start: int, end: int) -> None:
    ramps = gain_curve([Stretch(start, end, 6.0)], 60.5)
    assert ramps[0].start == 0
    assert ramps[-1].end == 60.5
    for before, after in pairwise(ramps):
        assert (before.end, before.end_db) == (after.start, after.start_db)
