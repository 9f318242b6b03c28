"""WAV of ours: the samples themselves in 16 bits, whatever reads them and however long they are."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from donecast.core.plan import OutputFormat
from donecast.engine.sound_file_reader import SoundFileReader
from donecast.engine.wav import codec_headroom_db, wav_header, write_wav
from donecast.engine.wav_header import read_wav_header
from tests.engine.sounds import Sound, ffmpeg, noise, read

RATE = 44_100
STEP = 1 / 32_768


def output(channels: int = 2, rate: int = RATE) -> OutputFormat:
    return OutputFormat("wav", sample_rate=rate, channels=channels)


def written(path: Path, sound: Sound, *, workers: int = 1, rate: int = RATE) -> int:
    return write_wav(
        path, output(sound.shape[1], rate), len(sound), lambda start, end: sound[start:end], workers=workers
    )


@pytest.mark.parametrize(("channels", "rate"), [(1, 48_000), (2, 44_100)])
def test_every_sample_comes_back_within_its_dither(tmp_path: Path, channels: int, rate: int) -> None:
    sound = noise(30, rate=rate, channels=channels)
    length = written(tmp_path / "a.wav", sound, rate=rate)
    info = soundfile.info(tmp_path / "a.wav")
    assert (info.format, info.subtype, info.samplerate, info.channels) == ("WAV", "PCM_16", rate, channels)
    assert length == (tmp_path / "a.wav").stat().st_size
    again = read(tmp_path / "a.wav")
    assert again.shape == sound.shape
    assert np.abs(again - sound).max() <= 1.51 * STEP


def test_rounding_leaves_no_trace_of_a_faint_tone_but_noise(tmp_path: Path) -> None:
    """A tone of a third of a step would vanish if it were only rounded."""
    places = np.arange(20 * RATE)
    tone = (0.33 * STEP * np.sin(2 * np.pi * 1_000 * places / RATE)).astype(np.float32)[:, None]
    written(tmp_path / "a.wav", tone)
    spectrum = np.abs(np.fft.rfft(read(tmp_path / "a.wav")[:, 0])) * 2 / len(tone)
    at = round(1_000 * len(tone) / RATE)
    assert spectrum[at] == pytest.approx(0.33 * STEP, rel=0.05)
    assert spectrum[3 * at] < 0.02 * STEP


def test_the_bytes_are_the_same_for_any_number_of_workers(tmp_path: Path) -> None:
    sound = noise(70, channels=2)
    for workers in (1, 2, 5):
        written(tmp_path / f"{workers}.wav", sound, workers=workers)
    assert (tmp_path / "1.wav").read_bytes() == (tmp_path / "2.wav").read_bytes() == (tmp_path / "5.wav").read_bytes()


def test_what_is_too_loud_is_held_at_full_scale(tmp_path: Path) -> None:
    written(tmp_path / "a.wav", np.array([[3.0], [-3.0]], np.float32))
    assert read(tmp_path / "a.wav")[:, 0].tolist() == [32_767 / 32_768, -1.0]


def test_the_frames_in_the_file_are_told_in_order(tmp_path: Path) -> None:
    sound, told = noise(60, channels=1), list[int]()
    write_wav(
        tmp_path / "a.wav", output(1), len(sound), lambda start, end: sound[start:end], workers=3, progress=told.append
    )
    assert told == sorted(told)
    assert told[-1] == len(sound)


def test_a_fault_while_reading_ends_the_writing(tmp_path: Path) -> None:
    def broken(start: int, end: int) -> Sound:
        if start > RATE * 30:
            raise OSError("the disk is gone")
        return np.zeros((end - start, 2), np.float32)

    with pytest.raises(OSError, match="the disk is gone"):
        write_wav(tmp_path / "a.wav", output(), RATE * 60, broken, workers=2)


def test_it_is_read_anywhere(tmp_path: Path) -> None:
    sound = noise(3, channels=2)
    written(tmp_path / "a.wav", sound)
    whole = read(tmp_path / "a.wav")
    with SoundFileReader(tmp_path / "a.wav") as reader:
        assert (reader.frames, reader.sample_rate, reader.channels) == (len(sound), RATE, 2)
        for start, end in ((50_000, 50_010), (0, 5), (len(sound) - 3, len(sound) + 100), (len(sound) + 5, len(sound))):
            assert np.array_equal(reader.read(start, end), whole[start:end])


@pytest.mark.parametrize(("frames", "kind"), [(1_073_741_814, b"RIFF"), (1_073_741_815, b"RF64"), (2**32, b"RF64")])
def test_beyond_4_gib_the_lengths_are_of_64_bits(tmp_path: Path, frames: int, kind: bytes) -> None:
    header = wav_header(output(), frames)
    path = tmp_path / "long.wav"
    path.write_bytes(header)
    with path.open("r+b") as file:
        file.truncate(len(header) + 4 * frames)
    assert header[:4] == kind
    assert soundfile.info(path).frames == frames
    with path.open("rb") as file:
        found = read_wav_header(file)
    assert found is not None
    assert (found.bytes_promised, found.bytes_present) == (4 * frames, 4 * frames)


def test_ffmpeg_reads_both_kinds_of_header(tmp_path: Path) -> None:
    for frames in (RATE, 1_100_000_000):
        path = tmp_path / f"{frames}.wav"
        header = wav_header(output(), frames)
        path.write_bytes(header)
        with path.open("r+b") as file:
            file.truncate(len(header) + 4 * frames)
        said = ffmpeg("-v", "info", "-i", str(path), "-t", "0.1", "-f", "null", "-").stderr.decode()
        seconds = frames // RATE
        assert f"Duration: {seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}" in said


@pytest.mark.parametrize(
    "wrong", [OutputFormat("mp3"), OutputFormat("wav", sample_rate=22_050), OutputFormat("wav", channels=6)]
)
def test_other_formats_are_refused(tmp_path: Path, wrong: OutputFormat) -> None:
    with pytest.raises(ValueError, match="no WAV of ours"):
        write_wav(tmp_path / "a.wav", wrong, 10, lambda start, end: np.zeros((end - start, 2), np.float32))
    assert not (tmp_path / "a.wav").exists()


def test_hardly_any_headroom_is_given_away() -> None:
    assert 0 < codec_headroom_db(output()) <= 0.05
