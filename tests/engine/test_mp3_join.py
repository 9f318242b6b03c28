"""MP3 pieces are joined so that neither ears nor decoders find the place."""

from collections.abc import Callable
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from donecast.core.plan import OutputFormat
from donecast.engine.mp3_pieces import Piece, pieces_of
from donecast.engine.mpeg_frames import frame_places
from tests.engine.mp3_files import decoded_by_ffmpeg, encode, join, remarks_of_mp3val, whole
from tests.engine.sounds import Sound, noise, read, speech_like

RATE = 44_100
SECONDS = 24
DECODER_DELAY = 576 + 529
FORMATS = [
    OutputFormat(bitrate_kbps=64),
    OutputFormat(bitrate_kbps=64, channels=1),
    OutputFormat(bitrate_kbps=96, channels=1),
    OutputFormat(bitrate_kbps=128),
    OutputFormat(bitrate_kbps=192),
    OutputFormat(bitrate_kbps=320),
    OutputFormat(vbr_quality=0),
    OutputFormat(vbr_quality=4),
    OutputFormat(vbr_quality=9, channels=1),
]


def _name(output: OutputFormat) -> str:
    kind = f"{output.bitrate_kbps}" if output.vbr_quality is None else f"V{output.vbr_quality}"
    return f"{kind}-{output.channels}"


def _music_like(seconds: int) -> Sound:
    """Decaying chords, one each half second, wider than mono."""
    generator = np.random.default_rng(5)
    sound = np.zeros((seconds * RATE, 2))
    for start in range(0, len(sound), RATE // 2):
        places = np.arange(min(RATE, len(sound) - start)) / RATE
        for hertz in generator.uniform(110, 880, 4):
            tone = sum(np.sin(2 * np.pi * hertz * k * places) / k for k in (1, 2, 3, 5)) * np.exp(-3 * places)
            sound[start : start + len(places)] += tone[:, None] * generator.uniform(0.2, 1, 2)
    music: Sound = (0.5 * sound / np.abs(sound).max()).astype(np.float32)
    return music


def _interrupted_speech(seconds: int) -> Sound:
    """Speech that is silent to the last bit for a third of the time."""
    sound = np.repeat(speech_like(seconds), 2, axis=1)
    sound[len(sound) // 3 : 2 * len(sound) // 3] = 0
    return sound


def _silent_from_a_piece_on(seconds: int) -> Sound:
    """Loud speech that falls silent to the last bit where a piece begins, and goes on quietly two seconds later."""
    sound = np.repeat(speech_like(seconds), 2, axis=1)
    start = pieces_of(len(sound), RATE, seconds_max=8)[1].start
    sound[start : start + 2 * RATE] = 0
    sound[start + 2 * RATE :] *= np.float32(0.02)
    return sound


@cache
def _short_music() -> Sound:
    music = _music_like(8)
    music.setflags(write=False)
    return music


MATERIALS: dict[str, Callable[[], Sound]] = {
    "speech": lambda: (
        speech_like(SECONDS) * np.array([[1.0, 0.8]], np.float32) + noise(SECONDS, level=1e-3, channels=2)
    ),
    "music": lambda: _music_like(SECONDS),
    "noise": lambda: noise(SECONDS, channels=2),
    "silence": lambda: _interrupted_speech(SECONDS),
    "silence from a piece on": lambda: _silent_from_a_piece_on(SECONDS),
}


@cache
def _material(name: str) -> Sound:
    sound = MATERIALS[name]()
    sound.setflags(write=False)
    return sound


def _errors(decoded: Sound, sound: Sound, number: int) -> tuple[float, float]:
    """Power and highest magnitude of what coding did to two frames on each side of a seam."""
    start = (number - 2) * 1152 - DECODER_DELAY
    error = (decoded - sound)[start : start + 4 * 1152 + DECODER_DELAY]
    return float(np.sum(np.square(error, dtype=np.float64))) + 1e-9, float(np.abs(error).max()) + 1e-4


@pytest.mark.parametrize("material", MATERIALS)
@pytest.mark.parametrize("output", FORMATS, ids=_name)
def test_seams_are_as_good_as_no_seams(tmp_path: Path, output: OutputFormat, material: str) -> None:
    sound = np.ascontiguousarray(_material(material)[:, : output.channels])
    join(tmp_path / "one.mp3", sound, whole(len(sound)), output)
    seams = join(tmp_path / "many.mp3", sound, pieces_of(len(sound), RATE, seconds_max=8), output)
    assert 1 <= len(seams) <= 3
    one, many = read(tmp_path / "one.mp3"), decoded_by_ffmpeg(tmp_path / "many.mp3", output.channels)
    assert len(one) == len(many) == len(sound)
    np.testing.assert_allclose(read(tmp_path / "many.mp3"), many, atol=1e-5)
    for seam in seams:
        power_of_one, peak_of_one = _errors(one, sound, seam.number)
        power, peak = _errors(many, sound, seam.number)
        assert 10 * np.log10(power / power_of_one) < 1.0
        assert peak < 1.3 * peak_of_one
    if output.vbr_quality is None:
        assert {seam.likeness for seam in seams} == {"exact"}
        assert np.abs(one - many).max() < 1e-5
    assert not remarks_of_mp3val(tmp_path / "many.mp3")


@pytest.mark.parametrize("output", [one for one in FORMATS if one.vbr_quality is None], ids=_name)
def test_pieces_of_ten_seconds_are_all_joined(tmp_path: Path, output: OutputFormat) -> None:
    """Else one encoder would do all the work, and do it well, on one core."""
    sound = noise(40, channels=output.channels)
    pieces = pieces_of(len(sound), RATE, seconds_max=10)
    seams = join(tmp_path / "many.mp3", sound, pieces, output)
    assert len(seams) == len(pieces) - 1 == 3
    assert all(seam.number * 1152 < piece.end for seam, piece in zip(seams, pieces[1:], strict=True))


def test_this_measure_hears_a_bad_seam(tmp_path: Path) -> None:
    """Pieces without an overlap, put end to end, break the sound by far more than any margin above."""
    sound, output, seam = _music_like(12), OutputFormat(), 4 * 49 * 1152
    join(tmp_path / "one.mp3", sound, whole(len(sound)), output)
    first, second = Piece(0, seam), Piece(seam, len(sound))
    coded = encode(sound, first, output)
    cut = frame_places(coded)[seam // 1152]
    info = (tmp_path / "one.mp3").read_bytes()[:417]
    (tmp_path / "bad.mp3").write_bytes(info + coded[:cut] + encode(sound, second, output))
    power_of_one, peak_of_one = _errors(read(tmp_path / "one.mp3"), sound, seam // 1152)
    power, peak = _errors(read(tmp_path / "bad.mp3")[: len(sound)], sound, seam // 1152)
    assert 10 * np.log10(power / power_of_one) > 6
    assert peak > 3 * peak_of_one


@pytest.mark.parametrize("beyond", [-1_153, -1_152, -1, 0, 1, 1_151, 1_152, 40_000])
@pytest.mark.parametrize("output", [OutputFormat(channels=1), OutputFormat(channels=1, vbr_quality=4)], ids=_name)
def test_the_length_is_exact_around_the_ends_of_pieces(tmp_path: Path, output: OutputFormat, beyond: int) -> None:
    """The last coded frame may be just full, or next to empty."""
    seam = 3 * 49 * 1152
    frames = 2 * seam + beyond
    sound = noise(9)[:frames]
    pieces = (Piece(0, seam), Piece(seam, frames))
    join(tmp_path / "a.mp3", sound, pieces, output)
    assert len(read(tmp_path / "a.mp3")) == len(decoded_by_ffmpeg(tmp_path / "a.mp3", 1)) == frames


@pytest.mark.parametrize("rate", [32_000, 48_000])
def test_other_sample_rates_join_as_well(tmp_path: Path, rate: int) -> None:
    sound, output = noise(26, rate=rate, channels=2), OutputFormat(sample_rate=rate)
    seams = join(tmp_path / "a.mp3", sound, pieces_of(len(sound), rate, seconds_max=8), output)
    join(tmp_path / "b.mp3", sound, whole(len(sound)), output)
    assert {seam.likeness for seam in seams} == {"exact"}
    assert np.abs(decoded_by_ffmpeg(tmp_path / "a.mp3", 2) - decoded_by_ffmpeg(tmp_path / "b.mp3", 2)).max() < 1e-5


def test_the_dither_depends_on_the_place_alone(tmp_path: Path) -> None:
    """Of silence, dither is all that is coded: neighbours are fed the same, and agree."""
    silence, output = np.zeros((8 * RATE, 1), np.float32), OutputFormat(channels=1, vbr_quality=0)
    first, second = pieces_of(len(silence), RATE, seconds_max=4)
    seams = join(tmp_path / "a.mp3", silence, (first, second), output)
    assert seams[0].likeness != "same windows"


def test_the_same_sound_makes_the_same_bytes(tmp_path: Path) -> None:
    sound, output = noise(13, channels=2), OutputFormat(vbr_quality=4)
    pieces = pieces_of(len(sound), RATE, seconds_max=4)
    join(tmp_path / "a.mp3", sound, pieces, output)
    join(tmp_path / "b.mp3", sound, pieces, output)
    assert (tmp_path / "a.mp3").read_bytes() == (tmp_path / "b.mp3").read_bytes()


@pytest.mark.parametrize("output", FORMATS, ids=_name)
@pytest.mark.parametrize("rounds", [(3,), (3, 4)], ids=["one", "two in a row"])
def test_where_no_seam_is_found_the_encoder_before_goes_on(
    tmp_path: Path, output: OutputFormat, rounds: tuple[int, ...]
) -> None:
    """Pieces too short for their encoders to settle are left to their neighbour, be they in the middle or the last."""
    step = 49 * 1152
    short = tuple(step * number for number in rounds)
    sound = np.ascontiguousarray(_short_music()[: 5 * step + 900, : output.channels])
    edges = (0, 2 * step, *short, 5 * step, len(sound))
    pieces = tuple(Piece(start, end) for start, end in pairwise(edges))
    join(tmp_path / "one.mp3", sound, whole(len(sound)), output)
    seams = join(tmp_path / "many.mp3", sound, pieces, output)
    assert all(seam.number >= rounds[-1] * 49 for seam in seams)
    one, many = (decoded_by_ffmpeg(tmp_path / name, output.channels) for name in ("one.mp3", "many.mp3"))
    assert len(one) == len(many) == len(sound)
    if output.vbr_quality is None:
        np.testing.assert_array_equal(one, many)
    for seam in seams:
        power_of_one, peak_of_one = _errors(one, sound, seam.number)
        power, peak = _errors(many, sound, seam.number)
        assert 10 * np.log10(power / power_of_one) < 1.0
        assert peak < 1.3 * peak_of_one
    assert not remarks_of_mp3val(tmp_path / "many.mp3")
