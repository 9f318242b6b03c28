"""How far two texts are apart, in words."""

from collections.abc import Sequence

from donecast.core.cleanup_rules import FILLERS
from donecast.speech.spoken_text import spoken_words

_SPELLINGS = {
    "mr": ("mister",),
    "mrs": ("missus",),
    "dr": ("doctor",),
    "ok": ("okay",),
    "cannot": ("can", "not"),
}


def normal_words(text: str) -> list[str]:
    """Words as they are said: lower case, no punctuation, numbers and titles spelled out, hesitations left out."""
    said = [word for written in text.split() for word in spoken_words(written)]
    return [part for word in said for part in _SPELLINGS.get(word, (word,)) if part not in FILLERS]


def word_errors(truth: Sequence[str], heard: Sequence[str]) -> int:
    """Substitutions, insertions and deletions, as few as explain what was heard (Levenshtein)."""
    row = list(range(len(heard) + 1))
    for number, said in enumerate(truth, start=1):
        diagonal, row[0] = row[0], number
        for column, word in enumerate(heard, start=1):
            diagonal, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, diagonal + (said != word))
    return row[-1]


def word_error_rate(truth: Sequence[str], heard: Sequence[str]) -> float:
    """Errors for each word of the truth."""
    return word_errors(truth, heard) / max(1, len(truth))
