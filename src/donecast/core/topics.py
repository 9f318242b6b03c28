"""Where a recording turns to something else: the words before and after each gap are compared.

After TextTiling (Hearst, 1997): a valley of likeness between two hills is a turn, and of neighbouring gaps the one with
the longest silence is taken. Deterministic.
"""

import math
from collections import Counter
from collections.abc import Sequence

from donecast.core.key_phrases import KeyPhrase, key_phrases, stems_in
from donecast.core.passages import PAUSE_MS_MIN, Passage
from donecast.core.sentences import best_of, whole_sentences
from donecast.core.text_draft import CHAPTER_CHARACTERS_MAX, CHAPTERS_MAX

_WINDOW_WORDS = 50
_CHAPTER_MS_MIN, _CHAPTER_MS_USUAL = 40_000, 300_000
_CHAPTERS_USUAL = 12
_PAUSE_BONUS_MS = 3_000
_SNAP_GAIN_MS = 300
_OPENING_WORDS, _NAME_CHARACTERS = 6, 64
_CANDIDATES, _PHRASES_IN_NAME = 12, 2
_ELSEWHERE_TOO = 0.4


def topic_starts(passages: Sequence[Passage], language: str) -> tuple[int, ...]:
    """The indexes of the passages with which a topic begins; the first is 0. Empty without passages."""
    if not passages:
        return ()
    length_ms = passages[-1].end_ms - passages[0].start_ms
    apart_ms = max(_CHAPTER_MS_MIN, min(length_ms // _CHAPTERS_USUAL, _CHAPTER_MS_USUAL), length_ms // CHAPTERS_MAX)
    likenesses = _likenesses([Counter(stems_in(passage.text, language)) for passage in passages])
    depths = _depths(likenesses)
    ordinary = _ordinary(depths)
    turns = [gap for gap in range(1, len(passages)) if _is_valley(gap, likenesses) and depths[gap] > ordinary]
    chosen: list[int] = []
    for gap in sorted(turns, key=lambda gap: (-_strength(depths[gap], passages[gap].gap_ms), gap)):
        snapped = _snapped(gap, passages)
        at_ms = passages[snapped].start_ms
        edges_ms = [passages[0].start_ms, passages[-1].end_ms, *(passages[one].start_ms for one in chosen)]
        if all(abs(at_ms - edge_ms) >= apart_ms for edge_ms in edges_ms):
            chosen.append(snapped)
    return (0, *sorted(chosen))


def chapters_by_topic(
    passages: Sequence[Passage], language: str, *, rough: bool = False
) -> tuple[tuple[int, str], ...]:
    """Chapters as the number of their first passage and a name in words that are said in them.

    The name is a short sentence, else phrases, else the first words. Where words are misheard it is phrases that come
    again, and a part without any belongs to the chapter before it.
    """
    if not passages:
        return ()
    starts = topic_starts(passages, language)
    parts = [passages[start:past] for start, past in zip(starts, (*starts[1:], len(passages)), strict=True)]
    said = [{stem for passage in part for stem in stems_in(passage.text, language)} for part in parts]
    named: list[tuple[int, str]] = []
    for number, part in enumerate(parts):
        elsewhere = set[str]().union(*said[:number], *said[number + 1 :])
        used = {name.casefold() for _, name in named}
        names = [_sentence(part, language, rough=rough), _phrases(part, language, elsewhere, rough=rough)]
        fresh = [name for name in names if 0 < len(name) <= CHAPTER_CHARACTERS_MAX and name.casefold() not in used]
        if fresh or not rough:
            named.append((part[0].number, fresh[0] if fresh else _opening(part)))
    return tuple(named)


def _likenesses(counted: Sequence[Counter[str]]) -> list[float]:
    """For each gap before a passage, the cosine of what is said before and after it; the first has none and says 1."""
    found = [1.0]
    for gap in range(1, len(counted)):
        before = _window(counted[gap - 1 :: -1])
        after = _window(counted[gap:])
        found.append(_cosine(before, after))
    return found


def _window(counted: Sequence[Counter[str]]) -> Counter[str]:
    window: Counter[str] = Counter()
    for one in counted:
        window.update(one)
        if window.total() >= _WINDOW_WORDS:
            break
    return window


def _cosine(first: Counter[str], second: Counter[str]) -> float:
    shared = sum(count * second[stem] for stem, count in first.items())
    norms = math.sqrt(sum(count**2 for count in first.values()) * sum(count**2 for count in second.values()))
    return shared / norms if norms else 0.0


def _depths(likenesses: Sequence[float]) -> list[float]:
    """How far each gap lies below the hills on both sides of it."""
    depths = [0.0]
    for gap in range(1, len(likenesses)):
        left = _hill(likenesses[gap::-1][:-1] if gap > 1 else likenesses[gap : gap + 1])
        right = _hill(likenesses[gap:])
        depths.append(left + right - 2 * likenesses[gap])
    return depths


def _is_valley(gap: int, likenesses: Sequence[float]) -> bool:
    """Whether both neighbours are at least as alike; on a slope, the turn is further down."""
    return likenesses[gap] <= min(likenesses[gap - 1], likenesses[min(gap + 1, len(likenesses) - 1)])


def _hill(likenesses: Sequence[float]) -> float:
    """The height that is reached before it goes down again."""
    top = likenesses[0]
    for likeness in likenesses[1:]:
        if likeness < top:
            break
        top = likeness
    return top


def _ordinary(depths: Sequence[float]) -> float:
    """The depth that says nothing: mean less half a standard deviation, as Hearst has it."""
    inner = depths[1:] or [0.0]
    mean = sum(inner) / len(inner)
    return mean - math.sqrt(sum((depth - mean) ** 2 for depth in inner) / len(inner)) / 2


def _strength(depth: float, gap_ms: int) -> float:
    return depth * (1 + min(gap_ms, _PAUSE_BONUS_MS) / (2 * _PAUSE_BONUS_MS))


def _snapped(gap: int, passages: Sequence[Passage]) -> int:
    """The gap itself, or a neighbour where it is silent for clearly longer."""
    near = [one for one in (gap - 1, gap + 1) if 0 < one < len(passages)]
    longest = max([gap, *near], key=lambda one: (passages[one].gap_ms, -abs(one - gap)))
    silent_ms = passages[longest].gap_ms
    return longest if silent_ms >= max(PAUSE_MS_MIN, passages[gap].gap_ms + _SNAP_GAIN_MS) else gap


def _sentence(passages: Sequence[Passage], language: str, *, rough: bool) -> str:
    quotable = [] if rough else whole_sentences(passages)
    found = best_of(quotable, language, words_min=3, words_max=10, characters_max=_NAME_CHARACTERS, count=1)
    return capital(found[0].text.rstrip(".")) if found else ""


def _phrases(passages: Sequence[Passage], language: str, elsewhere: set[str], *, rough: bool) -> str:
    """Two phrases, first those that are said in no other chapter."""

    def worth(phrase: KeyPhrase) -> float:
        here_alone = not set(stems_in(phrase.text, language)) & elsewhere
        return phrase.score * (1.0 if here_alone else _ELSEWHERE_TOO)

    found = key_phrases(passages, language, count_max=_CANDIDATES, rough=rough)
    return capital(", ".join(phrase.text for phrase in sorted(found, key=worth, reverse=True)[:_PHRASES_IN_NAME]))


def _opening(passages: Sequence[Passage]) -> str:
    words = passages[0].text.split()
    opening = " ".join(words[:_OPENING_WORDS])[: CHAPTER_CHARACTERS_MAX - 1].rstrip(" ,;:.")
    return capital(opening) + ("…" if len(words) > _OPENING_WORDS else "")


def capital(text: str) -> str:
    """The text with a capital at its beginning; the rest stays as it was said."""
    return text[:1].upper() + text[1:]
