"""Hum of the mains goes, the voice stays, and where there is none nothing is looked for in vain."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from donecast.engine.hum import find_hum, without_hum
from donecast.engine.raw_audio import RawAudio
from tests.engine.sounds import Sound, noise, speech_like

RATE = 44_100


def _raw(path: Path, sound: Sound) -> RawAudio:
    raw = RawAudio(path, sound.shape[1])
    raw.append(sound)
    return raw


def _mains(seconds: float, hertz: float, *, rate: int = RATE, level: float = 0.02, numbers: int = 8) -> Sound:
    places = np.arange(round(seconds * rate)) / rate
    tones = [np.sin(2 * np.pi * hertz * number * places + number) / number for number in range(1, numbers + 1)]
    wave: Sound = (level * np.sum(tones, axis=0)).astype(np.float32)[:, None]
    return wave


@pytest.mark.parametrize(("rate", "hertz"), [(44_100, 50.0), (48_000, 60.0), (16_000, 49.93), (22_050, 60.04)])
def test_hum_is_found_and_taken_out(tmp_path: Path, rate: int, hertz: float) -> None:
    speech = speech_like(20, rate=rate) + noise(20, rate=rate, level=0.0005)
    humming = speech + _mains(20, hertz, rate=rate)
    source = _raw(tmp_path / "in.raw", humming)
    hum = find_hum(source, rate)
    assert hum is not None
    assert hum.hertz[0] == pytest.approx(hertz, abs=0.01)
    seen: list[float] = []
    made = without_hum(source, tmp_path / "out.raw", rate, hum, seen.append)
    result = made.read(0, made.frames)
    assert result.shape == humming.shape
    before, after = np.mean(np.square(humming - speech)), np.mean(np.square(result - speech))
    assert after < before / 30
    assert seen == sorted(seen)
    source.close()
    made.close()


def test_each_channel_loses_its_own_hum(tmp_path: Path) -> None:
    speech, hum = speech_like(15), _mains(15, 50.0)
    both = np.concatenate([speech + hum, speech - 0.3 * hum], axis=1) + noise(15, level=0.0005, channels=2)
    source = _raw(tmp_path / "in.raw", both)
    found = find_hum(source, RATE)
    assert found is not None
    made = without_hum(source, tmp_path / "out.raw", RATE, found, lambda _: None)
    left = made.read(0, made.frames) - speech
    assert np.std(left) < 0.1 * np.std(both - speech)
    source.close()
    made.close()


@pytest.mark.parametrize("kind", ["speech", "noisy speech", "noise", "silence", "short"])
def test_where_there_is_none_none_is_found(tmp_path: Path, kind: str) -> None:
    sounds: dict[str, Callable[[], Sound]] = {
        "speech": lambda: speech_like(20),
        "noisy speech": lambda: speech_like(20) + noise(20, level=0.01),
        "noise": lambda: noise(20),
        "silence": lambda: np.zeros((20 * RATE, 1), np.float32),
        "short": lambda: _mains(3, 50.0),
    }
    source = _raw(tmp_path / "in.raw", sounds[kind]())
    assert find_hum(source, RATE) is None
    source.close()
