"""A feed becomes a smaller file with the same samples."""

import wave
from pathlib import Path

import numpy as np
import pytest
import soundfile

from donecast.engine.compact_feed import compact_feed
from donecast.engine.errors import EngineFailed
from tests.engine.sounds import speech_like


def test_every_sample_is_kept_in_fewer_bytes(tmp_path: Path) -> None:
    sound = (20_000 * speech_like(40, rate=16_000)[:, 0]).astype("<i2")
    feed = tmp_path / "feed.wav"
    with wave.open(str(feed), "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(16_000)
        writer.writeframes(sound.tobytes())
    (tmp_path / "out").mkdir()
    out = compact_feed(feed, tmp_path / "out" / "feed.flac")
    samples, rate = soundfile.read(out, dtype="int16")
    assert (rate, samples.dtype) == (16_000, np.int16)
    assert np.array_equal(samples, sound)
    assert out.stat().st_size < 0.8 * feed.stat().st_size
    assert [path.name for path in out.parent.iterdir()] == ["feed.flac"]


def test_what_is_no_sound_is_a_failure_of_the_engine(tmp_path: Path) -> None:
    (tmp_path / "feed.wav").write_text("This is not sound.")
    with pytest.raises(EngineFailed):
        compact_feed(tmp_path / "feed.wav", tmp_path / "feed.flac")
