"""The built-in recogniser on recordings of people: as good as we say, and no better."""

import wave
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr

from donecast.core.cleanup_rules import FILLERS
from donecast.speech.pocketsphinx import PocketSphinxTranscriber
from donecast.speech.transcriber import STANDARD_MARKERS
from tests.support.word_error import normal_words, word_error_rate

pytestmark = pytest.mark.timeout(300)


def _feed(source: Path, folder: Path) -> tuple[Path, int]:
    samples, rate = soundfile.read(source, always_2d=True)
    mono = soxr.resample(samples.mean(axis=1), rate, 16_000)
    path = folder / "feed.wav"
    with wave.open(str(path), "wb") as feed:
        feed.setnchannels(1)
        feed.setsampwidth(2)
        feed.setframerate(16_000)
        feed.writeframes((np.clip(mono, -1, 1) * 32_767).astype("<i2").tobytes())
    return path, len(mono) // 16


@pytest.mark.parametrize(
    ("name", "word_error_rate_max"),
    [("jfk_inaugural_1961", 0.55), ("librivox_sense_0890", 0.45), ("ljspeech_lj050_0131", 0.35)],
)
def test_people_are_understood_roughly_and_without_false_findings(
    samples: Path, tmp_path: Path, name: str, word_error_rate_max: float
) -> None:
    feed, duration_ms = _feed(samples / f"{name}.flac", tmp_path)
    heard = PocketSphinxTranscriber().transcribe(feed, duration_ms=duration_ms, markers=STANDARD_MARKERS)
    said = normal_words((samples / f"{name}.txt").read_text(encoding="utf-8"))
    assert word_error_rate(said, normal_words(" ".join(word.text for word in heard.words))) <= word_error_rate_max
    assert [word for word in heard.words if word.kind == "marker"] == []
    assert [word for word in heard.words if word.text in FILLERS] == []
