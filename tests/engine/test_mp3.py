"""An MP3 of ours decodes to exactly the frames that went in, at the level that went in, everywhere."""

from pathlib import Path

import numpy as np
import pytest

from donecast.engine.mp3 import BIT_RATES_KBPS, Mp3Writer, encoding_gain
from tests.engine.sounds import Sound, ffmpeg, noise, read, sine, speech_like


def _encode(path: Path, sound: Sound, *, rate: int = 44_100, bitrate_kbps: int = 128, block: int = 65_536) -> Path:
    writer = Mp3Writer(path, sample_rate=rate, channels=sound.shape[1], bitrate_kbps=bitrate_kbps)
    for start in range(0, len(sound), block):
        writer.write(sound[start : start + block])
    assert writer.close() == path.stat().st_size
    return path


@pytest.mark.parametrize("frames", [1, 575, 1_152, 1_153, 44_100, 100_000, 123_457])
@pytest.mark.parametrize("channels", [1, 2])
def test_the_decoded_length_is_exact(tmp_path: Path, frames: int, channels: int) -> None:
    path = _encode(tmp_path / "a.mp3", noise(3, channels=channels)[:frames])
    assert len(read(path)) == frames
    decoded = ffmpeg("-v", "error", "-i", str(path), "-f", "s16le", "-").stdout
    assert len(decoded) == frames * channels * 2


@pytest.mark.parametrize(("rate", "bitrate_kbps"), [(32_000, 64), (44_100, 64), (48_000, 64), (48_000, 320)])
def test_every_format_is_exact(tmp_path: Path, rate: int, bitrate_kbps: int) -> None:
    path = _encode(tmp_path / "a.mp3", noise(2, rate=rate, channels=2), rate=rate, bitrate_kbps=bitrate_kbps)
    assert len(read(path)) == 2 * rate
    assert path.stat().st_size == pytest.approx(2 * bitrate_kbps * 125, rel=0.05)


def test_the_sound_does_not_shift(tmp_path: Path) -> None:
    sound = speech_like(3)
    decoded = read(_encode(tmp_path / "a.mp3", sound))
    middle = slice(44_100, 88_200)
    errors = {
        shift: float(np.abs(decoded[middle, 0] - sound[44_100 + shift : 88_200 + shift, 0] * 0.95).mean())
        for shift in range(-3, 4)
    }
    assert min(errors, key=lambda shift: errors[shift]) == 0


@pytest.mark.parametrize("bitrate_kbps", BIT_RATES_KBPS)
def test_what_lame_takes_off_is_known(tmp_path: Path, bitrate_kbps: int) -> None:
    tone = sine(2, hertz=997, peak=0.25)
    decoded = read(_encode(tmp_path / "a.mp3", tone * encoding_gain(bitrate_kbps), bitrate_kbps=bitrate_kbps))
    level = np.sqrt(2 * np.mean(decoded[22_050:66_150] ** 2))
    assert 20 * np.log10(level / 0.25) == pytest.approx(0.0, abs=0.02)


def test_the_bytes_do_not_depend_on_blocks(tmp_path: Path) -> None:
    sound = noise(2, channels=2)
    whole = _encode(tmp_path / "a.mp3", sound)
    pieces = _encode(tmp_path / "b.mp3", sound, block=3_333)
    assert whole.read_bytes() == pieces.read_bytes()


def test_both_sides_of_a_mono_sound_stay_equal(tmp_path: Path) -> None:
    decoded = read(_encode(tmp_path / "a.mp3", np.repeat(speech_like(3), 2, axis=1)))
    assert np.abs(decoded[:, 0] - decoded[:, 1]).max() < 1e-3


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


def _crc16(data: bytes) -> int:
    register = 0
    for byte in data:
        for bit in range(8):
            carry = (register ^ byte >> bit) & 1
            register = (register >> 1) ^ (0xA001 if carry else 0)
    return register


@pytest.mark.parametrize(("rate", "channels", "bitrate_kbps"), [(22_050, 1, 128), (44_100, 3, 128), (44_100, 2, 130)])
def test_other_formats_are_refused(tmp_path: Path, rate: int, channels: int, bitrate_kbps: int) -> None:
    with pytest.raises(ValueError, match="no MP3 of ours"):
        Mp3Writer(tmp_path / "a.mp3", sample_rate=rate, channels=channels, bitrate_kbps=bitrate_kbps)
