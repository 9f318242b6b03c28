"""``donecast polish``: pauses and loudness, by the sound alone."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from donecast.engine.loudness import LoudnessMeter
from donecast.entry.cli import main
from donecast.speech.flite import FliteSynthesizer
from tests.engine.sounds import noise, speech_like
from tests.support.sounds import tone

RATE = 44_100
PAUSES_MS = (2_400, 900, 3_100, 1_900, 700)

Sound = NDArray[np.float32]


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def voice(seconds: int, pitch_hertz: float) -> Sound:
    """Something that sounds like a vowel, four syllables a second and no silence between them."""
    places = np.arange(seconds * RATE) / RATE
    tone = sum(np.sin(2 * np.pi * pitch_hertz * k * places + k * k) / k for k in range(1, 24))
    sound: Sound = (0.1 * tone * (0.6 + 0.4 * np.sin(2 * np.pi * 4 * places))).astype(np.float32)[:, None]
    return sound


def talk(channels: int = 2) -> tuple[Sound, list[tuple[int, int]]]:
    """Voices with pauses of known lengths between them, and where those pauses are in milliseconds."""
    sound, pauses = _talk(channels)
    return sound.copy(), [*pauses]


@cache
def _talk(channels: int) -> tuple[Sound, list[tuple[int, int]]]:
    parts, pauses, at_ms = [], [], 0
    for number, pause_ms in enumerate((*PAUSES_MS, 0)):
        burst = voice(3, pitch_hertz=110 + 20 * number)
        at_ms += 3_000
        pauses.append((at_ms, at_ms + pause_ms))
        at_ms += pause_ms
        parts += [burst, np.zeros((pause_ms * RATE // 1000, 1), np.float32)]
    sound = np.repeat(np.concatenate(parts), channels, axis=1)
    return sound + noise(len(sound) / RATE, channels=channels, level=0.0005)[: len(sound)], pauses[:-1]


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["polish", *arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def lufs_of(path: str) -> float | None:
    sound, rate = soundfile.read(path, dtype="float32", always_2d=True)
    meter = LoudnessMeter(rate, sound.shape[1])
    meter.add(sound)
    return meter.integrated_lufs()


def loud_hundredths(path: str) -> int:
    sound, rate = soundfile.read(path, always_2d=True)
    hop = rate // 100
    peaks = np.abs(sound[: len(sound) // hop * hop, 0]).reshape(-1, hop).max(axis=1)
    return int((peaks > 0.1 * peaks.max()).sum())


@pytest.mark.parametrize("out", ["out.wav", "out.MP3", "out.m4a"])
def test_long_pauses_shrink_and_the_loudness_is_as_asked(capsys: pytest.CaptureFixture[str], out: str) -> None:
    sound, pauses = talk()
    soundfile.write("talk.wav", sound, RATE)
    code, said, progress = run(capsys, "talk.wav", "-o", out, "--json")
    assert code == 0, progress
    assert progress.splitlines()[:2] == ["Listening for pauses and loudness", "Writing the finished file"]
    result = json.loads(said)
    wanted = [(start + 300, end - 300) for start, end in pauses if end - start > 1_800]
    assert len(wanted) == 3
    found = [(cut["start_ms"], cut["end_ms"]) for cut in result["cuts"]]
    assert np.abs(np.array(found) - np.array(wanted)).max() <= 20
    removed_ms = sum(end - start for start, end in found)
    assert result["duration_ms"] == result["recording_duration_ms"] - removed_ms
    assert result["loudness_lufs"] == pytest.approx(-16, abs=0.1)
    assert result["true_peak_dbtp"] <= -1.0
    assert Path(out).stat().st_size == Path(result["file"]).stat().st_size > 0
    assert sorted(path.name for path in Path().iterdir()) == sorted([out, "talk.wav"])


def test_a_wav_has_exactly_the_frames_that_remain(capsys: pytest.CaptureFixture[str]) -> None:
    sound, _ = talk(channels=1)
    soundfile.write("talk.flac", sound, RATE)
    _, said, _ = run(capsys, "talk.flac", "-o", "out.wav", "--json")
    result = json.loads(said)
    info = soundfile.info("out.wav")
    assert (info.frames, info.channels, info.samplerate) == (result["frames"], 1, RATE)
    assert info.frames == round(result["duration_ms"] * RATE / 1000)
    assert lufs_of("out.wav") == pytest.approx(-19, abs=0.1)


def test_no_pause_is_touched_when_they_shall_stay(capsys: pytest.CaptureFixture[str]) -> None:
    sound, _ = talk()
    soundfile.write("talk.wav", sound, RATE)
    code, said, _ = run(capsys, "talk.wav", "-o", "out.wav", "--keep-pauses", "--lufs", "-23")
    assert code == 0
    assert "nothing was cut" in said
    assert "Loudness -23.0 LUFS (target -23)" in said
    assert soundfile.info("out.wav").frames == len(sound)
    assert lufs_of("out.wav") == pytest.approx(-23, abs=0.1)


def test_which_pauses_and_how_long_they_become_can_be_said(capsys: pytest.CaptureFixture[str]) -> None:
    sound, _ = talk()
    soundfile.write("talk.wav", sound, RATE)
    _, said, _ = run(capsys, "talk.wav", "-o", "out.wav", "--pause-over", "2.2", "--pause-to", "1")
    assert said.count("becomes 1.0 seconds") == 2
    assert "out.wav: 0:27.0 -> 0:23.5" in said


def test_speech_keeps_its_rate_where_the_codecs_have_it(capsys: pytest.CaptureFixture[str]) -> None:
    for rate, wanted in ((96_000, 48_000), (16_000, 44_100)):
        soundfile.write("talk.wav", speech_like(3, rate=rate), rate)
        assert run(capsys, "talk.wav", "-o", "out.wav")[0] == 0
        assert soundfile.info("out.wav").samplerate == wanted


def test_the_settings_say_how_files_usually_are(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    soundfile.write("talk.wav", talk()[0], RATE)
    monkeypatch.setenv("DONECAST_LOUDNESS_LUFS_STEREO", "-20.5")
    monkeypatch.setenv("DONECAST_AUDIO_BITRATE_KBPS", "64")
    assert "(target -20.5)" in run(capsys, "talk.wav", "-o", "small.mp3")[1]
    monkeypatch.setenv("DONECAST_AUDIO_VBR_QUALITY", "4")  # which is for mp3 alone
    assert run(capsys, "talk.wav", "-o", "small.m4a")[0] == 0
    monkeypatch.setenv("DONECAST_AUDIO_VBR_QUALITY", "")
    monkeypatch.setenv("DONECAST_AUDIO_BITRATE_KBPS", "320")
    assert run(capsys, "talk.wav", "-o", "large.mp3")[0] == 0
    assert Path("large.mp3").stat().st_size > 4 * Path("small.mp3").stat().st_size
    code, _, problem = run(capsys, "talk.wav", "-o", "large.m4a")
    assert (code, "DONECAST_AUDIO_BITRATE_KBPS: at most" in problem) == (1, True)


def test_spoken_sentences_lose_the_silence_between_them_and_not_a_word(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    voice = FliteSynthesizer()
    if voice.check():
        pytest.skip("flite is not installed (Debian: apt-get install flite)")
    said = [voice.synthesize(text, "slt", tmp_path / f"{n}.wav").path for n, text in enumerate(["Good day.", "Bye."])]
    parts = [soundfile.read(path, dtype="float32")[0] for path in said]
    rate = soundfile.info(said[0]).samplerate
    soundfile.write("talk.wav", np.concatenate([parts[0], np.zeros(4 * rate, np.float32), parts[1]]), rate)
    assert run(capsys, "talk.wav", "-o", "out.wav")[0] == 0
    seconds = (len(parts[0]) + len(parts[1])) / rate
    assert seconds - 0.2 < soundfile.info("out.wav").duration < seconds + 0.7
    assert loud_hundredths("out.wav") == pytest.approx(loud_hundredths("talk.wav"), abs=2)


def test_what_one_that_was_killed_has_left_goes_with_the_next(capsys: pytest.CaptureFixture[str]) -> None:
    left = Path(".donecast-polish-k1lled")
    left.mkdir()
    (left / ".owner").touch()
    (left / "finished.wav").write_bytes(b"half a file")
    soundfile.write("talk.wav", speech_like(3), RATE)
    assert run(capsys, "talk.wav", "-o", "out.wav")[0] == 0
    assert sorted(path.name for path in Path().iterdir()) == ["out.wav", "talk.wav"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.wav", "-o", "e.mp3"], "There is no file nowhere.wav"),
        (["hum.wav", "-o", "e.ogg"], "ends in .mp3, .m4a or .wav"),
        (["hum.wav", "-o", "no/such/folder/e.mp3"], "in a folder that exists"),
        (["hum.wav", "-o", "/proc/e.mp3"], "that you may write to"),
        (["hum.wav", "-o", "hum.wav"], "would overwrite your file hum.wav"),
        (["hum.wav", "-o", "e.mp3", "--lufs", "3"], "Choose between -40 and -8"),
        (["hum.wav", "-o", "e.mp3", "--pause-over", "1", "--pause-to", "2"], "cannot become longer"),
        (["hum.wav", "-o", "e.mp3", "--pause-over", "inf"], "No pause is endless"),
        (["hum.wav", "-o", "e.mp3", "--pause-over", "1e308", "--pause-to", "1"], "No pause is endless"),
        (["hum.wav", "-o", "e.mp3", "--pause-to", "-2"], "--pause-over 1.8 --pause-to 0.6"),
        (["words.txt", "-o", "e.mp3"], "."),
        (["silence.wav", "-o", "e.mp3"], "."),
        (["hum.wav", "-o", "e.mp3/"], "cannot be written there"),
    ],
)
def test_bad_wishes_get_a_sentence_and_leave_nothing(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "hum.wav").write_bytes(tone(1.0))
    (tmp_path / "words.txt").write_text("These are only words.")
    soundfile.write("silence.wav", np.zeros(RATE), RATE)
    if arguments[-1].endswith("/"):
        (tmp_path / "e.mp3").mkdir()
    before = sorted(path.name for path in tmp_path.iterdir())
    code, out, problem = run(capsys, *arguments)
    assert (code, out) == (1, "")
    assert said in problem
    assert "Traceback" not in problem
    assert sorted(path.name for path in tmp_path.iterdir()) == before
