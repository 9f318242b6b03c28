"""Interns on the wire."""

from pydantic import BaseModel, Field

from donecast.core.intern import Target
from donecast.core.text_draft import ANSWER_CHARACTERS_MAX
from donecast.core.text_request import QUESTION_CHARACTERS_MAX
from donecast.interns.rules import InternState


class InternOut(BaseModel):
    """What was asked while recording. `sure` is false where perhaps somebody only spoke about an intern.

    Times are the recording's: the request lasts from `start_ms` to `end_ms`, the word that calls the intern ends at
    `keyword_end_ms`, an answer is heard at `answer_at_ms`.
    `answer` is what is heard in the episode, or stands in its notes. `suggestion` is what an engine would answer,
    `source` says which one, and `draft_id` names the draft with its cost.
    """

    id: str
    start_ms: int
    keyword_end_ms: int
    end_ms: int
    answer_at_ms: int
    request: str
    target: Target
    other_ends_ms: list[int]
    reason: str
    sure: bool
    state: InternState
    answer: str | None
    suggestion: str | None
    source: str | None
    draft_id: str | None


class InternDraftIn(BaseModel):
    """The question, if it was not understood rightly; else the words of the recording are asked."""

    question: str = Field(default="", max_length=QUESTION_CHARACTERS_MAX)


class InternAnswerIn(BaseModel):
    """The answer that you approve, given while looking at this version of the edit list."""

    edit_list_version: int
    text: str = Field(max_length=2 * ANSWER_CHARACTERS_MAX)


class InternEndIn(BaseModel):
    """Where the request ends in the recording, said while looking at this version of the edit list."""

    edit_list_version: int
    end_ms: int


class InternSkipIn(BaseModel):
    """The version of the edit list that you look at."""

    edit_list_version: int
