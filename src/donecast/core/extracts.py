"""Titles, notes, tags, a summary and answers taken from a recording's own words: nothing is written, all is found.

Where many words are misheard, or nobody wrote full stops, no sentence is quoted: then only phrases that come again are
told. Deterministic.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from donecast.core.answer_form import form_of
from donecast.core.key_phrases import key_phrases, stems_in
from donecast.core.passages import Passage
from donecast.core.sentences import best_of, clauses, whole_sentences
from donecast.core.text_draft import (
    SUMMARY_CHARACTERS_MAX,
    TAG_CHARACTERS_MAX,
    TITLE_CHARACTERS_MAX,
    DraftKind,
)
from donecast.core.text_request import TextRequest
from donecast.core.topics import capital, chapters_by_topic

_TITLES, _PHRASES_IN_TITLE = 3, 3
_NOTES_SENTENCES, _NOTES_CHARACTERS, _NOTES_PHRASES = 4, 900, 6
_SUMMARY_SENTENCES = 2
_TAGS = 10
_ANSWER_CHARACTERS = 300


def extract(request: TextRequest) -> str | None:
    """The answer in the asked form; None where the recording's own words give none."""
    content = _EXTRACTS[request.kind](request)
    return form_of(request.kind, content) if content else None


def _titles(request: TextRequest) -> list[str]:
    """Two short sentences, or a part of a long one where there is none, and the phrases that come again most."""
    quoted = _quotes_for_titles(_quotable(request), request.language, _TITLES - 1)
    if not quoted and not request.rough:
        quoted = _quotes_for_titles(clauses(request.passages), request.language, 1)
    sentences = [capital(passage.text.rstrip(".")) for passage in quoted]
    titles = [*sentences, capital(", ".join(_phrases(request, _PHRASES_IN_TITLE)))]
    fitting = [title for title in titles if title and len(title) <= TITLE_CHARACTERS_MAX]
    return list({title.casefold(): title for title in fitting}.values())


def _quotes_for_titles(quotable: Sequence[Passage], language: str, count: int) -> list[Passage]:
    return best_of(quotable, language, words_min=4, words_max=12, characters_max=TITLE_CHARACTERS_MAX, count=count)


def _notes(request: TextRequest) -> str:
    quoted = " ".join(_quotes(request, _NOTES_SENTENCES, _NOTES_CHARACTERS))
    listed = "\n".join(f"- {capital(phrase)}" for phrase in _phrases(request, _NOTES_PHRASES))
    return "\n\n".join(part for part in (quoted, listed) if part)


def _summary(request: TextRequest) -> str:
    quoted = " ".join(_quotes(request, _SUMMARY_SENTENCES, SUMMARY_CHARACTERS_MAX))
    return quoted or capital(", ".join(_phrases(request, _TAGS // 2)))


def _tags(request: TextRequest) -> list[str]:
    return [phrase for phrase in _phrases(request, _TAGS) if len(phrase) <= TAG_CHARACTERS_MAX]


def _chapters(request: TextRequest) -> list[dict[str, object]]:
    named = chapters_by_topic(request.passages, request.language, rough=request.rough)
    return [{"passage": number, "title": title} for number, title in named]


def _answer(request: TextRequest) -> str:
    """The sentence of the recording that shares most words with the question, and more than half of them."""
    asked = set(stems_in(request.question, request.language))
    shared = {
        passage: len(asked & set(stems_in(passage.text, request.language)))
        for passage in _quotable(request)
        if len(passage.text) <= _ANSWER_CHARACTERS and not passage.text.endswith("?")
    }
    best = max(shared, key=lambda passage: shared[passage], default=None)
    return best.text if best is not None and 2 * shared[best] > len(asked) else ""


def _phrases(request: TextRequest, count: int) -> list[str]:
    found = key_phrases(request.passages, request.language, count_max=count, rough=request.rough)
    return [phrase.text for phrase in found]


def _quotable(request: TextRequest) -> list[Passage]:
    return [] if request.rough else whole_sentences(request.passages)


def _quotes(request: TextRequest, count: int, characters_max: int) -> Iterator[str]:
    """The best sentences in the order in which they were said, as many as fit."""
    found = best_of(
        _quotable(request), request.language, words_min=6, words_max=60, characters_max=characters_max, count=count
    )
    length = 0
    for passage in sorted(found, key=lambda passage: passage.number):
        length += len(passage.text) + 1
        if length <= characters_max:
            yield passage.text


_EXTRACTS: Mapping[DraftKind, Callable[[TextRequest], object]] = {
    "titles": _titles,
    "notes": _notes,
    "tags": _tags,
    "chapters": _chapters,
    "summary": _summary,
    "answer": _answer,
}
