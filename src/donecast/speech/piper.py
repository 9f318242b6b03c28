"""Voices of Piper, brought as files: natural speech on this machine, in many languages, and free.

Only as a program of its own, never as a library: it is under the GPL, and what it speaks is not. Of a voice two files
must lie in the folder: ``en_US-amy-medium.onnx`` and, beside it, ``en_US-amy-medium.onnx.json``.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from donecast.kit.problems import Problem
from donecast.speech.errors import NoVoice, SpeakingFailed
from donecast.speech.speaking import require_speed, require_text, write_speech
from donecast.speech.synthesizer import Speech, Voice
from donecast.speech.voice_program import VoiceProgram

PROGRAM = "piper"
_SECONDS_MAX = 600.0
_MEMORY_BYTES_MAX = 4 * 1024**3
_SETTINGS_BYTES_MAX = 1024**2
_SENTENCE_GAP_SECONDS = "0.2"
_LICENCE = "As the page says from which the voice was fetched: most may be used for everything, some not for money."


class PiperSynthesizer:
    """SpeechSynthesizer adapter, see `synthesizer.SpeechSynthesizer`; ``folder`` is where the voices' files lie.

    A voice is known by its file's name: other files under the same name are taken for the same voice.
    """

    name = PROGRAM
    speeds = (0.5, 2.0)

    def __init__(self, folder: Path, program: str = PROGRAM) -> None:
        self._folder = folder
        self._program = VoiceProgram(program, self._missing, _SECONDS_MAX, _MEMORY_BYTES_MAX)

    @property
    def version(self) -> str:
        """Always the same: the program does not say it, and the voice's file decides how it sounds."""
        return "1"

    @property
    def default_voice(self) -> str:
        """The first of the folder; empty where there is none."""
        return next((voice.id for voice in self.voices()), "")

    def check(self) -> list[Problem]:
        """Whether the program is installed and the folder holds a voice."""
        return self._program.problems(self._files())

    def voices(self) -> list[Voice]:
        """A voice for each pair of files."""
        return [
            Voice(file.path.stem, _label(file.path.stem), file.language, file.sample_rate, _LICENCE)
            for file in self._files()
        ]

    def pieces(self, text: str) -> list[str]:
        """The text as it is."""
        return [text]

    def synthesize(self, text: str, voice: str, out_path: Path, *, speed: float = 1.0) -> Speech:
        """See `synthesizer.SpeechSynthesizer.synthesize`."""
        require_speed(speed, self.speeds)
        require_text(text)
        files = {file.path.stem: file for file in self._files()}
        self._program.require_voice(voice, files)
        model = files[voice].path.absolute()
        rate, samples = self._program.speak(
            " ".join(text.split()),  # a line is a text of its own
            lambda _text, wav: [
                *("--model", str(model), "--config", f"{model}.json", "--output_file", str(wav)),
                *("--length_scale", f"{1 / speed:.3f}", "--sentence_silence", _SENTENCE_GAP_SECONDS),
            ],
            out_path.parent,
            by_stdin=True,
        )
        if rate != files[voice].sample_rate:
            raise SpeakingFailed(details={"rate": rate, "wanted": files[voice].sample_rate})
        return write_speech(samples, out_path, voice=voice, sample_rate=rate)

    def _files(self) -> "list[_VoiceFile]":
        found = [_voice_file(path) for path in sorted(self._folder.glob("*.onnx"))]
        return [file for file in found if file is not None]

    def _missing(self) -> NoVoice:
        return NoVoice(
            "Piper, or a voice for it, is not on this machine.",
            action='Install it with "pipx install piper-tts", put the two files of a voice, such as '
            "en_US-amy-medium.onnx and en_US-amy-medium.onnx.json, into the folder for voices "
            "(DONECAST_VOICE_FILES), and start DoneCast again.",
        )


@dataclass(frozen=True, slots=True)
class _VoiceFile:
    path: Path
    language: str
    sample_rate: int


def _voice_file(path: Path) -> _VoiceFile | None:
    """The voice that this file and the one beside it are; None where they are none."""
    beside = path.with_name(f"{path.name}.json")
    try:
        if beside.stat().st_size > _SETTINGS_BYTES_MAX:
            return None
        settings: Any = json.loads(beside.read_text(encoding="utf-8"))
        rate, language = settings["audio"]["sample_rate"], settings["language"]["code"]
    except (OSError, ValueError, LookupError, TypeError):
        return None
    if type(rate) is not int or not 8_000 <= rate <= 48_000 or not isinstance(language, str):
        return None
    return _VoiceFile(path, language.replace("_", "-"), rate)


def _label(stem: str) -> str:
    """``en_US-amy-medium`` as "Amy: natural, medium quality"."""
    _, _, rest = stem.partition("-")
    who, _, quality = rest.partition("-")
    name = (who or stem).replace("_", " ").title()
    return f"{name}: natural, {quality.replace('_', ' ')} quality" if quality else f"{name}: natural"
