"""What of Whisper's words is not believed, and why. Pure.

Whisper writes something even where nothing is said, and may say one thing again and again. Three marks tell it:
no speech in its own judgement, text that packs too well, and words where the voice detector hears a long silence.
The first two thresholds are Whisper's own (Radford et al., 2022, section 4.5, https://arxiv.org/abs/2212.04356).
"""

import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from donecast.core.span import Span, complement
from donecast.core.words import Word

Doubt = Literal["no_speech", "repeats", "in_silence"]
_NO_SPEECH_MAX = 0.6
_LOG_PROBABILITY_MIN = -1.0
_COMPRESSION_MAX = 2.4
LONG_SILENCE_MS = 500


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A stretch whose words are not believed."""

    span: Span
    doubt: Doubt


def doubt_about(text: str, *, no_speech: float, log_probability: float) -> Doubt | None:
    """Why all words of a piece are not believed; None when they are. ``log_probability`` is the mean of its tokens'."""
    if no_speech > _NO_SPEECH_MAX and log_probability < _LOG_PROBABILITY_MIN:
        return "no_speech"
    return "repeats" if repeats(text) else None


def repeats(text: str) -> bool:
    """Whether the text is one thing again and again: it packs better than speech does."""
    plain = text.encode()
    return bool(plain) and len(plain) > _COMPRESSION_MAX * len(zlib.compress(plain))


def sifted(words: Sequence[Word], pauses: Sequence[Span]) -> tuple[tuple[Word, ...], tuple[LeftOut, ...]]:
    """The words within speech, and those left out because they lie in a long silence.

    ``pauses`` are sorted and apart. A word that reaches into a pause ends, or begins, where the voice does: Whisper
    gives the silence before and after a word to the word.
    """
    starts, ends = [pause.start_ms for pause in pauses], [pause.end_ms for pause in pauses]
    kept: list[Word] = []
    left_out: list[LeftOut] = []
    for word in words:
        touching = pauses[bisect_right(ends, word.start_ms) : bisect_left(starts, word.end_ms)]
        spoken = complement(touching, word.span)
        if spoken:
            longest = max(spoken, key=lambda part: part.duration_ms)
            kept.append(replace(word, start_ms=longest.start_ms, end_ms=longest.end_ms))
        elif max(pause.duration_ms for pause in touching) >= LONG_SILENCE_MS:
            left_out.append(LeftOut(word.span, "in_silence"))
        else:
            kept.append(word)
    return tuple(kept), tuple(left_out)
