"""The noise floor is the room's, silences stand where nobody speaks, and neither depends on how the sound came in."""

import io

import numpy as np
import pytest

from donecast.engine import series
from donecast.engine.levels import LevelMeter, Levels, noise_floor_db, silences_ms
from tests.engine.sounds import Sound, noise, sine, speech_like
from tests.engine.test_series import rows_of

WITHIN_MS = 100
GAPS_MS = ((0, 700), (2_310, 2_610), (4_000, 5_500), (7_777, 8_222), (9_400, 10_000))
"""Where `_talk` has nobody speaking."""


def _levels(sound: Sound, rate: int, *, block: int = 10_000) -> Levels:
    meter = LevelMeter(rate, io.BytesIO(), io.BytesIO())
    for start in range(0, len(sound), block):
        meter.add(sound[start : start + block])
    return meter.levels()


def _talk(rate: int, noise_dbfs: float, *, channels: int = 1) -> Sound:
    """Ten seconds of harmonics that swell and sink twelve times a second, but for the gaps, over a noise."""
    places = np.arange(10 * rate) / rate
    voice = sum(np.sin(2 * np.pi * 140 * k * places + k * k) / k for k in range(1, 12))
    voice *= 0.12 * (0.7 + 0.3 * np.sin(2 * np.pi * 12 * places))
    for start, end in GAPS_MS:
        voice[start * rate // 1000 : end * rate // 1000] = 0
    room = noise(10, rate=rate, level=10 ** (noise_dbfs / 20), channels=channels)
    sound: Sound = voice.astype(np.float32)[:, None] + room
    return sound


@pytest.mark.parametrize("rate", [8_000, 11_025, 44_100, 48_000])
@pytest.mark.parametrize("dbfs", [-80, -60, -40])
def test_the_noise_floor_is_the_level_of_the_noise(rate: int, dbfs: int) -> None:
    assert noise_floor_db(_levels(_talk(rate, dbfs), rate)) == pytest.approx(dbfs, abs=1.0)


def test_the_noise_floor_is_the_quietest_tenth() -> None:
    # Eight seconds of talk, a second and a half of one noise and half a second of a fainter one, which is too short.
    parts = [noise(8, level=0.1), noise(1.5, level=0.003), noise(0.5, level=0.0001)]
    assert noise_floor_db(_levels(np.concatenate(parts), 44_100)) == pytest.approx(-50.5, abs=1.0)


def test_digital_silence_has_the_lowest_floor_and_no_sound_has_it_too() -> None:
    assert noise_floor_db(_levels(np.zeros((44_100, 1), np.float32), 44_100)) == -120.0
    assert noise_floor_db(_levels(np.zeros((0, 1), np.float32), 44_100)) == -120.0
    assert silences_ms(_levels(np.zeros((0, 1), np.float32), 44_100), 0) == []


@pytest.mark.parametrize("rate", [8_000, 11_025, 44_100, 48_000])
@pytest.mark.parametrize("noise_dbfs", [-90, -66, -45])
def test_silences_stand_where_nobody_speaks(rate: int, noise_dbfs: float) -> None:
    found = silences_ms(_levels(_talk(rate, noise_dbfs), rate), 10_000)
    assert len(found) == len(GAPS_MS)
    for silence, gap in zip(found, GAPS_MS, strict=True):
        assert silence == pytest.approx(gap, abs=WITHIN_MS)


def test_a_gap_within_a_sentence_is_no_silence() -> None:
    sound = noise(4, level=0.0005)
    tone = sine(4, peak=0.2)
    for start_ms, end_ms in ((500, 1_500), (1_650, 2_500), (2_800, 4_000)):  # gaps of 150 and of 300 ms
        part = slice(start_ms * 441 // 10, end_ms * 441 // 10)
        sound[part] += tone[part]
    found = silences_ms(_levels(sound, 44_100), 4_000)
    assert found == [(0, 500), (2_500, 2_800)]


def test_a_person_in_a_noisy_room_is_told_from_the_room() -> None:
    # The noise of this room is louder than the other's quiet words in a silent one.
    quiet = silences_ms(_levels(_talk(44_100, -80) * np.float32(0.03), 44_100), 10_000)
    noisy = silences_ms(_levels(_talk(44_100, -38), 44_100), 10_000)
    assert len(quiet) == len(noisy) == len(GAPS_MS)


@pytest.mark.parametrize("sound", [noise(3), sine(3)], ids=["noise", "tone"])
def test_what_never_stops_has_no_silence(sound: Sound) -> None:
    assert silences_ms(_levels(sound, 44_100), 3_000) == []


def test_a_silence_ends_with_the_recording() -> None:
    sound = np.concatenate([sine(1.0), np.zeros((44_100 + 221, 1), np.float32)])  # ends inside a hundredth
    assert silences_ms(_levels(sound, 44_100), 2_005) == [(1_000, 2_005)]


def test_stereo_is_silent_where_both_sides_are() -> None:
    sound = np.zeros((44_100 * 6, 2), np.float32)
    sound[: 44_100 * 3, :1] = sine(3)
    sound[44_100 * 2 : 44_100 * 4, 1:] = sine(2)
    assert silences_ms(_levels(sound, 44_100), 6_000) == [(4_000, 6_000)]


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("rate", [11_025, 44_100])
def test_levels_are_those_of_exact_hundredths(rate: int, order: str) -> None:
    sound = np.array(speech_like(1.237, rate=rate) + noise(1.237, rate=rate, channels=2), order=order)  # type: ignore[call-overload]
    levels = _levels(sound, rate, block=rate)
    powers, extremes = rows_of(levels.powers), rows_of(levels.extremes)
    assert len(powers) == len(extremes) == 124
    for step in (0, 1, 33, 99, 100, 122, 123):
        part = sound[step * rate // 100 : (step + 1) * rate // 100]
        assert powers[step] == pytest.approx(float(np.square(part, dtype=np.float64).mean()), rel=1e-5)
        expected = np.floor(128 * np.array([part.min(), part.max()]))
        assert extremes[step].tolist() == np.clip(expected, -128, 127).tolist()
    assert levels.sample_peak == pytest.approx(float(np.abs(sound).max()))


@pytest.mark.parametrize("block", [1, 97, 441, 4_410, 10**6])
def test_blocks_do_not_matter(block: int) -> None:
    sound = _talk(11_025, -60, channels=2)[: 11_025 // (20 if block == 1 else 1)]
    whole, pieces = _levels(sound, 11_025, block=len(sound)), _levels(sound, 11_025, block=block)
    assert np.array_equal(rows_of(whole.extremes), rows_of(pieces.extremes))
    assert np.allclose(rows_of(whole.powers), rows_of(pieces.powers), rtol=1e-5)
    assert whole.sample_peak == pieces.sample_peak


@pytest.mark.parametrize("rows", [50, 150, 1_000])
def test_it_does_not_matter_in_which_pieces_levels_are_read_again(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    levels = _levels(_talk(11_025, -60)[:-1_234], 11_025)
    expected = noise_floor_db(levels), silences_ms(levels, 9_888)
    assert len(expected[1]) == len(GAPS_MS)
    monkeypatch.setattr(series, "PIECE_ROWS", rows)
    assert (noise_floor_db(levels), silences_ms(levels, 9_888)) == expected


def test_whole_steps_are_answered_with_their_peaks() -> None:
    meter, sound = LevelMeter(44_100, io.BytesIO(), io.BytesIO()), noise(1, channels=2)
    magnitudes = meter.add(sound[:8_820])
    assert magnitudes is not None
    assert magnitudes.tolist() == np.abs(sound[:8_820]).reshape(20, -1).max(axis=1).tolist()
    assert meter.add(sound[8_820:9_000]) is None  # a broken step
    assert meter.add(sound[9_000:]) is None  # does not begin with a step
