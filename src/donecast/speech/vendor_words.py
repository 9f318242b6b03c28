"""A vendor's words made into ours, or refused. Pure.

Vendors round, and two people talk at once, so small disorder is put right: a word without length gets a millisecond,
words are sorted by their start, a speaker's word ends where their next one begins, the last words end with the
recording. Much disorder means that the times are not what we take them for (seconds for milliseconds, another
recording's words), and times that are wrong would cut speech: then the whole answer is refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from donecast.core.cleanup_rules import FILLERS
from donecast.core.likeness import normalised
from donecast.core.words import Word, WordKind
from donecast.speech.vendor_errors import SpeechBadAnswer

_BEYOND_MS_MAX = 2_000
"""Vendors pad and round to whole seconds; a word that begins later than this after the end is not of this recording."""
_BENT_SHARE_MAX = 0.05
_BENT_COUNT_FREE = 3
"""So many words, or this share of them, may run backwards or begin beyond the end before nothing is believed."""
_LENGTH_MS_TOLERANCE = 2_000
_LENGTH_SHARE_TOLERANCE = 0.02
_BRACKETS = (("[", "]"), ("(", ")"))


@dataclass(frozen=True, slots=True)
class VendorWord:
    """One word as a vendor gives it, in milliseconds."""

    text: str
    start_ms: int
    end_ms: int
    confidence: float | None
    speaker: str | None


def vendor_word(document: Any) -> VendorWord:
    """A word of ``{text, start, end, confidence, speaker}``, times as integer milliseconds. Raises SpeechBadAnswer."""
    if not isinstance(document, dict) or not isinstance(document.get("text"), str):
        raise SpeechBadAnswer(details={"why": "a word without text"})
    times = document.get("start"), document.get("end")
    if not all(isinstance(time, int) and not isinstance(time, bool) for time in times):
        # Seconds with a fraction would pass for milliseconds and put every word at the beginning.
        raise SpeechBadAnswer(details={"why": "a word whose times are not whole milliseconds"})
    confidence, speaker = document.get("confidence"), document.get("speaker")
    sure = isinstance(confidence, int | float) and not isinstance(confidence, bool) and 0 <= confidence <= 1
    return VendorWord(
        text=" ".join(document["text"].split()),
        start_ms=int(document["start"]),
        end_ms=int(document["end"]),
        confidence=float(confidence) if sure and confidence is not None else None,
        speaker=speaker if isinstance(speaker, str) and speaker else None,
    )


def require_same_length(heard_seconds: Any, duration_ms: int) -> None:
    """Refuses a transcript of a recording of another length; the vendor counts in whole seconds, or says nothing."""
    if heard_seconds is None:
        return
    if not isinstance(heard_seconds, int | float) or isinstance(heard_seconds, bool):
        raise SpeechBadAnswer(details={"why": "a length that is no number"})
    apart_ms = abs(1_000 * heard_seconds - duration_ms)
    if apart_ms > _LENGTH_MS_TOLERANCE + _LENGTH_SHARE_TOLERANCE * duration_ms:
        raise SpeechBadAnswer(details={"why": f"{heard_seconds} s were heard of a recording of {duration_ms} ms"})


def words_within(given: Sequence[VendorWord], duration_ms: int) -> tuple[Word, ...]:
    """The words in order, in the recording's milliseconds, hesitations as fillers. Raises SpeechBadAnswer.

    Speakers are named only where there are several.
    """
    words = [word for word in given if word.text]
    _require_order(words, duration_ms)
    within = sorted(
        (word for word in words if word.start_ms < duration_ms), key=lambda word: (word.start_ms, word.end_ms)
    )
    several = len({word.speaker for word in within if word.speaker}) > 1
    return tuple(_word(word, duration_ms, several) for word in _apart(within))


def language_tag(code: str) -> str:
    """A vendor's code as in BCP 47: ``en_us`` as ``en-US``; ``und`` where nobody said."""
    language, _, region = code.replace("-", "_").partition("_")
    if code == "auto" or not language.isalpha():
        return "und"
    region = "GB" if region.lower() == "uk" else region.upper()
    return f"{language.lower()}-{region}" if region else language.lower()


def _require_order(words: Sequence[VendorWord], duration_ms: int) -> None:
    beyond = [word for word in words if word.start_ms >= duration_ms]
    backwards = [word for word in words if word.end_ms < word.start_ms]
    if any(word.start_ms < 0 for word in words):
        raise SpeechBadAnswer(details={"why": "a word before the recording's beginning"})
    if any(word.start_ms > duration_ms + _BEYOND_MS_MAX for word in words):
        raise SpeechBadAnswer(details={"why": "words beyond the recording's end"})
    allowed = max(_BENT_COUNT_FREE, _BENT_SHARE_MAX * len(words))
    for bent, why in ((beyond, "many words at or beyond the recording's end"), (backwards, "many words run backwards")):
        if len(bent) > allowed:
            raise SpeechBadAnswer(details={"why": why})


def _apart(words: Sequence[VendorWord]) -> list[VendorWord]:
    """Each speaker's words ended where their next one begins; different speakers may talk at once."""
    apart: list[VendorWord] = []
    next_start_ms: dict[str | None, int] = {}
    for word in reversed(words):
        latest_ms = max(next_start_ms.get(word.speaker, word.end_ms), word.start_ms + 1)
        apart.append(replace(word, end_ms=min(max(word.end_ms, word.start_ms + 1), latest_ms)))
        next_start_ms[word.speaker] = word.start_ms
    return apart[::-1]


def _word(word: VendorWord, duration_ms: int, several: bool) -> Word:
    kind: WordKind = "filler" if normalised(word.text) in FILLERS else "word"
    text = word.text
    for opening, closing in _BRACKETS:
        if text.startswith(opening) and text.endswith(closing) and len(text) > 2:
            kind, text = "event", text[1:-1]
    return Word(
        text=text,
        start_ms=word.start_ms,
        end_ms=min(word.end_ms, duration_ms),
        confidence=word.confidence,
        speaker=f"Speaker {word.speaker}" if several and word.speaker else None,
        kind=kind,
    )
