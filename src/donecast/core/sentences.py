"""Which sentences of a recording say most of what it is about.

Scored by how much of what is said often they hold, after Luhn (1958) and SumBasic (Nenkova and Vanderwende, 2005): what
was taken counts less for the next. Deterministic.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from donecast.core.key_phrases import stems_in
from donecast.core.passages import Passage

_LEANING = 0.5
# A sentence that begins so leans on the one before it.
_LEANING_WORDS = frozenset(
    {
        *("and", "but", "or", "so", "because", "then", "also", "it", "he", "she", "they", "this", "these", "those"),
        *("that", "his", "her", "their", "its", "which", "such", "there", "if", "both", "all"),
        *("und", "aber", "oder", "denn", "dann", "er", "sie", "es", "das", "dies", "deshalb"),
        *("et", "mais", "ou", "donc", "il", "elle", "ils", "elles", "ce", "cela"),
        *("y", "pero", "o", "entonces", "ella", "ellos", "eso", "esto"),
    }
)
_CLAUSE = re.compile(r"[^\s,;:.!?…–—][^,;:.!?…–—]*")


def whole_sentences(passages: Sequence[Passage]) -> list[Passage]:
    """Those of the passages that begin and end as a sentence does."""
    return [passage for passage in passages if passage.whole and not passage.text[:1].islower()]


def clauses(passages: Sequence[Passage]) -> list[Passage]:
    """The parts between two signs, as passages; none where nobody wrote signs inside a passage."""
    return [
        replace(passage, text=clause.strip())
        for passage in passages
        for clause in _CLAUSE.findall(passage.text)
        if _CLAUSE.fullmatch(passage.text) is None
    ]


def best_of(
    quotable: Sequence[Passage], language: str, *, words_min: int, words_max: int, characters_max: int, count: int
) -> list[Passage]:
    """The passages within the limits that say most, best first; of equals the earliest."""
    stems = {passage: stems_in(passage.text, language) for passage in quotable}
    weights: dict[str, float] = dict(Counter(stem for said in stems.values() for stem in said))
    left = [
        passage
        for passage, said in stems.items()
        if said and words_min <= len(passage.text.split()) <= words_max and len(passage.text) <= characters_max
    ]
    chosen: list[Passage] = []
    while left and len(chosen) < count:
        best = max(left, key=lambda passage: (_worth(passage, stems[passage], weights), -passage.number))
        chosen.append(best)
        left.remove(best)
        for stem in stems[best]:
            weights[stem] /= 2
    return chosen


def _worth(passage: Passage, stems: Sequence[str], weights: Mapping[str, float]) -> float:
    """By the root of its length: long sentences do not win by length alone, and very short ones say little."""
    words = passage.text.split()
    first = words[0].strip("\"'“„«,").casefold()
    total = sum(weights[stem] for stem in set(stems))
    return total / math.sqrt(len(words)) * (_LEANING if first in _LEANING_WORDS else 1.0)
