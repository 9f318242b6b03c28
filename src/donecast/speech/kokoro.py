"""Voices of Kokoro, brought as files: natural speech on this machine, free, also for money (Apache-2.0).

By the program ``kokoro-tts``. Two files must lie in the folder: ``kokoro-v1.0.onnx`` and ``voices-v1.0.bin``, which is
an archive with an entry for each voice.
"""

import re
import zipfile
from pathlib import Path

from donecast.kit.problems import Problem
from donecast.speech.errors import NoVoice, SpeakingFailed
from donecast.speech.speaking import require_speed, require_text, write_speech
from donecast.speech.synthesizer import Speech, Voice
from donecast.speech.voice_program import VoiceProgram

PROGRAM = "kokoro-tts"
MODEL, VOICES = "kokoro-v1.0.onnx", "voices-v1.0.bin"
_RATE = 24_000
_SECONDS_MAX = 900.0
_MEMORY_BYTES_MAX = 6 * 1024**3
_DEFAULTS = ("af_heart", "af_sarah")
_LICENCE = "Free to use in any episode, also for money (Apache-2.0)."
_ENTRY = re.compile(r"(?P<id>(?P<land>[a-z])(?P<who>[fm])_(?P<name>[a-z]+))\.npy")
# How the program calls the language that a voice's first letter stands for.
_LANGUAGES = {
    "a": "en-us",
    "b": "en-gb",
    "e": "es",
    "f": "fr-fr",
    "h": "hi",
    "i": "it",
    "j": "ja",
    "p": "pt-br",
    "z": "cmn",
}


class KokoroSynthesizer:
    """SpeechSynthesizer adapter, see `synthesizer.SpeechSynthesizer`; ``folder`` is where its files lie."""

    name = "kokoro"
    speeds = (0.5, 2.0)

    def __init__(self, folder: Path, program: str = PROGRAM) -> None:
        self._folder = folder
        self._program = VoiceProgram(program, self._missing, _SECONDS_MAX, _MEMORY_BYTES_MAX)

    @property
    def version(self) -> str:
        """The model's; the program takes seconds to say its own."""
        return MODEL.removesuffix(".onnx")

    @property
    def default_voice(self) -> str:
        """An American woman's where it is among them, else the first."""
        ids = [voice.id for voice in self.voices()]
        return next((one for one in (*_DEFAULTS, *ids) if one in ids), "")

    def check(self) -> list[Problem]:
        """Whether the program is installed and its files are here."""
        return self._program.problems(self.voices())

    def voices(self) -> list[Voice]:
        """A voice for each entry of the archive whose name says whose it is; empty without model or archive."""
        if not (self._folder / MODEL).is_file():
            return []
        try:
            with zipfile.ZipFile(self._folder / VOICES) as archive:
                entries = sorted(archive.namelist())
        except (OSError, zipfile.BadZipFile):
            return []
        matches = [match for match in map(_ENTRY.fullmatch, entries) if match and match["land"] in _LANGUAGES]
        return [
            Voice(
                match["id"],
                f"{match['name'].title()}: a {'woman' if match['who'] == 'f' else 'man'}, natural",
                _tag(_LANGUAGES[match["land"]]),
                _RATE,
                _LICENCE,
            )
            for match in matches
        ]

    def pieces(self, text: str) -> list[str]:
        """The text as it is."""
        return [text]

    def synthesize(self, text: str, voice: str, out_path: Path, *, speed: float = 1.0) -> Speech:
        """See `synthesizer.SpeechSynthesizer.synthesize`."""
        require_speed(speed, self.speeds)
        require_text(text)
        self._program.require_voice(voice, {candidate.id for candidate in self.voices()})
        folder = self._folder.absolute()
        rate, samples = self._program.speak(
            text,
            lambda text_path, wav: [
                *(str(text_path), str(wav), "--format", "wav", "--voice", voice, "--lang", _LANGUAGES[voice[0]]),
                *("--speed", f"{speed:.2f}", "--model", str(folder / MODEL), "--voices", str(folder / VOICES)),
            ],
            out_path.parent,
        )
        if rate != _RATE:
            raise SpeakingFailed(details={"rate": rate, "wanted": _RATE})
        return write_speech(samples, out_path, voice=voice, sample_rate=rate)

    def _missing(self) -> NoVoice:
        return NoVoice(
            "Kokoro, or one of its two files, is not on this machine.",
            action=f'Install it with "pipx install kokoro-tts", put {MODEL} and {VOICES} into the folder for voices '
            "(DONECAST_VOICE_FILES), and start DoneCast again.",
        )


def _tag(language: str) -> str:
    """``en-us`` as ``en-US``; "cmn" as "zh"."""
    first, _, region = language.partition("-")
    if first == "cmn":
        return "zh"
    return f"{first}-{region.upper()}" if region else first
