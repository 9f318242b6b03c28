"""The mix is what the plan says, to the sample: compared with a reference that holds whole files in memory."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from donecast.core.plan import Bed, Clip, Ducking, RenderPlan, Track, Treatment, frame_at
from donecast.engine.errors import SourceTooShort
from donecast.engine.mix import mix_down
from donecast.engine.mixing import SpeechMixer
from donecast.engine.raw_audio import RawAudio
from donecast.engine.sources import is_walked_through
from tests.engine.sounds import LIMITS, Sound, noise, plan_of, sine, speech_like, write

RATE = 44_100


@pytest.fixture
def sources(tmp_path: Path) -> Iterator[dict[str, RawAudio]]:
    raws = {}
    for name, sound in {"one": noise(4), "two": noise(4, channels=2, seed=2)}.items():
        raws[name] = RawAudio(tmp_path / f"{name}.raw", sound.shape[1])
        raws[name].append(sound)
    yield raws
    for raw in raws.values():
        raw.close()


def _mixer(plan: RenderPlan, sources: dict[str, RawAudio]) -> SpeechMixer:
    return SpeechMixer(plan, {(name, Treatment()): source for name, source in sources.items()})


def _mixed(plan: RenderPlan, sources: dict[str, RawAudio], *, block: int = 10_007) -> Sound:
    mixer = _mixer(plan, sources)
    edges = [*range(0, plan.frames, block), plan.frames]
    return np.concatenate([mixer.block(*pair) for pair in itertools.pairwise(edges)])


def _rise(length: int) -> Sound:
    curve: Sound = (0.5 - 0.5 * np.cos(np.pi * (np.arange(length) + 0.5) / length)).astype(np.float32)[:, None]
    return curve


def test_crossfades_are_centred_on_the_joint(sources: dict[str, RawAudio]) -> None:
    plan = plan_of(Clip("one", 500, 1500, 0), Clip("two", 2000, 3000, 1000, gain_db=-6.0))
    mix = _mixed(plan, sources)
    one, two = sources["one"].read(0, 4 * RATE), sources["two"].read(0, 4 * RATE) * np.float32(10 ** (-6 / 20))
    half, joint = 220, RATE
    expected = np.zeros((2 * RATE, 2), np.float32)
    expected[: joint + half] += one[22_050 : 22_050 + joint + half]
    expected[:half] *= _rise(half)
    expected[joint - half : joint + half] *= _rise(2 * half)[::-1]
    late = two[2 * RATE - half : 3 * RATE].copy()
    late[: 2 * half] *= _rise(2 * half)
    late[-half:] *= _rise(half)[::-1]
    expected[joint - half :] += late
    assert mix.shape == expected.shape
    assert np.abs(mix - expected).max() < 1e-6


def test_a_cut_that_removes_nothing_changes_nothing(sources: dict[str, RawAudio]) -> None:
    whole = _mixed(plan_of(Clip("two", 0, 4000, 0)), sources)
    parts = [Clip("two", start, end, start) for start, end in [(0, 777), (777, 781), (781, 2222), (2222, 4000)]]
    assert np.abs(_mixed(plan_of(*parts), sources) - whole).max() < 1e-6


def test_the_mix_does_not_depend_on_blocks(sources: dict[str, RawAudio]) -> None:
    plan = plan_of(Clip("one", 0, 900, 0), Clip("two", 1000, 1900, 900), Clip("one", 100, 200, 2500))
    expected = _mixed(plan, sources, block=10**6)
    for block in (1, 441):
        edges = range(RATE * 880 // 1000, RATE * 920 // 1000, block)
        mixer = _mixer(plan, sources)
        pieces = np.concatenate([mixer.block(at, at + block) for at in edges])
        assert np.array_equal(pieces, expected[edges[0] : edges[0] + len(pieces)])


def test_mono_goes_to_both_sides_and_stereo_is_averaged(sources: dict[str, RawAudio]) -> None:
    both = _mixed(plan_of(Clip("one", 0, 1000, 0)), sources)
    assert np.array_equal(both[:, 0], both[:, 1])
    middle = _mixed(plan_of(Clip("two", 0, 1000, 0), channels=1), sources)
    expected = sources["two"].read(0, RATE).mean(axis=1, keepdims=True)
    assert np.abs(middle[1000:-1000] - expected[1000:-1000]).max() < 1e-6


def test_many_cuts_drift_nowhere_and_do_not_click(sources: dict[str, RawAudio], tmp_path: Path) -> None:
    tone = RawAudio(tmp_path / "tone.raw", 1)
    tone.append(sine(20, hertz=200, peak=0.5))
    clips, at = [], 0
    for index in range(60):
        length = 171 + index % 7 * 13
        clips.append(Clip("tone", index * 300, index * 300 + length, at))
        at += length
    plan = plan_of(*clips, channels=1)
    mix = _mixed(plan, {"tone": tone})
    assert len(mix) == frame_at(at, RATE)
    steps = np.abs(np.diff(mix[:, 0]))
    own = float(np.abs(np.diff(tone.read(0, RATE)[:, 0])).max())
    for clip in clips[1:]:
        joint = frame_at(clip.at_ms, RATE)
        # The fade itself moves by less than a thousandth of full scale from one frame to the next.
        assert steps[joint - 300 : joint + 300].max() < own + 0.004
    for clip in clips:  # in its middle each clip is its source, to the sample
        middle = (clip.at_ms + clip.end_ms) // 2
        source = frame_at(middle, RATE) - frame_at(clip.at_ms, RATE) + frame_at(clip.source_start_ms, RATE)
        here = frame_at(middle, RATE)
        assert np.allclose(mix[here : here + 50], tone.read(source, source + 50), atol=1e-6)
    tone.close()


def test_hard_cuts_would_click_so_the_test_above_can_see(sources: dict[str, RawAudio], tmp_path: Path) -> None:
    tone = RawAudio(tmp_path / "tone.raw", 1)
    tone.append(sine(4, hertz=200, peak=0.5))
    mix = _mixed(plan_of(Clip("tone", 0, 1001, 0), Clip("tone", 2003, 3000, 1001), crossfade_ms=0), {"tone": tone})
    own = float(np.abs(np.diff(tone.read(0, RATE)[:, 0])).max())
    joint = frame_at(1001, RATE)
    assert np.abs(np.diff(mix[joint - 300 : joint + 300, 0])).max() > own + 0.1
    tone.close()


def test_a_joint_at_the_edge_of_a_source_fades_from_nothing(tmp_path: Path) -> None:
    loud = RawAudio(tmp_path / "loud.raw", 1)
    loud.append(np.full((RATE, 1), 0.5, np.float32))  # begins and ends at once, at half of full scale
    mix = _mixed(plan_of(Clip("loud", 0, 1000, 0), Clip("loud", 0, 1000, 1000), channels=1), {"loud": loud})
    assert np.abs(np.diff(mix[:, 0])).max() < 0.01
    loud.close()


def test_a_source_may_lack_a_rounding_but_no_more(sources: dict[str, RawAudio]) -> None:
    assert len(_mixed(plan_of(Clip("one", 3000, 4001, 0)), sources)) == frame_at(1001, RATE)
    with pytest.raises(SourceTooShort) as caught:
        _mixed(plan_of(Clip("one", 3000, 4100, 0)), sources)
    assert caught.value.details == {"source": "one", "wanted_ms": 4100, "has_ms": 4000}


def _mix_down(tmp_path: Path, plan: RenderPlan, paths: dict[str, Path]) -> Sound:
    (tmp_path / "scraps").mkdir(exist_ok=True)
    finished = mix_down(plan, paths, tmp_path / "scraps", LIMITS, lambda _: None)
    mix = finished.read(0, finished.frames)
    finished.close()
    assert list((tmp_path / "scraps").iterdir()) == []
    return mix


def test_a_bed_loops_without_a_click_and_fades(tmp_path: Path) -> None:
    # 3.3 turns of a tone in the loop: its end does not meet its beginning.
    bed = write(tmp_path / "bed.wav", sine(1.003, hertz=100.2, peak=0.5), subtype="FLOAT")
    plan = plan_of(beds=(Bed("bed", 500, 9500, 0.0, fade_in_ms=1000, fade_out_ms=2000),), duration_ms=10_000)
    mix = _mix_down(tmp_path, plan, {"bed": bed})[:, 0]
    assert np.abs(np.diff(mix)).max() < 0.5 * 2 * np.pi * 100.2 / RATE * 1.3
    assert not mix[: RATE // 2].any()
    assert not mix[-RATE // 2 :].any()
    crest = [
        float(np.abs(mix[int(at * RATE) : int((at + 0.02) * RATE)]).max()) for at in (0.52, 0.99, 1.6, 5, 8.49, 9.4)
    ]
    assert crest[0] < 0.02
    assert crest[1] == pytest.approx(0.25, abs=0.02)
    assert crest[2] == pytest.approx(0.5, abs=0.01)
    assert crest[3] == pytest.approx(0.5, abs=0.01)
    assert crest[4] == pytest.approx(0.25, abs=0.02)
    assert crest[5] < 0.02


def test_a_loop_that_meets_itself_is_left_alone(tmp_path: Path) -> None:
    bed = write(tmp_path / "bed.wav", sine(1, hertz=100, peak=0.5), subtype="FLOAT")
    plan = plan_of(beds=(Bed("bed", 0, 5000, 0.0, fade_in_ms=0, fade_out_ms=0),), duration_ms=5000)
    assert np.abs(_mix_down(tmp_path, plan, {"bed": bed}) - sine(5, hertz=100, peak=0.5)).max() < 1e-4


@pytest.mark.parametrize("amount_db", [-9.0, -14.0])
def test_music_steps_back_as_far_as_asked(tmp_path: Path, amount_db: float) -> None:
    talk = np.concatenate(
        [np.zeros((3 * RATE, 1), np.float32), sine(3, hertz=300), np.zeros((3 * RATE, 1), np.float32)]
    )
    paths = {
        "talk": write(tmp_path / "talk.wav", talk, subtype="FLOAT"),
        "music": write(tmp_path / "music.wav", sine(2, hertz=3000, peak=0.1), subtype="FLOAT"),
    }
    ducking = Ducking(amount_db=amount_db, attack_ms=150, hold_ms=400, release_ms=800)
    bed = Bed("music", 0, 9000, 0.0, fade_in_ms=0, fade_out_ms=0, ducking=ducking)
    clip = Clip("talk", 0, 9000, 0)
    both = _mix_down(tmp_path, plan_of(clip, beds=(bed,)), paths)
    alone = _mix_down(tmp_path, plan_of(clip), paths)
    music = (both - alone)[:, 0]

    def level_db(at: float) -> float:
        piece = music[int(at * RATE) : int((at + 0.05) * RATE)]
        return float(20 * np.log10(np.sqrt(2 * np.mean(piece**2)) / 0.1))

    assert level_db(2.7) == pytest.approx(0.0, abs=0.1)
    assert level_db(2.90) < -1.0  # on its way down before the first word
    for at in (3.02, 4.0, 5.9, 6.3):  # 6.3: held after the last word
        assert level_db(at) == pytest.approx(amount_db, abs=0.1)
    assert amount_db < level_db(6.8) < 0
    assert level_db(7.4) == pytest.approx(0.0, abs=0.1)


def test_another_rate_keeps_its_place_and_its_length(tmp_path: Path) -> None:
    sound = speech_like(4, rate=48_000)
    paths = {"a": write(tmp_path / "a.wav", sound, 48_000, "FLOAT")}
    plan = plan_of(Clip("a", 1000, 3000, 0), channels=1)
    mix = _mix_down(tmp_path, plan, paths)
    places = np.arange(2 * RATE) / RATE + 1.0
    reference = np.interp(places, np.arange(len(sound)) / 48_000, sound[:, 0])
    assert len(mix) == 2 * RATE
    inside = slice(500, -500)

    def error(shift: int) -> float:
        return float(np.abs(np.roll(mix[:, 0], shift)[inside] - reference[inside]).mean())

    assert min(range(-3, 4), key=error) == 0
    assert error(0) < 0.003


def test_two_tracks_add_up(tmp_path: Path) -> None:
    paths = {
        name: write(tmp_path / f"{name}.wav", noise(2, seed=seed), subtype="FLOAT") for seed, name in enumerate("ab")
    }
    base = plan_of(Clip("a", 0, 2000, 0), channels=1)
    both = RenderPlan(
        3000, (*base.tracks, Track("segment", (Clip("b", 0, 2000, 1000),))), (), base.loudness, base.output
    )
    mix = _mix_down(tmp_path, both, paths)
    expected = noise(2, seed=0)[RATE + 500 : 2 * RATE - 500] + noise(2, seed=1)[500 : RATE - 500]
    assert np.abs(mix[RATE + 500 : 2 * RATE - 500] - expected).max() < 1e-6


def test_a_source_read_while_it_is_decoded_gives_what_an_unpacked_one_gives(tmp_path: Path) -> None:
    sound = noise(20, rate=48_000)
    paths = {"a": write(tmp_path / "a.flac", sound, 48_000), "b": write(tmp_path / "b.wav", noise(3, seed=9))}
    clips, at = [], 0
    for start in range(0, 19_000, 700):
        clips.append(Clip("a", start, start + 431, at))
        at += 431
    forwards = plan_of(*clips, Clip("b", 0, 2_000, at), channels=1)
    assert is_walked_through(forwards, ("a", Treatment()))
    # The same clips, and one from the beginning again: now the source must be stored.
    backwards = plan_of(*clips, Clip("b", 0, 2_000, at), Clip("a", 0, 500, at + 2_000), channels=1)
    assert not is_walked_through(backwards, ("a", Treatment()))
    walked, unpacked = _mix_down(tmp_path, forwards, paths), _mix_down(tmp_path, backwards, paths)
    before_the_last = frame_at(at + 1_950, RATE)
    assert np.array_equal(walked[:before_the_last], unpacked[:before_the_last])


def test_a_walked_source_that_ends_too_soon_is_refused(tmp_path: Path) -> None:
    paths = {"a": write(tmp_path / "a.wav", noise(2))}
    (tmp_path / "scraps").mkdir()
    with pytest.raises(SourceTooShort):
        mix_down(plan_of(Clip("a", 0, 2_500, 0)), paths, tmp_path / "scraps", LIMITS, lambda _: None)


def test_a_crossfade_stands_at_the_quietest_place_near_the_cut_and_moves_no_clip(tmp_path: Path) -> None:
    # A hum with a gap of silence 12 ms after the first cut and, seen from the other side, 12 ms after the second.
    hum = sine(3, hertz=1_000, peak=0.4)
    for gap in (frame_at(1_012, RATE), frame_at(2_012, RATE)):
        hum[gap - 240 : gap + 240] = 0
    talk = RawAudio(tmp_path / "talk.raw", 1)
    talk.append(hum)
    mix = _mixed(plan_of(Clip("talk", 0, 1_000, 0), Clip("talk", 2_000, 3_000, 1_000), channels=1), {"talk": talk})
    joint, gap = frame_at(1_000, RATE), frame_at(1_012, RATE)
    assert np.array_equal(mix[joint : gap - 240], hum[joint : gap - 240])  # the first clip plays on into the gap
    assert not mix[gap - 200 : gap + 200].any()
    after = slice(gap + 240, 2 * RATE - 500)
    assert np.array_equal(mix[after], hum[RATE + gap + 240 : 3 * RATE - 500])
    talk.close()


def test_thousands_of_cuts_cost_no_more_than_few(tmp_path: Path) -> None:
    talk = RawAudio(tmp_path / "talk.raw", 1)
    talk.append(noise(60))
    clips, at = [], 0
    for start in range(0, 59_000, 6):
        clips.append(Clip("talk", start, start + 5, at))
        at += 5
    mixer = _mixer(plan_of(*clips, channels=1), {"talk": talk})
    assert len(clips) > 9_000
    assert np.abs(mixer.block(RATE * 20, RATE * 21)).max() > 0
    talk.close()
