"""Tracks of one talk become one recording: in time, equally loud, quiet while others speak; bad ones get a sentence."""

import shutil
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from benchmarks._talk import Recorder
from donecast.engine import tracks_job
from donecast.engine.errors import (
    EmptyFile,
    EngineRefused,
    NotAudio,
    OnlySilence,
    TooLong,
    TooShort,
    TrackCount,
    TracksUnrelated,
    TrackTwice,
)
from donecast.engine.limits import EngineLimits
from donecast.engine.loudness import LoudnessMeter
from donecast.engine.track_activity import TURNED_DOWN_DB
from donecast.engine.track_mix import LEVEL_LUFS
from donecast.engine.tracks import TRACKS_MAX, JoinedTracks, join_tracks
from tests.engine.sounds import LIMITS, ffmpeg, noise, read, sine, write
from tests.engine.talks import RATE, Talk, make_talk

_HOST = Recorder(level_db=3, bleed_db=-26)
_GUEST = Recorder(offset_seconds=2.4, drift_ppm=45, level_db=-8, bleed_db=-24)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Talk:
    """A talk of two, the guest's recorder started late, slow and quiet."""
    return make_talk(tmp_path_factory.mktemp("pair"), [_HOST, _GUEST])


@pytest.fixture(scope="module")
def joined(pair: Talk, tmp_path_factory: pytest.TempPathFactory) -> JoinedTracks:
    folder = tmp_path_factory.mktemp("joined")
    return join_tracks(pair.paths, folder / "talk.flac", limits=LIMITS, keep_tracks=True)


def _join_here(paths: list[Path], folder: Path, limits: EngineLimits = LIMITS, **more: Any) -> dict[str, Any]:
    """The job itself, without a process around it."""
    folder.mkdir(exist_ok=True)
    arguments: dict[str, Any] = {
        "paths": [str(path) for path in paths],
        "names": [path.name for path in paths],
        "folder": str(folder),
        "together": False,
        "stereo": False,
        "keep_tracks": False,
        "limits": asdict(limits),
        **more,
    }
    return tracks_job.join(arguments, lambda _: None)


def test_the_guest_is_put_where_they_were(joined: JoinedTracks) -> None:
    host, guest = joined.tracks
    assert (host.alignment.offset_ms, host.alignment.drift_ppm) == (0, 0)
    assert guest.alignment.offset_ms == pytest.approx(2_400, abs=0.3)
    assert guest.alignment.drift_ppm == pytest.approx(45, abs=8)  # 0.3 ms in the whole talk
    assert guest.alignment.agreeing > 0.8


def test_the_recording_is_one_file_from_the_first_beginning_to_the_last_end(pair: Talk, joined: JoinedTracks) -> None:
    info = soundfile.info(joined.path)
    assert (info.format, info.subtype, info.channels, info.samplerate) == ("FLAC", "PCM_24", 1, RATE)
    assert info.frames == joined.frames == 40 * RATE
    assert joined.duration_ms == 40_000
    folder = joined.path.parent
    assert sorted(path.name for path in folder.iterdir()) == ["talk-1.flac", "talk-2.flac", "talk.flac"]


def test_kept_tracks_add_up_to_the_whole(joined: JoinedTracks) -> None:
    parts = [read(path) for path in joined.kept]
    assert np.abs(sum(parts) - read(joined.path)).max() < 1e-6


def test_spans_say_who_speaks_when(pair: Talk, joined: JoinedTracks) -> None:
    for track in (0, 1):
        inside = np.zeros(4_000, np.bool_)
        for span in joined.spans:
            if span.track == track:
                inside[span.start_ms // 10 : span.end_ms // 10] = True
        truth = np.zeros(4_000, np.bool_)
        for start, end in pair.only(track):
            if track == 0 or start > 2.4:
                truth[round(start * 100) : round(end * 100)] = True
        assert (inside & truth).sum() > 0.93 * truth.sum()
        assert (inside & ~truth).sum() < 0.15 * truth.sum()
        assert joined.tracks[track].speaking_ms == pytest.approx(10 * inside.sum(), abs=100)


def test_both_voices_come_out_equally_loud(pair: Talk, joined: JoinedTracks) -> None:
    sound = read(joined.path)
    measured = []
    for speaker in (0, 1):
        meter = LoudnessMeter(RATE, 1)
        for start, end in _alone(pair, speaker):
            meter.add(sound[round(start * RATE) : round(end * RATE)])
        measured.append(meter.integrated_lufs() or 0.0)
    assert abs(measured[0] - measured[1]) <= 1.0
    for track, lufs in zip(joined.tracks, measured, strict=True):
        assert track.loudness_after_lufs == pytest.approx(lufs, abs=0.7)
        assert track.loudness_after_lufs == pytest.approx((track.loudness_lufs or 0) + track.gain_db, abs=0.02)
        assert lufs <= LEVEL_LUFS + 0.5
    assert np.abs(sound).max() < 0.9


def test_crosstalk_goes_down_where_only_the_other_speaks(pair: Talk, joined: JoinedTracks) -> None:
    for track in (0, 1):
        sound = read(joined.kept[track])[:, 0]
        own, other = (
            np.concatenate([sound[round(a * RATE) : round(b * RATE)] for a, b in _alone(pair, speaker)])
            for speaker in (track, 1 - track)
        )
        apart_db = 20 * np.log10(np.std(own) / np.std(other))
        bleed_db = (_HOST, _GUEST)[track].bleed_db
        assert apart_db > -bleed_db - TURNED_DOWN_DB - 6


def test_no_click_is_made_by_opening_and_closing(pair: Talk, joined: JoinedTracks) -> None:
    raw, kept = read(pair.paths[0])[:, 0], read(joined.kept[0])[:, 0]
    gain = 10 ** (joined.tracks[0].gain_db / 20)
    assert np.abs(np.diff(kept)).max() <= np.abs(np.diff(raw)).max() * gain * 1.01


def test_a_negative_offset_other_rates_channels_and_kinds_are_fine(tmp_path: Path) -> None:
    guest = Recorder(offset_seconds=-3.1, drift_ppm=-40, bleed_db=-22, channels=2)
    talk = make_talk(tmp_path, [Recorder(bleed_db=-22), guest], seconds=25, rates=(RATE, 48_000), seed=2)
    ffmpeg("-y", "-i", str(talk.paths[1]), "-b:a", "128k", str(tmp_path / "guest.m4a"))
    answer = _join_here([talk.paths[0], tmp_path / "guest.m4a"], tmp_path / "out")
    assert answer["sample_rate"] == 48_000
    alignment = answer["tracks"][1]["alignment"]
    assert alignment["offset_ms"] == pytest.approx(-3_100, abs=1)
    assert answer["frames"] == pytest.approx(28.1 * 48_000, abs=4_800)
    assert {span[2] for span in answer["spans"]} == {0, 1}
    assert min(span[0] for span in answer["spans"] if span[2] == 0) == pytest.approx(4_100, abs=100)


def test_three_people_and_one_who_only_came_for_a_while(tmp_path: Path) -> None:
    recorders = [Recorder(), Recorder(offset_seconds=-1.0, level_db=6), Recorder(offset_seconds=14.0, drift_ppm=20)]
    talk = make_talk(tmp_path, recorders, seconds=45, seed=3)
    third = read(talk.paths[2])[: 20 * RATE]
    write(talk.paths[2], third)
    answer = _join_here(talk.paths, tmp_path / "out")
    offsets = [track["alignment"]["offset_ms"] for track in answer["tracks"]]
    assert offsets == pytest.approx([0, -1_000, 14_000], abs=1)
    assert {span[2] for span in answer["spans"]} == {0, 1, 2}
    assert answer["frames"] == pytest.approx(46 * RATE, abs=4)


def test_a_track_into_which_nobody_speaks_is_left_out(tmp_path: Path) -> None:
    talk = make_talk(tmp_path, [Recorder(), Recorder(offset_seconds=1)], seconds=25, speakers=1)
    answer = _join_here(talk.paths, tmp_path / "out", keep_tracks=True)
    assert answer["tracks"][1]["loudness_lufs"] is None
    assert {span[2] for span in answer["spans"]} == {0}
    assert not read(tmp_path / "out" / "kept-1.flac").any()


def test_tracks_without_bleed_are_joined_when_they_began_together(tmp_path: Path) -> None:
    deaf = Recorder(bleed_db=-120)
    talk = make_talk(tmp_path, [deaf, replace(deaf, level_db=-6)], seconds=25)
    with pytest.raises(TracksUnrelated, match=r"guest.wav and host.wav do not seem to belong together"):
        _join_here(talk.paths, tmp_path / "refused")
    answer = _join_here(talk.paths, tmp_path / "out", together=True)
    assert answer["tracks"][1]["alignment"]["offset_ms"] == 0
    assert {span[2] for span in answer["spans"]} == {0, 1}
    after = [track["loudness_after_lufs"] for track in answer["tracks"]]
    assert after[0] == pytest.approx(after[1], abs=0.05)


def test_in_stereo_the_voices_stand_a_little_apart_and_are_as_loud(pair: Talk, tmp_path: Path) -> None:
    _join_here(pair.paths, tmp_path / "out", stereo=True, keep_tracks=True)
    left, right = read(tmp_path / "out" / "joined.flac").T
    host, guest = (read(tmp_path / "out" / f"kept-{number}.flac")[:, 0] for number in (0, 1))
    both = np.stack([host, guest], axis=1)
    for side, louder in ((left, 0), (right, 1)):
        shares = np.linalg.lstsq(both, side, rcond=None)[0]
        assert shares[louder] == pytest.approx(0.853, abs=0.002)
        assert shares[1 - louder] == pytest.approx(0.522, abs=0.002)


def test_a_piece_that_a_recorder_dropped_is_told(tmp_path: Path) -> None:
    talk = make_talk(tmp_path, [_HOST, replace(_GUEST, drift_ppm=0)], seconds=120)
    sound = read(talk.paths[1])
    write(talk.paths[1], np.concatenate([sound[: 70 * RATE], sound[71 * RATE :]]))
    alignment = _join_here(talk.paths, tmp_path / "out")["tracks"][1]["alignment"]
    assert alignment["offset_ms"] == pytest.approx(2_400, abs=1)
    assert alignment["agreeing"] < 0.8


def test_a_bump_while_others_speak_does_not_clip(tmp_path: Path) -> None:
    talk = make_talk(tmp_path, [Recorder(), Recorder(level_db=-30)], seconds=25, seed=2)
    sound = read(talk.paths[1])
    at = next(one for one in talk.said if one.speaker == 0).start_seconds + 0.5
    sound[round(at * RATE) : round(at * RATE) + 40] = 0.99
    write(talk.paths[1], sound)
    _join_here(talk.paths, tmp_path / "out")
    assert np.abs(read(tmp_path / "out" / "joined.flac")).max() < 0.9


BAD: dict[str, tuple[Callable[[Path], Path], type[EngineRefused], str]] = {
    "silence": (lambda at: write(at / "bad.wav", np.zeros((5 * RATE, 1), np.float32)), OnlySilence, "only silence"),
    "noise alone": (lambda at: write(at / "bad.wav", noise(30, seed=4)), TracksUnrelated, "belong together"),
    "a hum": (lambda at: write(at / "bad.wav", sine(30, hertz=100)), TracksUnrelated, "belong together"),
    "another talk": (
        lambda at: make_talk(at / "other", [_HOST, _GUEST], seed=9).paths[1],
        TracksUnrelated,
        "belong together",
    ),
    "text": (lambda at: _bytes(at / "bad.wav", b"hello " * 100), NotAudio, "not audio"),
    "no bytes": (lambda at: _bytes(at / "bad.wav", b""), EmptyFile, "no bytes"),
    "a blink": (lambda at: write(at / "bad.wav", sine(0.05)), TooShort, "tenth of a second"),
    "too long": (lambda at: write(at / "bad.wav", noise(61)), TooLong, "longer than"),
}


def _bytes(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("case", BAD)
def test_a_bad_track_gets_a_sentence_with_its_name(pair: Talk, tmp_path: Path, case: str) -> None:
    make, error, sentence = BAD[case]
    bad = make(tmp_path)
    with pytest.raises(error, match=sentence) as caught:
        _join_here([pair.paths[0], bad], tmp_path / "out", replace(LIMITS, duration_ms_max=60_000))
    assert bad.name in caught.value.message
    assert caught.value.message.endswith(".")
    assert caught.value.action.endswith(".")


def test_nothing_is_left_behind_by_a_refusal(pair: Talk, tmp_path: Path) -> None:
    stranger = write(tmp_path / "stranger.wav", noise(10, seed=5))
    with pytest.raises(TracksUnrelated):
        join_tracks([pair.paths[0], stranger], tmp_path / "out" / "talk.flac", limits=LIMITS)
    assert list((tmp_path / "out").iterdir()) == []


def test_the_same_track_twice_and_a_wrong_number_of_tracks_are_refused(pair: Talk, tmp_path: Path) -> None:
    copy = Path(shutil.copy(pair.paths[0], tmp_path / "copy.wav"))
    out = tmp_path / "talk.flac"
    for other, sentence in ((pair.paths[0], "host.wav and host.wav"), (copy, "host.wav and copy.wav")):
        with pytest.raises(TrackTwice, match=f"{sentence} are the same track"):
            join_tracks([pair.paths[0], other], out, limits=LIMITS)
    for count in (1, TRACKS_MAX + 1):
        with pytest.raises(TrackCount, match=f"{count} tracks? "):
            join_tracks([pair.paths[0]] * count, out, limits=LIMITS)
    assert not out.exists()


def _alone(talk: Talk, speaker: int) -> list[tuple[float, float]]:
    """Lines of a speaker during which nobody else speaks, after both recorders run."""
    others = talk.only(1 - speaker)
    return [
        (start, end)
        for start, end in talk.only(speaker)
        if start > 2.4 and not any(begins < end and start < ends for begins, ends in others)
    ]
