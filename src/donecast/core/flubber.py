"""Flubber: a keyword said right after a mistake. What it means is where the mistake began.

For each marker, in this order: the retake (what follows the marker repeats what stands before it, by the words or by
the sound), the start of the sentence or the end of the pause before it, or a fixed time before the keyword. Markers
near each other become one cut.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from donecast.core.cleanup_rules import CleanupRules
from donecast.core.likeness import normalised, text_likeness
from donecast.core.markers import Marker, find_markers
from donecast.core.retake import Retake, retake_after
from donecast.core.span import Span
from donecast.core.words import Word

HowFound = Literal["retake", "possible_retake", "sentence", "pause", "fallback"]

_SENTENCE_ENDS = (".", "!", "?", "…")
_CLOSING_QUOTES = "\"'”’)]»"
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
_EARLIER_MS_MIN = 250
# The sound of a first word is sometimes missed; nobody begins again so near the beginning but at the beginning.
_BOUNDARY_REACH_SOUND_MS = 350
# What was said wrong, between what is said again and the marker.
_REST_MS_MAX = 800
_REST_WORDS_MAX = 3
# A start of a sentence is worth a little: where two starts match alike, people begin again at the beginning.
_BOUNDARY_BONUS_WORDS = 0.3
# An opening of a few words that is less alike than this never becomes a match: spares most of the comparing.
_OPENING_WORDS = 4
_OPENING_LIKENESS_MIN = 0.5
# A first attempt much shorter or longer than what it is compared with is not the same words.
_LENGTH_RATIO_MIN = 0.75


@dataclass(frozen=True, slots=True)
class FlubberCut:
    """One cut for one marker, or for several that chain."""

    span: Span
    beginning: HowFound
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


@dataclass(frozen=True, slots=True)
class _Beginning:
    """Where a mistake began: how that was found, its first token (None for a fixed time), how alike the retake is."""

    how: HowFound
    index: int | None
    likeness: float


def find_flubbers(
    words: Sequence[Word], pauses: Sequence[Span], rules: CleanupRules, retakes: Sequence[Retake] = ()
) -> tuple[FlubberCut, ...]:
    """One cut per marker or chain of markers, sorted by time; none when the keyword was not said.

    ``retakes`` is what the sound says about the markers; those it says nothing about are judged by the words alone.
    """
    markers = find_markers(words, pauses, rules.flubber_keyword, rules)
    tokens = _spoken_tokens(words, markers)
    starts = [token.word.start_ms for token in tokens]
    found = []
    for index, marker in enumerate(markers):
        split = bisect_left(starts, marker.span.start_ms)
        until_ms = markers[index + 1].span.start_ms if index + 1 < len(markers) else None
        # One token more than is in reach, so that the first one in reach knows where the word before it ends.
        reach = bisect_left(starts, marker.span.start_ms - rules.retake_reach_ms_max, hi=split)
        before, after = tokens[max(0, reach - 1) : split], _after(tokens[split:], until_ms, rules)
        by_sound, boundaries = retake_after(marker.span, retakes), _boundaries(before, pauses, rules)
        beginning = _beginning(marker, before, after, boundaries, rules, by_sound)
        cut = _cut_for(marker, beginning, before, pauses, rules, end_ms=_end_ms(marker, words, rules))
        found.append(cut if by_sound is None else _placed_by_sound(cut, by_sound, before, boundaries, pauses, rules))
    return _chained(found, markers, rules)


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
    beginning: _Beginning,
    before: Sequence[_Token],
    pauses: Sequence[Span],
    rules: CleanupRules,
    *,
    end_ms: int,
) -> FlubberCut:
    if beginning.index is not None:
        start_ms = _joint_before(before, beginning.index, pauses, rules)
    else:
        start_ms = _word_edge(before, max(0, marker.span.start_ms - rules.flubber_fallback_ms))
    sure = marker.sure or beginning.how == "retake"
    return FlubberCut(Span(min(start_ms, marker.span.start_ms), end_ms), beginning.how, beginning.likeness, sure, 1)


def _placed_by_sound(
    cut: FlubberCut,
    retake: Retake,
    before: Sequence[_Token],
    boundaries: Mapping[int, HowFound],
    pauses: Sequence[Span],
    rules: CleanupRules,
) -> FlubberCut:
    """The cut with the beginning that the sound gives, where the words are not sure or begin a little later."""
    earlier_ms = cut.span.start_ms - retake.start_ms
    if cut.beginning == "retake" and not _EARLIER_MS_MIN <= earlier_ms <= _SAME_START_MS_MAX:
        return cut
    agreed = cut.beginning == "possible_retake" and abs(earlier_ms) <= _SAME_START_MS_MAX and retake.is_possible
    last = before[max(boundaries)].word.start_ms if boundaries else None
    from_beginning = last is not None and abs(retake.start_ms - last) <= _BOUNDARY_REACH_SOUND_MS
    if not (agreed or retake.is_heard) or not (from_beginning or retake.rest_ms <= _REST_MS_MAX):
        return cut
    first = max(boundaries) if from_beginning else _word_near(before, retake.start_ms)
    if first is None:
        start_ms = _joint_at(retake.start_ms, retake.start_ms, pauses, rules)
    else:
        start_ms = _joint_before(before, first, pauses, rules)
    span = Span(start_ms, cut.span.end_ms)
    if cut.sure or retake.is_certain:
        return FlubberCut(span, "retake", 1.0, True, cut.markers)
    # Perhaps the keyword, and perhaps the same again: that is for a person to say.
    return FlubberCut(span, "possible_retake", cut.likeness, False, cut.markers)


def _word_near(before: Sequence[_Token], instant_ms: int) -> int | None:
    """The token that begins nearest to an instant of the sound; None when none begins there."""
    apart_ms = {abs(token.word.start_ms - instant_ms): index for index, token in enumerate(before)}
    nearest_ms = min(apart_ms, default=None)
    return apart_ms[nearest_ms] if nearest_ms is not None and nearest_ms <= _HEARD_TOLERANCE_MS else None


def _beginning(
    marker: Marker,
    before: Sequence[_Token],
    after: Sequence[_Token],
    boundaries: Mapping[int, HowFound],
    rules: CleanupRules,
    by_sound: Retake | None,
) -> _Beginning:
    """Where the mistake began. Words that are only somewhat alike count for nothing where the sound is not.

    Words that are surely alike still say where; that it is a retake, they say of a doubtful marker only with the sound.
    """
    best = _best_retake(marker, before, after, boundaries, rules)
    if best is not None:
        index, likeness = best
        alike = likeness >= rules.retake_likeness_min
        may_sound_alike = by_sound is None or by_sound.is_possible
        if alike or may_sound_alike:
            sure = alike and (marker.sure or may_sound_alike)
            return _Beginning("retake" if sure else "possible_retake", index, likeness)
    near_ms = marker.span.start_ms - rules.restart_reach_ms_max
    for index in sorted(boundaries, reverse=True):
        if before[index].word.start_ms >= near_ms:
            return _Beginning(boundaries[index], index, marker.likeness)
    return _Beginning("fallback", None, marker.likeness)


def _boundaries(before: Sequence[_Token], pauses: Sequence[Span], rules: CleanupRules) -> dict[int, HowFound]:
    """Tokens that begin a sentence or follow a pause. The silence right before the marker begins nothing."""
    found: dict[int, HowFound] = {}
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
    boundaries: Mapping[int, HowFound],
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
        opening, _ = _opening_likeness(before[start:], after[:_OPENING_WORDS])
        if opening < _OPENING_LIKENESS_MIN and len(before) - start >= _OPENING_WORDS:
            continue
        # Longest first: once one is surely alike, shorter ones from the same start cannot rank higher.
        for count in range(len(after), 1, -1):
            likeness, used = _opening_likeness(before[start:], after[:count])
            if count < len(after) and not _leads_to_marker(before, start, start + used, boundaries):
                continue
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


def _leads_to_marker(before: Sequence[_Token], start: int, end: int, boundaries: Mapping[int, HowFound]) -> bool:
    """Whether an attempt that is said again up to ``end`` is the one that broke off at the marker.

    From the middle of a sentence, people repeat all but the last words. Another sentence in between was no mistake.
    """
    rest = len(before) - end
    if any(boundary >= end for boundary in boundaries):
        return rest <= _REST_WORDS_MAX
    return start in boundaries or rest <= _REST_WORDS_MAX


def _opening_likeness(said: Sequence[_Token], again: Sequence[_Token]) -> tuple[float, int]:
    """Likeness of a repeated opening, and how many words of the first attempt it has: those that are as long."""
    wanted = "".join(token.text for token in again)
    shorter, text, used = "", "", 0
    for token in said:
        shorter, text, used = text, text + token.text, used + 1
        if len(text) >= len(wanted):
            break
    fitting = [
        (text_likeness(part, wanted), count)
        for part, count in ((shorter, used - 1), (text, used))
        if _LENGTH_RATIO_MIN <= len(part) / len(wanted) <= 1 / _LENGTH_RATIO_MIN
    ]
    return max(fitting, default=(0.0, 0))


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
