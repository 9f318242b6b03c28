"""What Whisper says, token by token, made into words with times. Pure.

Its tokens are pieces of UTF-8, written in the alphabet of GPT-2: one printable character for each byte (Radford et al.,
"Language Models are Unsupervised Multitask Learners", 2019, section 2.2). A word begins with the token that begins with
a space; in languages without spaces each character is one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from donecast.core.cleanup_rules import FILLERS
from donecast.core.likeness import normalised
from donecast.core.words import Word

_UNSPACED = frozenset({"zh", "ja", "th", "lo", "my", "yue"})
_NOT_SAID = " \t\n()[]<>{}♪♫"
_SHOWN = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
_HIDDEN = sorted(set(range(256)) - set(_SHOWN))
_BYTE_OF = {chr(byte): byte for byte in _SHOWN} | {chr(256 + number): byte for number, byte in enumerate(_HIDDEN)}


@dataclass(frozen=True, slots=True)
class HeardToken:
    """A piece of text as bytes, when it begins in the recording, and how sure it is, 0 to 1."""

    text: bytes
    start_ms: int
    probability: float


def bytes_of(token: str) -> bytes:
    """The bytes behind a token of the vocabulary; a character outside the alphabet stands for itself."""
    return b"".join(
        bytes([_BYTE_OF[character]]) if character in _BYTE_OF else character.encode() for character in token
    )


def words_of(tokens: Sequence[HeardToken], end_ms: int, language: str) -> tuple[Word, ...]:
    """The words of one piece that ends at ``end_ms``, in order, apart from each other, none without a letter or digit.

    Brackets and notes go: nobody says them. Hesitations that are written out are fillers.
    """
    groups = list(_groups(tokens, spaced=language not in _UNSPACED))
    words: list[Word] = []
    for number, group in enumerate(groups):
        text = b"".join(token.text for token in group).decode("utf-8", "replace").strip(_NOT_SAID)
        if not any(character.isalnum() for character in text):
            continue
        start_ms = max(group[0].start_ms, words[-1].end_ms if words else 0)
        next_ms = groups[number + 1][0].start_ms if number + 1 < len(groups) else end_ms
        sure = sum(token.probability for token in group) / len(group)
        words.append(
            Word(
                text=" ".join(text.split()),
                start_ms=start_ms,
                end_ms=max(next_ms, start_ms + 1),
                confidence=round(min(1.0, max(0.0, sure)), 3),
                kind="filler" if normalised(text) in FILLERS else "word",
            )
        )
    return tuple(words)


def _groups(tokens: Sequence[HeardToken], *, spaced: bool) -> Iterator[list[HeardToken]]:
    group: list[HeardToken] = []
    for token in tokens:
        begins = token.text.startswith(b" ") if spaced else _is_whole(b"".join(one.text for one in group))
        if group and begins:
            yield group
            group = []
        group.append(token)
    if group:
        yield group


def _is_whole(text: bytes) -> bool:
    """Whether these bytes end with a character and not within one."""
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
