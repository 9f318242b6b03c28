"""The words that a recording is about, found by how often they are said: no model is needed.

A cousin of RAKE (Rose, Engel, Cramer and Cowley, 2010): what stands between small words and signs is a candidate;
longer ones and names count more. Deterministic.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from donecast.core.languages import base_of, small_words, words_in
from donecast.core.passages import Passage

_WORDS_MAX = 3
_LETTERS_MIN = 4
_LONGER = 0.6  # for each word more
_NAME, _NAMES_SHARE_MIN = 1.5, 0.5
_ONCE = 0.5  # a name that is said once; any other phrase that is said once says nothing
_MANNERS = frozenset(
    {
        *("able", "amazing", "bad", "beautiful", "big", "certain", "clear", "common", "different", "easy", "entire"),
        *("equal", "excited", "famous", "fast", "final", "fine", "free", "full", "funny", "general", "glad", "hard"),
        *("high", "huge", "important", "interesting", "large", "late", "long", "main", "major", "modern", "nice"),
        *("normal", "old", "open", "possible", "ready", "real", "recent", "serious", "short", "similar"),
        *("simple", "small", "special", "specific", "strange", "strong", "true", "usual", "various", "warm"),
        *("weird", "wonderful", "wrong", "young"),
    }
)
_SHORT_TEXT_WORDS = 60  # in so short a text hardly anything is said twice
_TOKEN = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*|[^\w\s]")


@dataclass(frozen=True, slots=True)
class KeyPhrase:
    """One to three words as they were said most often, how often, and a score to compare by."""

    text: str
    count: int
    score: float


def key_phrases(
    passages: Sequence[Passage], language: str, *, count_max: int, rough: bool = False
) -> tuple[KeyPhrase, ...]:
    """The best phrases, best first; none holds a word of a better one.

    Names are known by their capitals inside a sentence, so only where the transcript has any. Where words are misheard
    (``rough``), what is said once counts for nothing.
    """
    small = small_words(language)
    forms: defaultdict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    names: Counter[tuple[str, ...]] = Counter()
    said = 0
    for passage in passages:
        for run in _runs(passage.text, small):
            said += len(run)
            for first in range(len(run)):
                for past in range(first + 1, min(first + _WORDS_MAX, len(run)) + 1):
                    phrase = run[first:past]
                    key = tuple(stem_of(word) for word, _ in phrase)
                    forms[key][" ".join(_without_possessive(word) for word, _ in phrase)] += 1
                    names[key] += all(is_name for _, is_name in phrase)
    counts = {key: counted.total() for key, counted in forms.items()}
    alone = _alone(counts)
    is_short = said <= _SHORT_TEXT_WORDS and not rough
    scored = [
        KeyPhrase(_best_form(forms[key]), count, score)
        for key, count in counts.items()
        if (score := _score(key, alone[key], names[key] / count, language, is_short=is_short)) > 0
    ]
    scored.sort(key=lambda phrase: (-phrase.score, phrase.text.casefold()))
    return tuple(_distinct(scored, count_max))


def stem_of(word: str) -> str:
    """A word without what makes it a plural or a possessive, to compare by; never shown."""
    bare = _without_possessive(word).casefold()
    if len(bare) > 4 and bare.endswith("ies"):
        return bare[:-3] + "y"
    return bare[:-1] if len(bare) > 3 and bare.endswith("s") and not bare.endswith(("ss", "us", "is")) else bare


def stems_in(text: str, language: str) -> list[str]:
    """The stems of the words of a text that carry a topic."""
    small = small_words(language)
    return [stem_of(word) for word in words_in(text) if len(word) > 2 and word not in small and not word.isdigit()]


def _runs(text: str, small: frozenset[str]) -> Iterator[list[tuple[str, bool]]]:
    """Words between small words and signs, each with whether it is a name: a capital inside a sentence."""
    run: list[tuple[str, bool]] = []
    begins = True
    for piece in _TOKEN.findall(text):
        plain = piece.casefold().replace("’", "'")
        if not piece[0].isalnum() or plain in small or piece.isdigit() or len(piece) < 2:
            if run:
                yield run
                run = []
            begins = (begins and not piece[0].isalnum()) or piece in ".!?…"
            continue
        run.append((piece, piece[0].isupper() and not begins))
        begins = False
    if run:
        yield run


def _alone(counts: Mapping[tuple[str, ...], int]) -> dict[tuple[str, ...], int]:
    """How often each phrase is said outside the longer one that it is part of: "election" without "election day"."""
    inside: Counter[tuple[str, ...]] = Counter()
    for key, count in counts.items():
        if count == 1:
            continue
        for first in range(len(key)):
            for past in range(first + 1, len(key) + 1):
                part = key[first:past]
                if part != key:
                    inside[part] = max(inside[part], count)
    return {key: count - inside[key] for key, count in counts.items()}


def _score(key: tuple[str, ...], count: int, names: float, language: str, *, is_short: bool) -> float:
    is_name = names >= _NAMES_SHARE_MIN
    if len(key) == 1 and (len(key[0]) < _LETTERS_MIN or _is_manner(key[0], language)):
        return 0.0
    if len(set(key)) < len(key):
        return 0.0
    often = float(count)
    if count < 2:
        if not count or not (is_short or (is_name and len(key) > 1)):
            return 0.0
        often = _ONCE
    return often * (1 + _LONGER * (len(key) - 1)) * (_NAME if is_name else 1.0)


def _is_manner(word: str, language: str) -> bool:
    """English words that say how, or that something goes on: alone they name no topic."""
    return base_of(language) == "en" and (word.endswith(("ly", "ing")) or word in _MANNERS)


def _best_form(counted: Counter[str]) -> str:
    return min(counted, key=lambda form: (-counted[form], form.casefold(), form))


def _distinct(scored: Sequence[KeyPhrase], count_max: int) -> Iterator[KeyPhrase]:
    used: set[str] = set()
    given = 0
    for phrase in scored:
        stems = {stem_of(word) for word in phrase.text.split()}
        if given == count_max:
            return
        if not stems & used:
            used |= stems
            given += 1
            yield phrase


def _without_possessive(word: str) -> str:
    return re.sub(r"['’]s$", "", word)
