"""A whole render: exact length, asked loudness, no peak above the ceiling, the same bytes again."""

import json
import re
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from donecast.core.plan import Bed, Clip, Ducking, RenderPlan
from donecast.engine.errors import (
    EngineCancelled,
    EpisodeTooLong,
    NotAudio,
    OnlySilence,
    SourceMissing,
    SourceTooShort,
    TooQuiet,
)
from donecast.engine.loudness import LoudnessMeter
from donecast.engine.mix import mix_down
from donecast.engine.render import render
from donecast.engine.sandbox import run_job
from donecast.engine.true_peak import TruePeakMeter
from tests.engine.sounds import LIMITS, Sound, ffmpeg, noise, plan_of, read, sine, speech_like, write


def _measured(sound: Sound, rate: int) -> tuple[float, float]:
    loudness, peak = LoudnessMeter(rate, sound.shape[1]), TruePeakMeter(rate, sound.shape[1])
    loudness.add(sound)
    peak.add(sound)
    lufs = loudness.integrated_lufs()
    assert lufs is not None
    return lufs, peak.highest_dbtp()


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("sources")
    return {
        "talk": write(folder / "talk.wav", speech_like(12, rate=48_000) + noise(12, rate=48_000, level=0.001), 48_000),
        "music": write(folder / "music.flac", sine(3, hertz=330, peak=0.2, channels=2)),
        "silence": write(folder / "silence.wav", np.zeros((44_100 * 2, 1), np.float32)),
        "faint": write(folder / "faint.wav", speech_like(3) * 0.001, subtype="PCM_24"),
        "words": _text(folder / "words.mp3"),
    }


def _text(path: Path) -> Path:
    path.write_text("These are only words.\n" * 50)
    return path


def _episode(*, channels: int = 2, rate: int = 44_100, lufs: float = -16.0) -> RenderPlan:
    clips, at = [], 0
    for start in range(0, 11_000, 1_500):
        clips.append(Clip("talk", start, start + 1_100, at))
        at += 1_100
    bed = Bed("music", 0, at, -15.0, ducking=Ducking())
    return plan_of(*clips, beds=(bed,), channels=channels, rate=rate, lufs=lufs)


@pytest.mark.parametrize(("channels", "rate", "lufs"), [(2, 44_100, -16.0), (1, 48_000, -19.0)])
def test_an_episode_comes_out_as_asked(
    tmp_path: Path, paths: dict[str, Path], channels: int, rate: int, lufs: float
) -> None:
    plan = _episode(channels=channels, rate=rate, lufs=lufs)
    seen: list[int] = []
    out = tmp_path / "out" / "episode.mp3"
    result = render(plan, paths, out, limits=LIMITS, on_progress=seen.append)
    sound = read(out)
    assert sound.shape == (plan.frames, channels)
    assert (result.frames, result.bytes, result.duration_ms) == (plan.frames, out.stat().st_size, plan.duration_ms)
    measured_lufs, measured_peak = _measured(sound, rate)
    assert measured_lufs == pytest.approx(lufs, abs=0.1)
    assert measured_peak <= -1.0
    assert result.loudness_lufs == pytest.approx(measured_lufs, abs=0.01)
    assert result.true_peak_dbtp == pytest.approx(measured_peak, abs=0.01)
    assert seen == sorted(seen)
    assert seen[-1] >= 90
    assert list(out.parent.iterdir()) == [out]


def test_a_wav_comes_out_as_asked_to_the_hundredth(tmp_path: Path, paths: dict[str, Path]) -> None:
    plan = plan_of(Clip("talk", 0, 12_000, 0), lufs=-11.0, codec="wav")
    result = render(plan, paths, tmp_path / "a.wav", limits=LIMITS)
    lufs, peak = _measured(read(tmp_path / "a.wav"), 44_100)
    assert lufs == pytest.approx(-11.0, abs=0.05)
    assert -1.3 < peak <= -1.0
    assert result.loudness_lufs == pytest.approx(lufs, abs=0.01)
    assert result.true_peak_dbtp == pytest.approx(peak, abs=0.01)
    assert (result.frames, result.bytes) == (plan.frames, 44 + 4 * plan.frames)


def test_ffmpeg_agrees(tmp_path: Path, paths: dict[str, Path]) -> None:
    plan = _episode()
    render(plan, paths, tmp_path / "a.mp3", limits=LIMITS)
    pcm = ffmpeg("-v", "warning", "-i", str(tmp_path / "a.mp3"), "-f", "s16le", "-")
    assert len(pcm.stdout) == plan.frames * 4
    assert pcm.stderr == b""
    said = ffmpeg("-i", str(tmp_path / "a.mp3"), "-af", "ebur128=peak=true", "-f", "null", "-").stderr.decode()
    summary = said.rpartition("Summary:")[2]
    loudness, peak = (float(re.findall(name + r":\s+(-?[\d.]+)", summary)[-1]) for name in ("I", "Peak"))
    assert loudness == pytest.approx(-16.0, abs=0.15)
    assert peak <= -0.9


def test_the_same_plan_gives_the_same_bytes(tmp_path: Path, paths: dict[str, Path]) -> None:
    plan = _episode()
    results = [render(plan, paths, tmp_path / name, limits=LIMITS) for name in ("a.mp3", "b.mp3")]
    assert results[0] == results[1]
    assert (tmp_path / "a.mp3").read_bytes() == (tmp_path / "b.mp3").read_bytes()


def test_peaky_speech_is_limited_and_still_as_loud(tmp_path: Path) -> None:
    speech = speech_like(8)
    speech[::4_410] = np.where(np.arange(len(speech[::4_410]))[:, None] % 2, 0.95, -0.95)
    path = write(tmp_path / "clicks.wav", speech)
    out = tmp_path / "a.mp3"
    result = render(plan_of(Clip("a", 0, 8_000, 0)), {"a": path}, out, limits=LIMITS)
    lufs, peak = _measured(read(out), 44_100)
    assert lufs == pytest.approx(-16.0, abs=0.1)
    assert peak <= -1.0
    assert result.true_peak_dbtp <= -1.0


def test_a_sound_too_short_to_measure_only_stays_under_the_ceiling(tmp_path: Path) -> None:
    path = write(tmp_path / "ping.wav", sine(0.3))
    result = render(plan_of(Clip("a", 0, 300, 0)), {"a": path}, tmp_path / "a.mp3", limits=LIMITS)
    assert result.loudness_lufs is None
    assert -6.0 < result.true_peak_dbtp <= -1.0


def test_music_that_is_heard_in_a_clip_as_well_keeps_its_lap(tmp_path: Path, paths: dict[str, Path]) -> None:
    loop = write(tmp_path / "loop.wav", sine(1, rate=48_000, hertz=330, peak=0.2), 48_000)
    talk, jingle = Clip("talk", 0, 9_000, 0), Clip("loop", 0, 1_000, 9_000)
    heard = []
    for number, clips in enumerate([(talk,), (talk, jingle)]):
        plan = plan_of(*clips, beds=(Bed("loop", 0, 9_000, -15.0),))
        folder = tmp_path / str(number)
        folder.mkdir()
        mix = mix_down(plan, {**paths, "loop": loop}, folder, LIMITS, lambda _: None)
        heard.append(mix.read(0, 8 * 44_100))
        mix.close()
    np.testing.assert_array_equal(heard[0], heard[1])


def _as_loud_as(sound: Sound, lufs: float) -> Sound:
    found, _ = _measured(sound, 44_100)
    return sound * np.float32(10 ** ((lufs - found) / 20))


def test_a_clean_recording_may_be_as_quiet_as_it_is(tmp_path: Path) -> None:
    path = write(tmp_path / "quiet.wav", _as_loud_as(speech_like(6), -52.0), subtype="FLOAT")
    result = render(plan_of(Clip("a", 0, 6_000, 0)), {"a": path}, tmp_path / "a.mp3", limits=LIMITS)
    assert result.loudness_lufs == pytest.approx(-16.0, abs=0.1)


@pytest.mark.parametrize(("lufs", "noise_db"), [(-44.0, -52.0), (-52.0, -60.0)])
def test_noise_is_not_raised_with_quiet_speech_without_a_word(tmp_path: Path, lufs: float, noise_db: float) -> None:
    sound = _as_loud_as(speech_like(6), lufs) + noise(6, level=10 ** (noise_db / 20))
    path = write(tmp_path / "hissing.wav", sound, subtype="FLOAT")
    with pytest.raises(TooQuiet, match="mostly noise"):
        render(plan_of(Clip("a", 0, 6_000, 0)), {"a": path}, tmp_path / "a.mp3", limits=LIMITS)


def test_a_ceiling_far_below_the_target_ends_where_more_would_only_crush(tmp_path: Path) -> None:
    path = write(tmp_path / "talk.wav", speech_like(6))
    plan = plan_of(Clip("a", 0, 6_000, 0), lufs=-9.0, codec="wav")
    plan = replace(plan, loudness=replace(plan.loudness, true_peak_dbtp=-9.0))
    result = render(plan, {"a": path}, tmp_path / "a.wav", limits=LIMITS)
    assert result.loudness_lufs is not None
    assert -20.0 < result.loudness_lufs < -9.5
    assert result.true_peak_dbtp <= -9.0


@pytest.mark.parametrize(
    ("source", "error"), [("silence", OnlySilence), ("faint", TooQuiet), ("words", NotAudio), ("nobody", SourceMissing)]
)
def test_what_cannot_be_rendered_is_a_sentence_and_leaves_nothing(
    tmp_path: Path, paths: dict[str, Path], source: str, error: type[Exception]
) -> None:
    out = tmp_path / "out" / "a.mp3"
    with pytest.raises(error) as caught:
        render(plan_of(Clip(source, 0, 2_000, 0)), paths, out, limits=LIMITS)
    assert str(caught.value).endswith(".")
    assert not out.parent.exists() or list(out.parent.iterdir()) == []


def test_an_episode_longer_than_can_be_made_is_refused_by_name(tmp_path: Path, paths: dict[str, Path]) -> None:
    limits = replace(LIMITS, episode_ms_max=1_999)
    with pytest.raises(EpisodeTooLong, match="would be longer than"):
        render(plan_of(Clip("talk", 0, 2_000, 0)), paths, tmp_path / "a.mp3", limits=limits)


def test_a_clip_beyond_its_source_is_refused(tmp_path: Path, paths: dict[str, Path]) -> None:
    with pytest.raises(SourceTooShort):
        render(plan_of(Clip("talk", 11_000, 13_000, 0)), paths, tmp_path / "a.mp3", limits=LIMITS)


def test_a_cancelled_render_leaves_what_was_there(tmp_path: Path, paths: dict[str, Path]) -> None:
    out = tmp_path / "out" / "a.mp3"
    out.parent.mkdir()
    out.write_bytes(b"the one before")
    with pytest.raises(EngineCancelled):
        render(_episode(), paths, out, limits=LIMITS, cancelled=lambda: True)
    assert out.read_bytes() == b"the one before"
    assert list(out.parent.iterdir()) == [out]


_RENDERER = """
import json, sys
from pathlib import Path
from donecast.core.plan import render_plan_from_json
from donecast.engine.limits import EngineLimits
from donecast.engine.render import render

plan = render_plan_from_json(json.loads(sys.argv[1]))
sources = {name: Path(path) for name, path in json.loads(sys.argv[2]).items()}
render(plan, sources, Path(sys.argv[3]), limits=EngineLimits(), on_progress=lambda done: print(done, flush=True))
"""


def test_what_a_killed_render_left_goes_with_the_next(tmp_path: Path, paths: dict[str, Path]) -> None:
    plan, out = _episode(), tmp_path / "out" / "episode.mp3"
    given = [json.dumps(plan.to_json()), json.dumps({name: str(path) for name, path in paths.items()}), str(out)]
    killed = subprocess.Popen([sys.executable, "-c", _RENDERER, *given], stdout=subprocess.PIPE)
    assert killed.stdout is not None
    with killed:
        assert killed.stdout.readline()  # it is at work
        killed.kill()
    assert list(out.parent.iterdir())
    render(plan, paths, out, limits=LIMITS)
    assert list(out.parent.iterdir()) == [out]


def test_memory_does_not_grow_with_length(tmp_path: Path) -> None:
    talk = write(tmp_path / "talk.wav", speech_like(10))
    weights = {}
    for seconds in (10, 60):
        clips = tuple(Clip("a", 0, 10_000, at) for at in range(0, seconds * 1_000, 10_000))
        arguments = {
            "plan": plan_of(*clips).to_json(),
            "sources": {"a": str(talk)},
            "out": str(tmp_path / "a.mp3"),
            "limits": asdict(LIMITS),
        }
        answer = run_job(
            "tests.engine.jobs:render_and_weigh", arguments, writable=[tmp_path], deadline_seconds=120, scratch=tmp_path
        )
        weights[seconds] = answer["kilobytes"]
    # Fifty seconds of stereo floats are 17 MB, and every pass over them would be as much again.
    assert weights[60] - weights[10] < 6_000
