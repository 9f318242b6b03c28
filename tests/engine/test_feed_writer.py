"""The recognisers' feed is a plain WAV in which everything is heard at the moment at which it was said."""

import math
import wave
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from donecast.engine.feed_writer import FeedWriter
from tests.engine.sounds import Sound, noise, sine

RATES = (8_000, 11_025, 16_000, 22_050, 37_800, 44_056, 44_100, 48_000, 96_000, 192_000)


def _fed(sound: Sound, rate: int, out: Path, *, block: int = 9_999) -> NDArray[np.int16]:
    """What the standard library's own reader finds in the feed."""
    writer = FeedWriter(out, rate)
    for start in range(0, len(sound), block):
        writer.add(sound[start : start + block])
    writer.close()
    with wave.open(str(out), "rb") as reader:
        assert (reader.getframerate(), reader.getnchannels(), reader.getsampwidth()) == (16_000, 1, 2)
        return np.frombuffer(reader.readframes(reader.getnframes()), "<i2")


def _pulses(seconds: float, rate: int, at: tuple[float, ...]) -> Sound:
    """Soft pulses, narrow enough to be placed exactly and without anything above 3 kHz, at these seconds."""
    places = np.arange(round(seconds * rate)) / rate
    sound = np.zeros((len(places), 1), np.float32)
    for second in at:
        near = np.abs(places - second) < 0.002
        sound[near, 0] += (0.5 * np.exp(-(((places[near] - second) / 0.0003) ** 2))).astype(np.float32)
    return sound


def _crest_seconds(feed: NDArray[np.int16], near_second: float) -> float:
    """Where a pulse's crest is, between the samples: three points of a Gaussian's logarithm are a parabola."""
    first = max(0, round((near_second - 0.01) * 16_000))
    top = first + int(np.argmax(feed[first : first + 320]))
    left, middle, right = np.log(feed[top - 1 : top + 2].astype(np.float64))
    return float(top + (left - right) / (2 * (left - 2 * middle + right))) / 16_000


@pytest.mark.parametrize("rate", RATES)
def test_every_instant_stays_where_it_is(tmp_path: Path, rate: int) -> None:
    at = (0.05, 0.4567, 1.00001, 1.95)
    feed = _fed(_pulses(2, rate, at), rate, tmp_path / "feed.wav")
    for second in at:
        assert _crest_seconds(feed, second) * 16_000 == pytest.approx(second * 16_000, abs=0.05)


@pytest.mark.parametrize("rate", [11_025, 44_100])
def test_nothing_drifts_in_a_long_recording(tmp_path: Path, rate: int) -> None:
    at = (1.0, 120.0003, 299.0)
    feed = _fed(_pulses(300, rate, at), rate, tmp_path / "feed.wav", block=rate * 9)
    for second in at:
        assert _crest_seconds(feed, second) * 16_000 == pytest.approx(second * 16_000, abs=0.05)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("frames", [1, 10, 4_999, 44_100])
def test_it_is_as_long_as_the_recording(tmp_path: Path, rate: int, frames: int) -> None:
    feed = _fed(noise(frames / rate, rate=rate), rate, tmp_path / "feed.wav")
    assert len(feed) == math.ceil(frames * 16_000 / rate)


def _level_db(feed: NDArray[np.int16]) -> float:
    inside = feed[2_000:-2_000].astype(np.float64) / 32_768
    return float(10 * np.log10(np.square(inside).mean() * 2 + 1e-20))


@pytest.mark.parametrize("rate", [22_050, 44_100, 48_000])
def test_speech_passes_unchanged_and_what_would_fold_back_does_not(tmp_path: Path, rate: int) -> None:
    for hertz in (100, 1_000, 3_400, 6_500):
        passed = _fed(sine(1, rate=rate, hertz=hertz, peak=0.5), rate, tmp_path / "feed.wav")
        assert _level_db(passed) == pytest.approx(-6.02, abs=0.1)
    for hertz in (9_000, 10_500):
        folded = _fed(sine(1, rate=rate, hertz=hertz, peak=0.5), rate, tmp_path / "feed.wav")
        assert _level_db(folded) < -6.02 - 65


def test_both_sides_of_stereo_are_heard_at_half(tmp_path: Path) -> None:
    left = np.concatenate([sine(1, peak=0.5), np.zeros((44_100, 1), np.float32)], axis=1)
    assert _level_db(_fed(left, 44_100, tmp_path / "a.wav")) == pytest.approx(-12.04, abs=0.1)
    both = sine(1, peak=0.5, channels=2)
    assert _level_db(_fed(both, 44_100, tmp_path / "b.wav")) == pytest.approx(-6.02, abs=0.1)


@pytest.mark.parametrize("block", [1, 63, 1_000, 10**6])
def test_blocks_do_not_matter(tmp_path: Path, block: int) -> None:
    sound = noise(0.1 if block == 1 else 1.3, channels=2, level=0.2)
    whole = _fed(sound, 44_100, tmp_path / "whole.wav", block=len(sound))
    pieces = _fed(sound, 44_100, tmp_path / "pieces.wav", block=block)
    assert len(whole) == len(pieces)
    assert np.abs(whole.astype(int) - pieces).max() <= 1  # the last bit, by the order of a sum


def test_what_is_too_loud_is_clipped_and_not_turned_over(tmp_path: Path) -> None:
    square = np.sign(sine(0.5, hertz=200)) * np.float32(1.5)
    feed = _fed(square, 44_100, tmp_path / "feed.wav")
    positive = feed[np.arange(len(feed)) % 80 == 20]  # the middle of each upper half
    assert (positive[2:-2] == 32_767).all()
    assert feed.min() == -32_768


def test_the_recording_is_left_as_it_is(tmp_path: Path) -> None:
    sound = noise(0.5, channels=2)
    before = sound.copy()
    _fed(sound, 44_100, tmp_path / "feed.wav")
    assert np.array_equal(sound, before)
