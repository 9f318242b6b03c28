"""What was said as numbered passages, a sentence or a breath each: what texts about a recording are written from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from donecast.core.words import Word

PAUSE_MS_MIN = 700
"""Where nobody writes full stops, so long a silence ends a passage."""
_LONG_PAUSE_MS = 2_500  # and so long a one where somebody does
_SENTENCE_WORDS_USUAL = 40  # with fewer full stops than one in so many words, nobody wrote them
_WORDS_EASY, _WORDS_MAX = 25, 60
_SENTENCE_ENDS = (".", "!", "?", "…")
_CLAUSE_ENDS = (",", ";", ":", "–", "—")
_CLOSING = "\"'”’)]»"
_ABBREVIATIONS = frozenset({"mr.", "mrs.", "ms.", "dr.", "st.", "prof.", "jr.", "sr.", "vs.", "no.", "e.g.", "i.e."})
_NUMBER_CHARACTERS = 8  # "1234: " and the line break
_BLOCK_CHARACTERS = 2_500


@dataclass(frozen=True, slots=True)
class Passage:
    """Some words in a row, in the recording's milliseconds; ``gap_ms`` is the silence before them.

    ``whole`` says that they end as a sentence does. Numbers count from 1.
    """

    number: int
    start_ms: int
    end_ms: int
    text: str
    gap_ms: int = 0
    whole: bool = False


def passages_of(words: Iterable[Word]) -> tuple[Passage, ...]:
    """Words in order of their starts as passages; fillers, markers and events are no part of what was said.

    A passage ends with a sentence, a change of speaker or a long silence, and holds 60 words at most. Where the words
    have no full stops, as those of many recognisers, a silence of 0.7 s ends it.
    """
    spoken = [word for word in words if word.kind == "word" and word.text.strip()]
    ends = sum(ends_sentence(word.text) for word in spoken)
    pause_ms = _LONG_PAUSE_MS if ends * _SENTENCE_WORDS_USUAL >= len(spoken) else PAUSE_MS_MIN
    groups: list[list[Word]] = []
    for word in spoken:
        if groups and not _ends_between(groups[-1], word, pause_ms):
            groups[-1].append(word)
        else:
            groups.append([word])
    result: list[Passage] = []
    for number, group in enumerate(groups, start=1):
        end_ms = max(word.end_ms for word in group)
        before_ms = result[-1].end_ms if result else 0
        text = " ".join(" ".join(word.text.split()) for word in group)
        gap_ms = max(0, group[0].start_ms - before_ms)
        result.append(Passage(number, group[0].start_ms, end_ms, text, gap_ms, ends_sentence(text)))
    return tuple(result)


def ends_sentence(text: str) -> bool:
    """Whether a text ends as a sentence does; "Mr." and "J." do not."""
    bare = text.rstrip(_CLOSING)
    last = bare.rpartition(" ")[2]
    is_initial = len(last) == 2 and last[0].isupper() and last[1] == "."
    return bare.endswith(_SENTENCE_ENDS) and last.casefold() not in _ABBREVIATIONS and not is_initial


def excerpt_of(passages: Sequence[Passage], characters_max: int) -> tuple[Passage, ...]:
    """As much of a recording as fits, all of it where it does; each passage is whole and keeps its number.

    What does not fit is left out evenly: the recording is laid out in stretches of the same number of passages, and of
    each stretch the beginning is kept.
    """
    if sum(_length(passage) for passage in passages) <= characters_max:
        return tuple(passages)
    stretches = max(1, characters_max // _BLOCK_CHARACTERS)
    room = characters_max // stretches
    kept: list[Passage] = []
    for stretch in range(stretches):
        left = room
        for passage in passages[len(passages) * stretch // stretches : len(passages) * (stretch + 1) // stretches]:
            left -= _length(passage)
            if left < 0:
                break
            kept.append(passage)
    return tuple(kept)


def _ends_between(group: Sequence[Word], word: Word, pause_ms: int) -> bool:
    last = group[-1]
    gap_ms = word.start_ms - last.end_ms
    if ends_sentence(last.text) or word.speaker != last.speaker or gap_ms >= pause_ms:
        return True
    return len(group) >= _WORDS_MAX or (len(group) >= _WORDS_EASY and last.text.endswith(_CLAUSE_ENDS))


def _length(passage: Passage) -> int:
    return len(passage.text) + _NUMBER_CHARACTERS
