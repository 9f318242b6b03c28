"""Columns of energy as the definition says, computed here one number at a time."""

import math

import numpy as np
import pytest

from donecast.speech.feed import Samples
from donecast.speech.log_mel import LogMel, mel_filters

_RATE = 16_000


def _tone(hz: float, seconds: float, level: float = 0.5) -> Samples:
    times = np.arange(int(seconds * _RATE)) / _RATE
    return (level * 32_767 * np.sin(2 * np.pi * hz * times)).astype(np.int16)


def _mel(hz: float) -> float:
    return 3 * hz / 200 if hz < 1_000 else 15 + 27 * math.log(hz / 1_000) / math.log(6.4)


@pytest.mark.parametrize("bands", [80, 128])
def test_bands_cover_all_frequencies_evenly_and_each_has_the_same_area(bands: int) -> None:
    filters = mel_filters(bands)
    assert filters.shape == (bands, 201)
    peaks = [_mel(40 * int(np.argmax(band))) for band in filters if np.count_nonzero(band) > 3]
    assert peaks == sorted(peaks)
    wide = [band for band in filters if np.count_nonzero(band) > 5]
    assert all(float(band.sum()) * 40 == pytest.approx(1.0, rel=0.05) for band in wide)


@pytest.mark.parametrize("hz", [200.0, 440.0, 1_000.0, 3_500.0])
def test_a_tone_stands_in_its_band(hz: float) -> None:
    columns = LogMel(80).columns(_tone(hz, 1.0))
    assert columns.shape == (80, 3_000)
    loudest = int(np.argmax(columns[:, 50]))
    assert loudest == pytest.approx(_mel(hz) * 81 / _mel(8_000) - 1, abs=1.0)


def test_one_column_by_hand() -> None:
    samples = _tone(700.0, 2.0) + np.random.default_rng(3).integers(-900, 900, 2 * _RATE).astype(np.int16)
    columns = LogMel(80).columns(samples)
    sound = samples / 32_768
    powers = []
    for column in range(5, 190):
        around = sound[160 * column - 200 : 160 * column + 200]
        taper = np.array([0.5 * (1 - math.cos(2 * math.pi * place / 400)) for place in range(400)])
        powers.append(np.abs(np.fft.fft(around * taper)[:201]) ** 2)
    energies = np.log10(np.maximum(np.array(powers) @ mel_filters(80).T, 1e-10))
    expected = (energies[95] + 4) / 4  # column 100, where nothing is 80 dB below the loudest
    assert columns[:, 100] == pytest.approx(expected, abs=2e-4)


def test_silence_is_flat_and_lies_far_below_sound() -> None:
    silent = LogMel(80).columns(np.zeros(_RATE, dtype=np.int16))
    assert float(silent.max()) == float(silent.min()) == pytest.approx(-1.5)
    spoken = LogMel(80).columns(_tone(440.0, 1.0))
    assert float(spoken[:, 200:].max()) == pytest.approx(float(spoken.max()) - 2.0, abs=1e-5)


def test_what_is_longer_than_half_a_minute_is_cut_off() -> None:
    long = _tone(440.0, 31.0)
    assert np.array_equal(LogMel(80).columns(long), LogMel(80).columns(long[: 30 * _RATE]))
    assert LogMel(80).columns(np.empty(0, dtype=np.int16)).shape == (80, 3_000)
