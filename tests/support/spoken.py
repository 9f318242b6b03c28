"""Speech written down as a small script, for tests that need words at known times.

``spoken("the cat _600 <flubber> {um} the cat sat.")``: plain words, ``_600`` a silence of 600 ms, ``<...>`` a marker
that the engine spotted (``<door~bell>`` one of two words), ``{...}`` a filler that the engine reported. Words last
300 ms with 40 ms between them.
"""

from dataclasses import dataclass

from donecast.core.span import Span
from donecast.core.words import Transcript, Word, WordKind

WORD_MS = 300
GAP_MS = 40


@dataclass(frozen=True, slots=True)
class Spoken:
    """Words, and the silences of half a second or more that voice activity would report."""

    transcript: Transcript
    pauses: tuple[Span, ...]

    @property
    def words(self) -> tuple[Word, ...]:
        return self.transcript.words

    def word(self, text: str, occurrence: int = 0) -> Word:
        """The word with this text, the first one unless another occurrence is asked for."""
        return [word for word in self.words if word.text == text][occurrence]

    def heard_without(self, cuts: list[Span]) -> str:
        """What remains to hear: the words of which no more than half is cut, markers included."""
        kept = []
        for word in self.words:
            cut_ms = sum(part.duration_ms for cut in cuts if (part := word.span.clipped(cut)))
            if 2 * cut_ms <= word.span.duration_ms:
                kept.append(word.text)
        return " ".join(kept)


def spoken(script: str, *, confidence: float | None = None, marker_confidence: float | None = 0.95) -> Spoken:
    """Reads a script; see the module's first lines."""
    words: list[Word] = []
    pauses: list[Span] = []
    now_ms = 0
    for token in script.split():
        if token.startswith("_"):
            silence_ms = int(token[1:])
            before_ms = words[-1].end_ms if words else 0
            now_ms += silence_ms
            if silence_ms >= 500:
                pauses.append(Span(before_ms, now_ms))
            continue
        kind: WordKind = "marker" if token.startswith("<") else "filler" if token.startswith("{") else "word"
        text = token.strip("<>{}").replace("~", " ")
        sure = marker_confidence if kind == "marker" else confidence
        words.append(Word(text, now_ms, now_ms + WORD_MS, sure, None, kind))
        now_ms += WORD_MS + GAP_MS
    transcript = Transcript(tuple(words), "en", now_ms + 1_000, "script", "1", "good")
    return Spoken(transcript, tuple(pauses))
