"""The form in which an engine answers: one JSON object with one field. Anything else is refused, never mended.

All that is done to a text is to take off white space and a pair of quotes around it.
"""

import json
from typing import Any

from donecast.core.chapters import Chapter
from donecast.core.text_draft import (
    CHAPTERS_MAX,
    RAW_CHARACTERS_MAX,
    TAGS_MAX,
    TITLES_MAX,
    DraftKind,
    Refused,
    TextDraft,
)
from donecast.core.text_request import TextRequest

_QUOTES = {('"', '"'), ("'", "'"), ("“", "”"), ("„", "“"), ("«", "»"), ("‘", "’")}
_LISTS: dict[DraftKind, int] = {"titles": TITLES_MAX, "tags": TAGS_MAX}


def read_answer(raw: str, request: TextRequest) -> TextDraft | Refused:
    """The texts of an answer in the asked form, unchecked; a reason where it is not in that form or holds none."""
    if len(raw) > RAW_CHARACTERS_MAX:
        return Refused("too_long")
    if not raw.strip():
        return Refused("empty")
    try:
        document = json.loads(raw, object_pairs_hook=_object, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return Refused("not_the_form")
    if not isinstance(document, dict) or list(document) != [request.kind]:
        return Refused("not_the_form")
    content = document[request.kind]
    if request.kind == "chapters":
        return _chapters(content, request)
    return _texts(content, request.kind)


def form_of(kind: DraftKind, content: object) -> str:
    """An answer in the asked form, for the engine of our own."""
    return json.dumps({kind: content}, ensure_ascii=False)


def trimmed(text: str) -> str:
    """A text without white space and without one pair of quotes around it."""
    bare = text.strip()
    if len(bare) > 1 and (bare[0], bare[-1]) in _QUOTES and not {bare[0], bare[-1]} & set(bare[1:-1]):
        return bare[1:-1].strip()
    return bare


def _texts(content: object, kind: DraftKind) -> TextDraft | Refused:
    several = kind in _LISTS
    if several != isinstance(content, list):
        return Refused("not_the_form")
    entries = content if isinstance(content, list) else [content]
    texts = tuple(trimmed(entry) for entry in entries if isinstance(entry, str))
    if len(texts) < len(entries):
        return Refused("not_the_form")
    if not texts or not all(any(map(str.isalnum, text)) for text in texts):
        return Refused("empty")
    if several and len(texts) > _LISTS[kind]:
        return Refused("too_long")
    return TextDraft(kind, texts)


def _chapters(content: object, request: TextRequest) -> TextDraft | Refused:
    """Chapters by the passages that they begin with: so a time can be wrong, but it can never be made up."""
    if not isinstance(content, list) or not all(_is_chapter(entry) for entry in content):
        return Refused("not_the_form")
    if not content or not all(any(map(str.isalnum, entry["title"])) for entry in content):
        return Refused("empty")
    if len(content) > CHAPTERS_MAX:
        return Refused("too_long")
    numbers = [entry["passage"] for entry in content]
    starts_ms = {passage.number: passage.start_ms for passage in request.passages}
    if numbers != sorted(set(numbers)) or not starts_ms.keys() >= set(numbers):
        return Refused("wrong_place")
    return TextDraft(
        "chapters", chapters=tuple(Chapter(starts_ms[entry["passage"]], trimmed(entry["title"])) for entry in content)
    )


def _is_chapter(entry: object) -> bool:
    return (
        isinstance(entry, dict)
        and entry.keys() == {"passage", "title"}
        and type(entry["passage"]) is int
        and isinstance(entry["title"], str)
    )


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        raise ValueError("a field stands twice")
    return dict(pairs)


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")
