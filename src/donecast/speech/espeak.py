"""Voices of espeak-ng: crisp, plainly robotic, in a hundred languages; for machines without flite.

Only as a program of its own, never as a library: it is under the GPL, and what it speaks is not.
"""

import re
import tempfile
import wave
from pathlib import Path

from donecast.engine.errors import EngineFailed, ProgramMissing
from donecast.engine.programs import find_program, run_program
from donecast.kit.problems import Problem
from donecast.speech.errors import NoVoice, SpeakingFailed, UnknownVoice
from donecast.speech.speaking import require_speed, require_text, write_speech
from donecast.speech.synthesizer import Speech, Voice

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
        self._program = program

    @property
    def version(self) -> str:
        """What the program says of itself, such as "1.51"; "none" where it is not installed."""
        match = _VERSION.search(self._answer("--version"))
        return match.group(1) if match else "none"

    def check(self) -> list[Problem]:
        """Whether the program is installed and has its default voice."""
        if any(voice.id == self.default_voice for voice in self.voices()):
            return []
        missing = _missing()
        return [Problem(missing.code, missing.message, missing.action)]

    def voices(self) -> list[Voice]:
        """A voice for each language that the program lists."""
        found = {match["language"]: match["name"] for match in _LISTED.finditer(self._answer("--voices"))}
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
        known = {candidate.id for candidate in self.voices()}
        if not known:
            raise _missing()
        if voice not in known:
            raise UnknownVoice(f'The voice "{voice}" is not installed on this machine.', details={"voice": voice})
        return write_speech(self._spoken(text, voice, speed, out_path.parent), out_path, voice=voice, sample_rate=_RATE)

    def _spoken(self, text: str, voice: str, speed: float, beside: Path) -> bytes:
        with tempfile.TemporaryDirectory(prefix="speak-", dir=beside) as folder:
            text_path, wav_path = Path(folder).absolute() / "text.txt", Path(folder).absolute() / "speech.wav"
            # Two brackets would begin its own notation for sounds.
            text_path.write_text(text.replace("[[", "[ ["), encoding="utf-8")
            words_a_minute = str(round(_WORDS_A_MINUTE * speed))
            try:
                run_program(
                    [
                        *(self._program, "-v", voice, "-s", words_a_minute, "-b", "1"),
                        *("-f", str(text_path), "-w", str(wav_path)),
                    ],
                    deadline_seconds=_SECONDS_MAX,
                    memory_bytes_max=_MEMORY_BYTES_MAX,
                )
                with wave.open(str(wav_path), "rb") as spoken:
                    shape = (spoken.getframerate(), spoken.getnchannels(), spoken.getsampwidth())
                    samples = spoken.readframes(spoken.getnframes())
            except ProgramMissing as error:
                raise _missing() from error
            except (EngineFailed, OSError, EOFError, wave.Error) as error:
                raise SpeakingFailed(details={"reason": str(error)}) from error
        if shape != (_RATE, 1, 2) or not samples:
            raise SpeakingFailed(details={"rate_channels_bytes": shape})
        return samples

    def _answer(self, option: str) -> str:
        """What the program says to an option; empty where it is missing or broken."""
        if find_program(self._program) is None:
            return ""
        try:
            answer = run_program([self._program, option], deadline_seconds=10.0, memory_bytes_max=_MEMORY_BYTES_MAX)
        except (EngineFailed, ProgramMissing):
            return ""
        return answer.stdout.decode("utf-8", "replace")


def _tag(language: str) -> str:
    """``en-us`` as ``en-US``; longer names of variants stay as they are."""
    first, _, region = language.partition("-")
    return f"{first}-{region.upper()}" if len(region) == 2 else language


def _missing() -> NoVoice:
    return NoVoice(
        "The voice espeak-ng, which the settings ask for, is not installed on this machine.",
        action='Install it with "sudo apt install espeak-ng", choose another engine in the settings, or use a recorded '
        "intro instead of a spoken one.",
    )
