"""Speech whose every word is timed by the voice itself: flite says when each phone of a sentence ends.

Which phones belong to which word is known from the words spoken alone. Where the numbers of phones differ, or a word
begins with a vowel here and a consonant there, a sentence has no certain times and is left out.
"""

import re
import subprocess
import wave
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from donecast.speech.spoken_text import tokens_of
from proofs.harness import ProofFailed
from tests.support.spoken_scene import SpokenScene

_PHONE = re.compile(r"([a-z]+):(\d+\.\d+)")
_VOWELS = frozenset("aeiou")
_REST_MS = (250, 700)
_LEFT_OUT_SHARE_MAX = 0.2
_MISSPELT_LETTERS_MIN = 5


@dataclass(frozen=True, slots=True)
class TimedWord:
    """A written word with its punctuation, and when the voice begins and ends it, in milliseconds."""

    text: str
    start_ms: float
    end_ms: float


@dataclass(frozen=True, slots=True)
class TimedTalk:
    """A feed and what is said in it, sentence by sentence."""

    voice: str
    feed: Path
    duration_ms: int
    sentences: tuple[tuple[TimedWord, ...], ...]


def timed_talk(sentences: Sequence[str], voice: str, folder: Path) -> TimedTalk:
    """The sentences by a local voice, with pauses of a quarter to three quarters of a second between them."""
    alone = _spoken_alone([word for text in sentences for token in tokens_of(text) for word in token.spoken], voice)
    scene, generator = SpokenScene(folder, voice), np.random.default_rng(5)
    timed: list[tuple[TimedWord, ...]] = []
    scene.rest(500)
    for text in sentences:
        samples, phones = _spoken(text, voice, folder)
        words = _words(text, phones, alone)
        if words is None:
            continue
        start_ms = scene.add(samples).start_ms
        timed.append(tuple(TimedWord(one.text, one.start_ms + start_ms, one.end_ms + start_ms) for one in words))
        scene.rest(int(generator.integers(*_REST_MS)))
    if len(timed) < (1 - _LEFT_OUT_SHARE_MAX) * len(sentences):
        raise ProofFailed(f"only {len(timed)} of {len(sentences)} sentences could be timed with the voice {voice}")
    return TimedTalk(voice, scene.write(f"{voice}.wav"), scene.duration_ms, tuple(timed))


@dataclass(frozen=True, slots=True)
class _Phone:
    name: str
    start_ms: float
    end_ms: float


def _spoken(text: str, voice: str, folder: Path) -> tuple[npt.NDArray[np.int16], list[_Phone]]:
    path = folder / "timed.wav"
    command = ["flite", "-voice", voice, "-t", text, "-psdur", "-o", str(path)]
    said = subprocess.run(command, check=True, timeout=60, capture_output=True, text=True).stdout
    with wave.open(str(path), "rb") as clip:
        if clip.getframerate() != 16_000:
            raise ProofFailed(f"the voice {voice} speaks at {clip.getframerate()} Hz")
        samples = np.frombuffer(clip.readframes(clip.getnframes()), dtype="<i2")
    return samples, list(_phones(said))


def _phones(said: str) -> Iterator[_Phone]:
    """Without the pauses; their time belongs to nobody."""
    from_ms = 0.0
    for name, end in _PHONE.findall(said):
        end_ms = 1_000 * float(end)
        if end_ms < from_ms:
            raise ProofFailed(f"the voice's times run backwards: {said[:200]}")
        if name != "pau":
            yield _Phone(name, from_ms, end_ms)
        from_ms = end_ms


def _spoken_alone(words: Sequence[str], voice: str) -> Mapping[str, Sequence[str]]:
    """The voice's phones of each word, by the word."""
    found = {}
    for word in dict.fromkeys(words):
        command = ["flite", "-voice", voice, "-t", word, "-psdur", "-o", "none"]
        said = subprocess.run(command, check=True, timeout=60, capture_output=True, text=True).stdout
        found[word] = [phone.name for phone in _phones(said)]
    return found


def _words(text: str, phones: Sequence[_Phone], alone: Mapping[str, Sequence[str]]) -> list[TimedWord] | None:
    """The sentence's words with their times; None where the phones do not fall into words with certainty."""
    words, at = [], 0
    for token in tokens_of(text):
        names = [name for word in token.spoken for name in alone[word]]
        own = phones[at : at + len(names)]
        if not names or len(own) < len(names) or _is_vowel(own[0].name) != _is_vowel(names[0]):
            return None
        words.append(TimedWord(token.text, own[0].start_ms, own[-1].end_ms))
        at += len(names)
    return words if at == len(phones) else None


def _is_vowel(phone: str) -> bool:
    return phone[0] in _VOWELS


def misspelt(word: str) -> str:
    """Two letters in the middle exchanged, as fingers do; short words as they are."""
    letters = [place for place, character in enumerate(word) if character.isalpha()]
    if len(letters) < _MISSPELT_LETTERS_MIN:
        return word
    first, second = letters[len(letters) // 2 - 1 : len(letters) // 2 + 1]
    return word[:first] + word[second] + word[first + 1 : second] + word[first] + word[second + 1 :]
