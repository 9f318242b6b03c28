"""The curve of the music's gain, from the level of the speech."""

import numpy as np
import pytest

from donecast.core.plan import Ducking
from donecast.engine.ducking import SpeechLevel, ducking_curve
from tests.engine.sounds import noise, sine, speech_like

RATE = 44_100


def _active(*sounds: np.ndarray, block: int = 10_000) -> np.ndarray:
    sound = np.concatenate(sounds)
    level = SpeechLevel(RATE)
    for start in range(0, len(sound), block):
        level.add(sound[start : start + block])
    return level.active()


def test_speech_is_told_from_room_noise_at_any_level() -> None:
    silence = noise(2, level=0.0005)
    for level in (0.3, 0.02):
        active = _active(silence * (level / 0.3), sine(2, peak=level), silence * (level / 0.3))
        assert len(active) == 600
        assert not active[:200].any()
        assert active[200:400].all()
        assert not active[400:].any()


def test_a_word_begins_and_ends_with_its_soft_sounds() -> None:
    room = noise(2, level=0.0001)
    soft = noise(0.2, level=0.1 * 10 ** (-29 / 20))  # an s, some 26 dB under the vowel
    active = _active(room, soft, sine(1, peak=0.1), soft, room)
    assert np.flatnonzero(active).tolist() == list(range(200, 340))


def test_a_noisy_room_is_no_soft_sound() -> None:
    room = noise(2, level=0.1 * 10 ** (-36 / 20))
    assert np.flatnonzero(_active(room, sine(1, peak=0.1), room)).tolist() == list(range(200, 300))


def test_a_soft_sound_alone_is_no_word() -> None:
    room, soft = noise(2, level=0.0001), noise(0.6, level=0.1 * 10 ** (-29 / 20))
    active = _active(room, sine(1, peak=0.1), room, soft, room, soft, sine(1, peak=0.1))
    assert active[200:300].all()
    assert not active[300:790].any()  # what lies more than 0.3 s before a word does not belong to it
    assert active[790:920].all()


def test_silence_is_never_speech() -> None:
    assert not _active(np.zeros((RATE, 2), np.float32)).any()
    assert np.array_equal(ducking_curve(np.zeros(50, np.bool_), Ducking()), np.ones(50, np.float32))


def test_the_level_does_not_depend_on_blocks() -> None:
    speech = speech_like(3)
    assert np.array_equal(_active(speech, block=100), _active(speech, block=10**6))


def test_the_curve_is_down_when_speech_begins_and_comes_back_slowly() -> None:
    active = np.zeros(400, np.bool_)
    active[100:150] = True
    curve = 20 * np.log10(ducking_curve(active, Ducking(amount_db=-12.0, attack_ms=200, hold_ms=300, release_ms=500)))
    assert curve[:80] == pytest.approx(np.zeros(80), abs=1e-4)
    assert curve[90] == pytest.approx(-6.0, abs=0.01)
    assert curve[100:180] == pytest.approx(np.full(80, -12.0), abs=1e-4)
    assert curve[150 + 30 + 25] == pytest.approx(-6.0, abs=0.01)
    assert curve[150 + 30 + 50 :] == pytest.approx(np.zeros(400 - 230), abs=1e-4)
    assert np.all(np.diff(curve[:101]) <= 1e-6)


def test_music_stays_down_to_the_end_of_speech_without_any_hold() -> None:
    active = np.zeros(300, np.bool_)
    active[100:150] = True
    curve = ducking_curve(active, Ducking(hold_ms=0, release_ms=200))
    # The last hundredth of a second of speech begins at 149 and ends at 150; between points the curve is straight.
    assert curve[100:151] == pytest.approx(np.full(51, 10 ** (-9 / 20)))
    assert curve[151] > curve[150]


def test_a_short_gap_between_words_is_bridged() -> None:
    active = np.zeros(300, np.bool_)
    active[100:120] = active[150:170] = True
    curve = ducking_curve(active, Ducking(hold_ms=400))
    assert curve[100:170].max() == pytest.approx(10 ** (-9 / 20))
