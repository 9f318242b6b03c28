"""A preview sounds as the finished episode will at that place, and is made from that place alone."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from donecast.core.plan import Bed, Clip, Ducking, RenderPlan, Track, Treatment, frame_at
from donecast.engine.errors import EngineCrashed, SourceMissing, SourceTooShort, TooManyPreviews
from donecast.engine.mix import mix_down
from donecast.engine.preview import PREVIEW_MS_MAX, Previewer, PreviewSource
from donecast.engine.standby import Standby
from tests.engine.sounds import LIMITS, Sound, noise, plan_of, read, speech_like, write
from tests.engine.test_standby import fresh_folder

RATE = 44_100


def previewer_in(place: Path, *, at_once_max: int = 1) -> Previewer:
    return Previewer(at_once_max=at_once_max, waiting_max=1, idle_seconds=60, folder=lambda: fresh_folder(place))


@pytest.fixture(scope="module")
def previewer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Previewer]:
    made = previewer_in(tmp_path_factory.mktemp("standby"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("sources")
    return {
        "speech": write(folder / "speech.wav", speech_like(60, level=0.05) + noise(60, level=0.001)),
        "music": write(folder / "music.flac", noise(7, level=0.05, channels=2, seed=4)),
    }


def _sources(paths: dict[str, Path]) -> dict[str, PreviewSource]:
    lengths_ms = {"speech": 60_000, "music": 7_000}
    return {key: PreviewSource(path, lengths_ms[key]) for key, path in paths.items()}


def _plan(*, channels: int = 1, beds: tuple[Bed, ...] = ()) -> RenderPlan:
    clips = tuple(
        Clip("speech", number * 3_000, number * 3_000 + 2_117, number * 2_117, gain_db=-1.0) for number in range(20)
    )
    return plan_of(*clips, beds=beds, channels=channels)


def _mixed(plan: RenderPlan, paths: dict[str, Path], folder: Path, start_ms: int, end_ms: int) -> Sound:
    mix = mix_down(plan, paths, folder, LIMITS, lambda _: None)
    sound = mix.read(frame_at(start_ms, RATE), frame_at(end_ms, RATE))
    mix.close()
    return sound


def _previewed(
    previewer: Previewer,
    plan: RenderPlan,
    paths: dict[str, Path],
    out: Path,
    start_ms: int,
    end_ms: int,
    gain_db: float,
) -> Sound:
    with previewer.turn():
        previewer.preview(plan, _sources(paths), out, start_ms=start_ms, end_ms=end_ms, gain_db=gain_db, limits=LIMITS)
    return read(out)


@pytest.mark.parametrize("joint", [1, 7, 19])
def test_around_a_joint_it_is_the_mix_of_the_whole(
    previewer: Previewer, paths: dict[str, Path], tmp_path: Path, joint: int
) -> None:
    plan, at_ms = _plan(), 2_117 * joint
    start_ms, end_ms = max(at_ms - 3_000, 0), min(at_ms + 3_000, _plan().duration_ms)
    found = _previewed(previewer, plan, paths, tmp_path / "preview.wav", start_ms, end_ms, 3.0)
    expected = _mixed(plan, paths, tmp_path, start_ms, end_ms) * np.float32(10 ** (3 / 20))
    assert found.shape == expected.shape
    assert np.abs(expected).max() < 0.9
    assert np.abs(found - expected).max() <= 1.01 / 32_768


def test_music_lies_under_it_and_steps_back_where_somebody_speaks(
    previewer: Previewer, paths: dict[str, Path], tmp_path: Path
) -> None:
    plan = _plan(channels=2, beds=(Bed("music", 0, 42_000, -6.0, ducking=Ducking()),))
    found = _previewed(previewer, plan, paths, tmp_path / "preview.wav", 12_000, 18_000, 0.0)
    expected = _mixed(plan, paths, tmp_path, 12_000, 18_000)
    without = _mixed(replace(plan, beds=()), paths, tmp_path, 12_000, 18_000)
    music = expected - without
    assert np.abs(found - expected).std() < 0.05 * music.std()


def test_a_treated_track_is_heard_untreated(previewer: Previewer, paths: dict[str, Path], tmp_path: Path) -> None:
    plan = _plan()
    treated = replace(plan, tracks=(replace(plan.tracks[0], treatment=Treatment(noise_reduction=True)),))
    one = _previewed(previewer, treated, paths, tmp_path / "one.wav", 1_000, 4_000, 0.0)
    assert np.array_equal(one, _previewed(previewer, plan, paths, tmp_path / "two.wav", 1_000, 4_000, 0.0))


def test_loud_sound_is_held_under_the_ceiling(previewer: Previewer, paths: dict[str, Path], tmp_path: Path) -> None:
    found = _previewed(previewer, _plan(), paths, tmp_path / "preview.wav", 0, 6_000, 24.0)
    assert 0.6 < np.abs(found).max() <= 10 ** (-1 / 20) + 1e-4


def test_only_the_sources_that_sound_there_are_needed(
    previewer: Previewer, paths: dict[str, Path], tmp_path: Path
) -> None:
    plan = replace(_plan(), tracks=(*_plan().tracks, Track("segment", (Clip("intro", 0, 2_000, 0),))))
    assert len(_previewed(previewer, plan, paths, tmp_path / "late.wav", 30_000, 33_000, 0.0)) == 3 * RATE
    with pytest.raises(SourceMissing):
        _previewed(previewer, plan, paths, tmp_path / "early.wav", 0, 3_000, 0.0)


def test_a_source_that_is_too_short_says_so(previewer: Previewer, paths: dict[str, Path], tmp_path: Path) -> None:
    plan = plan_of(Clip("speech", 58_000, 65_000, 0), channels=1)
    with pytest.raises(SourceTooShort):
        _previewed(previewer, plan, paths, tmp_path / "preview.wav", 0, 6_000, 0.0)


def test_the_longest_stretch_and_no_longer(previewer: Previewer, paths: dict[str, Path], tmp_path: Path) -> None:
    found = _previewed(previewer, _plan(), paths, tmp_path / "preview.wav", 1_000, 1_000 + PREVIEW_MS_MAX, 0.0)
    assert len(found) == PREVIEW_MS_MAX * RATE // 1000
    for start_ms, end_ms in [(1_000, 1_001 + PREVIEW_MS_MAX), (-1, 100), (42_000, 42_341), (500, 500)]:
        with pytest.raises(ValueError, match="no stretch"):
            _previewed(previewer, _plan(), paths, tmp_path / "preview.wav", start_ms, end_ms, 0.0)


def test_after_closing_nobody_is_served(paths: dict[str, Path], tmp_path: Path) -> None:
    closed = previewer_in(tmp_path)
    closed.close()
    with pytest.raises(EngineCrashed):
        _previewed(closed, _plan(), paths, tmp_path / "preview.wav", 0, 1_000, 0.0)


def test_a_process_is_believed_only_what_can_be_true_of_its_own_files(
    paths: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[Any] = []
    known: list[Any] = []

    def run(_standby: Standby, arguments: dict[str, Any], **_walls: object) -> dict[str, Any]:
        known.append({key: source["mp3_places"] for key, source in arguments["sources"].items()})
        return {"mp3_places": answers.pop(0)}

    monkeypatch.setattr(Standby, "run", run)
    distrustful, size_bytes = previewer_in(tmp_path), paths["speech"].stat().st_size
    alone = replace(_plan(), tracks=(Track("content", (Clip("music", 0, 2_000, 0),)),))
    for plan, answer in [
        (alone, {"music": [9], "speech": [7, 20]}),
        *((_plan(), {"speech": lie}) for lie in ([7, 7], [-1, 5], [7.0], [True], ["7"], [7, size_bytes], 7, None)),
        (_plan(), {"speech": list(range(100_000))}),
        (_plan(), ["speech"]),
        (_plan(), {"speech": [7, 20]}),
        (_plan(), {}),
    ]:
        answers.append(answer)
        distrustful.preview(
            plan, _sources(paths), tmp_path / "out.wav", start_ms=0, end_ms=1_000, gain_db=0.0, limits=LIMITS
        )
    assert known[0] == {"music": []}
    assert {str(one) for one in known[1:-1]} == {"{'speech': []}"}
    assert known[-1] == {"speech": [7, 20]}


def test_no_more_at_once_than_are_allowed(paths: dict[str, Path], tmp_path: Path) -> None:
    narrow, refused, made = previewer_in(tmp_path / "standby", at_once_max=2), [], []
    (tmp_path / "standby").mkdir()
    begin = threading.Barrier(3)

    def ask(number: int) -> None:
        begin.wait()
        try:
            made.append(_previewed(narrow, _plan(), paths, tmp_path / f"{number}.wav", 0, 1_000, 0.0))
        except TooManyPreviews as error:
            refused.append(error)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(made), len(refused)) == (2, 1)
    assert len(_previewed(narrow, _plan(), paths, tmp_path / "later.wav", 0, 1_000, 0.0)) == RATE
    narrow.close()
