"""What an engine may write for an episode, how large it may be, and why an answer is no draft.

A text draft is a proposal: it becomes the episode's only when a person accepts it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from donecast.core.chapters import Chapter

DraftKind = Literal["titles", "notes", "tags", "chapters", "summary", "answer"]
DRAFT_KINDS: tuple[DraftKind, ...] = get_args(DraftKind)

TITLES_MAX = 5
TITLE_CHARACTERS_MAX = 120
NOTES_CHARACTERS_MAX = 4_000
TAGS_MAX = 20
TAG_CHARACTERS_MAX = 30
CHAPTERS_MAX = 50
CHAPTER_CHARACTERS_MAX = 80
SUMMARY_CHARACTERS_MAX = 600
ANSWER_CHARACTERS_MAX = 400
ANSWER_SENTENCES_MAX = 2
RAW_CHARACTERS_MAX = 20_000

RefusalReason = Literal[
    "empty",
    "too_long",
    "not_the_form",
    "control_characters",
    "markup",
    "link",
    "prompt_echo",
    "refusal",
    "chatter",
    "language",
    "instruction",
    "unrelated",
    "repetitive",
    "wrong_place",
    "not_spoken",
]

REFUSAL_SENTENCES: Mapping[RefusalReason, str] = {
    "empty": "The writing program wrote nothing.",
    "too_long": "The writing program wrote more than fits.",
    "not_the_form": "The writing program did not answer in the form that it was asked for.",
    "control_characters": "The text holds invisible characters.",
    "markup": "The text holds signs of a web page.",
    "link": "The text holds a link, an address or a number that nobody says in the recording.",
    "prompt_echo": "The writing program gave back its own instructions.",
    "refusal": "The writing program declined to write this.",
    "chatter": "The writing program talked about its task instead of doing it.",
    "language": "The text is not in the language of the recording.",
    "instruction": "The text follows words in the recording that speak to a writing program.",
    "unrelated": "The text has nothing to do with what is said in the recording.",
    "repetitive": "The text says the same again and again.",
    "wrong_place": "The chapters do not stand at places of the recording, in their order.",
    "not_spoken": "The answer is not one or two sentences that can be spoken.",
}


@dataclass(frozen=True, slots=True)
class TextDraft:
    """A checked text: several titles or tags, or one of notes, summary and answer in ``texts``; else ``chapters``.

    Chapters stand in the recording's own time. Raises ValueError for one that holds nothing.
    """

    kind: DraftKind
    texts: tuple[str, ...] = ()
    chapters: tuple[Chapter, ...] = ()

    def __post_init__(self) -> None:
        if bool(self.chapters) != (self.kind == "chapters") or bool(self.texts) == bool(self.chapters):
            raise ValueError(f"a draft of {self.kind} without its content")

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; `text_draft_from_json` reads them back to an equal draft."""
        if self.kind == "chapters":
            chapters = [{"start_ms": one.start_ms, "title": one.title} for one in self.chapters]
            return {"kind": self.kind, "chapters": chapters}
        return {"kind": self.kind, "texts": list(self.texts)}


@dataclass(frozen=True, slots=True)
class Refused:
    """Why an answer is no draft; ``message`` is a sentence for a person."""

    reason: RefusalReason

    @property
    def message(self) -> str:
        """What was wrong with it."""
        return REFUSAL_SENTENCES[self.reason]


def text_draft_from_json(document: Mapping[str, Any]) -> TextDraft:
    """Reads what `TextDraft.to_json` wrote."""
    return TextDraft(
        document["kind"],
        tuple(document.get("texts", ())),
        tuple(Chapter(one["start_ms"], one["title"]) for one in document.get("chapters", ())),
    )
