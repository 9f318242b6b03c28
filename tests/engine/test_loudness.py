"""The meter agrees with the standard's own table, with EBU Tech 3341 and 3342, with scipy and with ffmpeg."""

import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy.signal import sosfilt

from donecast.engine import loudness
from donecast.engine.loudness import LoudnessMeter, k_weighting
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


def test_the_weighting_is_the_standards_own_at_48_khz() -> None:
    assert np.abs(k_weighting(48_000) - STANDARD).max() < 1e-12


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


def _reference_lufs(sound: Sound, rate: int) -> float:
    """Filtered by scipy in 64 bits, gated by hand."""
    power = np.square(sosfilt(k_weighting(rate), sound.T.astype(np.float64))).sum(axis=0)
    edges = np.arange(len(power) * 10 // rate + 1) * rate // 10
    tenths = np.array([power[start:end].sum() for start, end in pairwise(edges.tolist())])
    blocks = np.array([tenths[at : at + 4].sum() for at in range(len(tenths) - 3)]) / (0.4 * rate)
    blocks = blocks[blocks > 10 ** ((-70 + 0.691) / 10)]
    blocks = blocks[blocks > blocks.mean() / 10]
    return -0.691 + 10 * float(np.log10(blocks.mean()))


def _music(seconds: float, rate: int) -> Sound:
    places = np.arange(round(seconds * rate)) / rate
    wave = sum(np.sin(2 * np.pi * tone * places) * np.exp(-(places % 1.0) * 3) for tone in (55, 110, 277, 3_520, 7_040))
    return np.stack([wave, np.roll(wave, 99)], axis=1).astype(np.float32) * np.float32(0.1)


@pytest.mark.parametrize("rate", [8_000, 11_025, 12_345, 44_100, 48_000, 96_000, 192_000])
@pytest.mark.parametrize("kind", ["speech", "music", "rumble", "offset"])
def test_32_bits_cost_nothing_against_scipy_in_64(kind: str, rate: int) -> None:
    places = np.arange(round(6.37 * rate)) / rate
    # Nearly full scale below what is heard, and a voice 60 dB under it.
    under = {"rumble": 0.9 * np.sin(14 * np.pi * places), "offset": np.full(len(places), 0.9)}
    if kind == "music":
        sound = _music(6.37, rate)
    elif kind == "speech":
        sound = speech_like(6.37, rate=rate)
    else:
        sound = speech_like(6.37, rate=rate, level=1e-3) + under[kind].astype(np.float32)[:, None]
    assert _lufs(sound, rate) == pytest.approx(_reference_lufs(sound, rate), abs=0.001)


@pytest.mark.parametrize("order", ["C", "F"])
def test_either_memory_order_reads_the_same(order: str) -> None:
    sound = noise(2, channels=2)
    given = np.array(sound, order="C" if order == "C" else "F")
    assert _lufs(given, 44_100) == pytest.approx(_reference_lufs(sound, 44_100), abs=0.001)


def _metered(sound: Sound, rate: int = 48_000) -> LoudnessMeter:
    meter = LoudnessMeter(rate, sound.shape[1])
    meter.add(sound)
    return meter


def _tones(*parts: tuple[float, float]) -> Sound:
    """Stereo tones of 1 kHz at 48 kHz, each (level in dBFS, seconds); minus infinity is silence."""
    total = round(sum(seconds for _, seconds in parts) * 48_000)
    levels = np.concatenate([np.full(round(seconds * 48_000), 10 ** (level / 20)) for level, seconds in parts])
    wave = np.sin(2 * np.pi * 1_000 * np.arange(total) / 48_000)
    return np.repeat((levels * wave).astype(np.float32)[:, None], 2, axis=1)


@pytest.mark.parametrize("rate", [8_000, 11_025])  # whole steps of 20 ms, and steps that are cut
@pytest.mark.parametrize("stage_samples", [1, 1_000, 30_000])
def test_figures_do_not_depend_on_what_is_filtered_at_once(
    rate: int, stage_samples: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    swell = (0.2 + np.abs(np.sin(np.arange(round(9.17 * rate)) / rate))).astype(np.float32)
    sound = noise(9.17, rate=rate) * swell[:, None]
    whole = _metered(sound, rate)
    monkeypatch.setattr(loudness, "_STAGE_SAMPLES", stage_samples)
    pieces = _metered(sound, rate)
    assert pieces.tenths() == pytest.approx(whole.tenths(), rel=1e-5)
    assert len(pieces.tenths()) == 91
    for figure in ("integrated_lufs", "range_lu", "momentary_lufs_max", "short_term_lufs_max"):
        assert getattr(pieces, figure)() == pytest.approx(getattr(whole, figure)(), abs=1e-4)


def test_short_term_and_momentary_are_constant_where_the_standard_says() -> None:
    # EBU Tech 3341, cases 9 and 12.
    short_term = _metered(_tones(*[(-20, 1.34), (-30, 1.66)] * 5)).short_term_lufs()
    assert len(short_term) == 121
    assert np.abs(short_term + 23).max() < 0.1
    momentary = _metered(_tones(*[(-20, 0.18), (-30, 0.22)] * 25))
    assert momentary.momentary_lufs_max() == pytest.approx(-23, abs=0.1)


@pytest.mark.parametrize("delay", [0, 1, 7, 19])
def test_the_loudest_stretch_is_found_wherever_it_begins(delay: int) -> None:
    # EBU Tech 3341, cases 10 and 13.
    silence = -np.inf
    tone = _metered(_tones((silence, delay * 0.15), (-23, 3), (silence, 1)))
    assert tone.short_term_lufs_max() == pytest.approx(-23, abs=0.1)
    tone = _metered(_tones((silence, delay * 0.02), (-23, 0.4), (silence, 1)))
    assert tone.momentary_lufs_max() == pytest.approx(-23, abs=0.1)


@pytest.mark.parametrize(("levels", "range_lu"), [((-20, -30), 10), ((-20, -15), 5), ((-40, -20), 20)])
def test_the_range_is_the_standards(levels: tuple[float, float], range_lu: float) -> None:
    # EBU Tech 3342, cases 1 to 3.
    meter = _metered(_tones(*((level, 20) for level in levels)))
    assert meter.range_lu() == pytest.approx(range_lu, abs=1)


def test_silence_has_neither_range_nor_maximum() -> None:
    meter = _metered(np.zeros((48_000 * 4, 2), np.float32))
    assert (meter.range_lu(), meter.momentary_lufs_max(), meter.short_term_lufs_max()) == (None, None, None)
    assert meter.short_term_lufs().tolist() == [-np.inf] * 11


@pytest.mark.parametrize(("rate", "channels"), [(44_100, 2), (48_000, 1)])
def test_ffmpegs_meter_reads_the_same(tmp_path: Path, rate: int, channels: int) -> None:
    sound = np.repeat(speech_like(8, rate=rate), channels, axis=1) + noise(8, rate=rate, channels=channels, level=0.01)
    write(tmp_path / "a.wav", sound, rate, "FLOAT")
    said = ffmpeg("-i", str(tmp_path / "a.wav"), "-af", "ebur128", "-f", "null", "-").stderr.decode()
    summary = said.rpartition("Summary:")[2]
    lufs, range_lu = (float(re.findall(name + r":\s+(-?[\d.]+)", summary)[-1]) for name in ("I", "LRA"))
    assert _lufs(sound, rate) == pytest.approx(lufs, abs=0.06)
    assert _metered(sound, rate).range_lu() == pytest.approx(range_lu, abs=0.2)
