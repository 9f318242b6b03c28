"""What is made of espeak-ng's answers, by programs that answer as it does; the real one is in the contract's tests."""

from pathlib import Path

import pytest

from donecast.speech.errors import NoVoice, SpeakingFailed, UnknownVoice
from donecast.speech.espeak import EspeakSynthesizer
from donecast.speech.speaking import write_speech

_LIST = """Pty Language       Age/Gender VoiceName          File                 Other Languages
 5  af              --/M      Afrikaans          gmw/af
 5  de              --/M      German             gmw/de
 2  en-us           --/M      English_(America)  gmw/en-US            (en 3)
 6  de-mb          --/M      german-mbrola-5    mb/mb-de5
 5  en-us-nyc       --/M      English_(America,_New_York_City) gmw/en-US-nyc
"""
_VERSION = "eSpeak NG text-to-speech: 1.51  Data at: /usr/lib/x86_64-linux-gnu/espeak-ng-data"


def _program(folder: Path, speaks: str) -> str:
    (folder / "list.txt").write_text(_LIST)
    path = folder / "espeak-ng"
    path.write_text(
        f"""#!/bin/sh
case "$1" in
--version) echo "{_VERSION}" ;;
--voices) cat "{folder}/list.txt" ;;
*) {speaks} ;;
esac
"""
    )
    path.chmod(0o755)
    return str(path)


def test_its_list_is_read(tmp_path: Path) -> None:
    engine = EspeakSynthesizer(_program(tmp_path, "exit 1"))
    assert engine.version == "1.51"
    assert engine.check() == []
    found = [(voice.id, voice.label, voice.language) for voice in engine.voices()]
    assert found == [
        ("af", "Afrikaans: a robot", "af"),
        ("de", "German: a robot", "de"),
        ("en-us", "English (America): a robot", "en-US"),
        ("en-us-nyc", "English (America, New York City): a robot", "en-us-nyc"),
    ]


def test_it_is_asked_for_a_language_and_a_pace(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    write_speech(bytes(range(1, 201)), tmp_path / "sound.wav", voice="de", sample_rate=22_050)
    note, sound = tmp_path / "asked.txt", tmp_path / "sound.wav"
    engine = EspeakSynthesizer(
        _program(tmp_path, f'echo "$1 $2 $3 $4" > "{note}"; cat "$8" >> "{note}"; cat "{sound}" > "${{10}}"')
    )
    speech = engine.synthesize("Say [[this]], bitte schön.", "de", out / "speech.wav", speed=2.0)
    assert (speech.frames, speech.sample_rate, speech.voice) == (100, 22_050, "de")
    # Two brackets would begin its own notation for sounds.
    assert note.read_text() == "-v de -s 350\nSay [ [this]], bitte schön."
    assert list(out.iterdir()) == [out / "speech.wav"]


@pytest.mark.parametrize("speaks", ["exit 3", ":"])
def test_a_program_that_fails_leaves_nothing_behind(tmp_path: Path, speaks: str) -> None:
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(SpeakingFailed):
        EspeakSynthesizer(_program(tmp_path, speaks)).synthesize("Hello.", "de", out / "speech.wav")
    assert list(out.iterdir()) == []


def test_a_voice_that_it_does_not_list_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownVoice):
        EspeakSynthesizer(_program(tmp_path, "exit 0")).synthesize("Hello.", "slt", tmp_path / "speech.wav")


def test_a_missing_program_says_how_to_install_it(tmp_path: Path) -> None:
    missing = EspeakSynthesizer("espeak-that-is-not-here")
    assert (missing.version, missing.voices()) == ("none", [])
    (problem,) = missing.check()
    assert "sudo apt install espeak-ng" in problem.action
    assert "another voice" in problem.action
    with pytest.raises(NoVoice):
        missing.synthesize("Hello.", "en-us", tmp_path / "speech.wav")
