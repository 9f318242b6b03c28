"""Intern: a keyword that asks for something while the recording runs. "Intern, who wrote this song? Stop."

What follows the keyword is the request. It ends at its end word, else at the first of these: another marker, a long
gap, a fixed time, a number of words. People also speak about interns; nobody is answered who only did that.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from donecast.core.cleanup_rules import CleanupRules
from donecast.core.likeness import normalised
from donecast.core.markers import Marker, find_markers
from donecast.core.span import Span
from donecast.core.words import Word

RequestEnd = Literal["end_word", "marker", "gap", "time", "words", "recording"]
Target = Literal["spoken", "notes"]

_NOUN_MARKS = frozenset(
    {
        *(
            "a",
            "an",
            "the",
            "this",
            "that",
            "these",
            "those",
            "my",
            "your",
            "his",
            "her",
            "its",
            "our",
            "their",
            "whose",
        ),
        *("one", "every", "each", "another", "any", "some", "no", "former", "new", "old", "young", "first", "as", "an"),
    }
)
"""Before a noun, with at most one other word between: "our intern", "the new intern"."""
_REQUEST_OPENERS = frozenset(
    {
        *(
            "who",
            "what",
            "when",
            "where",
            "why",
            "how",
            "which",
            "whose",
            "is",
            "are",
            "was",
            "were",
            "do",
            "does",
            "did",
        ),
        *(
            "can",
            "could",
            "would",
            "will",
            "please",
            "tell",
            "find",
            "look",
            "check",
            "search",
            "say",
            "give",
            "explain",
        ),
        *(
            "add",
            "put",
            "write",
            "note",
            "insert",
            "remind",
            "list",
            "link",
            "name",
            "read",
            "define",
            "get",
            "include",
        ),
    }
)
_WORDS_AHEAD = 60
"""As many words as the longest request and its end word have, and some more."""
_SENTENCE_ENDS = (".", "!", "?", "…")
_CLOSING = "\"'”’)]»"


@dataclass(frozen=True, slots=True)
class InternCommand:
    """One request. ``span`` runs from the keyword to the end of the request, its end word included.

    ``request`` is empty when nothing was asked. ``answer_at_ms`` is where an answer would be heard: after the request.
    ``other_ends_ms`` are ends of sentences and pauses on the way, sooner than the one that was taken. ``sure`` False:
    perhaps somebody only spoke about an intern.
    """

    marker: Marker
    span: Span
    request: str
    answer_at_ms: int
    ended_by: RequestEnd
    end_word: Span | None
    other_ends_ms: tuple[int, ...]
    target: Target
    sure: bool

    def reason(self, keyword: str) -> str:
        """Why this is taken for a request, in a podcaster's words."""
        if not self.sure:
            return f'"{keyword}" was said here, perhaps without asking for anything'
        if not self.request:
            return f'You said "{keyword}", and nothing after it'
        asked = "asked for a note" if self.target == "notes" else "asked for something"
        how = {
            "end_word": "ended it yourself",
            "marker": "it ends where the next keyword is said",
            "gap": "it ends where you paused",
            "time": "it ends after the longest time that we take",
            "words": "it ends after the most words that we take",
            "recording": "it ends with the recording",
        }[self.ended_by]
        return f'You said "{keyword}" and {asked}; {"you " if self.ended_by == "end_word" else ""}{how}'


def find_interns(words: Sequence[Word], pauses: Sequence[Span], rules: CleanupRules) -> tuple[InternCommand, ...]:
    """One command for each time the keyword was said, in order; none when it was not said.

    ``words`` in order of time, all of them; ``pauses`` as voice activity shows them.
    """
    heard = [one for one in find_markers(words, pauses, rules.intern_keyword, rules) if _may_be(one, words, rules)]
    spoken = [word for word in words if word.kind in {"word", "filler"}]
    middles_ms = [_middle_ms(word) for word in spoken]
    endings = [ending for marker in heard if (ending := _spoken_ending(marker, spoken, middles_ms, pauses, rules))]
    markers = [one for one in heard if not any(ending.end_ms == one.span.end_ms for ending in endings)]
    flubbers = find_markers(words, pauses, rules.flubber_keyword, rules)
    starts_ms = sorted(one.span.start_ms for one in (*markers, *flubbers))
    spotted = {word.span for word in words if word.kind == "marker"}
    commands = []
    for marker in markers:
        until_ms = next((start_ms for start_ms in starts_ms if start_ms >= marker.span.end_ms), None)
        split, following = bisect_left(middles_ms, marker.span.start_ms), bisect_left(middles_ms, marker.span.end_ms)
        before, after = spoken[max(0, split - 2) : split], spoken[following : following + _WORDS_AHEAD]
        heard_as = spoken[split:following]
        sure = _is_meant(marker, before, heard_as, after, pauses, rules, spotted=marker.span in spotted)
        commands.append(_command(marker, after, until_ms, endings, pauses, rules, sure=sure))
    return tuple(commands)


def _spoken_ending(
    marker: Marker, spoken: Sequence[Word], middles_ms: Sequence[int], pauses: Sequence[Span], rules: CleanupRules
) -> Span | None:
    """The whole of "stop intern" when the end word stands right before this keyword, in the same breath."""
    split = bisect_left(middles_ms, marker.span.start_ms)
    last = spoken[split - 1] if split else None
    if last is None or normalised(last.text) != normalised(rules.intern_end_word) or _ends_sentence(last):
        return None
    same_breath = not _is_quiet(last.end_ms, marker.span.start_ms, pauses, rules)
    return Span(last.start_ms, marker.span.end_ms) if same_breath else None


def _may_be(marker: Marker, words: Sequence[Word], rules: CleanupRules) -> bool:
    """Not for longer words that begin like the keyword ("internal"), nor for those that begin otherwise ("winter").

    Where the keyword was spotted, only longer words that an engine is sure of speak against it.
    """
    keyword = normalised(rules.intern_keyword)
    spotted = any(word.kind == "marker" and word.span == marker.span for word in words)
    heard_as = [word for word in words if word.kind == "word" and word.span.overlaps(marker.span)]
    if spotted:
        heard_as = [word for word in heard_as if (word.confidence or 0.0) >= rules.marker_confidence_sure]
    texts = [normalised(word.text) for word in heard_as]
    if not spotted and texts and texts[0][:1] != keyword[:1]:
        return False
    return not any(text.startswith(keyword) and text != keyword for text in texts)


def _is_meant(
    marker: Marker,
    before: Sequence[Word],
    heard_as: Sequence[Word],
    after: Sequence[Word],
    pauses: Sequence[Span],
    rules: CleanupRules,
    *,
    spotted: bool,
) -> bool:
    """Whether the keyword asks for something: by the words beside it, where those can be trusted."""
    if marker.likeness < 1.0:
        return False
    if spotted and all(word.confidence is None for word in (*before, *heard_as, *after[:1])):
        # An engine that does not say how sure it is hears too badly to tell whether somebody was spoken to.
        return marker.sure
    if spotted and heard_as:
        return False  # the engine heard another word there
    return _is_called(marker.span, before, after, heard_as[-1:], pauses, rules)


def _is_called(
    keyword: Span,
    before: Sequence[Word],
    after: Sequence[Word],
    heard_as: Sequence[Word],
    pauses: Sequence[Span],
    rules: CleanupRules,
) -> bool:
    """Whether somebody is spoken to, and not spoken about: no article before it, and what follows is like a request."""
    last = before[-1] if before else None
    quiet_before = last is None or _ends_sentence(last) or _is_quiet(last.end_ms, keyword.start_ms, pauses, rules)
    if not quiet_before:
        for word in reversed(before):
            if normalised(word.text) in _NOUN_MARKS:
                return False
            if _ends_sentence(word):
                break
    following = after[0] if after else None
    quiet_after = following is None or _is_quiet(keyword.end_ms, following.start_ms, pauses, rules)
    called = any(word.text.rstrip(_CLOSING).endswith((",", "!", ":")) for word in heard_as)
    opens = following is not None and normalised(following.text) in _REQUEST_OPENERS
    return [quiet_before, quiet_after or called, opens].count(True) >= 2


def _is_quiet(from_ms: int, to_ms: int, pauses: Sequence[Span], rules: CleanupRules) -> bool:
    """Whether nobody speaks for a moment between two words, by their times or by the voice activity."""
    if to_ms - from_ms >= rules.marker_gate_ms_min:
        return True
    reach_ms = rules.marker_gate_ms_min
    return any(pause.start_ms < to_ms + reach_ms and pause.end_ms > from_ms - reach_ms for pause in pauses)


def _command(
    marker: Marker,
    after: Sequence[Word],
    until_ms: int | None,
    endings: Sequence[Span],
    pauses: Sequence[Span],
    rules: CleanupRules,
    *,
    sure: bool,
) -> InternCommand:
    reachable = [word for word in after if until_ms is None or _middle_ms(word) < until_ms]
    count, ended_by = _limit(marker.span.end_ms, reachable, until_ms, pauses, rules)
    end_word = _end_word(reachable, count, endings, pauses, rules)
    if end_word is not None:
        count, ended_by = sum(word.start_ms < end_word.start_ms for word in reachable), "end_word"
    asked = reachable[:count]
    end_ms = max([marker.span.end_ms, *(word.end_ms for word in asked), *([end_word.end_ms] if end_word else [])])
    return InternCommand(
        marker=marker,
        span=Span(marker.span.start_ms, end_ms),
        request=" ".join(word.text for word in asked if word.kind == "word").strip(" ,;:"),
        answer_at_ms=end_ms,
        ended_by=ended_by,
        end_word=end_word,
        other_ends_ms=_other_ends_ms(asked, pauses),
        target="notes" if _is_for_notes(asked) else "spoken",
        sure=sure,
    )


def _limit(
    from_ms: int, spoken: Sequence[Word], until_ms: int | None, pauses: Sequence[Span], rules: CleanupRules
) -> tuple[int, RequestEnd]:
    """How many words the request has when no end word is said, and what ends it."""
    last: Word | None = None
    for count, word in enumerate(spoken):
        if last is not None and _gap_ms(last, word, pauses) >= rules.intern_gap_ms_min:
            return count, "gap"
        if word.end_ms - from_ms > rules.intern_request_ms_max:
            return count, "time"
        if count == rules.intern_request_words_max:
            return count, "words"
        last = word
    return len(spoken), "recording" if until_ms is None else "marker"


def _gap_ms(last: Word, word: Word, pauses: Sequence[Span]) -> int:
    """Time between two words; a pause that voice activity shows counts also where a word was stretched over it."""
    across = [one.duration_ms for one in pauses if last.start_ms <= one.start_ms and one.end_ms <= word.end_ms]
    return max(word.start_ms - last.end_ms, *across, 0)


def _end_word(
    reachable: Sequence[Word], count: int, endings: Sequence[Span], pauses: Sequence[Span], rules: CleanupRules
) -> Span | None:
    """Where the end word was said, or None.

    With the keyword after it ("stop intern") it counts anywhere within reach. Alone, it must be the last thing said
    before a silence or at the end of its sentence, and come before the request would end without it: people ask about
    trains that stop.
    """
    within = reachable[: rules.intern_end_words_max]
    for index, word in enumerate(within):
        if normalised(word.text) != normalised(rules.intern_end_word):
            continue
        whole = next((ending for ending in endings if ending.start_ms == word.start_ms), None)
        if whole is not None:
            return whole
        last = index + 1 == len(reachable)
        quiet = last or _is_quiet(word.end_ms, reachable[index + 1].start_ms, pauses, rules)
        if index <= count and (quiet or _ends_sentence(word)):
            return word.span
    return None


def _other_ends_ms(asked: Sequence[Word], pauses: Sequence[Span]) -> tuple[int, ...]:
    ends = {word.end_ms for word in asked[:-1] if _ends_sentence(word)}
    for word, following in pairwise(asked):
        if any(word.start_ms < pause.start_ms and pause.end_ms < following.end_ms for pause in pauses):
            ends.add(word.end_ms)
    return tuple(sorted(ends))


def _is_for_notes(asked: Sequence[Word]) -> bool:
    texts = [normalised(word.text) for word in asked]
    return any(text in {"notes", "shownotes"} for text in texts)


def _ends_sentence(word: Word) -> bool:
    return word.text.rstrip(_CLOSING).endswith(_SENTENCE_ENDS)


def _middle_ms(word: Word) -> int:
    return (word.start_ms + word.end_ms) // 2
