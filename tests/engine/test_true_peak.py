"""True peaks are those of the standard, of ffmpeg and of plain convolution; what is left out could not matter."""

import re
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from donecast.engine.true_peak import REACH, Oversampler, TruePeakMeter, _between_filters
from tests.engine.sounds import Sound, ffmpeg, noise, sine, speech_like, write


def _true_peak(sound: Sound, rate: int, *, block: int = 10_000) -> float:
    meter = TruePeakMeter(rate, sound.shape[1])
    for start in range(0, len(sound), block):
        meter.add(sound[start : start + block])
    return meter.highest_dbtp()


def _convolved(sound: Sound) -> Sound:
    """Magnitudes at and after each frame that has all its neighbours, found without any short cut."""
    most = np.abs(sound[REACH:-REACH]).max(axis=1).astype(np.float64)
    for weights in _between_filters(4):
        for channel in sound.T.astype(np.float64):
            between = np.convolve(channel[1:], weights[::-1], "valid")[: len(most)]
            most = np.maximum(most, np.abs(between))
    result: Sound = most.astype(np.float32)
    return result


def test_a_peak_between_the_samples_is_found() -> None:
    # At a quarter of the rate and an eighth of a turn, every sample is 3 dB below the wave's crest.
    places = np.arange(4_800)
    wave = (0.5 * np.sin(2 * np.pi * places / 4 + np.pi / 4)).astype(np.float32)[:, None]
    wave *= np.hanning(len(wave)).astype(np.float32)[:, None]
    assert 20 * np.log10(np.abs(wave).max()) == pytest.approx(-9.03, abs=0.05)
    assert _true_peak(wave, 48_000) == pytest.approx(-6.02, abs=0.05)


def test_the_true_peak_does_not_depend_on_blocks() -> None:
    sound = noise(0.3, channels=2)
    peaks = {_true_peak(sound, 44_100, block=block) for block in (97, 999, 65_536)}
    assert max(peaks) - min(peaks) < 1e-5
    assert _true_peak(np.zeros((1_000, 1), np.float32), 44_100) == -np.inf


def test_a_peak_on_the_last_sample_is_found() -> None:
    click = np.zeros((5_000, 1), np.float32)
    click[-1] = 0.5
    assert _true_peak(click, 44_100) == pytest.approx(-6.02, abs=0.01)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("frames", [30, 503, 504, 505, 3_000, 40_001])
def test_each_frame_has_the_peak_that_convolution_finds(frames: int, order: str) -> None:
    sound = np.array(noise(1, channels=2)[:frames], order="C" if order == "C" else "F")
    peaks = Oversampler(44_100).peaks(sound)
    assert peaks.shape == (frames - 2 * REACH,)
    assert np.abs(peaks - _convolved(sound)).max() < 1e-6


@pytest.mark.parametrize("seed", range(6))
def test_what_is_left_out_is_not_above(seed: int) -> None:
    generator = np.random.default_rng(seed)
    loudness = np.repeat(generator.uniform(0, 1, 60) ** 3, 700)[:, None]
    sound = np.clip(noise(1, channels=2, level=0.5, seed=seed)[: len(loudness)] * loudness, -0.8, 0.8)
    smooth = np.cumsum(sound, axis=0) * np.float32(0.05)  # whose second differences are small
    for material in (sound.astype(np.float32), smooth.astype(np.float32)):
        expected = _convolved(material)
        for share in (0.2, 0.6, 0.9, 0.99):
            above = float(expected.max()) * share
            peaks = Oversampler(44_100).peaks(material, above=above)
            loud = expected > above + 1e-6
            assert np.abs(peaks - expected)[loud].max() < 1e-6
            assert (peaks[~loud] <= above + 1e-5).all()
            assert (peaks <= expected + 1e-6).all()
        assert Oversampler(44_100).highest(material) == pytest.approx(float(expected.max()), abs=1e-6)


def test_both_bounds_hold_for_the_worst_that_can_be() -> None:
    oversampler = Oversampler(44_100)
    for weights in _between_filters(4):
        worst = np.sign(weights)
        assert weights @ worst <= oversampler.overshoot_max + 1e-9
        for material in (worst, np.cumsum(worst), np.random.default_rng(1).normal(size=2 * REACH)):
            bend = np.abs(np.diff(material, 2)).max()
            assert abs(weights @ material) <= np.abs(material).max() + oversampler.bend_max * bend + 1e-9


@pytest.mark.parametrize(("divisor", "degrees"), [(4, 0), (4, 45), (6, 60), (8, 67.5)])
def test_the_standards_tones_read_their_level(divisor: int, degrees: float) -> None:
    # EBU Tech 3341, cases 15 to 18: half of full scale, +0.2 or -0.4 dB.
    wave = 0.5 * np.sin(2 * np.pi * np.arange(48_000) / divisor + np.radians(degrees))
    ramp = np.minimum(1, np.minimum(np.arange(48_000), np.arange(48_000)[::-1]) / 2_400)
    level = _true_peak((wave * ramp).astype(np.float32)[:, None], 48_000)
    assert -6.42 <= level <= -5.82


@pytest.mark.parametrize("rate", [8_000, 96_000, 192_000])
def test_other_rates_are_oversampled_as_far_as_needed(rate: int) -> None:
    tone = sine(1, rate=rate, hertz=rate / 23.7, peak=0.5)
    assert _true_peak(tone, rate) == pytest.approx(-6.02, abs=0.1)


def test_peaks_across_any_seam_are_found() -> None:
    sound = noise(0.02, level=0.01)
    for at in range(100, 160):
        loud = sound.copy()
        loud[at : at + 2] = 0.5  # the peak is between the two
        meter = TruePeakMeter(44_100, 1)
        for first, last in pairwise((0, 3, 128, 131, 140, len(loud))):
            meter.add(loud[first:last])
        whole = _true_peak(loud, 44_100, block=10**6)
        assert meter.highest_dbtp() == pytest.approx(whole, abs=1e-4)
        assert whole > 20 * np.log10(0.5) + 1


@pytest.mark.parametrize(("rate", "channels"), [(44_100, 2), (48_000, 1)])
def test_ffmpegs_meter_reads_the_same(tmp_path: Path, rate: int, channels: int) -> None:
    sound = np.repeat(speech_like(8, rate=rate), channels, axis=1) + noise(8, rate=rate, channels=channels, level=0.01)
    write(tmp_path / "a.wav", sound, rate, "FLOAT")
    said = ffmpeg("-i", str(tmp_path / "a.wav"), "-af", "ebur128=peak=true", "-f", "null", "-").stderr.decode()
    peak = float(re.findall(r"Peak:\s+(-?[\d.]+)", said.rpartition("Summary:")[2])[-1])
    assert _true_peak(sound, rate) == pytest.approx(peak, abs=0.1)


def test_threads_do_not_disturb_each_other() -> None:
    oversampler = Oversampler(44_100)
    sounds = [noise(4, level=0.3, channels=2, seed=seed) for seed in range(6)]
    expected = [oversampler.peaks(sound) for sound in sounds]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(3):
            for found, wanted in zip(pool.map(oversampler.peaks, sounds), expected, strict=True):
                assert np.array_equal(found, wanted)
