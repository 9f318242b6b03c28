"""Sharp s sounds become softer, all else stays; ordinary ones are left alone."""

from pathlib import Path

import numpy as np
import pytest

from donecast.engine.de_essing import REDUCTION_DB_MAX, soften_sibilants
from donecast.engine.raw_audio import RawAudio
from tests.engine.sounds import Sound, noise, speech_like

RATE = 44_100


def _softened(folder: Path, sound: Sound, rate: int = RATE) -> Sound | None:
    source = RawAudio(folder / "in.raw", sound.shape[1])
    source.append(sound)
    made = soften_sibilants(source, folder / "out.raw", rate, lambda _: None)
    source.close()
    if made is None:
        return None
    result = made.read(0, made.frames)
    made.close()
    return result


def _with_sibilants(level: float, rate: int = RATE) -> tuple[Sound, list[slice]]:
    """Vowels, and every second an s of a tenth of a second."""
    sound = speech_like(12, rate=rate)
    spectrum = np.fft.rfft(noise(12, rate=rate, level=1.0)[:, 0])
    hertz = np.fft.rfftfreq(len(sound), 1 / rate)
    sharp = np.fft.irfft(np.where((hertz > 5_500) & (hertz < 9_000), spectrum, 0), len(sound))
    sharp /= sharp.std()
    places = [slice(at, at + rate // 10) for at in range(rate // 2, len(sound) - rate, rate)]
    for place in places:
        sound[place] = (level * sharp[place])[:, None]
    return sound, places


def _level_db(sound: Sound, places: list[slice]) -> float:
    middles = [sound[place.start + 1_000 : place.stop - 1_000] for place in places]
    return float(20 * np.log10(np.std(np.concatenate(middles))))


@pytest.mark.parametrize("rate", [22_050, 44_100, 48_000])
def test_sharp_sibilants_become_softer_and_vowels_stay(tmp_path: Path, rate: int) -> None:
    sound, places = _with_sibilants(0.3, rate)
    softer = _softened(tmp_path, sound, rate)
    assert softer is not None
    assert softer.shape == sound.shape
    reduced_db = _level_db(sound, places) - _level_db(softer, places)
    assert 3 < reduced_db <= REDUCTION_DB_MAX + 0.5
    for place in places:  # well away from it, every sample is what it was
        apart = slice(place.stop + rate // 10, place.stop + rate // 2)
        assert np.array_equal(softer[apart], sound[apart])


def test_ordinary_sibilants_are_left_alone(tmp_path: Path) -> None:
    sound, _ = _with_sibilants(0.015)
    assert _softened(tmp_path, sound) is None


def test_loudness_of_the_recording_does_not_matter(tmp_path: Path) -> None:
    sound, places = _with_sibilants(0.3)
    loud, faint = _softened(tmp_path, sound), _softened(tmp_path, sound * np.float32(0.1))
    assert loud is not None
    assert faint is not None
    assert _level_db(faint, places) == pytest.approx(_level_db(loud, places) - 20, abs=0.1)


@pytest.mark.parametrize("seconds", [0.0, 0.001, 0.05, 1.003])
def test_short_sounds_keep_their_length(tmp_path: Path, seconds: float) -> None:
    sound = noise(seconds, level=0.2)
    softer = _softened(tmp_path, sound)
    assert softer is None or softer.shape == sound.shape


def test_both_sides_of_stereo_are_softened_alike(tmp_path: Path) -> None:
    mono, places = _with_sibilants(0.3)
    softer = _softened(tmp_path, np.concatenate([mono, 0.5 * mono], axis=1))
    assert softer is not None
    assert np.allclose(softer[:, 0], 2 * softer[:, 1], atol=1e-5)
    assert _level_db(softer[:, :1], places) < _level_db(mono, places) - 3
