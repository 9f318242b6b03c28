"""Where a given text can be cut so that text and sound stay together. Pure.

An edge is (index of the first token after it, instant in milliseconds); edges rise in both.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from donecast.core.given_transcript import GivenCue
from donecast.core.span import Span
from donecast.core.words import Word
from donecast.speech.spoken_text import spoken_words

Edge = tuple[int, int]

_PIECE_MS_TARGET = 40_000
_CUE_SLACK_MS = 1_500  # captions are set by hand: a pause this near is where the cue really ends
_PIECE_MS_MIN = 10_000
_RUN = 3  # this many words in a row, unique in text and hearing, are the same place
# Nobody speaks twice as quickly for seconds: then text or speech is missing.
_RIFT_MS_MIN = 1_500
_RIFT_TIMES_MIN = 2
_RIFT_PAUSE_MS_MAX = 300
_RIFT_MARGIN_MS = 100


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


def cut_by_hearing(
    spoken: Sequence[Sequence[str]], heard: Sequence[Word], pauses: Sequence[Span], duration_ms: int
) -> list[Edge]:
    """Edges where the recogniser heard three words of the text in a row, about 40 s apart, in pauses if it can be.

    Where text and sound are not of the same length, because something is said that is not written or the other way
    round, both ends of that are edges, so that it does not pull at the words beside it. Between two such edges there
    may be no token.
    """
    said, recognised, matches = _matched(spoken, heard)
    candidates: list[tuple[int, int, int]] = []
    for at_text, at_heard in matches:
        for step in range(1, _RUN):
            before, after = recognised[at_heard + step - 1][1], recognised[at_heard + step][1]
            token, token_before = said[at_text + step][1], said[at_text + step - 1][1]
            if token != token_before and before.end_ms <= after.start_ms:
                gap = _widest_pause(before.end_ms, after.start_ms, pauses)
                instant_ms = (gap.start_ms + gap.end_ms) // 2 if gap else (before.end_ms + after.start_ms) // 2
                candidates.append((instant_ms, token, gap.duration_ms if gap else 0))
    rifts = _rifts(said, recognised, _blocks(matches), pauses, duration_ms)
    edges: list[Edge] = []
    for since, until in pairwise([(0, 0), *rifts, (len(spoken), duration_ms)]):
        edges += _spaced(sorted(candidates), since, until)
        edges.append(until)
    return edges[:-1]


def heard_places(spoken: Sequence[Sequence[str]], heard: Sequence[Word]) -> dict[int, Span]:
    """Where the recogniser heard tokens that are one word each, by the token: only those among others that it heard."""
    said, recognised, matches = _matched(spoken, heard)
    places: dict[int, Span] = {}
    for block in _blocks(matches):
        for step in range(block.count):
            token, word = said[block.at_text + step][1], recognised[block.at_heard + step][1]
            if len(spoken[token]) == len(spoken_words(word.text)) == 1:
                places[token] = word.span
    return places


def _matched(
    spoken: Sequence[Sequence[str]], heard: Sequence[Word]
) -> tuple[list[tuple[str, int]], list[tuple[str, Word]], list[tuple[int, int]]]:
    """The text's words with their tokens, those that were heard, and where the same run begins in both."""
    said = [(word, index) for index, words in enumerate(spoken) for word in words]
    recognised = [(part, word) for word in heard for part in spoken_words(word.text)]
    return said, recognised, _matching_runs([word for word, _ in said], [word for word, _ in recognised])


def _spaced(candidates: Sequence[tuple[int, int, int]], since: Edge, until: Edge) -> list[Edge]:
    """Of (instant, token, pause) those about a target apart, between two edges; in a window, the longest pause wins."""
    edges: list[Edge] = []
    last_token, last_ms = since
    window: list[tuple[int, int, int]] = []
    for candidate in candidates:
        if candidate[0] >= until[1] or candidate[1] >= until[0]:
            break
        if window and candidate[0] - last_ms > _PIECE_MS_TARGET:
            instant_ms, token, _ = max(window, key=lambda item: item[2])
            edges.append((token, instant_ms))
            last_ms, last_token = instant_ms, token
            window = []
        if candidate[0] - last_ms >= _PIECE_MS_MIN and candidate[1] > last_token:
            window.append(candidate)
    return edges


@dataclass(frozen=True, slots=True)
class _Block:
    """``count`` words in a row, alike in text and hearing, from these positions on."""

    at_text: int
    at_heard: int
    count: int


def _blocks(matches: Sequence[tuple[int, int]]) -> list[_Block]:
    """Matching runs that go on in each other, joined; a single run may be chance and is none."""
    blocks: list[_Block] = []
    for at_text, at_heard in matches:
        last = blocks[-1] if blocks else None
        if last is not None and (at_text, at_heard) == (
            last.at_text + last.count - _RUN + 1,
            last.at_heard + last.count - _RUN + 1,
        ):
            blocks[-1] = replace(last, count=last.count + 1)
        else:
            blocks.append(_Block(at_text, at_heard, _RUN))
    return [block for block in blocks if block.count > _RUN]


def _rifts(
    said: Sequence[tuple[str, int]],
    recognised: Sequence[tuple[str, Word]],
    blocks: Sequence[_Block],
    pauses: Sequence[Span],
    duration_ms: int,
) -> list[Edge]:
    """Two edges around each place at which there is much more text than speech, or much more speech than text."""
    sounds = [
        Span(recognised[one.at_heard][1].start_ms, recognised[one.at_heard + one.count - 1][1].end_ms) for one in blocks
    ]
    letters = sum(_letters(said[one.at_text : one.at_text + one.count]) for one in blocks)
    if not letters:
        return []
    letter_ms = sum(_spoken_ms(sound, pauses) for sound in sounds) / letters
    ends = [(0, 0), *((one.at_text + one.count, sound.end_ms) for one, sound in zip(blocks, sounds, strict=True))]
    begins = [
        *((one.at_text, sound.start_ms) for one, sound in zip(blocks, sounds, strict=True)),
        (len(said), duration_ms),
    ]
    edges: list[Edge] = []
    for (first, from_ms), (last, to_ms) in zip(ends, begins, strict=True):
        if from_ms >= to_ms:
            continue
        gap = Span(from_ms, to_ms)
        if _are_far_apart(letter_ms * _letters(said[first:last]), _spoken_ms(gap, pauses)):
            tokens = _token_at(said, first), max(_token_at(said, first), _token_at(said, last))
            edges += zip(tokens, _ends_of(gap, pauses), strict=True)
    return edges


def _letters(said: Sequence[tuple[str, int]]) -> int:
    return sum(len(word) + 1 for word, _ in said)


def _spoken_ms(span: Span, pauses: Sequence[Span]) -> int:
    return span.duration_ms - sum(inside.duration_ms for pause in pauses if (inside := pause.clipped(span)))


def _are_far_apart(written_ms: float, spoken_ms: int) -> bool:
    """Whether a text that takes so long to say cannot be what is said in that time."""
    less, more = sorted((written_ms, spoken_ms))
    return more - less >= _RIFT_MS_MIN and more >= _RIFT_TIMES_MIN * less


def _token_at(said: Sequence[tuple[str, int]], at: int) -> int:
    """The first token that begins at or after a position among the words as they are said."""
    if at == len(said):
        return said[-1][1] + 1 if said else 0
    inside = at > 0 and said[at - 1][1] == said[at][1]
    return said[at][1] + inside


def _ends_of(gap: Span, pauses: Sequence[Span]) -> tuple[int, int]:
    """Where to cut at both ends of a gap: in the pauses there, else so that a little of it stays on either side."""
    inside = [within for pause in pauses if (within := pause.clipped(gap))]
    near = [
        one
        for one in inside
        if one.start_ms - gap.start_ms <= _RIFT_PAUSE_MS_MAX or gap.end_ms - one.end_ms <= _RIFT_PAUSE_MS_MAX
    ]
    if len(near) >= 2:
        first, last = near[0], near[-1]
        return (first.start_ms + first.end_ms) // 2, (last.start_ms + last.end_ms) // 2
    margin_ms = min(gap.duration_ms // 3, _RIFT_MARGIN_MS)
    return gap.start_ms + margin_ms, max(gap.end_ms - margin_ms, gap.start_ms + margin_ms + 1)


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
