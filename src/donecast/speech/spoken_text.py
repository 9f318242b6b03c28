"""Written text as it is said: lower-case words without signs, numbers spelled out, each tied to its token. Pure."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

_ONES = (  # noqa: SIM905
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()  # noqa: SIM905
_SCALES = ((10**9, "billion"), (10**6, "million"), (1000, "thousand"), (100, "hundred"))
_ORDINALS = {
    **{"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth"},
    "twelve": "twelfth",
}
_SIGNS = {"&": "and", "%": "percent", "+": "plus", "=": "equals", "@": "at"}
_CURRENCIES = {"$": "dollars", "€": "euros", "£": "pounds"}
_PARTS = re.compile(r"[$€£]?\d[\d,]*(?:\.\d+)?(?:st|nd|rd|th)?\b|\d+|[^\W\d_]+(?:['’][^\W\d_]+)*['’]?|[&%+=@]")
_NUMBER = re.compile(r"([$€£]?)(\d[\d,]*)(?:\.(\d+))?(st|nd|rd|th)?")
_YEARS = range(1100, 2100)


@dataclass(frozen=True, slots=True)
class Token:
    """A written word with its punctuation, and how it is said; ``spoken`` is empty when nobody here can say it."""

    text: str
    spoken: tuple[str, ...]


def tokens_of(text: str) -> tuple[Token, ...]:
    """The text's tokens in order. Lone punctuation joins the token before it, or the one after at the beginning."""
    tokens: list[Token] = []
    leading = ""
    for written in text.split():
        if not any(character.isalnum() or character in _SIGNS for character in written):
            if tokens:
                tokens[-1] = Token(f"{tokens[-1].text} {written}", tokens[-1].spoken)
            else:
                leading += written + " "
            continue
        tokens.append(Token(leading + written, spoken_words(written)))
        leading = ""
    return tuple(tokens)


def spoken_words(written: str) -> tuple[str, ...]:
    """``"$20,"`` as ``("twenty", "dollars")``: what a reader would say, in plain letters a-z and apostrophes."""
    words: list[str] = []
    for match in _PARTS.finditer(unicodedata.normalize("NFKC", written)):
        part = match.group()
        if part in _SIGNS:
            words.append(_SIGNS[part])
        elif any(character.isdigit() for character in part):
            words.extend(_said_number(part))
        elif plain := _plain(part):
            words.append(plain)
    return tuple(words)


def cardinal(number: int) -> list[str]:
    """``342`` as ``["three", "hundred", "forty", "two"]``; digits one by one from a thousand billion on."""
    if number < 20:
        return [_ONES[number]]
    if number < 100:
        return [_TENS[number // 10 - 2], *([_ONES[number % 10]] if number % 10 else [])]
    if number >= 10**12:
        return _digits(str(number))
    for scale, name in _SCALES:
        if number >= scale:
            rest = number % scale
            return [*cardinal(number // scale), name, *(cardinal(rest) if rest else [])]
    raise AssertionError(number)


def _said_number(part: str) -> list[str]:
    match = _NUMBER.fullmatch(part)
    if match is None:
        return _digits(part)
    currency, whole, fraction, ending = match.groups()
    digits = whole.replace(",", "")
    if len(digits) > 12 or (digits.startswith("0") and len(digits) > 1):
        words = _digits(digits)
    elif len(digits) == 4 and int(digits) in _YEARS and "," not in whole and not (currency or fraction or ending):
        words = _year(int(digits))
    else:
        words = cardinal(int(digits))
    if fraction:
        words += ["point", *_digits(fraction)]
    if ending:
        words[-1] = _ordinal(words[-1])
    if currency:
        words.append(_CURRENCIES[currency])
    return words


def _year(number: int) -> list[str]:
    century, rest = divmod(number, 100)
    if rest == 0:
        return cardinal(number) if century % 10 == 0 else [*cardinal(century), "hundred"]
    if 2000 < number < 2010:
        return cardinal(number)
    return [*cardinal(century), *(["oh"] if rest < 10 else []), *cardinal(rest)]


def _ordinal(word: str) -> str:
    return _ORDINALS.get(word) or (f"{word[:-1]}ieth" if word.endswith("y") else f"{word}th").replace("tt", "t")


def _digits(digits: str) -> list[str]:
    return [_ONES[int(digit)] for digit in digits if digit.isdecimal() and digit.isascii()]


def _plain(part: str) -> str:
    """Lower case, accents taken off, curly apostrophes straight; empty for letters that are not Latin."""
    folded = unicodedata.normalize("NFKD", part.lower().replace("’", "'").replace("ß", "ss"))
    return "".join(character for character in folded if "a" <= character <= "z" or character == "'").strip("'")


def spread(lengths: Sequence[int], total: int) -> list[int]:
    """Edges from 0 to ``total`` that share it out by length; one edge more than there are lengths."""
    whole = sum(lengths) or 1
    edges = [0]
    done = 0
    for length in lengths:
        done += length
        edges.append(total * done // whole)
    return edges
