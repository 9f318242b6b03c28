"""Where a given text can be cut so that text and sound stay together. Pure.

An edge is (index of the first token after it, instant in milliseconds); edges rise in both.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence

from donecast.core.given_transcript import GivenCue
from donecast.core.span import Span
from donecast.core.words import Word
from donecast.speech.spoken_text import spoken_words

Edge = tuple[int, int]

_PIECE_MS_TARGET = 40_000
_CUE_SLACK_MS = 1_500  # captions are set by hand: a pause this near is where the cue really ends
_PIECE_MS_MIN = 10_000
_RUN = 3  # this many words in a row, unique in text and hearing, are the same place


def cut_by_cues(
    cues: Sequence[GivenCue], firsts: Sequence[int], pauses: Sequence[Span], duration_ms: int
) -> list[Edge]:
    """Edges between cues about 40 s apart, each moved into a pause where one is near. All cues have a start."""
    edges: list[Edge] = []
    last_ms = 0
    for previous, cue, first in zip(cues, cues[1:], firsts[1:], strict=False):
        start_ms = cue.start_ms or 0
        following_far = start_ms - last_ms >= _PIECE_MS_TARGET
        gap_ms = start_ms - (previous.end_ms if previous.end_ms is not None else start_ms)
        if not following_far and not (gap_ms >= _CUE_SLACK_MS and start_ms - last_ms >= _PIECE_MS_MIN):
            continue
        instant_ms = _into_pause(start_ms - max(0, gap_ms) // 2, pauses)
        if last_ms < instant_ms < duration_ms:
            edges.append((first, instant_ms))
            last_ms = instant_ms
    return edges


def _into_pause(instant_ms: int, pauses: Sequence[Span]) -> int:
    middles = [(pause.start_ms + pause.end_ms) // 2 for pause in pauses]
    near = [middle for middle in middles if abs(middle - instant_ms) <= _CUE_SLACK_MS]
    return min(near, key=lambda middle: abs(middle - instant_ms)) if near else instant_ms


def cut_by_hearing(spoken: Sequence[Sequence[str]], heard: Sequence[Word], pauses: Sequence[Span]) -> list[Edge]:
    """Edges where the recogniser heard three words of the text in a row, about 40 s apart, in pauses if it can be."""
    said = [(word, index) for index, words in enumerate(spoken) for word in words]
    recognised = [(part, word) for word in heard for part in spoken_words(word.text)]
    matches = _matching_runs([word for word, _ in said], [word for word, _ in recognised])
    candidates: list[tuple[int, int, int]] = []
    for at_text, at_heard in matches:
        for step in range(1, _RUN):
            before, after = recognised[at_heard + step - 1][1], recognised[at_heard + step][1]
            token, token_before = said[at_text + step][1], said[at_text + step - 1][1]
            if token != token_before and before.end_ms <= after.start_ms:
                gap = _widest_pause(before.end_ms, after.start_ms, pauses)
                instant_ms = (gap.start_ms + gap.end_ms) // 2 if gap else (before.end_ms + after.start_ms) // 2
                candidates.append((instant_ms, token, gap.duration_ms if gap else 0))
    return _spaced(sorted(candidates))


def _spaced(candidates: Sequence[tuple[int, int, int]]) -> list[Edge]:
    """Of (instant, token, pause) those about a target apart, the longest pause winning within a window."""
    edges: list[Edge] = []
    last_ms, last_token = 0, 0
    window: list[tuple[int, int, int]] = []
    for candidate in candidates:
        if window and candidate[0] - last_ms > _PIECE_MS_TARGET:
            instant_ms, token, _ = max(window, key=lambda item: item[2])
            edges.append((token, instant_ms))
            last_ms, last_token = instant_ms, token
            window = []
        if candidate[0] - last_ms >= _PIECE_MS_MIN and candidate[1] > last_token:
            window.append(candidate)
    return edges


def _widest_pause(start_ms: int, end_ms: int, pauses: Sequence[Span]) -> Span | None:
    if end_ms <= start_ms:
        return None
    between = [inside for pause in pauses if (inside := pause.clipped(Span(start_ms, end_ms)))]
    return max(between, key=lambda span: span.duration_ms, default=None)


def _matching_runs(text: Sequence[str], heard: Sequence[str]) -> list[tuple[int, int]]:
    """Pairs of positions at which the same run begins, unique on both sides, rising in both: the longest such chain."""
    in_text, in_heard = _unique_runs(text), _unique_runs(heard)
    pairs = sorted((at, in_heard[run]) for run, at in in_text.items() if run in in_heard)
    return _longest_rising(pairs)


def _unique_runs(words: Sequence[str]) -> dict[tuple[str, ...], int]:
    runs = [tuple(words[at : at + _RUN]) for at in range(len(words) - _RUN + 1)]
    counts = Counter(runs)
    return {run: at for at, run in enumerate(runs) if counts[run] == 1}


def _longest_rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest subsequence that rises in its second part (patience sorting); the first part rises already."""
    tops: list[int] = []
    top_indexes: list[int] = []
    previous: list[int] = []
    for index, (_, value) in enumerate(pairs):
        pile = bisect_left(tops, value)
        previous.append(top_indexes[pile - 1] if pile else -1)
        if pile == len(tops):
            tops.append(value)
            top_indexes.append(index)
        else:
            tops[pile], top_indexes[pile] = value, index
    chain: list[tuple[int, int]] = []
    index = top_indexes[-1] if top_indexes else -1
    while index >= 0:
        chain.append(pairs[index])
        index = previous[index]
    return chain[::-1]
