"""Text drafts on the wire."""

from datetime import datetime

from pydantic import BaseModel, Field

from donecast.core.text_draft import DraftKind, RefusalReason
from donecast.core.text_request import INSTRUCTIONS_CHARACTERS_MAX, QUESTION_CHARACTERS_MAX
from donecast.drafts.rules import DraftStatus


class DraftIn(BaseModel):
    """A wish for a text. `instructions` are your own words to the engine; `question` is what an answer is wanted to."""

    kind: DraftKind
    instructions: str = Field(default="", max_length=INSTRUCTIONS_CHARACTERS_MAX)
    question: str = Field(default="", max_length=QUESTION_CHARACTERS_MAX)


class DraftChapterOut(BaseModel):
    """A chapter in the recording's own time."""

    start_ms: int
    title: str


class DraftOut(BaseModel):
    """A text that an engine proposes; `refused` ones hold a reason instead of a text.

    `source` says who wrote it. `cost_micros` is in millionths of `currency`: 0 is free, null is not known.
    """

    id: str
    kind: DraftKind
    status: DraftStatus
    texts: list[str]
    chapters: list[DraftChapterOut]
    reason: RefusalReason | None
    reason_message: str | None
    engine: str
    model: str
    source: str
    input_tokens: int | None
    output_tokens: int | None
    cost_micros: int | None
    currency: str
    accepted_text: str | None
    created_at: datetime
    decided_at: datetime | None


class DraftAcceptIn(BaseModel):
    """Which of several titles, counted from 0; `replace` lets it take the place of what you wrote yourself."""

    choice: int = 0
    replace: bool = False
