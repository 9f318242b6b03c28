"""A text cut into pieces that are small enough to be spoken at once, between sentences where that is possible."""

import re
from collections.abc import Callable

_AFTER_SENTENCES = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？])\s*|\n+")
_AFTER_WORDS = re.compile(r"\s+")


def packed(text: str, fits: Callable[[str], bool]) -> list[str]:
    """The text as it is where it fits; else as few pieces as whole sentences allow, each of which fits.

    A sentence that does not fit alone is cut between words, a word that does not fit alone between letters. Nothing is
    lost but white space where a cut is. A single character must fit.
    """
    if fits(text):
        return [text]
    return _packed_by(
        _AFTER_SENTENCES, text, fits, lambda sentence: _packed_by(_AFTER_WORDS, sentence, fits, _cut(fits))
    )


def _packed_by(
    ends: re.Pattern[str], text: str, fits: Callable[[str], bool], smaller: Callable[[str], list[str]]
) -> list[str]:
    """As many parts in each piece as fit; a part that does not fit alone is made smaller."""
    pieces: list[str] = []
    begin, end = 0, 0
    starts = [0, *(match.end() for match in ends.finditer(text))]
    for start, after in zip(starts, [*starts[1:], len(text)], strict=True):
        part = text[start:after].strip()
        if not part:
            continue
        if begin < end and not fits(text[begin:after].strip()):
            pieces.append(text[begin:end].strip())
            begin = start
        elif begin == end:
            begin = start
        end = after
        if not fits(part):
            *whole, rest = smaller(part)
            pieces.extend(whole)
            pieces.append(rest)
            begin = end = after
    if begin < end:
        pieces.append(text[begin:end].strip())
    return pieces


def _cut(fits: Callable[[str], bool]) -> Callable[[str], list[str]]:
    def cut(word: str) -> list[str]:
        pieces = [""]
        for letter in word:
            if fits(pieces[-1] + letter):
                pieces[-1] += letter
            else:
                pieces.append(letter)
        return pieces

    return cut
