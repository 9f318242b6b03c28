"""Words that nobody should hear: those of a show's own list, each for its exact length."""

from collections.abc import Sequence
from dataclasses import dataclass

from donecast.core.cleanup_rules import CleanupRules
from donecast.core.likeness import normalised
from donecast.core.span import Span
from donecast.core.words import Word


@dataclass(frozen=True, slots=True)
class Censored:
    """A word or phrase of the list as it was said; ``confidence`` None when the engine says nothing about it."""

    text: str
    span: Span
    confidence: float | None


def find_censored(words: Sequence[Word], rules: CleanupRules) -> tuple[Censored, ...]:
    """Every saying of a listed word or phrase, in order; of two that begin alike, the longer.

    Words are compared whole, without case, accents and punctuation: "Scunthorpe" has nothing to fear.
    """
    spoken = [(word, token) for word in words if word.kind != "event" and (token := normalised(word.text))]
    tokens = [token for _, token in spoken]
    listed = sorted({_tokens(phrase) for phrase in rules.censored} - {()}, key=lambda phrase: (-len(phrase), phrase))
    by_first: dict[str, list[tuple[str, ...]]] = {}
    for phrase in listed:
        by_first.setdefault(phrase[0], []).append(phrase)
    found = []
    index = 0
    while index < len(spoken):
        candidates = by_first.get(tokens[index], ())
        length = next((len(one) for one in candidates if tuple(tokens[index : index + len(one)]) == one), 0)
        if length:
            run = [word for word, _ in spoken[index : index + length]]
            confidences = [word.confidence for word in run if word.confidence is not None]
            text = " ".join(word.text.strip(" ,.;:!?…") for word in run)
            span = Span(run[0].start_ms, max(word.end_ms for word in run))
            found.append(Censored(text, span, min(confidences, default=None)))
        index += max(length, 1)
    return tuple(found)


def _tokens(phrase: str) -> tuple[str, ...]:
    return tuple(token for part in phrase.split() if (token := normalised(part)))
