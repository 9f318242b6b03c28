"""Outlines keep time and forget loudness; lags are read off them to a part of a sample."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from donecast.engine.raw_audio import RawAudio
from donecast.engine.samples import Samples
from donecast.engine.track_alignment import LagLine
from donecast.engine.track_lags import coarse_lags, fine_lags
from donecast.engine.track_outline import HOPS_PER_SECOND, OUTLINE_RATE, Levels, OutlineWriter
from tests.engine.sounds import noise, sine
from tests.engine.talks import babble

RATE = 44_100


Outliner = Callable[..., tuple[RawAudio, Levels]]


@pytest.fixture
def outlined(tmp_path: Path) -> Iterator[Outliner]:
    """Makes outlines and forgets them afterwards."""
    made: list[RawAudio] = []

    def outline(sound: Samples, rate: int = RATE, block: int = 20_000) -> tuple[RawAudio, Levels]:
        made.append(RawAudio(tmp_path / str(len(made)), 1))
        writer = OutlineWriter(made[-1], rate)
        for start in range(0, len(sound), block):
            writer.add(sound[start : start + block])
        return made[-1], writer.close()

    yield outline
    for one in made:
        one.close()


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, 48_000])
def test_an_outline_is_as_long_as_the_sound_at_any_rate(outlined: Outliner, rate: int) -> None:
    outline, levels = outlined(noise(35, rate=rate), rate)
    assert outline.frames == pytest.approx(35 * OUTLINE_RATE, abs=2)
    assert len(levels) == 35 * HOPS_PER_SECOND


def test_blocks_of_any_size_give_the_same_outline(outlined: Outliner) -> None:
    sound = noise(40, level=0.1)
    first, levels = outlined(sound, block=50_000)
    second, others = outlined(sound, block=777)
    assert first.frames == second.frames
    np.testing.assert_allclose(first.read(0, first.frames), second.read(0, first.frames), atol=1e-4)
    np.testing.assert_allclose(levels, others, atol=1e-3)


def test_loud_and_quiet_weigh_alike_in_an_outline(outlined: Outliner) -> None:
    sound = noise(20, level=0.2, seed=3)
    sound[10 * RATE :] *= 0.01
    outline, levels = outlined(sound)
    loud, quiet = (outline.read(at * OUTLINE_RATE, (at + 5) * OUTLINE_RATE) for at in (2, 13))
    # What is quiet all the time is taken for the room, but it still weighs a third.
    assert 0.3 < float(np.std(quiet) / np.std(loud)) <= 1.05
    assert float(np.median(levels[200:700]) - np.median(levels[1_300:1_800])) == pytest.approx(40, abs=0.5)


def test_levels_of_a_tone_and_of_nothing(outlined: Outliner) -> None:
    _, levels = outlined(np.concatenate([sine(1, hertz=2_000, peak=0.5), np.zeros((RATE, 1), np.float32)]))
    # -9 dB for half the amplitude of a sine, and 2 kHz is raised by 2.6 dB.
    assert float(np.median(levels[:95])) == pytest.approx(-6.4, abs=0.3)
    assert (levels[110:] < -115).all()


@pytest.mark.parametrize(("starts", "ends"), [(59.0, 80.0), (3.25, 40.0), (0.0, 20.0)])
def test_a_faint_echo_of_the_same_voice_gives_the_lag(outlined: Outliner, starts: float, ends: float) -> None:
    voice = babble(80, 5)[:, None]
    piece = voice[round(starts * RATE) : round(ends * RATE)]
    whole, _ = outlined(voice + noise(80, level=0.0005, seed=8))
    part, _ = outlined(0.03 * piece + noise(ends - starts, level=0.0005, seed=9))
    for reference, track, lag_seconds in ((whole, part, starts), (part, whole, -starts)):
        lags, windows = coarse_lags(reference, track)
        assert windows == track.frames // OUTLINE_RATE // 16
        assert lags
        assert {round(lag.lag_seconds, 3) for lag in lags} == {lag_seconds}


def test_fine_lags_use_only_the_instants_that_count(outlined: Outliner) -> None:
    one, two = babble(60, 5)[:, None], babble(60, 6)[:, None]
    one[30 * RATE :] = 0
    two[: 30 * RATE] = 0
    late = 265  # frames: 6.01 ms
    room = 0.0003
    reference, _ = outlined(one + 0.05 * np.roll(two, late, axis=0) + noise(60, level=room, seed=8))
    track, levels = outlined(two + 0.05 * np.roll(one, late, axis=0) + noise(60, level=room, seed=9))
    first_half = np.arange(len(levels)) < 30 * HOPS_PER_SECOND
    line = LagLine(0.01, 0.0)
    theirs, ours = (fine_lags(reference, track, line, mask) for mask in (first_half, ~first_half))
    assert [one.lag_seconds for one in theirs] == pytest.approx([-late / RATE] * 3, abs=0.0001)
    assert [one.lag_seconds for one in ours] == pytest.approx([late / RATE] * 3, abs=0.0001)
    assert fine_lags(reference, track, line, np.zeros(len(levels), np.bool_)) == []


def test_strangers_and_silence_give_no_lag(outlined: Outliner) -> None:
    reference, _ = outlined(babble(40, 5)[:, None] + noise(40, level=0.001))
    stranger, _ = outlined(babble(40, 6)[:, None] + noise(40, level=0.001, seed=2))
    nothing, _ = outlined(np.zeros((40 * RATE, 1), np.float32))
    assert coarse_lags(reference, stranger) == ([], 2)
    assert coarse_lags(reference, nothing) == ([], 2)
    assert coarse_lags(nothing, reference) == ([], 2)
