"""The voice that works offline: flite, a small program that Debian and its relatives ship. Plain, clear, 16 kHz.

Sentences are split here and spoken one by one with silence between, for even pauses and a deadline for each. Flite's
own markup mode is never used: it can hang.
"""

import re
import tempfile
import unicodedata
import wave
from pathlib import Path

from donecast.engine.errors import EngineFailed, ProgramMissing
from donecast.engine.programs import find_program, run_program
from donecast.kit.problems import Problem
from donecast.speech.errors import NothingToSay, NoVoice, SpeakingFailed, UnknownVoice
from donecast.speech.speaking import require_speed, require_text
from donecast.speech.synthesizer import Speech, Voice

PROGRAM = "flite"
SENTENCE_CHARACTERS_MAX = 400
_SENTENCE_SECONDS_MAX = 60.0
_MEMORY_BYTES_MAX = 1024**3
_SENTENCE_GAP_MS = 200  # beside the silence that flite itself leaves
_PARAGRAPH_GAP_MS = 500

_LICENCE = "Free to use in any episode, also for money (BSD-style licence of Carnegie Mellon University)."
_VOICES = (
    Voice("slt", "Sally: a woman, American, clear", "en-US", 16_000, _LICENCE),
    Voice("rms", "Robert: a man, American, calm", "en-US", 16_000, _LICENCE),
    Voice("awb", "Alan: a man, Scottish", "en-GB", 16_000, _LICENCE),
    Voice("kal16", "Karl: the classic robot", "en-US", 16_000, _LICENCE),
)
_SENTENCE_END = re.compile(r"(?:(?<=[.!?])|(?<=[.!?][\"')\]]))\s+")
_ABBREVIATION = re.compile(r"\b(?:[A-Z]|Mr|Mrs|Ms|Dr|St|Prof|Jr|Sr|vs|No|e\.g|i\.e)\.$")
_TYPOGRAPHY = str.maketrans(
    {
        **{"‘": "'", "’": "'", "“": '"', "”": '"', "…": "...", "\u00a0": " "},
        **{"ß": "ss", "ø": "o", "Ø": "O", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ł": "l", "Ł": "L", "đ": "d"},
        **{"€": " euros ", "£": " pounds ", "&": " and ", "<": " ", ">": " ", "\\": " "},
    }
)


class FliteSynthesizer:
    """SpeechSynthesizer adapter, see `synthesizer.SpeechSynthesizer`. ``program`` is flite's name or path."""

    name = PROGRAM
    default_voice = "slt"
    speeds = (0.5, 2.0)

    def __init__(self, program: str = PROGRAM) -> None:
        self._program = program

    @property
    def version(self) -> str:
        """What the program says of itself, such as "2.2"; "none" where it is not installed."""
        said = self._answer("-h")
        match = re.search(r"version:\s*flite-([\w.]+)", said)
        return match.group(1) if match else "none"

    def check(self) -> list[Problem]:
        """Whether flite is installed and has its default voice."""
        if any(voice.id == self.default_voice for voice in self.voices()):
            return []
        return [Problem(NoVoice.code, NoVoice.message, NoVoice.action)]

    def voices(self) -> list[Voice]:
        """Those of our known voices that this flite was built with."""
        here = self._answer("-lv").partition(":")[2].split()
        return [voice for voice in _VOICES if voice.id in here]

    def pieces(self, text: str) -> list[str]:
        """The text as it is; sentences are its own affair."""
        return [text]

    def synthesize(self, text: str, voice: str, out_path: Path, *, speed: float = 1.0) -> Speech:
        """See `synthesizer.SpeechSynthesizer.synthesize`. Takes about a fortieth of the spoken time."""
        require_speed(speed, self.speeds)
        require_text(text)
        sentences = split_sentences(text)
        if not sentences:
            raise NothingToSay("The voice reads English letters only, and this text has none.")
        known = self.voices()
        if not known:
            raise NoVoice
        chosen = next((candidate for candidate in known if candidate.id == voice), None)
        if chosen is None:
            raise UnknownVoice(f'The voice "{voice}" is not installed on this machine.', details={"voice": voice})
        with tempfile.TemporaryDirectory(prefix="speak-", dir=out_path.parent) as folder:
            unfinished = Path(folder) / "speech.wav"
            frames = self._speak(sentences, chosen, speed, Path(folder), unfinished)
            unfinished.replace(out_path)
        return Speech(out_path, chosen.id, chosen.sample_rate, frames)

    def _speak(
        self, sentences: list[tuple[str, bool]], voice: Voice, speed: float, folder: Path, out_path: Path
    ) -> int:
        """Speaks sentence after sentence into one file; answers its length in samples."""
        with wave.open(str(out_path), "wb") as joined:
            joined.setnchannels(1)
            joined.setsampwidth(2)
            joined.setframerate(voice.sample_rate)
            for index, (sentence, ends_paragraph) in enumerate(sentences):
                spoken = self._speak_sentence(sentence, voice, speed, folder)
                joined.writeframes(spoken)
                if index + 1 < len(sentences):
                    gap_ms = _PARAGRAPH_GAP_MS if ends_paragraph else _SENTENCE_GAP_MS
                    joined.writeframes(bytes(2 * (voice.sample_rate * gap_ms // 1000)))
            return joined.getnframes()

    def _speak_sentence(self, sentence: str, voice: Voice, speed: float, folder: Path) -> bytes:
        text_path, wav_path = (folder / "sentence.txt").absolute(), (folder / "sentence.wav").absolute()
        text_path.write_text(sentence + "\n", encoding="ascii")
        wav_path.unlink(missing_ok=True)
        stretch = ["--setf", f"duration_stretch={1 / speed:.4f}"] if speed != 1.0 else []
        try:
            run_program(
                [self._program, "-voice", voice.id, *stretch, "-f", str(text_path), "-o", str(wav_path)],
                deadline_seconds=_SENTENCE_SECONDS_MAX,
                memory_bytes_max=_MEMORY_BYTES_MAX,
            )
            with wave.open(str(wav_path), "rb") as spoken:
                shape = (spoken.getframerate(), spoken.getnchannels(), spoken.getsampwidth())
                frames = spoken.readframes(spoken.getnframes())
        except ProgramMissing as error:
            raise NoVoice from error
        except (EngineFailed, OSError, EOFError, wave.Error) as error:
            raise SpeakingFailed(details={"sentence": sentence, "reason": str(error)}) from error
        if shape != (voice.sample_rate, 1, 2) or not frames:
            raise SpeakingFailed(details={"sentence": sentence, "rate_channels_bytes": shape})
        return frames

    def _answer(self, option: str) -> str:
        """What flite says to an option; empty where it is missing or broken."""
        if find_program(self._program) is None:
            return ""
        try:
            answer = run_program([self._program, option], deadline_seconds=10.0, memory_bytes_max=_MEMORY_BYTES_MAX)
        except (EngineFailed, ProgramMissing):
            return ""
        return answer.stdout.decode("utf-8", "replace")


def split_sentences(text: str) -> list[tuple[str, bool]]:
    """Sentences in plain letters, each with whether a paragraph ends there; what cannot be spoken is left out.

    Sentences longer than 400 characters are split at a comma, else at a space.
    """
    sentences: list[tuple[str, bool]] = []
    for paragraph in re.split(r"\n\s*\n", text):
        parts: list[str] = []
        for part in _SENTENCE_END.split(" ".join(_speakable(paragraph).split())):
            if parts and _ABBREVIATION.search(parts[-1]):
                parts[-1] += " " + part
            else:
                parts.append(part)
        short = [piece for part in parts for piece in _shortened(part) if any(map(str.isalnum, piece))]
        sentences.extend((piece, index + 1 == len(short)) for index, piece in enumerate(short))
    return sentences


def _shortened(sentence: str) -> list[str]:
    pieces = []
    while len(sentence) > SENTENCE_CHARACTERS_MAX:
        window = sentence[:SENTENCE_CHARACTERS_MAX]
        at = max(window.rfind(", "), window.rfind("; "))
        at = at + 1 if at > SENTENCE_CHARACTERS_MAX // 4 else window.rfind(" ")
        at = at if at > 0 else SENTENCE_CHARACTERS_MAX
        pieces.append(sentence[:at].strip())
        sentence = sentence[at:].strip()
    return [*pieces, sentence]


def _speakable(text: str) -> str:
    """The text in ASCII: typography plain, accents off, other scripts and control characters gone."""
    folded = unicodedata.normalize("NFKD", re.sub(r"\s*[–—]\s*", ", ", text).translate(_TYPOGRAPHY))
    return "".join(
        character for character in folded if character == "\n" or (character.isascii() and character.isprintable())
    )
