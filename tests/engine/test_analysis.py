"""Facts, peaks and feed are right for every format; bad files get a sentence and leave nothing."""

import io
import struct
import wave
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from donecast.engine import analysis_job
from donecast.engine.analysis import AudioFacts, analyse, speech_feed
from donecast.engine.errors import (
    AbsurdChannels,
    AbsurdSampleRate,
    BrokenSamples,
    Damaged,
    EmptyFile,
    EngineRefused,
    FileTooLarge,
    NoAudioInside,
    NotAudio,
    OnlySilence,
    PlaylistRefused,
    TooLong,
    TooShort,
)
from donecast.engine.limits import EngineLimits
from tests.engine.sounds import LIMITS, ffmpeg, noise, read, sine, speech_like, write, write_by_ffmpeg_libraries


def _facts(path: Path, folder: Path, limits: EngineLimits = LIMITS) -> AudioFacts:
    """The job itself, without a process around it."""
    folder.mkdir(exist_ok=True)
    arguments: dict[str, Any] = {"path": str(path), "folder": str(folder), "limits": asdict(limits)}
    return AudioFacts(**analysis_job.analyse(arguments, lambda _: None)["facts"])


def test_a_recording_is_known_after_one_reading(tmp_path: Path) -> None:
    sound = speech_like(6, rate=48_000) + noise(6, rate=48_000, level=0.001)
    path = write(tmp_path / "talk.wav", sound, 48_000)
    seen: list[int] = []
    analysis = analyse(path, tmp_path / "out", limits=LIMITS, on_progress=seen.append)
    facts = analysis.facts
    assert (facts.container, facts.codec, facts.sample_rate, facts.channels) == ("wav", "pcm_16", 48_000, 1)
    assert (facts.frames, facts.duration_ms, facts.cut_off) == (288_000, 6_000, False)
    assert facts.noise_floor_db == pytest.approx(-60.0, abs=1.0)
    assert facts.true_peak_dbtp == pytest.approx(20 * np.log10(np.abs(sound).max()), abs=0.5)
    assert facts.loudness_lufs is not None
    assert -30 < facts.loudness_lufs < -10
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        *("feed.wav", "peaks-100.dat", "peaks-2.dat", "peaks-20.dat")
    ]
    assert seen == sorted(seen)
    assert soundfile.info(analysis.feed).subtype == "PCM_16"


def test_the_feed_is_16_khz_mono_in_the_same_place(tmp_path: Path) -> None:
    sound = np.zeros((44_100 * 2, 2), np.float32)
    sound[44_100 : 44_100 + 4_410] = sine(0.1, hertz=1_000, channels=2)
    path = write(tmp_path / "a.flac", sound)
    feed = speech_feed(path, tmp_path / "feed" / "f.wav", limits=LIMITS)
    heard = read(feed)
    assert soundfile.info(feed).samplerate == 16_000
    assert heard.shape == (32_000, 1)
    loud = np.flatnonzero(np.abs(heard[:, 0]) > 0.05)
    assert loud[0] == pytest.approx(16_000, abs=10)
    assert loud[-1] == pytest.approx(17_600, abs=10)
    assert [path.name for path in feed.parent.iterdir()] == ["f.wav"]


@pytest.mark.parametrize(
    ("ending", "codec"),
    [("m4a", "aac"), ("webm", "libopus"), ("opus", "libopus"), ("wma", "wmav2"), ("aac", "aac"), ("mp4", "aac")],
)
def test_formats_of_phones_and_browsers_are_read(tmp_path: Path, ending: str, codec: str) -> None:
    sound = speech_like(3, rate=48_000)
    path = write_by_ffmpeg_libraries(tmp_path / f"a.{ending}", sound, codec)
    facts = _facts(path, tmp_path / "out")
    assert facts.duration_ms == pytest.approx(3_000, abs=70)
    assert (facts.channels, facts.sample_rate, facts.cut_off) == (1, 48_000, False)
    reference = _facts(write(tmp_path / "a.wav", sound, 48_000), tmp_path / "out")
    assert facts.loudness_lufs == pytest.approx(reference.loudness_lufs, abs=0.7)


@pytest.mark.parametrize("ending", ["webm", "mkv"])
def test_a_recording_of_a_browser_that_breaks_off_is_taken_and_marked(tmp_path: Path, ending: str) -> None:
    whole = write_by_ffmpeg_libraries(tmp_path / f"a.{ending}", speech_like(6, rate=48_000), "libopus")
    seen: list[int] = []
    assert not analyse(whole, tmp_path / "out", limits=LIMITS, on_progress=seen.append).facts.cut_off
    assert seen == sorted(seen)
    data = whole.read_bytes()
    (tmp_path / f"cut.{ending}").write_bytes(data[: len(data) // 2])
    facts = _facts(tmp_path / f"cut.{ending}", tmp_path / "out")
    assert facts.cut_off
    assert 2_000 < facts.duration_ms < 4_000


@pytest.mark.parametrize("ending", ["mp3", "ogg", "flac", "aiff", "wav"])
def test_other_formats_are_read_to_the_frame(tmp_path: Path, ending: str) -> None:
    path = write(tmp_path / f"a.{ending}", noise(2, channels=2), subtype="VORBIS" if ending == "ogg" else None)
    facts = _facts(path, tmp_path / "out")
    assert (facts.frames, facts.duration_ms, facts.channels_in_file) == (88_200, 2_000, 2)


def test_more_than_two_channels_are_averaged(tmp_path: Path) -> None:
    facts = _facts(write(tmp_path / "a.wav", noise(1, channels=6)), tmp_path / "out")
    assert (facts.channels, facts.channels_in_file) == (1, 6)


def test_a_wav_that_breaks_off_is_taken_and_marked(tmp_path: Path) -> None:
    whole = write(tmp_path / "whole.wav", noise(4)).read_bytes()
    (tmp_path / "cut.wav").write_bytes(whole[: len(whole) // 2])
    facts = _facts(tmp_path / "cut.wav", tmp_path / "out")
    assert facts.cut_off
    assert facts.duration_ms == pytest.approx(2_000, abs=5)


def test_an_mp3_that_breaks_off_is_taken_and_marked(tmp_path: Path) -> None:
    whole = write(tmp_path / "whole.mp3", noise(6)).read_bytes()
    (tmp_path / "cut.mp3").write_bytes(whole[: len(whole) // 2])
    facts = _facts(tmp_path / "cut.mp3", tmp_path / "out")
    assert facts.cut_off
    assert facts.duration_ms == pytest.approx(3_000, abs=200)


def test_a_flac_that_breaks_off_loses_little(tmp_path: Path) -> None:
    whole = write(tmp_path / "whole.flac", noise(6)).read_bytes()
    (tmp_path / "cut.flac").write_bytes(whole[: len(whole) // 2])
    facts = _facts(tmp_path / "cut.flac", tmp_path / "out")
    assert facts.cut_off
    assert facts.duration_ms == pytest.approx(3_000, abs=250)


def test_a_stream_without_a_stated_length_is_whole(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(ffmpeg("-f", "lavfi", "-i", "sine=d=2", "-f", "wav", "-").stdout)
    facts = _facts(tmp_path / "a.wav", tmp_path / "out")
    assert (facts.duration_ms, facts.cut_off) == (2_000, False)


def _wav(*, rate: int = 44_100, channels: int = 1, data: bytes = bytes(400), bits: int = 16, tag: int = 1) -> bytes:
    frame = channels * bits // 8
    form = struct.pack("<HHIIHH", tag, channels, rate, min(rate * frame, 2**32 - 1), frame % 65_536, bits)
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _float_wav(value: float) -> bytes:
    sound = sine(1)
    sound[20_000] = value
    buffer = io.BytesIO()
    soundfile.write(buffer, sound, 44_100, "FLOAT", format="WAV")
    return buffer.getvalue()


def _silence(seconds: int) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(8_000)
        file.writeframes(b"\x80" * (8_000 * seconds))
    return buffer.getvalue()


BAD: dict[str, tuple[Callable[[], bytes], type[EngineRefused], str]] = {
    "zero bytes": (lambda: b"", EmptyFile, "no bytes"),
    "text": (lambda: b"hello " * 100, NotAudio, "text"),
    "playlist": (lambda: b"#EXTM3U\n/etc/passwd\n", PlaylistRefused, "playlist"),
    "header alone": (lambda: _wav()[:30], Damaged, "cut off before its sound"),
    "no samples": (lambda: _wav(data=b""), Damaged, "no sound in it can be read"),
    "rate 1": (lambda: _wav(rate=1), AbsurdSampleRate, "is 1 Hz"),
    "rate 0": (lambda: _wav(rate=0), AbsurdSampleRate, "is 0 Hz"),
    "rate of billions": (lambda: _wav(rate=4_000_000_000), AbsurdSampleRate, "4,000,000,000"),
    "no channel": (lambda: _wav(channels=0), AbsurdChannels, "no channel"),
    "many channels": (lambda: _wav(channels=64, data=bytes(12_800)), AbsurdChannels, "64 channels"),
    "NaN": (lambda: _float_wav(float("nan")), BrokenSamples, "valid numbers"),
    "infinity": (lambda: _float_wav(float("inf")), BrokenSamples, "valid numbers"),
    "silence": (lambda: _silence(3), OnlySilence, "only silence"),
    "a blink": (lambda: _wav(data=b"\x10\x20" * 200), TooShort, "tenth of a second"),
    "ten hours": (lambda: _silence(36_000), TooLong, "longer than 6 hours"),
    "noise named flac": (lambda: b"fLaC" + bytes(range(256)) * 40, Damaged, "damaged"),
    "noise named ogg": (lambda: b"OggS" + bytes(range(256)) * 40, Damaged, "damaged"),
    "noise named matroska": (lambda: b"\x1a\x45\xdf\xa3" + bytes(range(256)) * 40, Damaged, "damaged"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_its_own_sentence(tmp_path: Path, case: str) -> None:
    make, error, sentence = BAD[case]
    (tmp_path / "a.mp3").write_bytes(make())
    with pytest.raises(error, match=sentence) as caught:
        _facts(tmp_path / "a.mp3", tmp_path / "out")
    assert caught.value.message.endswith(".")
    assert caught.value.action.endswith(".")


def test_a_silent_video_is_refused(tmp_path: Path) -> None:
    ffmpeg("-v", "error", "-f", "lavfi", "-i", "color=s=64x64:d=1", "-f", "matroska", str(tmp_path / "a.mkv"))
    with pytest.raises(NoAudioInside):
        _facts(tmp_path / "a.mkv", tmp_path / "out")


def test_the_limits_hold_at_their_edges(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp3", sine(2))
    size = path.stat().st_size
    _facts(path, tmp_path / "out", replace(LIMITS, file_bytes_max=size, duration_ms_max=2_000))
    with pytest.raises(FileTooLarge):
        _facts(path, tmp_path / "out", replace(LIMITS, file_bytes_max=size - 1))
    with pytest.raises(TooLong):
        _facts(path, tmp_path / "out", replace(LIMITS, duration_ms_max=1_999))


def test_a_header_that_hides_its_length_is_stopped_on_the_way(tmp_path: Path) -> None:
    path = write_by_ffmpeg_libraries(tmp_path / "a.aac", sine(4, rate=48_000), "aac")
    with pytest.raises(TooLong):
        _facts(path, tmp_path / "out", replace(LIMITS, duration_ms_max=2_000))


def test_a_refused_file_leaves_nothing_behind_its_process(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", np.zeros((44_100, 1), np.float32))
    with pytest.raises(OnlySilence):
        analyse(path, tmp_path / "out", limits=LIMITS)
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(("ending", "channels", "rate"), [("wav", 1, 44_100), ("m4a", 2, 48_000), ("mp3", 1, 44_100)])
def test_the_size_of_blocks_makes_no_difference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str, channels: int, rate: int
) -> None:
    """Longer than a block as it is, so that the decoder's own blocks are listened to where they fit."""
    sound = np.repeat(speech_like(21.3, rate=rate), channels, axis=1)
    path = tmp_path / f"a.{ending}"
    if ending == "wav":
        write(path, sound)
    else:
        ffmpeg("-v", "error", "-i", str(write(tmp_path / "a.wav", sound, rate)), str(path))
    answers = []
    for samples in (400_000, rate, 3 * rate):
        monkeypatch.setattr(analysis_job, "_BLOCK_SAMPLES", samples)
        folder = tmp_path / str(samples)
        folder.mkdir()
        given = {"path": str(path), "folder": str(folder), "limits": asdict(LIMITS)}
        facts = analysis_job.analyse(given, lambda _: None)["facts"]
        answers.append((facts, read(folder / "feed.wav"), (folder / "peaks-20.dat").read_bytes()))
    for facts, feed, peaks in answers[1:]:
        assert facts == answers[0][0]
        assert np.abs(feed - answers[0][1]).max() <= 1 / 32_768  # a rounding may fall to the other side
        assert peaks == answers[0][2]
