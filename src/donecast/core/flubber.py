"""Flubber: a keyword said right after a mistake. What it means is where the mistake began.

For each marker, in this order: the retake (what follows the marker repeats what stands before it, by the words or by
the sound), the start of the sentence or the end of the pause before it, or a fixed time before the keyword. Markers
near each other become one cut.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from donecast.core.cleanup_rules import CleanupRules
from donecast.core.likeness import normalised, text_likeness, word_likeness
from donecast.core.retake import Retake, retake_start_ms
from donecast.core.span import Span
from donecast.core.words import Word

Beginning = Literal["retake", "possible_retake", "sentence", "pause", "fallback"]

_SENTENCE_ENDS = (".", "!", "?", "…")
_CLOSING_QUOTES = "\"'”’)]»"
# Two halves of one misheard keyword ("flub her") stand this close together.
_SPLIT_KEYWORD_GAP_MS_MAX = 250
# Word starts of a recogniser and pause ends of voice activity differ by about this much.
_EDGE_TOLERANCE_MS = 250
# A word more of agreement outweighs this much more distance: near retakes win over old echoes.
_DISTANCE_MS_PER_WORD = 10_000
_SHORT_RETAKE_REACH_MS_MAX = 10_000
_CHANCE_CHARACTERS_MAX = 14
# Tried on texts misheard at word error rates up to 0.44: with a lower likeness than the sure one, long and near matches
# are nearly always retakes, while of markers without any retake about one in ten finds a chance match far away.
_POSSIBLE_REACH_MS_MAX = 8_000
_BOUNDARY_REACH_MS_MAX = 12_000
_POSSIBLE_CHARACTERS_MIN = 12
# A retake heard as sound is this exact; beginnings further apart than the second are different ones.
_HEARD_TOLERANCE_MS = 150
_SAME_START_MS_MAX = 1_500
# A start of a sentence is worth a little: where two starts match alike, people begin again at the beginning.
_BOUNDARY_BONUS_WORDS = 0.3
# An opening of a few words that is less alike than this never becomes a match: spares most of the comparing.
_OPENING_WORDS = 4
_OPENING_LIKENESS_MIN = 0.5
# A first attempt much shorter or longer than what it is compared with is not the same words.
_LENGTH_RATIO_MIN = 0.75


@dataclass(frozen=True, slots=True)
class Marker:
    """The keyword as heard; ``likeness`` 1 when a keyword spotter or the exact text says so."""

    span: Span
    likeness: float
    sure: bool


@dataclass(frozen=True, slots=True)
class FlubberCut:
    """One cut for one marker, or for several that chain."""

    span: Span
    beginning: Beginning
    likeness: float
    sure: bool
    markers: int

    def reason(self, keyword: str) -> str:
        """Why this is cut, in a podcaster's words."""
        said = f'You said "{keyword}"' if self.markers == 1 else f'You said "{keyword}" {self.markers} times'
        match self.beginning:
            case "retake":
                return f"{said} and began the sentence again"
            case "possible_retake":
                return f"{said} and seem to have begun the sentence again"
            case "sentence":
                return f"{said}: the sentence before it goes"
            case "pause":
                return f"{said}: everything since the last pause goes"
            case "fallback":
                return f"{said}: the moment just before it goes"


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    word: Word


def find_flubbers(
    words: Sequence[Word], pauses: Sequence[Span], rules: CleanupRules, retakes: Sequence[Retake] = ()
) -> tuple[FlubberCut, ...]:
    """One cut per marker or chain of markers, sorted by time; none when the keyword was not said.

    ``retakes`` are those that were recognised by their sound.
    """
    markers = find_markers(words, pauses, rules)
    tokens = _spoken_tokens(words, markers)
    starts = [token.word.start_ms for token in tokens]
    found = []
    for index, marker in enumerate(markers):
        split = bisect_left(starts, marker.span.start_ms)
        until_ms = markers[index + 1].span.start_ms if index + 1 < len(markers) else None
        # One token more than is in reach, so that the first one in reach knows where the word before it ends.
        reach = bisect_left(starts, marker.span.start_ms - rules.retake_reach_ms_max, hi=split)
        before, after = tokens[max(0, reach - 1) : split], _after(tokens[split:], until_ms, rules)
        cut = _cut_for(marker, before, after, pauses, rules, end_ms=_end_ms(marker, words, rules))
        heard_ms = retake_start_ms(marker.span, retakes)
        found.append(cut if heard_ms is None else _by_sound(cut, heard_ms, before, pauses, rules))
    return _chained(found, markers, rules)


def find_markers(words: Sequence[Word], pauses: Sequence[Span], rules: CleanupRules) -> tuple[Marker, ...]:
    """Every place where the keyword was said: marked by the engine, or words that look or sound like it."""
    keyword = normalised(rules.flubber_keyword)
    heard: list[tuple[Span, float, float | None, bool]] = []
    for index, word in enumerate(words):
        if word.kind == "marker":
            text = normalised(word.text)
            if not text or word_likeness(text, keyword) >= rules.flubber_likeness_min:
                heard.append((word.span, 1.0, word.confidence, True))
        elif word.kind == "word":
            likeness, span = _keyword_likeness(words, index, keyword)
            if likeness >= rules.flubber_likeness_min:
                heard.append((span, likeness, word.confidence, likeness == 1.0))
    markers: list[Marker] = []
    # Engine marks first: the same moment heard as text as well is one marker, not two.
    for span, likeness, confidence, exact in sorted(heard, key=lambda item: (not item[3], -item[1], item[0])):
        if any(span.overlaps(marker.span) for marker in markers):
            continue
        confident = confidence is not None and confidence >= rules.flubber_confidence_sure
        sure = exact and (confident or _stands_alone(span, words, pauses, rules))
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


def _stands_alone(span: Span, words: Sequence[Word], pauses: Sequence[Span], rules: CleanupRules) -> bool:
    """Whether there is silence on one side at least: nobody says a marker in the middle of a flowing sentence."""
    gate_ms = rules.flubber_gate_ms_min
    around = Span(max(0, span.start_ms - gate_ms), span.end_ms + gate_ms)
    if any(pause.duration_ms >= gate_ms and pause.overlaps(around) for pause in pauses):
        return True
    others = [word.span for word in words if word.kind != "event" and not word.span.overlaps(span)]
    sides = Span(around.start_ms, span.end_ms), Span(span.start_ms, around.end_ms)
    return not pauses and not all(any(other.overlaps(side) for other in others) for side in sides)


def _spoken_tokens(words: Sequence[Word], markers: Sequence[Marker]) -> list[_Token]:
    """Words that carry a sentence: no fillers, no markers, nothing that a marker covers by more than half."""
    tokens = []
    starts_ms = [marker.span.start_ms for marker in markers]
    for word in words:
        text = normalised(word.text)
        if word.kind != "word" or not text:
            continue
        # Markers do not overlap each other, so only the last one that starts before the word ends can cover it,
        # or the one before that.
        near = bisect_left(starts_ms, word.end_ms)
        covered = [word.span.clipped(marker.span) for marker in markers[max(0, near - 2) : near]]
        covered_ms = max((span.duration_ms for span in covered if span), default=0)
        if 2 * covered_ms <= word.span.duration_ms:
            tokens.append(_Token(text, word))
    return tokens


def _after(tokens: Sequence[_Token], until_ms: int | None, rules: CleanupRules) -> Sequence[_Token]:
    """What is said after a marker, up to the next one; past it when too little stands between them to compare."""
    if until_ms is not None:
        between = [token for token in tokens[: rules.retake_words_max] if token.word.start_ms < until_ms]
        if len(between) >= 2:
            return between
    return tokens[: rules.retake_words_max]


def _end_ms(marker: Marker, words: Sequence[Word], rules: CleanupRules) -> int:
    """A little after the keyword, but not into the next word or filler: half an "um" sounds worse than all of it."""
    end_ms = marker.span.end_ms + rules.flubber_tail_ms
    middle_ms = (marker.span.start_ms + marker.span.end_ms) // 2
    for word in words:
        if word.kind != "event" and word.start_ms > middle_ms and word.end_ms > marker.span.end_ms:
            return min(end_ms, max(word.start_ms, marker.span.end_ms))
    return end_ms


def _cut_for(
    marker: Marker,
    before: Sequence[_Token],
    after: Sequence[_Token],
    pauses: Sequence[Span],
    rules: CleanupRules,
    *,
    end_ms: int,
) -> FlubberCut:
    beginning, index, likeness = _beginning(marker, before, after, pauses, rules)
    if index is not None:
        start_ms = _joint_before(before, index, pauses, rules)
    else:
        start_ms = _word_edge(before, max(0, marker.span.start_ms - rules.flubber_fallback_ms))
    sure = marker.sure or beginning == "retake"
    return FlubberCut(Span(min(start_ms, marker.span.start_ms), end_ms), beginning, likeness, sure, 1)


def _by_sound(
    cut: FlubberCut, heard_ms: int, before: Sequence[_Token], pauses: Sequence[Span], rules: CleanupRules
) -> FlubberCut:
    """The cut with the beginning that the sound gives, unless the words are sure of another one."""
    if cut.beginning == "retake" and abs(cut.span.start_ms - heard_ms) > _SAME_START_MS_MAX:
        return cut
    nearest = min(range(len(before)), key=lambda index: abs(before[index].word.start_ms - heard_ms), default=None)
    if nearest is not None and abs(before[nearest].word.start_ms - heard_ms) <= _HEARD_TOLERANCE_MS:
        start_ms = _joint_before(before, nearest, pauses, rules)
    else:
        start_ms = _joint_at(heard_ms, heard_ms, pauses, rules)
    return FlubberCut(Span(start_ms, cut.span.end_ms), "retake", 1.0, True, cut.markers)


def _beginning(
    marker: Marker, before: Sequence[_Token], after: Sequence[_Token], pauses: Sequence[Span], rules: CleanupRules
) -> tuple[Beginning, int | None, float]:
    """Where the mistake began: how it was found, the index of its first token, and how alike the retake is."""
    boundaries = _boundaries(before, pauses, rules)
    retake = _best_retake(marker, before, after, boundaries, rules)
    if retake is not None:
        index, likeness = retake
        return ("retake" if likeness >= rules.retake_likeness_min else "possible_retake"), index, likeness
    near_ms = marker.span.start_ms - rules.restart_reach_ms_max
    for index in sorted(boundaries, reverse=True):
        if before[index].word.start_ms >= near_ms:
            return boundaries[index], index, marker.likeness
    return "fallback", None, marker.likeness


def _boundaries(before: Sequence[_Token], pauses: Sequence[Span], rules: CleanupRules) -> dict[int, Beginning]:
    """Tokens that begin a sentence or follow a pause. The silence right before the marker begins nothing."""
    found: dict[int, Beginning] = {}
    from_ms = before[0].word.start_ms - _EDGE_TOLERANCE_MS if before else 0
    ends_ms = [
        pause.end_ms for pause in pauses if pause.end_ms >= from_ms and pause.duration_ms >= rules.restart_pause_ms_min
    ]
    for index, token in enumerate(before):
        previous = before[index - 1].word if index else None
        if previous is not None and previous.text.rstrip(_CLOSING_QUOTES).endswith(_SENTENCE_ENDS):
            found[index] = "sentence"
        elif _follows_pause(token.word, previous, ends_ms, rules):
            found[index] = "pause"
    return found


def _follows_pause(word: Word, previous: Word | None, pause_ends_ms: Sequence[int], rules: CleanupRules) -> bool:
    if previous is not None and word.start_ms - previous.end_ms >= rules.restart_pause_ms_min:
        return True
    return any(
        abs(end_ms - word.start_ms) <= _EDGE_TOLERANCE_MS
        and (previous is None or previous.start_ms < end_ms - rules.restart_pause_ms_min)
        for end_ms in pause_ends_ms
    )


def _best_retake(
    marker: Marker,
    before: Sequence[_Token],
    after: Sequence[_Token],
    boundaries: dict[int, Beginning],
    rules: CleanupRules,
) -> tuple[int, float] | None:
    """The start whose words are most like what follows the marker: long and near, sure ones before possible ones."""
    reach_ms = marker.span.start_ms - rules.retake_reach_ms_max
    if not after:
        return None
    best: tuple[bool, float] | None = None
    result: tuple[int, float] | None = None
    for start in range(len(before) - 1, -1, -1):
        distance_ms = marker.span.start_ms - before[start].word.start_ms
        if before[start].word.start_ms < reach_ms:
            break
        opening = _opening_likeness(before[start:], after[:_OPENING_WORDS])
        if opening < _OPENING_LIKENESS_MIN and len(before) - start >= _OPENING_WORDS:
            continue
        # Longest first: once one is surely alike, shorter ones from the same start cannot rank higher.
        for count in range(len(after), 1, -1):
            likeness = _opening_likeness(before[start:], after[:count])
            characters = sum(len(token.text) for token in after[:count])
            sure = likeness >= _likeness_needed(count, characters, distance_ms, rules)
            possible = (
                likeness >= rules.retake_likeness_possible
                and distance_ms <= (_BOUNDARY_REACH_MS_MAX if start in boundaries else _POSSIBLE_REACH_MS_MAX)
                and characters >= _POSSIBLE_CHARACTERS_MIN
            )
            if not (sure or possible):
                continue
            bonus = _BOUNDARY_BONUS_WORDS if start in boundaries else 0.0
            rank = (sure, count * likeness + bonus - distance_ms / _DISTANCE_MS_PER_WORD)
            if best is None or rank > best:
                best, result = rank, (start, likeness)
            if sure:
                break
    return result


def _likeness_needed(count: int, characters: int, distance_ms: int, rules: CleanupRules) -> float:
    """Few words alike happen by chance: they must be near, two of them nearly equal, else no likeness is enough."""
    if count > 3 and characters > _CHANCE_CHARACTERS_MAX:
        return rules.retake_likeness_min
    if distance_ms > _SHORT_RETAKE_REACH_MS_MAX:
        return 2.0
    return rules.retake_likeness_min if count > 2 else max(rules.retake_likeness_min, 0.9)


def _opening_likeness(said: Sequence[_Token], again: Sequence[_Token]) -> float:
    """Likeness of a repeated opening with as many words of the first attempt as come nearest to its length."""
    wanted = "".join(token.text for token in again)
    shorter, text = "", ""
    for token in said:
        shorter, text = text, text + token.text
        if len(text) >= len(wanted):
            break
    fitting = [
        part for part in (shorter, text) if _LENGTH_RATIO_MIN <= len(part) / len(wanted) <= 1 / _LENGTH_RATIO_MIN
    ]
    return max((text_likeness(part, wanted) for part in fitting), default=0.0)


def _joint_before(before: Sequence[_Token], index: int, pauses: Sequence[Span], rules: CleanupRules) -> int:
    """Where to cut before a token: in the silence there, leaving at most a breath of it after the word that stays."""
    return _joint_at(before[index].word.start_ms, before[index - 1].word.end_ms if index else 0, pauses, rules)


def _joint_at(first_ms: int, quiet_from_ms: int, pauses: Sequence[Span], rules: CleanupRules) -> int:
    """The same for an instant at which somebody begins to speak, with no word since ``quiet_from_ms``."""
    for pause in pauses:
        if abs(pause.end_ms - first_ms) <= _EDGE_TOLERANCE_MS:
            first_ms = min(first_ms, pause.end_ms)
            if pause.duration_ms > rules.pause_ms_max:
                # A long pause is a finding of its own; whether it shrinks is not decided here.
                return first_ms - rules.breath_ms_max
            quiet_from_ms = max(quiet_from_ms, pause.start_ms)
            return quiet_from_ms + min(max(0, first_ms - quiet_from_ms) // 2, rules.breath_ms_max)
    # Without a measured pause the gap may hold speech nobody recognised: stay close to the word.
    quiet_ms = max(0, first_ms - quiet_from_ms)
    return first_ms - min(quiet_ms // 2, rules.breath_ms_max)


def _word_edge(tokens: Sequence[_Token], instant_ms: int) -> int:
    """The instant itself, or the start of the word that it would cut in two."""
    for token in tokens:
        if token.word.span.contains(instant_ms):
            return token.word.start_ms
    return instant_ms


def _chained(found: Sequence[FlubberCut], markers: Sequence[Marker], rules: CleanupRules) -> tuple[FlubberCut, ...]:
    """Cuts whose markers follow each other closely, or that touch, as one cut; its beginning is the first one's."""
    chained: list[FlubberCut] = []
    for index, cut in enumerate(found):
        if chained:
            last = chained[-1]
            near = markers[index].span.start_ms - markers[index - 1].span.end_ms <= rules.flubber_chain_ms_max
            # A doubtful marker must not turn a sure cut into a question, nor be carried along by it.
            if last.sure == cut.sure and (near or cut.span.start_ms <= last.span.end_ms):
                first = last if last.span.start_ms <= cut.span.start_ms else cut
                chained[-1] = FlubberCut(
                    Span(first.span.start_ms, max(last.span.end_ms, cut.span.end_ms)),
                    first.beginning,
                    min(last.likeness, cut.likeness),
                    last.sure,
                    last.markers + 1,
                )
                continue
        chained.append(cut)
    return tuple(chained)
