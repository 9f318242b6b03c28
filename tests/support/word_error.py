"""How far two texts are apart, in words."""

import re
from collections.abc import Sequence


def normal_words(text: str) -> list[str]:
    """Lower case, no punctuation, hesitations left out."""
    words = re.sub(r"[^a-z' ]", " ", text.lower().replace("-", " ")).split()
    return [word for word in words if word not in {"um", "uh", "er", "hm"}]


def word_error_rate(truth: Sequence[str], heard: Sequence[str]) -> float:
    """Substitutions, insertions and deletions for each word of the truth (Levenshtein)."""
    row = list(range(len(heard) + 1))
    for number, said in enumerate(truth, start=1):
        diagonal, row[0] = row[0], number
        for column, word in enumerate(heard, start=1):
            diagonal, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, diagonal + (said != word))
    return row[-1] / max(1, len(truth))
