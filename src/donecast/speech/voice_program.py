"""Programs that speak: a text goes in, a WAV file comes out. Each runs as a process of its own, within limits."""

import tempfile
import wave
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from donecast.engine.errors import EngineFailed, ProgramMissing
from donecast.engine.programs import find_program, run_program
from donecast.kit.problems import Problem
from donecast.speech.errors import NoVoice, SpeakingFailed, UnknownVoice

_ANSWER_SECONDS_MAX = 10.0
Arguments = Callable[[Path, Path], Sequence[str]]
"""What follows the program's name, given the file with the text and the file that it shall write."""


@dataclass(frozen=True, slots=True)
class VoiceProgram:
    """A program's name or path, and what it may take for one text; ``missing`` says what to do where it is not here."""

    program: str
    missing: Callable[[], NoVoice]
    seconds_max: float
    memory_bytes_max: int

    @property
    def is_here(self) -> bool:
        """Whether it is installed."""
        return find_program(self.program) is not None

    def answer(self, *arguments: str) -> str:
        """What it prints; empty where it is missing or broken."""
        if not self.is_here:
            return ""
        try:
            done = run_program(
                [self.program, *arguments],
                deadline_seconds=_ANSWER_SECONDS_MAX,
                memory_bytes_max=self.memory_bytes_max,
            )
        except (EngineFailed, ProgramMissing):
            return ""
        return done.stdout.decode("utf-8", "replace")

    def problems(self, voices: Collection[object]) -> list[Problem]:
        """What is missing: the program, or any voice for it."""
        if self.is_here and voices:
            return []
        missing = self.missing()
        return [Problem(missing.code, missing.message, missing.action)]

    def require_voice(self, voice: str, known: Collection[str]) -> None:
        """Raises NoVoice where there is none at all, else UnknownVoice where this one is not among them."""
        if not known:
            raise self.missing()
        if voice not in known:
            raise UnknownVoice(f'The voice "{voice}" is not installed on this machine.', details={"voice": voice})

    def speak(self, text: str, arguments: Arguments, beside: Path, *, by_stdin: bool = False) -> tuple[int, bytes]:
        """The sample rate, and mono 16-bit samples. Raises NoVoice, SpeakingFailed.

        Its files lie in a folder ``beside`` that vanishes. ``by_stdin``: the text is told, not only written there.
        """
        with tempfile.TemporaryDirectory(prefix="speak-", dir=beside) as folder:
            text_path, wav_path = Path(folder).absolute() / "text.txt", Path(folder).absolute() / "speech.wav"
            text_path.write_text(text, encoding="utf-8")
            try:
                run_program(
                    [self.program, *arguments(text_path, wav_path)],
                    stdin=text.encode() if by_stdin else b"",
                    deadline_seconds=self.seconds_max,
                    memory_bytes_max=self.memory_bytes_max,
                )
                with wave.open(str(wav_path), "rb") as spoken:
                    rate, shape = spoken.getframerate(), (spoken.getnchannels(), spoken.getsampwidth())
                    samples = spoken.readframes(spoken.getnframes())
            except ProgramMissing as error:
                raise self.missing() from error
            except (EngineFailed, OSError, EOFError, wave.Error) as error:
                raise SpeakingFailed(details={"reason": str(error)}) from error
        if shape != (1, 2) or not samples:
            raise SpeakingFailed(details={"channels_and_bytes": shape, "samples": len(samples)})
        return rate, samples
