"""The tone that covers a word: 1 kHz, the level it says, without a seam, the same each time."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from donecast.engine.beep import synthesise_beep
from donecast.engine.loudness import LoudnessMeter


def test_it_is_a_steady_tone_that_loops_and_is_the_same_each_time(tmp_path: Path) -> None:
    path = synthesise_beep(tmp_path / "beep.flac")
    tone, rate = soundfile.read(path, dtype="float32", always_2d=True)
    assert (rate, tone.shape) == (48_000, (480_000, 1))
    spectrum = np.abs(np.fft.rfft(tone[:, 0]))
    assert int(np.argmax(spectrum)) == 10_000  # tenths of a hertz
    assert float(np.sort(spectrum)[-2]) < 1e-3 * float(spectrum.max())
    meter = LoudnessMeter(rate, 1)
    meter.add(tone)
    assert meter.integrated_lufs() == pytest.approx(-23.0, abs=0.1)
    steps = np.abs(np.diff(np.concatenate([tone, tone])[:, 0]))
    assert steps[len(tone) - 1] <= steps.max() + 1e-6
    assert steps[: len(tone) - 1].max() == pytest.approx(steps.max())
    assert synthesise_beep(tmp_path / "again.flac").read_bytes() == path.read_bytes()
