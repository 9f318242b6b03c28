"""Pure rules of interns: the frozen values that travel, what state a command is in, and what an answer may be."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from donecast.core.cleanup_rules import CleanupRules
from donecast.core.decisions import STANDING_CHOICE
from donecast.core.intern import InternCommand, Target
from donecast.core.likeness import normalised
from donecast.core.operations import HOUSE_BEEP, Insert
from donecast.core.text_draft import ANSWER_CHARACTERS_MAX
from donecast.core.words import Word
from donecast.episodes.rules import Clip, clip_asset
from donecast.interns.errors import AnswerUnspeakable, EndInvalid

InternState = Literal["detected", "approved", "answered", "skipped"]

GAP_MS = 500
"""Silence before an answer and after it."""
END_AFTER_MS_MAX = 120_000
"""So long after it began, a person may let a request end."""
STAND_IN_MS = 400
"""How long the tone is heard that stands for an answer which is not there yet."""
END_CHOSEN_REASON = "You chose where it ends"
REASON_CHARACTERS_MAX = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class InternFacts:
    """A command as others see it; times in milliseconds of the recording.

    ``keyword_end_ms``: where the word ends that calls the intern. ``sure`` False: perhaps somebody only spoke about an
    intern. ``answer`` is what is heard in the episode or stands in its notes; ``suggestion`` is what an engine
    (``source``) would answer.
    """

    id: str
    start_ms: int
    keyword_end_ms: int
    end_ms: int
    answer_at_ms: int
    request: str
    target: Target
    other_ends_ms: tuple[int, ...]
    reason: str
    sure: bool
    state: InternState
    answer: str | None
    suggestion: str | None
    source: str | None
    draft_id: str | None


def intern_id(command: InternCommand) -> str:
    """The command's id within its recording: found again, it has the same, so that answers stay attached."""
    return f"intern_{hashlib.sha256(str(command.marker.span.start_ms).encode()).hexdigest()[:20]}"


def state_of(*, wanted: bool | None, is_answered: bool) -> InternState:
    """An answer that is there counts, whoever put it back; one that was undone is approved and not there."""
    if is_answered:
        return "answered"
    if wanted is None:
        return "detected"
    return "approved" if wanted else "skipped"


def tidied_answer(text: str) -> str:
    """The answer as it is spoken or written. Raises AnswerUnspeakable."""
    tidy = " ".join(text.split())
    if not any(character.isalnum() for character in tidy):
        raise AnswerUnspeakable
    if len(tidy) > ANSWER_CHARACTERS_MAX:
        raise AnswerUnspeakable(f"An answer has at most {ANSWER_CHARACTERS_MAX} characters.")
    return tidy


def answer_operation(facts: InternFacts, clip: Clip, *, account_id: str, instant: str) -> Insert:
    """The answer put after its question."""
    return Insert(
        id=facts.id,
        at_ms=facts.answer_at_ms,
        asset=clip_asset(clip.key),
        duration_ms=clip.duration_ms,
        gap_ms=GAP_MS,
        reason=f'Answer to "{facts.request}"'[:REASON_CHARACTERS_MAX],
        decided_by=account_id,
        decided_at=instant,
    )


def check_end(facts: InternFacts, end_ms: int, recording_ms: int) -> None:
    """Raises EndInvalid where a request cannot end there."""
    if not facts.keyword_end_ms < end_ms <= min(recording_ms, facts.start_ms + END_AFTER_MS_MAX):
        raise EndInvalid(details={"after_ms": facts.keyword_end_ms, "recording_ms": recording_ms})


def request_until(words: Iterable[Word], facts: InternFacts, end_ms: int, rules: CleanupRules) -> str:
    """What was asked when the request ends there; the word that ends it is no part of it."""
    asked = [
        word.text
        for word in words
        if word.kind == "word" and facts.keyword_end_ms <= (word.start_ms + word.end_ms) // 2 < end_ms
    ]
    if asked and normalised(asked[-1]) == normalised(rules.intern_end_word):
        asked.pop()
    return " ".join(asked).strip(" ,;:")


def stand_in(facts: InternFacts, at_ms: int) -> Insert:
    """A short tone in the place of an answer that is not there yet, to hear where it would be; nobody decided it."""
    return Insert(
        id=facts.id,
        at_ms=at_ms,
        asset=HOUSE_BEEP,
        duration_ms=STAND_IN_MS,
        gap_ms=GAP_MS,
        decided_by=STANDING_CHOICE,
        decided_at="",
    )


def with_answer(notes: str, answer: str, before: str | None) -> str:
    """An episode's notes with an answer: in the place of the earlier one, else at the end."""
    paragraphs = notes.rstrip().split("\n\n") if notes.strip() else []
    if before in paragraphs:
        paragraphs[paragraphs.index(before)] = answer
    else:
        paragraphs.append(answer)
    return "\n\n".join(paragraphs)


def without_answer(notes: str, answer: str) -> str:
    """An episode's notes without an answer that was written into them; changed by a person since, it stays."""
    paragraphs = notes.split("\n\n")
    if answer in paragraphs:
        paragraphs.remove(answer)
    return "\n\n".join(paragraphs)
