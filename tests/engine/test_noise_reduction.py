"""Noise becomes less, speech stays; where there is hardly any noise nothing is touched."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from donecast.engine.noise_reduction import reduce_noise
from donecast.engine.raw_audio import RawAudio
from donecast.engine.short_spectra import Frames
from tests.engine.sounds import Sound, noise, speech_like

RATE = 44_100


@pytest.fixture
def raws(tmp_path: Path) -> Iterator[list[RawAudio]]:
    made: list[RawAudio] = []
    yield made
    for raw in made:
        raw.close()


def _raw(raws: list[RawAudio], path: Path, sound: Sound) -> RawAudio:
    raw = RawAudio(path, sound.shape[1])
    raw.append(sound)
    raws.append(raw)
    return raw


def _reduced(raws: list[RawAudio], folder: Path, sound: Sound, rate: int = RATE) -> Sound | None:
    made = reduce_noise(_raw(raws, folder / "in.raw", sound), folder / "out.raw", rate, lambda _: None)
    if made is None:
        return None
    raws.append(made)
    return made.read(0, made.frames)


def _error_db(truth: Sound, heard: Sound) -> float:
    return float(10 * np.log10(np.mean(np.square(heard - truth)) / np.mean(np.square(truth))))


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000])
@pytest.mark.parametrize("level", [0.004, 0.02])
def test_hiss_becomes_less_and_speech_stays(raws: list[RawAudio], tmp_path: Path, rate: int, level: float) -> None:
    speech = speech_like(12, rate=rate)
    noisy = speech + noise(12, rate=rate, level=level)
    cleaned = _reduced(raws, tmp_path, noisy, rate)
    assert cleaned is not None
    assert cleaned.shape == noisy.shape
    assert _error_db(speech, cleaned) < _error_db(speech, noisy) - 5


def test_clean_speech_is_left_alone(raws: list[RawAudio], tmp_path: Path) -> None:
    assert _reduced(raws, tmp_path, speech_like(12) + noise(12, level=0.00005)) is None


def test_digital_silence_between_words_is_no_noise(raws: list[RawAudio], tmp_path: Path) -> None:
    assert _reduced(raws, tmp_path, speech_like(12)) is None


@pytest.mark.parametrize("seconds", [0.0, 0.001, 0.2, 3.0])
def test_short_sounds_keep_their_length(raws: list[RawAudio], tmp_path: Path, seconds: float) -> None:
    sound = noise(seconds, level=0.1)
    cleaned = _reduced(raws, tmp_path, sound)
    assert cleaned is None or cleaned.shape == sound.shape


def test_channels_keep_their_places(raws: list[RawAudio], tmp_path: Path) -> None:
    speech = speech_like(12)
    noisy = np.concatenate([speech, 0.25 * speech], axis=1) + noise(12, level=0.01, channels=2)
    cleaned = _reduced(raws, tmp_path, noisy)
    assert cleaned is not None
    loud = np.abs(speech[:, 0]) > 0.1
    assert np.std(cleaned[loud, 0]) / np.std(cleaned[loud, 1]) == pytest.approx(4, rel=0.05)


def test_spectra_that_are_not_changed_give_the_sound_back(raws: list[RawAudio], tmp_path: Path) -> None:
    sound = noise(4.321, channels=2)
    raw = _raw(raws, tmp_path / "a.raw", sound)
    back = np.concatenate(list(Frames(RATE).rebuilt(raw, lambda spectra, _: spectra)))
    assert back.shape == sound.shape
    assert np.abs(back - sound).max() < 1e-6
