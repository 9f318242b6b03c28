"""How alike two spoken texts are, when both were written down by a recogniser that mishears."""

import unicodedata
from difflib import SequenceMatcher

# Consonants that a recogniser confuses share a letter; vowels and the weak h, w and y are dropped. A coarser cousin of
# Soundex (Russell, US patent 1,261,167), but b and f stay apart: "flavour" must not sound like "flubber".
_SOUNDS = str.maketrans(
    {"p": "b", "v": "f", "z": "s", "x": "s", "j": "g", "k": "g", "q": "g", "c": "g", "d": "t", "m": "n"}
    | dict.fromkeys("aeiouyhw", "-")
)


def normalised(text: str) -> str:
    """Lower case, accents and everything but letters and digits removed: ``"Flubber,"`` becomes ``"flubber"``."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if character.isalnum())


def sound_of(token: str) -> str:
    """The consonants of a normalised token, confusable ones merged: flubber, floober and flupper give ``flbr``."""
    mapped = token.translate(_SOUNDS)
    kept = [sound for index, sound in enumerate(mapped) if sound != "-" and mapped[index - 1 : index] != sound]
    return "".join(kept)


def text_likeness(first: str, second: str) -> float:
    """Likeness of two normalised texts by their characters, 0 to 1: twice the shared over all (Ratcliff-Obershelp)."""
    if not first or not second:
        return 0.0
    return SequenceMatcher(None, first, second, autojunk=False).ratio()


def word_likeness(first: str, second: str) -> float:
    """Likeness of two normalised tokens by characters, or by characters and sound together when that is higher.

    Sound alone never decides: words that share every consonant can still be different words ("flapper").
    """
    by_text = text_likeness(first, second)
    by_sound = text_likeness(sound_of(first), sound_of(second))
    return max(by_text, (by_text + by_sound) / 2)
