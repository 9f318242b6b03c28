"""An MP3 of ours decodes to exactly the frames that went in, at the level that went in, everywhere."""

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from donecast.core.plan import OutputFormat
from donecast.engine.mp3 import codec_headroom_db, write_mp3
from donecast.engine.mp3_pieces import BIT_RATES_KBPS, pieces_of
from donecast.engine.mpeg_frames import frame_places
from donecast.engine.samples import Samples
from tests.engine.mp3_files import decoded_by_ffmpeg
from tests.engine.sounds import Sound, ffmpeg, noise, read, sine, speech_like

MONO, STEREO = OutputFormat(channels=1), OutputFormat(channels=2)


def _reader(sound: Sound) -> Callable[[int, int], Samples]:
    return lambda start, end: sound[start:end]


def _encode(path: Path, sound: Sound, output: OutputFormat = STEREO) -> Path:
    output = replace(output, channels=sound.shape[1])
    assert write_mp3(path, output, len(sound), _reader(sound)) == path.stat().st_size
    return path


@pytest.mark.parametrize("frames", [1, 575, 1_151, 1_152, 1_153, 44_100, 100_000, 123_457])
@pytest.mark.parametrize("channels", [1, 2])
def test_the_decoded_length_is_exact(tmp_path: Path, frames: int, channels: int) -> None:
    path = _encode(tmp_path / "a.mp3", noise(3, channels=channels)[:frames])
    assert len(read(path)) == frames
    decoded = ffmpeg("-v", "error", "-i", str(path), "-f", "s16le", "-").stdout
    assert len(decoded) == frames * channels * 2


@pytest.mark.parametrize("bitrate_kbps", BIT_RATES_KBPS)
@pytest.mark.parametrize("rate", [32_000, 44_100, 48_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_every_constant_bit_rate_is_exact(tmp_path: Path, rate: int, bitrate_kbps: int, channels: int) -> None:
    output = OutputFormat(sample_rate=rate, bitrate_kbps=bitrate_kbps)
    path = _encode(tmp_path / "a.mp3", noise(2, rate=rate, channels=channels), output)
    assert len(read(path)) == 2 * rate
    assert len(decoded_by_ffmpeg(path, channels)) == 2 * rate
    assert path.stat().st_size == pytest.approx(2 * bitrate_kbps * 125, rel=0.06)


@pytest.mark.parametrize("quality", range(10))
@pytest.mark.parametrize("channels", [1, 2])
def test_every_variable_bit_rate_is_exact(tmp_path: Path, quality: int, channels: int) -> None:
    for rate in (32_000, 44_100, 48_000):
        output = OutputFormat(sample_rate=rate, vbr_quality=quality)
        path = _encode(tmp_path / f"{rate}.mp3", np.repeat(speech_like(2, rate=rate), channels, axis=1), output)
        assert len(read(path)) == 2 * rate
        assert len(decoded_by_ffmpeg(path, channels)) == 2 * rate


def test_better_variable_bit_rates_make_larger_files(tmp_path: Path) -> None:
    sound = noise(2, channels=2)
    files = [_encode(tmp_path / f"{q}.mp3", sound, OutputFormat(vbr_quality=q)) for q in (0, 2, 4, 6, 8)]
    sizes = [path.stat().st_size for path in files]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > 1.5 * sizes[-1]


def test_silence_takes_next_to_nothing_at_a_variable_bit_rate(tmp_path: Path) -> None:
    path = _encode(tmp_path / "a.mp3", np.zeros((441_000, 2), np.float32), OutputFormat(vbr_quality=4))
    assert path.stat().st_size < 10 * 40_000 / 8


def test_the_sound_does_not_shift(tmp_path: Path) -> None:
    sound = speech_like(3)
    decoded = read(_encode(tmp_path / "a.mp3", sound))
    middle = slice(44_100, 88_200)
    errors = {
        shift: float(np.abs(decoded[middle, 0] - sound[44_100 + shift : 88_200 + shift, 0]).mean())
        for shift in range(-3, 4)
    }
    assert min(errors, key=lambda shift: errors[shift]) == 0


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(
    "output",
    [OutputFormat(bitrate_kbps=rate) for rate in BIT_RATES_KBPS] + [OutputFormat(vbr_quality=q) for q in range(10)],
    ids=lambda output: f"{output.bitrate_kbps}" if output.vbr_quality is None else f"V{output.vbr_quality}",
)
def test_the_level_stays(tmp_path: Path, output: OutputFormat, channels: int) -> None:
    """Of a tone, of speech and of noise; the coarser a format, the more it changes noise, up and down."""
    coarse = output.vbr_quality is not None and output.vbr_quality > 4
    for sound, error_db in (
        (sine(2, hertz=997), 0.1 if coarse else 0.02),
        (speech_like(4), 0.15 if coarse else 0.03),
        (_hiss(2), 0.15 if coarse else 0.25 if output.bitrate_kbps <= 96 else 0.05),
    ):
        sides = np.concatenate([sound, 0.7 * np.roll(sound, 777)], axis=1)[:, :channels]
        middle = slice(22_050, len(sound) - 22_050)
        decoded = read(_encode(tmp_path / "a.mp3", sides, output))
        power = np.sum(np.square(decoded[middle], dtype=np.float64)) / np.sum(np.square(sides[middle]))
        assert 10 * np.log10(power) == pytest.approx(0.0, abs=error_db)


def _hiss(seconds: int) -> Sound:
    """Noise of the breadth of a voice."""
    spectrum = np.fft.rfft(noise(seconds)[:, 0])
    hertz = np.fft.rfftfreq(seconds * 44_100, 1 / 44_100)
    spectrum[(hertz < 100) | (hertz > 4_000)] = 0
    hiss: Sound = np.fft.irfft(spectrum).astype(np.float32)[:, None]
    return hiss


def test_headroom_grows_as_bits_get_fewer() -> None:
    by_rate = [codec_headroom_db(OutputFormat(bitrate_kbps=rate)) for rate in BIT_RATES_KBPS]
    by_quality = [codec_headroom_db(OutputFormat(vbr_quality=quality)) for quality in range(10)]
    assert by_rate == sorted(by_rate, reverse=True)
    assert by_quality == sorted(by_quality)
    assert min(by_rate + by_quality) > 0


def test_peaks_beyond_full_scale_are_held_there(tmp_path: Path) -> None:
    decoded = read(_encode(tmp_path / "a.mp3", sine(1, hertz=300, peak=1.5), OutputFormat(bitrate_kbps=320)))
    assert 0.9 < decoded[5_000:40_000].max() < 1.2


def test_both_sides_of_a_mono_sound_stay_equal(tmp_path: Path) -> None:
    decoded = read(_encode(tmp_path / "a.mp3", np.repeat(speech_like(3), 2, axis=1)))
    assert np.abs(decoded[:, 0] - decoded[:, 1]).max() < 1e-3


@pytest.mark.parametrize("output", [STEREO, OutputFormat(vbr_quality=4)], ids=["constant", "variable"])
def test_any_number_of_workers_writes_the_same_bytes(tmp_path: Path, output: OutputFormat) -> None:
    sound = noise(14, channels=2)
    pieces = pieces_of(len(sound), 44_100, seconds_max=4)
    assert len(pieces) == 4
    written = []
    for workers in (1, 2, 5):
        told: list[int] = []
        path = tmp_path / f"{workers}.mp3"
        write_mp3(path, output, len(sound), _reader(sound), workers=workers, pieces=pieces, progress=told.append)
        assert told == [piece.end for piece in pieces]
        written.append(path.read_bytes())
    assert written[0] == written[1] == written[2]
    assert len(read(tmp_path / "5.mp3")) == len(sound)


def test_what_goes_wrong_while_reading_ends_the_work(tmp_path: Path) -> None:
    def broken(start: int, end: int) -> Samples:
        if start > 44_100 * 5:
            raise EOFError("no more")
        return np.zeros((end - start, 2), np.float32)

    pieces = pieces_of(14 * 44_100, 44_100, seconds_max=4)
    before = threading.active_count()
    with pytest.raises(EOFError, match="no more"):
        write_mp3(tmp_path / "a.mp3", STEREO, 14 * 44_100, broken, workers=2, pieces=pieces)
    assert threading.active_count() == before


@pytest.mark.parametrize("kbps", [64, 128, 320])
def test_pieces_sound_as_if_one_encoder_had_made_them(tmp_path: Path, kbps: int) -> None:
    output, sound = OutputFormat(bitrate_kbps=kbps), noise(60, channels=2)
    pieces = pieces_of(len(sound), 44_100, seconds_max=10)
    assert len(pieces) == 6
    write_mp3(tmp_path / "a.mp3", output, len(sound), _reader(sound), pieces=pieces)
    write_mp3(tmp_path / "b.mp3", output, len(sound), _reader(sound))
    in_pieces, one = (decoded_by_ffmpeg(tmp_path / name, 2) for name in ("a.mp3", "b.mp3"))
    np.testing.assert_array_equal(in_pieces, one)


def test_a_reader_that_gives_too_little_or_too_much_is_refused(tmp_path: Path) -> None:
    for length in (44_099, 44_101):
        sound = noise(2)[:length]
        with pytest.raises(ValueError, match=f"{length} frames from frame 0 on, not 44100"):
            write_mp3(tmp_path / "a.mp3", MONO, 44_100, _always(sound))


def _always(sound: Sound) -> Callable[[int, int], Samples]:
    return lambda _start, _end: sound


def test_the_first_frame_says_what_decoders_must_know(tmp_path: Path) -> None:
    content = _encode(tmp_path / "a.mp3", noise(2, channels=2)).read_bytes()
    at = content.index(b"Info")
    assert at == 36
    coded, length = (int.from_bytes(content[at + offset : at + offset + 4], "big") for offset in (8, 12))
    assert length == len(content)
    lame = content.index(b"LAME3.100")
    delays = int.from_bytes(content[lame + 21 : lame + 24], "big")
    assert delays >> 12 == 576
    assert coded * 1152 - 576 - (delays & 0xFFF) == 88_200
    assert content[lame + 34 : lame + 36] == _crc16(content[: lame + 34]).to_bytes(2, "big")
    first_coded = 417
    assert content[lame + 32 : lame + 34] == _crc16(content[first_coded:]).to_bytes(2, "big")


def test_a_variable_bit_rate_is_said_to_be_one(tmp_path: Path) -> None:
    content = _encode(tmp_path / "a.mp3", noise(2, channels=1), OutputFormat(vbr_quality=3)).read_bytes()
    assert content[21:25] == b"Xing"
    assert content[content.index(b"LAME3.100") + 9] & 0x0F == 4


def _crc16(data: bytes) -> int:
    register = 0
    for byte in data:
        for bit in range(8):
            carry = (register ^ byte >> bit) & 1
            register = (register >> 1) ^ (0xA001 if carry else 0)
    return register


@pytest.mark.parametrize("output", [OutputFormat(vbr_quality=2), OutputFormat()], ids=["variable", "constant"])
def test_players_find_a_place_by_the_seek_table(tmp_path: Path, output: OutputFormat) -> None:
    """Where half of it is silence, which takes few bytes, a place would else be looked for far off."""
    loud = noise(20)
    sound = np.concatenate([np.zeros_like(loud), loud])
    content = _encode(tmp_path / "a.mp3", sound, output).read_bytes()
    places = frame_places(content)
    table = content[content.index(b"LAME3.100") - 104 :][:100]
    truth = [256 * places[1 + percent * (len(places) - 2) // 100] / len(content) for percent in range(100)]
    assert np.abs(np.array(list(table)) - truth).max() <= 1
    for second in (10, 30, 38):
        sought = ffmpeg("-v", "error", "-ss", f"{second}", "-i", str(tmp_path / "a.mp3"), "-f", "f32le", "-").stdout
        assert len(sought) / 4 / 44_100 == pytest.approx(40 - second, abs=0.3)


@pytest.mark.parametrize(
    "output",
    [
        OutputFormat(sample_rate=22_050),
        OutputFormat(channels=3),
        OutputFormat(bitrate_kbps=130),
        OutputFormat(codec="aac"),
    ],
)
def test_other_formats_are_refused(tmp_path: Path, output: OutputFormat) -> None:
    with pytest.raises(ValueError, match="no MP3 of ours"):
        write_mp3(tmp_path / "a.mp3", output, 100, _reader(noise(1)))
