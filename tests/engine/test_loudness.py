"""The meters agree with the standard's own table, with calibration tones, and with ffmpeg."""

import re
from pathlib import Path

import numpy as np
import pytest
from scipy.signal import sosfilt

from donecast.engine.loudness import LoudnessMeter, RecursiveFilter, k_weighting
from donecast.engine.true_peak import TruePeakMeter
from tests.engine.sounds import Sound, ffmpeg, noise, sine, speech_like, write

# ITU-R BS.1770-4, tables 1 and 2, for 48 kHz.
STANDARD = np.array(
    [
        [1.53512485958697, -2.69169618940638, 1.19839281085285, 1.0, -1.69065929318241, 0.73248077421585],
        [1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621],
    ]
)


def _lufs(sound: Sound, rate: int, *, block: int = 10_000) -> float | None:
    meter = LoudnessMeter(rate, sound.shape[1])
    for start in range(0, len(sound), block):
        meter.add(sound[start : start + block])
    return meter.integrated_lufs()


def _true_peak(sound: Sound, rate: int, *, block: int = 10_000) -> float:
    meter = TruePeakMeter(rate, sound.shape[1])
    for start in range(0, len(sound), block):
        meter.add(sound[start : start + block])
    return meter.highest_dbtp()


def test_the_weighting_is_the_standards_own_at_48_khz() -> None:
    assert np.abs(k_weighting(48_000) - STANDARD).max() < 1e-12


def test_the_filter_equals_scipys_whatever_the_blocks() -> None:
    sound = noise(2, rate=48_000, channels=2)
    expected = sosfilt(STANDARD, sound.T.astype(np.float64))
    for block in (len(sound), 7_777, 64):
        machine = RecursiveFilter(STANDARD, 2)
        pieces = [machine.filter(sound[start : start + block]) for start in range(0, len(sound), block)]
        assert np.abs(np.concatenate(pieces, axis=1) - expected).max() < 1e-10


@pytest.mark.parametrize("rate", [16_000, 22_050, 44_100, 48_000, 96_000])
def test_a_997_hertz_tone_reads_its_level(rate: int) -> None:
    # The standard: a 0 dBFS tone of 997 Hz in one channel reads -3.01 LUFS.
    tone = sine(3, rate=rate, hertz=997, peak=0.1)
    within = 0.02 if rate >= 44_100 else 0.05  # the filter bends a little towards half the rate
    assert _lufs(tone, rate) == pytest.approx(-23.01, abs=within)
    assert _lufs(np.repeat(tone, 2, axis=1), rate) == pytest.approx(-20.0, abs=within)


def test_silence_around_speech_does_not_count() -> None:
    speech = speech_like(6)
    silence = np.zeros((44_100 * 6, 1), np.float32)
    alone, within = _lufs(speech, 44_100), _lufs(np.concatenate([silence, speech, silence]), 44_100)
    assert alone is not None
    assert within == pytest.approx(alone, abs=0.15)


def test_silence_and_the_very_short_have_no_loudness() -> None:
    assert _lufs(np.zeros((44_100, 2), np.float32), 44_100) is None
    assert _lufs(sine(0.39), 44_100) is None
    assert _lufs(sine(0.41), 44_100) is not None


def test_the_reading_does_not_depend_on_blocks() -> None:
    sound = noise(3, channels=2)
    readings = {block: _lufs(sound, 44_100, block=block) for block in (1_000, 65_536, len(sound))}
    first = readings[1_000]
    assert first is not None
    assert all(reading == pytest.approx(first, abs=1e-9) for reading in readings.values())


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


@pytest.mark.parametrize(("rate", "channels"), [(44_100, 2), (48_000, 1)])
def test_ffmpegs_meter_reads_the_same(tmp_path: Path, rate: int, channels: int) -> None:
    sound = np.repeat(speech_like(8, rate=rate), channels, axis=1) + noise(8, rate=rate, channels=channels, level=0.01)
    write(tmp_path / "a.wav", sound, rate, "FLOAT")
    said = ffmpeg("-i", str(tmp_path / "a.wav"), "-af", "ebur128=peak=true", "-f", "null", "-").stderr.decode()
    summary = said.rpartition("Summary:")[2]
    loudness, peak = (float(re.findall(name + r":\s+(-?[\d.]+)", summary)[-1]) for name in ("I", "Peak"))
    assert _lufs(sound, rate) == pytest.approx(loudness, abs=0.1)
    assert _true_peak(sound, rate) == pytest.approx(peak, abs=0.15)
