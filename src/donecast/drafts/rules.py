"""Pure rules of text drafts: the frozen values that travel, and whose words stand in an episode."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from donecast.core.text_draft import DraftKind, Refused, TextDraft
from donecast.drafts.errors import DraftWishInvalid, NoSuchChoice

DraftStatus = Literal["proposed", "accepted", "dismissed", "refused"]
EpisodeField = Literal["title", "notes", "chapters"]

FIELDS: Mapping[DraftKind, EpisodeField] = {"titles": "title", "notes": "notes", "chapters": "chapters"}
"""Where in an episode a draft goes that is accepted; tags, summaries and answers have no place there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftWish:
    """What a person asks for. Raises DraftWishInvalid unless exactly an answer has a question."""

    kind: DraftKind
    instructions: str = ""
    question: str = ""

    def __post_init__(self) -> None:
        if bool(self.question.strip()) != (self.kind == "answer"):
            raise DraftWishInvalid


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftFacts:
    """A draft as others see it: ``draft`` unless it was refused, who wrote it, and what that cost.

    ``cost_micros`` is in millionths of ``currency``; None means that nobody knows. Instants are aware and UTC.
    """

    id: str
    episode_id: str
    kind: DraftKind
    status: DraftStatus
    draft: TextDraft | None
    refused: Refused | None
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


def chosen_text(draft: TextDraft, choice: int) -> str:
    """The text that goes to the episode: the title of that number, counted from 0; of notes the whole."""
    if not 0 <= choice < len(draft.texts):
        raise NoSuchChoice(details={"titles": len(draft.texts)})
    return draft.texts[choice]


def are_own_words(current: str, made_by_program: Collection[str]) -> bool:
    """Whether a person wrote what stands in a field: something does, and no program put it there."""
    return bool(current.strip()) and _plain(current) not in {_plain(text) for text in made_by_program}


def _plain(text: str) -> str:
    return " ".join(text.split())
