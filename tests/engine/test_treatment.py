"""A plan's treatment reaches the sources of its tracks, and nothing else; without one nothing changes."""

from pathlib import Path

import numpy as np
import pytest

from donecast.core.plan import Bed, Clip, RenderPlan, Track, Treatment
from donecast.engine.mix import mix_down
from donecast.engine.raw_audio import RawAudio
from donecast.engine.render import render
from donecast.engine.treatment import treat
from tests.engine.sounds import LIMITS, Sound, noise, plan_of, speech_like, write

RATE = 44_100
ALL = Treatment(noise_reduction=True, levelling=True, de_essing=True)


def _uneven() -> Sound:
    talk = np.concatenate([speech_like(6, level=0.2, seed=3), speech_like(6, level=0.03, seed=3)])
    return talk + noise(12, level=0.003)


def _mixed(folder: Path, plan: RenderPlan, paths: dict[str, Path]) -> Sound:
    (folder / "scraps").mkdir(exist_ok=True)
    finished = mix_down(plan, paths, folder / "scraps", LIMITS, lambda _: None)
    mix = finished.read(0, finished.frames)
    finished.close()
    assert list((folder / "scraps").iterdir()) == []
    return mix


def _treated(plan: RenderPlan, treatment: Treatment) -> RenderPlan:
    tracks = tuple(Track(track.role, track.clips, track.crossfade_ms, treatment) for track in plan.tracks)
    return RenderPlan(plan.duration_ms, tracks, plan.beds, plan.loudness, plan.output)


def test_what_finds_nothing_to_do_answers_the_source_itself(tmp_path: Path) -> None:
    source = RawAudio(tmp_path / "a.raw", 1)
    source.append(speech_like(10))
    seen: list[float] = []
    assert treat(source, tmp_path / "b.raw", RATE, ALL, seen.append) is source
    assert treat(source, tmp_path / "b.raw", RATE, Treatment(), seen.append) is source
    assert seen == sorted(seen)
    assert 0 <= seen[0] <= seen[-1] <= 1
    source.close()
    assert list(tmp_path.iterdir()) == []


def test_all_parts_together_keep_the_length_and_leave_one_file(tmp_path: Path) -> None:
    source = RawAudio(tmp_path / "a.raw", 1)
    source.append(_uneven())
    made = treat(source, tmp_path / "b.raw", RATE, ALL, lambda _: None)
    assert made is not source
    assert made.frames == 12 * RATE
    made.close()
    assert list(tmp_path.iterdir()) == []


def test_a_treated_plan_has_the_same_frames_and_another_sound(tmp_path: Path) -> None:
    paths = {"a": write(tmp_path / "a.wav", _uneven(), subtype="FLOAT")}
    plan = plan_of(Clip("a", 0, 5_000, 0), Clip("a", 7_000, 12_000, 5_000), channels=1)
    plain, treated = _mixed(tmp_path, plan, paths), _mixed(tmp_path, _treated(plan, ALL), paths)
    assert plain.shape == treated.shape == (10 * RATE, 1)
    quiet = slice(6 * RATE, 10 * RATE)
    assert np.std(treated[quiet]) > 1.5 * np.std(plain[quiet])
    # Every sound stays at its instant: the best place of one under the other is no shift at all.
    spectra = np.fft.rfft(plain[quiet, 0]) * np.conj(np.fft.rfft(treated[quiet, 0]))
    assert int(np.argmax(np.fft.irfft(spectra))) == 0


def test_a_treatment_with_nothing_to_do_gives_the_same_file_to_the_byte(tmp_path: Path) -> None:
    paths = {"a": write(tmp_path / "a.wav", speech_like(8))}
    plan = plan_of(Clip("a", 0, 8_000, 0))
    render(plan, paths, tmp_path / "plain.mp3", limits=LIMITS)
    render(_treated(plan, ALL), paths, tmp_path / "treated.mp3", limits=LIMITS)
    assert (tmp_path / "plain.mp3").read_bytes() == (tmp_path / "treated.mp3").read_bytes()


def test_beds_are_never_treated(tmp_path: Path) -> None:
    paths = {
        "talk": write(tmp_path / "talk.wav", speech_like(12), subtype="FLOAT"),
        "music": write(tmp_path / "music.wav", _uneven(), subtype="FLOAT"),
    }
    bed = Bed("music", 0, 12_000, 0.0, fade_in_ms=0, fade_out_ms=0)
    plan = plan_of(Clip("talk", 0, 12_000, 0), beds=(bed,), channels=1)
    assert np.array_equal(_mixed(tmp_path, plan, paths), _mixed(tmp_path, _treated(plan, ALL), paths))


def test_one_file_may_be_speech_and_bed_and_is_treated_only_as_speech(tmp_path: Path) -> None:
    paths = {"a": write(tmp_path / "a.wav", _uneven(), subtype="FLOAT")}
    bed = Bed("a", 12_000, 24_000, 0.0, fade_in_ms=0, fade_out_ms=0)
    plan = plan_of(Clip("a", 0, 12_000, 0), beds=(bed,), duration_ms=24_000, channels=1)
    plain, treated = _mixed(tmp_path, plan, paths), _mixed(tmp_path, _treated(plan, ALL), paths)
    assert np.array_equal(plain[12 * RATE :], treated[12 * RATE :])
    assert not np.array_equal(plain[: 12 * RATE], treated[: 12 * RATE])


@pytest.mark.parametrize(
    "treatment", [Treatment(noise_reduction=True), Treatment(levelling=True), Treatment(de_essing=True)]
)
def test_progress_never_goes_back(tmp_path: Path, treatment: Treatment) -> None:
    paths = {"a": write(tmp_path / "a.wav", _uneven(), subtype="FLOAT")}
    (tmp_path / "scraps").mkdir()
    seen: list[float] = []
    plan = _treated(plan_of(Clip("a", 0, 12_000, 0)), treatment)
    mix_down(plan, paths, tmp_path / "scraps", LIMITS, seen.append).close()
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1)
