"""Peaks stay under the ceiling, quiet sound is untouched, and blocks do not matter."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from donecast.engine.limiter import Level, Limiter
from donecast.engine.mix_levels import levels_of
from donecast.engine.raw_audio import RawAudio
from donecast.engine.true_peak import TruePeakMeter
from tests.engine.sounds import Sound, noise, sine

RATE = 44_100


@pytest.fixture
def raw(tmp_path: Path) -> Iterator[RawAudio]:
    raw = RawAudio(tmp_path / "mix.raw", 2)
    yield raw
    raw.close()


def _limiter(raw: RawAudio) -> Limiter:
    return Limiter(RATE, levels_of(raw, 0, raw.frames, sample_rate=RATE, channels=2).peaks)


def _limited(
    raw: RawAudio, *, gain: float, ceiling: float, block: int = 65_536, dips: tuple[tuple[int, float], ...] = ()
) -> Sound:
    limiter, level = _limiter(raw), Level(gain, ceiling, dips)
    starts = range(0, raw.frames, block)
    return np.concatenate([limiter.block(raw, at, min(at + block, raw.frames), level) for at in starts])


def test_no_true_peak_passes_the_ceiling(raw: RawAudio) -> None:
    raw.append(noise(3, channels=2, level=0.3))
    limited = _limited(raw, gain=2.0, ceiling=0.5)
    meter = TruePeakMeter(RATE, 2)
    meter.add(limited)
    assert meter.highest_dbtp() <= 20 * np.log10(0.5) + 0.05
    assert np.abs(limited).max() > 0.45


def test_what_is_under_the_ceiling_is_only_louder(raw: RawAudio) -> None:
    sound = noise(1, channels=2, level=0.02)
    raw.append(sound)
    assert np.array_equal(_limited(raw, gain=2.0, ceiling=0.9), sound * np.float32(2.0))


def test_the_result_does_not_depend_on_blocks(raw: RawAudio) -> None:
    raw.append(noise(1, channels=2, level=0.3))
    whole = _limited(raw, gain=1.5, ceiling=0.4, block=10**6)
    for block in (1_000, 7_919):
        assert np.abs(_limited(raw, gain=1.5, ceiling=0.4, block=block) - whole).max() < 1e-6


def test_one_click_turns_down_its_neighbourhood_alone_and_both_sides_equally(raw: RawAudio) -> None:
    sound = sine(1, hertz=500, peak=0.3, channels=2)
    sound[RATE // 2, 0] = 1.0
    raw.append(sound)
    limited = _limited(raw, gain=1.0, ceiling=0.5)
    assert abs(limited[RATE // 2, 0]) <= 0.5
    far = np.r_[0 : RATE // 2 - 320, RATE // 2 + 2_400 : RATE]
    assert np.array_equal(limited[far], sound[far])
    near = slice(RATE // 2 + 5, RATE // 2 + 1_000)
    assert np.allclose(limited[near, 0], limited[near, 1])
    assert np.abs(limited[near, 1]).max() == pytest.approx(0.15, abs=0.01)
    assert np.abs(np.diff(limited[:, 1])).max() < 0.03  # the gain moves smoothly


def test_a_dip_holds_one_place_down_and_leaves_the_rest(raw: RawAudio) -> None:
    sound = sine(1, hertz=500, peak=0.3, channels=2)
    raw.append(sound)
    place = RATE // 2
    dipped = _limited(raw, gain=1.0, ceiling=0.9, dips=((place, 0.8),))
    near = slice(place - 20, place + 20)
    assert np.allclose(dipped[near], 0.8 * sound[near], atol=1e-6)
    far = np.r_[0 : place - 320, place + 2_400 : RATE]
    assert np.array_equal(dipped[far], sound[far])
    assert _limiter(raw).gain_at(raw, place, Level(1.0, 0.9, ((place, 0.8),))) == pytest.approx(0.8, abs=1e-6)


def test_a_peak_between_the_samples_is_seen(raw: RawAudio) -> None:
    places = np.arange(RATE)
    wave = (0.6 * np.sin(np.pi / 2 * places + np.pi / 4)).astype(np.float32)  # its samples reach 0.42 alone
    raw.append(np.stack([wave, wave], axis=1))
    meter = TruePeakMeter(RATE, 2)
    meter.add(_limited(raw, gain=1.0, ceiling=0.5))
    assert meter.highest_dbtp() <= 20 * np.log10(0.5) + 0.05
