"""Music without an end: no click where a lap follows a lap, no dip, and nothing done to what is a loop already."""

from pathlib import Path

import numpy as np
import pytest

from donecast.engine.looping import Loop, unpack_lap
from donecast.engine.raw_audio import RawAudio
from donecast.engine.sources import unpack_source
from tests.engine.sounds import LIMITS, Sound, noise, sine, write

RATE = 44_100
_STEP = RATE // 100


def _looped(folder: Path, lap: Sound, *, laps: int = 6, channels: int = 1) -> Sound:
    raw = RawAudio(folder / "lap.raw", lap.shape[1])
    raw.append(lap)
    loop = Loop(raw, RATE, channels)
    sound = np.concatenate([piece for _, piece in loop.pieces(0, laps * len(lap))])
    raw.close()
    return sound


def _levels_db(sound: Sound) -> np.ndarray:
    whole = sound[: len(sound) // (2 * _STEP) * 2 * _STEP, 0].reshape(-1, 2 * _STEP)
    levels: np.ndarray = 10 * np.log10(np.square(whole, dtype=np.float64).mean(axis=1))
    return levels


def _chord(seconds: float, *hertz: float) -> Sound:
    total: Sound = np.sum([sine(seconds, hertz=one, peak=0.06) for one in hertz], axis=0, dtype=np.float32)
    return total


def test_a_lap_that_ends_falling_where_it_begins_rising_does_not_tick(tmp_path: Path) -> None:
    lap = sine(1, hertz=150.5, peak=0.4)  # from nought to nought, and a fold in the wave between
    assert abs(float(lap[-1, 0])) < 0.01

    def bend(sound: Sound) -> float:
        return float(np.abs(np.diff(sound[:, 0], 2)).max())

    assert bend(np.concatenate([lap, lap])) > 20 * bend(lap)  # so this test can see it
    assert bend(_looped(tmp_path, lap)) < 1.1 * bend(lap)


@pytest.mark.parametrize("hertz", [97.3, 440.2, 997.3])
def test_a_tone_stays_as_loud_as_it_is_through_every_seam(tmp_path: Path, hertz: float) -> None:
    levels = _levels_db(_looped(tmp_path, sine(1.007, hertz=hertz)))
    assert np.abs(levels - np.median(levels)).max() < 0.6


def test_a_chord_dips_no_further_than_it_beats(tmp_path: Path) -> None:
    lap = _chord(1.37, 110, 138.6, 164.8, 220, 329.6, 440.2, 659.1)
    own, looped = _levels_db(lap), _levels_db(_looped(tmp_path, lap))
    assert looped.min() > own.min() - 0.5
    assert looped.max() < own.max() + 0.5


def test_noise_keeps_its_level(tmp_path: Path) -> None:
    levels = _levels_db(_looped(tmp_path, noise(1, channels=2), channels=2))
    assert levels.min() > np.median(levels) - 1.0


def test_a_loop_that_meets_itself_is_left_alone(tmp_path: Path) -> None:
    lap = _chord(1, 110, 220, 330) + sine(1, hertz=441, peak=0.1)
    assert np.array_equal(_looped(tmp_path, lap), np.concatenate([lap] * 6))


def test_music_that_begins_and_ends_in_silence_is_left_alone(tmp_path: Path) -> None:
    lap = sine(1)
    lap[:2_000] = lap[-2_000:] = 0
    assert np.array_equal(_looped(tmp_path, lap), np.concatenate([lap] * 6))


def test_a_drum_on_the_first_beat_keeps_its_beat(tmp_path: Path) -> None:
    lap = sine(1, hertz=60, peak=0.05)
    lap[: RATE // 10] += noise(0.1, level=0.2) * np.linspace(1, 0, RATE // 10, dtype=np.float32)[:, None]
    assert np.array_equal(_looped(tmp_path, lap), np.concatenate([lap] * 6))


@pytest.mark.parametrize("frames", [1, 2, 3, 7, 100, 1_000])
def test_a_lap_may_be_very_short(tmp_path: Path, frames: int) -> None:
    looped = _looped(tmp_path, noise(1)[:frames], laps=50)
    assert len(looped) == 50 * frames
    assert np.isfinite(looped).all()


@pytest.mark.parametrize("frames", [48_000, 48_007])
@pytest.mark.parametrize("kind", ["wav", "flac"])
def test_a_loop_at_another_rate_is_still_a_loop(tmp_path: Path, frames: int, kind: str) -> None:
    turns = 2 * np.pi * np.arange(frames) / frames
    # Whole turns of two tones, so that the lap goes on into itself; it begins and ends at the wave's height.
    lap: Sound = (0.2 * np.cos(440 * turns) + 0.1 * np.cos(2_999 * turns)).astype(np.float32)[:, None]
    path = write(tmp_path / f"lap.{kind}", lap, 48_000, "PCM_24")
    raw = unpack_lap(path, tmp_path / "lap.raw", sample_rate=RATE, channels=2, limits=LIMITS, on_frames=lambda _: None)
    assert raw.frames == round(frames * RATE / 48_000)
    assert not (tmp_path / "lap.raw.given").exists()
    looped = np.concatenate([piece for _, piece in Loop(raw, RATE, 1).pieces(0, 6 * raw.frames)])[:, 0]
    turns = 2 * np.pi * np.arange(6 * raw.frames) / raw.frames
    wanted = 0.2 * np.cos(440 * turns) + 0.1 * np.cos(2_999 * turns)
    assert np.abs(looped - wanted).max() < 0.25  # at most half a frame early or late
    steps = np.abs(np.diff(looped, 4))  # four times: where no step is, little is left
    assert steps.max() < 1.02 * np.median(steps[steps > np.quantile(steps, 0.99)])
    raw.close()


def test_a_lap_that_does_not_go_on_keeps_its_edges(tmp_path: Path) -> None:
    path = write(tmp_path / "lap.wav", sine(1, rate=48_000, hertz=150.5), 48_000, "FLOAT")
    plain, lap = (
        unpack(path, tmp_path / f"{unpack.__name__}.raw", sample_rate=RATE, channels=1, limits=LIMITS, on_frames=print)
        for unpack in (unpack_source, unpack_lap)
    )
    assert np.array_equal(lap.read(0, lap.frames), plain.read(0, plain.frames))
    plain.close()
    lap.close()
