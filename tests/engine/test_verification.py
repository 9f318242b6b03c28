"""What is measured on the finished file depends on the file alone, and its peaks are found wherever they are."""

from pathlib import Path

import numpy as np
import pytest

from donecast.core.plan import Codec
from donecast.engine.codecs import codec_of
from donecast.engine.limiter import Level
from donecast.engine.mix_levels import levels_of
from donecast.engine.raw_audio import RawAudio
from donecast.engine.samples import decibels
from donecast.engine.true_peak import TruePeakMeter
from donecast.engine.verification import decoded_file, stretches_near_ceiling
from donecast.episodes.rules import FILE_ENDINGS
from tests.engine.sounds import Sound, noise, plan_of

RATE = 44_100
SECONDS = 90


@pytest.fixture(scope="module")
def bursts() -> Sound:
    """A loud burst in each third of a second, so that there are many stretches near the ceiling."""
    sound = noise(SECONDS, level=0.01, channels=2)
    loud = noise(SECONDS, level=0.25, channels=2, seed=2)
    for start in range(0, len(sound), RATE // 3):
        sound[start : start + 2_000] = loud[start : start + 2_000]
    sound /= np.abs(sound).max()
    return sound


@pytest.mark.parametrize("codec", ["mp3", "aac"])
def test_any_number_of_workers_reads_the_same_to_the_last_bit(tmp_path: Path, bursts: Sound, codec: Codec) -> None:
    plan = plan_of(duration_ms=1000 * SECONDS, codec=codec)
    level, path = Level(1.3, 0.89), tmp_path / f"a{FILE_ENDINGS[codec]}"
    mix, sound = RawAudio(tmp_path / "mix.raw", 2), RawAudio(tmp_path / "sound.raw", 2)
    mix.append(bursts)
    sound.append(bursts * np.float32(level.gain))
    levels = levels_of(mix, 0, mix.frames, sample_rate=RATE, channels=2)
    codec_of(plan.output).write(path, plan.output, plan.frames, sound.read, workers=2, progress=lambda _: None)
    assert len(stretches_near_ceiling(levels, level)) > 64
    one, two, five = (decoded_file(path, plan, levels=levels, level=level, workers=count) for count in (1, 2, 5))
    assert one == two == five
    assert len(one.overs) > 10
    meter = TruePeakMeter(RATE, 2)
    with codec_of(plan.output).open(path) as reader:
        decoded = reader.read(0, plan.frames)
    meter.add(decoded)
    mix.close()
    sound.close()
    assert len(decoded) == one.frames == plan.frames
    assert one.true_peak_dbtp == pytest.approx(meter.highest_dbtp(), abs=0.01)
    # Products of matrices round by their shape, on some processors.
    assert max(peak for _, peak in one.overs) == pytest.approx(one.true_peak_dbtp, abs=1e-5)
    assert one.true_peak_dbtp > decibels(0.89)
