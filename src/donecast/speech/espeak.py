"""Voices of espeak-ng: crisp, plainly robotic, in a hundred languages; for machines without flite.

Only as a program of its own, never as a library: it is under the GPL, and what it speaks is not.
"""

import re
from pathlib import Path

from donecast.kit.problems import Problem
from donecast.speech.errors import NoVoice, SpeakingFailed
from donecast.speech.speaking import require_speed, require_text, write_speech
from donecast.speech.synthesizer import Speech, Voice
from donecast.speech.voice_program import VoiceProgram

PROGRAM = "espeak-ng"
_RATE = 22_050
_WORDS_A_MINUTE = 175
_SECONDS_MAX = 120.0
_MEMORY_BYTES_MAX = 1024**3
_LICENCE = "Free to use in any episode, also for money: the licence of espeak-ng (GPL) is about the program alone."
_VERSION = re.compile(r"text-to-speech:\s*([\w.-]+)")
# Priority, language, age and gender, name, file; those of "mb" need another program.
_LISTED = re.compile(r"^\s*\d+\s+(?P<language>[a-z][\w-]*)\s+\S+\s+(?P<name>\S+)\s+(?!mb/)\S+", re.MULTILINE)


class EspeakSynthesizer:
    """SpeechSynthesizer adapter, see `synthesizer.SpeechSynthesizer`. A voice is a language: "en-us", "de"."""

    name = PROGRAM
    default_voice = "en-us"
    speeds = (0.5, 2.0)

    def __init__(self, program: str = PROGRAM) -> None:
        self._program = VoiceProgram(program, _missing, _SECONDS_MAX, _MEMORY_BYTES_MAX)

    @property
    def version(self) -> str:
        """What the program says of itself, such as "1.51"; "none" where it is not installed."""
        match = _VERSION.search(self._program.answer("--version"))
        return match.group(1) if match else "none"

    def check(self) -> list[Problem]:
        """Whether the program is installed and has its default voice."""
        if any(voice.id == self.default_voice for voice in self.voices()):
            return []
        missing = _missing()
        return [Problem(missing.code, missing.message, missing.action)]

    def voices(self) -> list[Voice]:
        """A voice for each language that the program lists."""
        found = {match["language"]: match["name"] for match in _LISTED.finditer(self._program.answer("--voices"))}
        return [
            Voice(language, f"{name.replace('_', ' ')}: a robot", _tag(language), _RATE, _LICENCE)
            for language, name in found.items()
        ]

    def pieces(self, text: str) -> list[str]:
        """The text as it is."""
        return [text]

    def synthesize(self, text: str, voice: str, out_path: Path, *, speed: float = 1.0) -> Speech:
        """See `synthesizer.SpeechSynthesizer.synthesize`."""
        require_speed(speed, self.speeds)
        require_text(text)
        self._program.require_voice(voice, {candidate.id for candidate in self.voices()})
        rate, samples = self._program.speak(
            text.replace("[[", "[ ["),  # two brackets would begin its own notation for sounds
            lambda text_path, wav: [
                *("-v", voice, "-s", str(round(_WORDS_A_MINUTE * speed)), "-b", "1"),
                *("-f", str(text_path), "-w", str(wav)),
            ],
            out_path.parent,
        )
        if rate != _RATE:
            raise SpeakingFailed(details={"rate": rate, "wanted": _RATE})
        return write_speech(samples, out_path, voice=voice, sample_rate=rate)


def _tag(language: str) -> str:
    """``en-us`` as ``en-US``; longer names of variants stay as they are."""
    first, _, region = language.partition("-")
    return f"{first}-{region.upper()}" if len(region) == 2 else language


def _missing() -> NoVoice:
    return NoVoice(
        "The program espeak-ng is not installed on this machine, so its voices cannot speak.",
        action="Install it with “sudo apt install espeak-ng”, or choose another voice under “Words and voice”.",
    )
