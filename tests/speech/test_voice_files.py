"""Piper and Kokoro by programs that answer as theirs do, over voices' files made here; and what is no voice."""

import io
import json
import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from donecast.speech.errors import NoVoice, SpeakingFailed, UnknownVoice
from donecast.speech.kokoro import MODEL, VOICES, KokoroSynthesizer
from donecast.speech.piper import PiperSynthesizer
from donecast.speech.speaking import write_speech
from donecast.speech.synthesizer import SpeechSynthesizer

AMY = "en_US-amy-medium"
SETTINGS = {"audio": {"sample_rate": 22_050}, "language": {"code": "en_US"}, "num_speakers": 1}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One voice of Piper, and three of Kokoro."""
    made = tmp_path / "voices"
    made.mkdir()
    (made / f"{AMY}.onnx").write_bytes(b"a network")
    (made / f"{AMY}.onnx.json").write_text(json.dumps(SETTINGS))
    (made / MODEL).write_bytes(b"another network")
    with zipfile.ZipFile(made / VOICES, "w") as archive:
        for name in ("af_sarah", "bm_george", "zf_xiaobei", "notes"):
            style = io.BytesIO()
            np.save(style, np.zeros((2, 1, 4), np.float32))
            archive.writestr(f"{name}.npy", style.getvalue())
    return made


def program(tmp_path: Path, speaks: str) -> str:
    """A program that does this with its arguments."""
    path = tmp_path / "program"
    path.write_text(f"#!/bin/sh\n{speaks}\n")
    path.chmod(0o755)
    return str(path)


def sound(tmp_path: Path, rate: int) -> Path:
    """A few samples at this rate."""
    return write_speech(bytes(range(1, 201)), tmp_path / f"{rate}.wav", voice="any", sample_rate=rate).path


def test_each_pair_of_pipers_files_is_a_voice(folder: Path, tmp_path: Path) -> None:
    (folder / "de_DE-thorsten-high.onnx").write_bytes(b"no settings beside it")
    (folder / "broken.onnx").write_bytes(b"a network")
    (folder / "broken.onnx.json").write_text('{"audio": {"sample_rate": "fast"}')
    engine = PiperSynthesizer(folder, program(tmp_path, "exit 0"))
    assert engine.check() == []
    assert [(one.id, one.label, one.language, one.sample_rate) for one in engine.voices()] == [
        (AMY, "Amy: natural, medium quality", "en-US", 22_050)
    ]
    assert engine.default_voice == AMY


def test_piper_is_told_the_text_on_one_line_and_the_pace(folder: Path, tmp_path: Path) -> None:
    out, asked = tmp_path / "out", tmp_path / "asked.txt"
    out.mkdir()
    speaks = f'echo "$1 $2 $3 $4 $7 $8" > "{asked}"; cat >> "{asked}"; cat "{sound(tmp_path, 22_050)}" > "$6"'
    engine = PiperSynthesizer(folder, program(tmp_path, speaks))
    speech = engine.synthesize("Guten\nTag. Schön!", AMY, out / "speech.wav", speed=2.0)
    assert (speech.frames, speech.sample_rate, speech.voice) == (100, 22_050, AMY)
    model = folder / f"{AMY}.onnx"
    assert asked.read_text() == f"--model {model} --config {model}.json --length_scale 0.500\nGuten Tag. Schön!"
    assert list(out.iterdir()) == [out / "speech.wav"]


def test_kokoros_archive_says_its_voices(folder: Path, tmp_path: Path) -> None:
    engine = KokoroSynthesizer(folder, program(tmp_path, "exit 0"))
    assert (engine.check(), engine.version) == ([], "kokoro-v1.0")
    assert [(one.id, one.label, one.language) for one in engine.voices()] == [
        ("af_sarah", "Sarah: a woman, natural", "en-US"),
        ("bm_george", "George: a man, natural", "en-GB"),
        ("zf_xiaobei", "Xiaobei: a woman, natural", "zh"),
    ]
    assert engine.default_voice == "af_sarah"


def test_kokoro_is_told_the_text_the_language_and_the_pace(folder: Path, tmp_path: Path) -> None:
    asked = tmp_path / "asked.txt"
    writes = f'cat "{sound(tmp_path, 24_000)}" > "$out"'
    speaks = f'cat "$1" > "{asked}"; shift; out="$1"; shift; echo "\n$@" >> "{asked}"; {writes}'
    engine = KokoroSynthesizer(folder, program(tmp_path, speaks))
    speech = engine.synthesize("Good evening.", "bm_george", tmp_path / "speech.wav", speed=0.5)
    assert (speech.frames, speech.sample_rate) == (100, 24_000)
    assert asked.read_text().split("\n")[0] == "Good evening."
    assert "--format wav --voice bm_george --lang en-gb --speed 0.50" in asked.read_text()
    assert f"--model {folder / MODEL} --voices {folder / VOICES}" in asked.read_text()


MAKERS: list[tuple[Callable[[Path, str], SpeechSynthesizer], str, int]] = [
    (PiperSynthesizer, AMY, 16_000),
    (KokoroSynthesizer, "af_sarah", 22_050),
]


@pytest.mark.parametrize(("make", "voice", "wrong_rate"), MAKERS)
class TestBoth:
    """What goes wrong, alike for both."""

    def test_what_fails_or_speaks_at_another_rate_leaves_nothing_behind(
        self, folder: Path, tmp_path: Path, make: Callable[[Path, str], SpeechSynthesizer], voice: str, wrong_rate: int
    ) -> None:
        out, wrong = tmp_path / "out", sound(tmp_path, wrong_rate)
        out.mkdir()
        copies = f'for one in "$@"; do case "$one" in *.wav) cat "{wrong}" > "$one";; esac; done'
        for speaks in ("exit 3", ":", copies):
            with pytest.raises(SpeakingFailed):
                make(folder, program(tmp_path, speaks)).synthesize("Hello.", voice, out / "speech.wav")
            assert list(out.iterdir()) == []

    def test_a_voice_that_is_not_in_the_folder_is_refused(
        self, folder: Path, tmp_path: Path, make: Callable[[Path, str], SpeechSynthesizer], voice: str, wrong_rate: int
    ) -> None:
        del voice, wrong_rate
        for other in ("../slt", "notes", ""):
            with pytest.raises(UnknownVoice):
                make(folder, program(tmp_path, "exit 0")).synthesize("Hello.", other, tmp_path / "speech.wav")

    def test_without_program_or_files_it_says_what_to_do(
        self, folder: Path, tmp_path: Path, make: Callable[[Path, str], SpeechSynthesizer], voice: str, wrong_rate: int
    ) -> None:
        del wrong_rate
        empty = tmp_path / "empty"
        empty.mkdir()
        for engine in (make(folder, "no-such-program"), make(empty, program(tmp_path, "exit 0"))):
            (problem,) = engine.check()
            assert "pipx install" in problem.action
            assert "DONECAST_VOICE_FILES" in problem.action
            assert str(folder.parent) not in problem.action
        assert make(empty, program(tmp_path, "exit 0")).default_voice == ""
        with pytest.raises(NoVoice):
            make(folder, "no-such-program").synthesize("Hello.", voice, tmp_path / "speech.wav")


@pytest.mark.skipif(shutil.which("piper") is None, reason="piper is not installed (pipx install piper-tts)")
@pytest.mark.skipif("DONECAST_PIPER_VOICES" not in os.environ, reason="DONECAST_PIPER_VOICES names no folder of voices")
def test_the_real_piper_speaks(tmp_path: Path) -> None:
    engine = PiperSynthesizer(Path(os.environ["DONECAST_PIPER_VOICES"]))
    speech = engine.synthesize("Good morning.", engine.default_voice, tmp_path / "speech.wav")
    assert 300 < speech.duration_ms < 10_000
