"""How words sound, as ARPABET phones without stress: the shipped dictionary, else flite, else the letters.

A guess from letters is good enough to find a word between its neighbours, and too poor to place it exactly.
"""

import importlib.util
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from donecast.engine.errors import EngineFailed, ProgramMissing
from donecast.engine.programs import find_program, run_program
from donecast.speech.errors import MarkerUnspeakable, SpeechUnavailable

_DICTIONARY = "cmudict-en-us.dict"
_MODEL_FILES = (_DICTIONARY, "en-us.lm.bin", "en-us/mdef", "en-us/means", "en-us/sendump")
_VARIANT = re.compile(r"\(\d+\)$")
_SPEAKABLE = re.compile(r"[a-z][a-z']*")
_PHONES = frozenset(
    "AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH UH UW V W Y Z ZH".split()  # noqa: SIM905
)
_FLITE_WORDS_MAX = 200  # words asked for in one call
_FLITE_SECONDS_MAX = 30.0

# Longest first; English spelling at its plainest.
_LETTERS = {
    "tion": "SH AH N",
    "sion": "ZH AH N",
    "ough": "AH F",
    "igh": "AY",
    "sch": "S K",
    **{"ch": "CH", "sh": "SH", "th": "TH", "ph": "F", "wh": "W", "ck": "K", "ng": "NG", "qu": "K W", "kn": "N"},
    **{"ee": "IY", "ea": "IY", "oo": "UW", "ou": "AW", "ow": "OW", "ai": "EY", "ay": "EY", "oi": "OY", "oy": "OY"},
    **{"au": "AO", "aw": "AO", "ie": "IY", "er": "ER", "ir": "ER", "ur": "ER", "ar": "AA R", "or": "AO R"},
    **{"a": "AE", "b": "B", "c": "K", "d": "D", "e": "EH", "f": "F", "g": "G", "h": "HH", "i": "IH", "j": "JH"},
    **{"k": "K", "l": "L", "m": "M", "n": "N", "o": "AA", "p": "P", "q": "K", "r": "R", "s": "S", "t": "T"},
    **{"u": "AH", "v": "V", "w": "W", "x": "K S", "y": "IY", "z": "Z"},
}
_LETTER_GROUPS = re.compile("|".join(sorted(_LETTERS, key=len, reverse=True)))


@dataclass(frozen=True, slots=True)
class Pronunciation:
    """Phones with spaces between them; ``guessed`` when they were read off the letters."""

    phones: str
    guessed: bool = False


def missing_model_files() -> list[str]:
    """Which of the recogniser's shipped files are not there; empty when it is installed completely."""
    folder = _model_folder()
    if folder is None:
        return ["pocketsphinx"]
    return [name for name in _MODEL_FILES if not (folder / name).exists()]


def dictionary_lookup(words: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """All of the shipped dictionary's pronunciations for those of the lower-case words that it knows.

    Raises SpeechUnavailable when the dictionary is not installed. Reads 3 MB.
    """
    folder = _model_folder()
    if folder is None or not (folder / _DICTIONARY).exists():
        raise SpeechUnavailable(details={"missing": [_DICTIONARY]})
    wanted = set(words)
    found: dict[str, list[str]] = {}
    with (folder / _DICTIONARY).open(encoding="utf-8") as lines:
        for line in lines:
            entry, _, phones = line.strip().partition(" ")
            word = _VARIANT.sub("", entry)
            if word in wanted:
                found.setdefault(word, []).append(phones)
    return {word: tuple(variants) for word, variants in found.items()}


def pronounce_unknown(words: Sequence[str]) -> dict[str, Pronunciation]:
    """Pronunciations for lower-case words that no dictionary has; words without any letter a-z are left out."""
    speakable = [word for word in dict.fromkeys(words) if _SPEAKABLE.fullmatch(word)]
    spoken = _ask_flite(speakable)
    result = {}
    for word in speakable:
        phones = spoken.get(word)
        letters = _from_letters(word)
        if phones:
            result[word] = Pronunciation(phones)
        elif letters:
            result[word] = Pronunciation(letters, guessed=True)
    return result


def pronounce_phrase(phrase: str) -> tuple[str, ...]:
    """Pronunciations of a keyword of one or more words; each word's first, and variants when it is one word.

    Raises MarkerUnspeakable when a word has no letters a-z, SpeechUnavailable without a dictionary.
    """
    words = re.findall(r"[a-z']+", phrase.lower())
    if not words:
        raise MarkerUnspeakable(f'The marker word "{phrase}" cannot be listened for.')
    known = dictionary_lookup(words)
    others = pronounce_unknown([word for word in words if word not in known])
    if any(word not in known and word not in others for word in words):
        raise MarkerUnspeakable(f'The marker word "{phrase}" cannot be listened for.')
    if len(words) == 1 and words[0] in known:
        return known[words[0]]
    return (" ".join(known[word][0] if word in known else others[word].phones for word in words),)


def _model_folder() -> Path | None:
    found = importlib.util.find_spec("pocketsphinx")
    return Path(found.origin).parent / "model" / "en-us" if found is not None and found.origin else None


def _ask_flite(words: Sequence[str]) -> Mapping[str, str]:
    """Flite's phones by word, for as many as it answers; none where it is missing."""
    if not words or find_program("flite") is None:
        return {}
    result: dict[str, str] = {}
    for start in range(0, len(words), _FLITE_WORDS_MAX):
        batch = words[start : start + _FLITE_WORDS_MAX]
        sentences = " ".join(f"{word}." for word in batch)
        try:
            answer = run_program(
                ["flite", "-voice", "slt", "-t", sentences, "-ps", "-o", "none"], deadline_seconds=_FLITE_SECONDS_MAX
            )
        except (EngineFailed, ProgramMissing):
            return result
        groups = [group.split() for group in re.split(r"\bpau\b", answer.stdout.decode("ascii", "replace"))]
        spoken = [_arpabet(group) for group in groups if group]
        if len(spoken) == len(batch):
            result.update((word, phones) for word, phones in zip(batch, spoken, strict=True) if phones)
    return result


def _arpabet(phones: Iterable[str]) -> str:
    """Flite's phones in the recogniser's alphabet: its schwa is the dictionary's AH."""
    named = [{"AX": "AH"}.get(phone.upper(), phone.upper()) for phone in phones]
    return " ".join(phone for phone in named if phone in _PHONES)


def _from_letters(word: str) -> str:
    silent_end = word.removesuffix("e") if len(word) > 3 else word
    return " ".join(_LETTERS[match.group()] for match in _LETTER_GROUPS.finditer(silent_end))
