"""Marker words heard by keyword spotting: how sure, exactly where, and their place among the words. Pure.

Measured on the built-in recogniser: people leave pauses beside a marker they mean, and false hits come from running
speech, or from the first word of a sentence, which has silence on one side. So silence on both sides makes a hit sure,
and silence on one side makes it likelier; none of it drops the hit, which a retake or a person may still confirm.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from donecast.core.span import Span
from donecast.core.words import Word
from donecast.speech.spoken_text import spoken_words

GATED_CONFIDENCE = 0.95
HALF_GATED_CONFIDENCE = 0.7
UNGATED_CONFIDENCE = 0.5
GATE_MS_MIN = 160
_REACH_MS = 250  # hits begin up to 120 ms early; the voice's own edges are looked for this far
_COVERED_SHARE = 0.5
_KEYWORD_BESIDE_MS = 500
"""Other engines' times are right to some tenths of a second; their own word for a marker stands this near."""
_SURE_OF_A_WORD = 0.8


@dataclass(frozen=True, slots=True)
class MarkerHit:
    """A keyword and where the spotter heard it."""

    keyword: str
    span: Span


def place_markers(hits: Iterable[MarkerHit], silence: Sequence[Span]) -> tuple[Word, ...]:
    """Marker words with edges moved onto the voice's own, confident where silence lies beside them.

    ``silence`` is everything without speech, short gaps included, sorted. Of hits that overlap, the surer stays.
    """
    placed = [_placed(hit, silence) for hit in hits]
    kept: list[Word] = []
    for word in sorted(placed, key=lambda item: (-(item.confidence or 0.0), item.start_ms, item.end_ms)):
        if not any(word.span.overlaps(other.span) for other in kept):
            kept.append(word)
    return tuple(sorted(kept, key=lambda item: item.start_ms))


def merge_markers(words: Iterable[Word], markers: Sequence[Word]) -> tuple[Word, ...]:
    """Words and markers in order of time; a marker replaces each word of which it covers more than half."""
    ends = [marker.end_ms for marker in markers]
    kept = []
    for word in words:
        at = bisect_left(ends, word.start_ms)
        covered_ms = 0
        while at < len(markers) and markers[at].start_ms < word.end_ms:
            shared = word.span.clipped(markers[at].span)
            covered_ms += shared.duration_ms if shared else 0
            at += 1
        if covered_ms <= _COVERED_SHARE * word.span.duration_ms:
            kept.append(word)
    return tuple(sorted([*kept, *markers], key=lambda word: (word.start_ms, word.end_ms)))


def markers_among(words: Sequence[Word], markers: Sequence[Word]) -> tuple[Word, ...]:
    """The words of an engine that hears well, in order of time, with the markers that were spotted beside it.

    Its own word for the same sound goes, even if it stands beside. Where it is sure of another word instead, that word
    stays: a spotter takes "rubber" for "flubber" sooner than such an engine does. The marker is a question then, and in
    running speech, where nothing else speaks for it, none at all.
    """
    certain: list[Word] = []
    questions: list[Word] = []
    same: set[Word] = set()
    for marker in markers:
        agreed = _words_for(marker, words)
        same.update(agreed)
        if agreed or not any(_contradicts(word, marker) for word in words):
            certain.append(marker)
        elif (marker.confidence or 0.0) > UNGATED_CONFIDENCE:
            questions.append(replace(marker, confidence=UNGATED_CONFIDENCE))
    kept = [word for word in words if word not in same]
    return tuple(sorted([*merge_markers(kept, certain), *questions], key=lambda word: (word.start_ms, word.end_ms)))


def within_recording(words: Iterable[Word], duration_ms: int) -> tuple[Word, ...]:
    """Words that begin before the recording ends, cut off there: a feed may be a few milliseconds longer."""
    return tuple(replace(word, end_ms=min(word.end_ms, duration_ms)) for word in words if word.start_ms < duration_ms)


def _words_for(marker: Word, words: Sequence[Word]) -> list[Word]:
    """The engine's own words for a marker: those near it that, one after the other, say the same."""
    wanted = spoken_words(marker.text)
    found: list[Word] = []
    for index, word in enumerate(words):
        if not _is_near(word, marker):
            continue
        run, said = [word], spoken_words(word.text)
        while said == wanted[: len(said)] and len(said) < len(wanted) and index + len(run) < len(words):
            run.append(words[index + len(run)])
            said += spoken_words(run[-1].text)
        if said == wanted and all(_is_near(one, marker) for one in run):
            found += run
    return found


def _is_near(word: Word, marker: Word) -> bool:
    return word.start_ms < marker.end_ms + _KEYWORD_BESIDE_MS and marker.start_ms < word.end_ms + _KEYWORD_BESIDE_MS


def _contradicts(word: Word, marker: Word) -> bool:
    """Whether the engine is sure of another word where the marker is."""
    shared = word.span.clipped(marker.span) if word.kind == "word" else None
    covered = shared is not None and shared.duration_ms > _COVERED_SHARE * word.span.duration_ms
    return covered and word.confidence is not None and word.confidence >= _SURE_OF_A_WORD


def _placed(hit: MarkerHit, silence: Sequence[Span]) -> Word:
    """Start and end at the nearest edges of silence within reach; else where the spotter put them."""
    near = [
        span
        for span in silence
        if span.end_ms > hit.span.start_ms - _REACH_MS and span.start_ms < hit.span.end_ms + _REACH_MS
    ]
    middle_ms = (hit.span.start_ms + hit.span.end_ms) // 2
    before = [span for span in near if span.end_ms <= middle_ms and abs(span.end_ms - hit.span.start_ms) <= _REACH_MS]
    after = [span for span in near if span.start_ms > middle_ms and abs(span.start_ms - hit.span.end_ms) <= _REACH_MS]
    start_ms = min(before, key=lambda span: abs(span.end_ms - hit.span.start_ms)).end_ms if before else None
    end_ms = min(after, key=lambda span: abs(span.start_ms - hit.span.end_ms)).start_ms if after else None
    gates = [any(span.duration_ms >= GATE_MS_MIN for span in side) for side in (before, after)]
    start_ms = hit.span.start_ms if start_ms is None else start_ms
    end_ms = hit.span.end_ms if end_ms is None else end_ms
    return Word(
        text=hit.keyword,
        start_ms=start_ms,
        end_ms=max(end_ms, start_ms + 1),
        confidence=(UNGATED_CONFIDENCE, HALF_GATED_CONFIDENCE, GATED_CONFIDENCE)[sum(gates)],
        kind="marker",
    )
