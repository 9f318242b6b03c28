"""Where a keyword was said that means something: marked by an engine that listens for it, or found among the words."""

from collections.abc import Sequence
from dataclasses import dataclass

from donecast.core.cleanup_rules import CleanupRules
from donecast.core.likeness import normalised, text_likeness, word_likeness
from donecast.core.span import Span
from donecast.core.words import Word

# Two halves of one misheard keyword ("flub her") stand this close together.
_SPLIT_KEYWORD_GAP_MS_MAX = 250


@dataclass(frozen=True, slots=True)
class Marker:
    """The keyword as heard; ``likeness`` 1 when a keyword spotter or the exact text says so."""

    span: Span
    likeness: float
    sure: bool


def find_markers(
    words: Sequence[Word], pauses: Sequence[Span], keyword: str, rules: CleanupRules
) -> tuple[Marker, ...]:
    """Every place where the keyword was said: marked by the engine, or words that look or sound like it."""
    keyword = normalised(keyword)
    heard: list[tuple[Span, float, float | None, bool, bool]] = []
    for index, word in enumerate(words):
        if word.kind == "marker":
            if word_likeness(normalised(word.text), keyword) >= rules.marker_likeness_min:
                heard.append((word.span, 1.0, word.confidence, True, True))
        elif word.kind == "word":
            likeness, span = _keyword_likeness(words, index, keyword)
            if likeness >= rules.marker_likeness_min:
                heard.append((span, likeness, word.confidence, likeness == 1.0, False))
    markers: list[Marker] = []
    # Engine marks first: the same moment heard as text as well is one marker, not two.
    for span, likeness, confidence, exact, spotted in sorted(heard, key=lambda item: (not item[3], -item[1], item[0])):
        if any(span.overlaps(marker.span) for marker in markers):
            continue
        confident = confidence is not None and confidence >= rules.marker_confidence_sure
        # Whoever listened for the keyword has looked at the silence beside it.
        judged = spotted and confidence is not None
        sure = exact and (confident or (not judged and stands_alone(span, words, pauses, rules)))
        markers.append(Marker(span, likeness, sure))
    return tuple(sorted(markers, key=lambda marker: marker.span))


def _keyword_likeness(words: Sequence[Word], index: int, keyword: str) -> tuple[float, Span]:
    word = words[index]
    single = word_likeness(normalised(word.text), keyword)
    following = words[index + 1] if index + 1 < len(words) else None
    if following is None or following.kind != "word":
        return single, word.span
    if following.start_ms - word.end_ms > _SPLIT_KEYWORD_GAP_MS_MAX or following.end_ms <= word.start_ms:
        return single, word.span
    halves = normalised(word.text), normalised(following.text)
    together = text_likeness("".join(halves), keyword) if all(halves) and halves[0][0] == keyword[0] else 0.0
    # A pair must beat each of its halves, or "the flubber" would swallow the word beside the keyword.
    if together > max(single, word_likeness(halves[1], keyword)):
        return together, Span(word.start_ms, following.end_ms)
    return single, word.span


def stands_alone(span: Span, words: Sequence[Word], pauses: Sequence[Span], rules: CleanupRules) -> bool:
    """Whether there is silence on one side at least: nobody says a marker in the middle of a flowing sentence."""
    gate_ms = rules.marker_gate_ms_min
    around = Span(max(0, span.start_ms - gate_ms), span.end_ms + gate_ms)
    if any(pause.duration_ms >= gate_ms and pause.overlaps(around) for pause in pauses):
        return True
    others = [word.span for word in words if word.kind != "event" and not word.span.overlaps(span)]
    sides = Span(around.start_ms, span.end_ms), Span(span.start_ms, around.end_ms)
    return not pauses and not all(any(other.overlaps(side) for other in others) for side in sides)
