"""Sound cues: spoken words of a show in whose place one of its sounds is heard. "Applause please", and people clap.

People also say such words and mean them. So a cue acts by itself only where nothing else is said for a moment before it
and after it, and where the words are beyond doubt; everywhere else it is a question.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, pairwise
from typing import Any, Literal

from donecast.core.cleanup_rules import CleanupRules
from donecast.core.errors import CleanupUnreadable
from donecast.core.likeness import normalised, sound_of, word_likeness
from donecast.core.span import Span
from donecast.core.words import Word

Passage = Literal["mistake", "request"]

CUES_MAX = 20
CUE_GATE_MS_MIN = 230
"""Longer than the pause at a comma, which lasts up to 220 ms: "A pause please, said the conductor." calls no sound."""
CUE_WORDS_MAX = 5
CUE_CHARACTERS_MAX = 60
CUE_LETTERS_MIN = 4
"""Shorter words are heard in every other sentence."""
CUE_GAIN_DB_MAX = 12.0
CUE_CLIP_MS_MAX = 30_000
_SPEAKABLE = re.compile(r"[a-z][a-z']*( [a-z][a-z']*)*")
_SIGNS = re.compile(r"[\s.,;:!?…\"“”«»()\-]+")
_APOSTROPHES = str.maketrans("’‘", "''")
# Between two words of one cue nobody waits longer.
_INNER_GAP_MS_MAX = 600
# Recognisers' times and those of the voice activity differ by about this much.
_EDGE_REACH_MS = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundCue:
    """A show's words and the sound that they call.

    ``words`` are one to five words of the letters a to z, lower case. ``clip`` is the id of a file of the library.
    ``gain_db``: louder or quieter than the talk. Without ``by_itself``, a person is asked each time. Raises
    CleanupUnreadable.
    """

    id: str
    words: str
    clip: str
    gain_db: float = 0.0
    by_itself: bool = True

    def __post_init__(self) -> None:
        words = self.words.split(" ")
        if (
            not _SPEAKABLE.fullmatch(self.words)
            or len(words) > CUE_WORDS_MAX
            or len(self.words) > CUE_CHARACTERS_MAX
            or len(normalised(self.words)) < CUE_LETTERS_MIN
        ):
            raise CleanupUnreadable(
                f'"{self.words[:CUE_CHARACTERS_MAX]}" cannot be listened for.',
                action=f"Choose one to {CUE_WORDS_MAX} words of the letters a to z, with at least {CUE_LETTERS_MIN} "
                f"letters and at most {CUE_CHARACTERS_MAX}.",
                details={"field": "words"},
            )
        if not abs(self.gain_db) <= CUE_GAIN_DB_MAX:
            raise CleanupUnreadable(
                f"A sound can be at most {CUE_GAIN_DB_MAX:g} dB louder or quieter than the talk.",
                action="Choose a loudness in between.",
                details={"field": "gain_db"},
            )


@dataclass(frozen=True, slots=True)
class CueClip:
    """What is known of a cue's file: what people call it, and how long it lasts."""

    name: str
    duration_ms: int


@dataclass(frozen=True, slots=True)
class CueSound:
    """What is heard in place of a cue's words: a file of the library for so long, louder or quieter than the talk."""

    asset: str
    duration_ms: int
    gain_db: float = 0.0


@dataclass(frozen=True, slots=True)
class FoundCue:
    """Where a cue was said. ``likeness`` 1: in these very words. ``sure``: without doubt, and meant."""

    cue: SoundCue
    span: Span
    likeness: float
    sure: bool

    def reason(self, clip: CueClip | None, *, acts: bool, inside: Passage | None = None) -> str:
        """Why a sound is proposed here, in a podcaster's words; ``clip`` None where the file is gone."""
        said = f'You said "{self.cue.words}".' if self.likeness == 1.0 else f'This sounds like "{self.cue.words}".'
        if clip is None:
            return f"{said} Its sound is not in your library any more, so the words stay in."
        if inside == "request":
            return f'{said} It belongs to what you asked the intern, so "{clip.name}" is heard only if you want it.'
        if inside == "mistake":
            return f'{said} It belongs to a mistake, so "{clip.name}" is not heard where that is cut.'
        return (
            f'{said} We put "{clip.name}" there instead.' if acts else f'{said} Shall "{clip.name}" be heard instead?'
        )


def sound_cue_from_json(document: Mapping[str, Any]) -> SoundCue:
    """Reads a cue as settings keep it, its words tidied. Raises CleanupUnreadable, TypeError."""
    return SoundCue(**{**document, "words": tidied_words(document["words"])})


def tidied_words(text: str) -> str:
    """``"Applause, please!"`` as ``"applause please"``: lower case, without accents and punctuation."""
    plain = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES).lower())
    return _SIGNS.sub(" ", "".join(sign for sign in plain if not unicodedata.combining(sign))).strip()


def require_apart(cues: Sequence[SoundCue], rules: CleanupRules, flubber_keyword: str) -> None:
    """That no cue can be taken for another, for the word after a mistake, or for the intern's words.

    Raises CleanupUnreadable with a sentence, also for too many of them.
    """
    if len(cues) > CUES_MAX:
        raise CleanupUnreadable(
            f"A show has at most {CUES_MAX} sounds that are called by a word.",
            action="Delete one that you do not use any more.",
            details={"field": "cues"},
        )
    if len({cue.id for cue in cues}) < len(cues):
        raise CleanupUnreadable("Two sounds of the show have the same id.", details={"field": "cues"})
    for cue in cues:
        if normalised(rules.intern_end_word) in _tokens(cue.words):
            raise _alike(cue.words, rules.intern_end_word, "ends what you ask the intern")
        if _within_each_other(cue.words, rules.intern_keyword, rules.marker_likeness_min):
            raise _alike(cue.words, rules.intern_keyword, "calls the intern")
        if _within_each_other(cue.words, flubber_keyword, rules.marker_likeness_min):
            raise _alike(cue.words, flubber_keyword, "says that you made a mistake")
    for one, other in combinations(cues, 2):
        if _within_each_other(one.words, other.words, rules.marker_likeness_min):
            raise _alike(other.words, one.words, "calls a sound")


def find_sound_cues(
    words: Sequence[Word], pauses: Sequence[Span], cues: Sequence[SoundCue], rules: CleanupRules, *, good_words: bool
) -> tuple[FoundCue, ...]:
    """Every saying of a cue, in order: where its words were listened for, or among the words that were written out.

    ``good_words`` False: the words themselves are too poor to act on. Edges lie where the voice begins and ends.
    """
    if not cues:
        return ()
    found = [*_spotted(words, pauses, cues, rules), *_written(words, pauses, cues, rules, good_words=good_words)]
    kept: list[FoundCue] = []
    for one in sorted(found, key=lambda item: (not item.sure, -item.likeness, item.span)):
        if not any(one.span.overlaps(other.span) for other in kept):
            kept.append(one)
    return tuple(sorted(kept, key=lambda item: item.span))


def _spotted(
    words: Sequence[Word], pauses: Sequence[Span], cues: Sequence[SoundCue], rules: CleanupRules
) -> Iterator[FoundCue]:
    """Those that an engine listened for, and says by its confidence whether it is sure.

    Where other words still stand in the same place, whoever wrote them contradicts, and they are judged as they are.
    """
    by_words = {_tokens(cue.words): cue for cue in cues}
    for index, word in enumerate(words):
        cue = by_words.get(_tokens(word.text)) if word.kind == "marker" else None
        near = words[max(0, index - 2 * CUE_WORDS_MAX) : index + 2 * CUE_WORDS_MAX]
        if cue is None or any(other.kind == "word" and _is_mostly_in(other.span, word.span) for other in near):
            continue
        sure = word.confidence is None or word.confidence >= rules.marker_confidence_sure
        if word.confidence is None or pauses:
            sure = sure and _stands_apart(word.span, _beside(words, index, index + 1), pauses, rules)
        yield FoundCue(cue, word.span, 1.0, sure)


def _written(
    words: Sequence[Word], pauses: Sequence[Span], cues: Sequence[SoundCue], rules: CleanupRules, *, good_words: bool
) -> Iterator[FoundCue]:
    phrases = {_tokens(cue.words) for cue in cues}
    # A cue that was listened for as well must not stand between its own words.
    listened = {word for word in words if word.kind == "marker" and _tokens(word.text) in phrases}
    spoken = [word for word in words if word.kind != "event" and normalised(word.text) and word not in listened]
    tokens = [normalised(word.text) for word in spoken]
    for cue in cues:
        wanted = _tokens(cue.words)
        for start, end, likeness in _alike_runs(tokens, wanted, rules.marker_likeness_min):
            run = spoken[start:end]
            if any(word.kind != "word" for word in run) or not _in_one_breath(run):
                continue
            beside = _beside(spoken, start, end)
            span = _snapped(Span(run[0].start_ms, max(word.end_ms for word in run)), beside, pauses)
            exact = tuple(tokens[start:end]) == wanted
            sure = good_words and exact and _stands_apart(span, beside, pauses, rules)
            # What is only written nearly like it never counts as said in these very words.
            yield FoundCue(cue, span, 1.0 if exact else min(likeness, 0.99), sure)


def _is_mostly_in(span: Span, outer: Span) -> bool:
    shared = span.clipped(outer)
    return shared is not None and 2 * shared.duration_ms > span.duration_ms


def _alike_runs(
    tokens: Sequence[str], wanted: tuple[str, ...], likeness_min: float
) -> Iterator[tuple[int, int, float]]:
    """Runs of tokens that together look or sound like the wanted words, a word more or less among them."""
    target = "".join(wanted)
    sound = sound_of(target)[:1]
    # Sound can make up for half of what the letters lack, and for no more.
    letters_min = 2 * likeness_min - 1
    for size in range(max(1, len(wanted) - 1), len(wanted) + 2):
        for start in range(len(tokens) - size + 1):
            joined = "".join(tokens[start : start + size])
            if 2 * min(len(joined), len(target)) < letters_min * (len(joined) + len(target)):
                continue
            if joined != target and sound_of(joined[:4])[:1] not in {"", sound}:
                continue
            likeness = word_likeness(joined, target)
            if likeness >= likeness_min:
                yield start, start + size, likeness


def _in_one_breath(run: Sequence[Word]) -> bool:
    return all(following.start_ms - word.end_ms <= _INNER_GAP_MS_MAX for word, following in pairwise(run))


def _beside(words: Sequence[Word], start: int, end: int) -> tuple[Word | None, Word | None]:
    """The words before and after a run."""
    return words[start - 1] if start else None, words[end] if end < len(words) else None


def _snapped(span: Span, beside: tuple[Word | None, Word | None], pauses: Sequence[Span]) -> Span:
    """The run's voice from its first to its last sound, where a pause is near; never into the word beside it."""
    before, after = beside
    floor_ms = min(before.end_ms, span.start_ms) if before else 0
    ceiling_ms = max(after.start_ms, span.end_ms) if after else None
    middle_ms = (span.start_ms + span.end_ms) // 2
    starts_ms = [pause.end_ms for pause in pauses if pause.end_ms < middle_ms]
    ends_ms = [pause.start_ms for pause in pauses if pause.start_ms > middle_ms]
    start_ms = _nearest_ms(span.start_ms, starts_ms)
    end_ms = _nearest_ms(span.end_ms, ends_ms)
    start_ms = max(start_ms, floor_ms)
    return Span(start_ms, max(start_ms + 1, end_ms if ceiling_ms is None else min(end_ms, ceiling_ms)))


def _nearest_ms(edge_ms: int, others_ms: Iterable[int]) -> int:
    near = [other_ms for other_ms in others_ms if abs(other_ms - edge_ms) <= _EDGE_REACH_MS]
    return min(near, key=lambda other_ms: abs(other_ms - edge_ms), default=edge_ms)


def _stands_apart(
    span: Span, beside: tuple[Word | None, Word | None], pauses: Sequence[Span], rules: CleanupRules
) -> bool:
    """Whether nobody speaks for a moment before it and after it. The voice activity knows; else the words' times."""
    before, after = beside
    gate_ms = max(rules.marker_gate_ms_min, CUE_GATE_MS_MIN)
    if pauses:
        long = [pause for pause in pauses if pause.duration_ms >= gate_ms]
        quiet_before = any(abs(pause.end_ms - span.start_ms) <= gate_ms for pause in long)
        quiet_after = any(abs(pause.start_ms - span.end_ms) <= gate_ms for pause in long)
    else:
        quiet_before = before is not None and span.start_ms - before.end_ms >= gate_ms
        quiet_after = after is not None and after.start_ms - span.end_ms >= gate_ms
    return (quiet_before or before is None) and (quiet_after or after is None)


@lru_cache(maxsize=4_096)  # asked each time a show is read, mostly about the same few words
def _within_each_other(one: str, other: str, likeness_min: float) -> bool:
    """Whether one could be heard where the other is said."""
    first, second = _tokens(one), _tokens(other)
    runs = _alike_runs(first, second, likeness_min), _alike_runs(second, first, likeness_min)
    return any(True for found in runs for _ in found)


def _alike(words: str, other: str, what: str) -> CleanupUnreadable:
    same = (
        f'"{words}" already {what}.' if words == other else f'"{words}" sounds too much like "{other}", which {what}.'
    )
    return CleanupUnreadable(same, action="Choose other words.", details={"field": "words"})


def _tokens(text: str) -> tuple[str, ...]:
    return tuple(token for part in text.split() if (token := normalised(part)))
