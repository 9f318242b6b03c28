"""What the built-in engine finds: the recording's own words, the same each time, and honest where there is nothing."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from donecast.core.answer_checks import checked
from donecast.core.extracts import extract
from donecast.core.key_phrases import key_phrases, stem_of
from donecast.core.languages import words_in
from donecast.core.text_draft import DRAFT_KINDS, DraftKind, TextDraft
from tests.support.talks import SENTENCES, TALK, talk_passages, wish

_ROUGH = (
    "welcome to the a lot mint our today we talk about growing runner beans on a small plot runner beans love warm "
    "sole so wait until the middle of may margaret built a green house from old shower doors the shower doors came "
    "from a neighbour lugs are the greatest danger for young beans and runner beans like rain water from the roof"
)


def found(kind: DraftKind, text: str = TALK, **more: object) -> TextDraft | None:
    request = wish(kind, text, **more)
    raw = extract(request)
    if raw is None:
        return None
    outcome = checked(raw, request)
    assert isinstance(outcome, TextDraft), (raw, outcome)
    return outcome


@pytest.mark.parametrize("kind", DRAFT_KINDS)
def test_every_kind_is_found_in_a_talk_and_passes_the_checks(kind: DraftKind) -> None:
    assert found(kind) is not None
    assert extract(wish(kind)) == extract(wish(kind))


def test_titles_are_sentences_of_the_talk_and_its_phrases() -> None:
    draft = found("titles")
    assert draft is not None
    *quoted, listed = draft.texts
    assert quoted
    assert {f"{title}." for title in quoted} <= set(SENTENCES)
    assert listed.startswith("Runner beans")


def test_notes_quote_whole_sentences_in_their_order() -> None:
    draft = found("notes")
    assert draft is not None
    quoted, _, listed = draft.texts[0].partition("\n\n")
    places = [TALK.index(sentence) for sentence in SENTENCES if sentence in quoted]
    assert places == sorted(places)
    assert len(places) == 4
    assert all(line.startswith("- ") for line in listed.splitlines())


def test_what_speaks_to_programs_is_never_quoted() -> None:
    for kind in DRAFT_KINDS:
        assert "ebracorp" not in (extract(wish(kind)) or "")


@pytest.mark.parametrize("kind", ["titles", "notes", "tags", "summary"])
def test_of_misheard_words_only_what_comes_again_is_told(kind: DraftKind) -> None:
    draft = found(kind, _ROUGH, rough=True)
    assert draft is not None
    told = set(words_in(" ".join(draft.texts)))
    assert {"runner", "beans", "shower", "doors"} <= told
    assert not told & {"lugs", "mint", "sole"}


def test_of_misheard_words_that_never_come_again_nothing_is_told() -> None:
    for kind in DRAFT_KINDS:
        assert extract(wish(kind, "and all my fellow america ask not what they can do", rough=True)) is None


def test_of_misheard_words_no_answer_is_made() -> None:
    assert extract(wish("answer", _ROUGH, rough=True)) is None


def test_an_answer_is_a_sentence_that_speaks_of_the_question() -> None:
    draft = found("answer", question="What keeps slugs away from the pots?")
    assert draft is not None
    assert draft.texts == ("Copper tape around the pots keeps slugs away for a whole season.",)
    assert extract(wish("answer", question="Who is the king of Sweden?")) is None


def test_where_hardly_anything_is_said_nothing_is_made_up() -> None:
    for kind in ("titles", "notes", "tags", "summary"):
        assert extract(wish(kind, "So. Well, you know. Yes.")) is None


def test_two_languages_are_found_in() -> None:
    german = (
        "Heute reden wir über Stangenbohnen. Stangenbohnen brauchen warme Erde und viel Regenwasser. "
        "Das Regenwasser sammeln wir vom Dach. Die Schnecken fressen junge Stangenbohnen."
    )
    draft = found("tags", german, language="de")
    assert draft is not None
    assert draft.texts[:2] == ("Stangenbohnen", "Regenwasser")


def test_a_longer_phrase_wins_over_its_parts() -> None:
    passages = talk_passages("We vote on Election Day. On Election Day we go. It is Election Day. An election is near.")
    phrases = [phrase.text for phrase in key_phrases(passages, "en", count_max=3)]
    assert phrases[0] == "Election Day"
    assert "Day" not in phrases
    assert "election" not in [phrase.casefold() for phrase in phrases]


@pytest.mark.parametrize(
    ("word", "stem"),
    [("beans", "bean"), ("Margaret's", "margaret"), ("democracies", "democracy"), ("class", "class"), ("bus", "bus")],
)
def test_plurals_and_possessives_are_one_with_their_word(word: str, stem: str) -> None:
    assert stem_of(word) == stem


def test_three_hours_of_talk_are_found_through_at_once() -> None:
    sentences = [
        f"The {name} of chapter {number} grows {name}s beside bean number {number * 7 % 13}."
        for number in range(300)
        for name in ("lily", "rose", "tulip", "fern", "ivy", "oak", "elm")
    ]
    request = wish("chapters", " ".join(sentences))
    started = time.monotonic()
    raw = extract(request)
    assert time.monotonic() - started < 20
    assert raw is not None
    assert len(json.loads(raw)["chapters"]) <= 50


@given(st.lists(st.sampled_from([*TALK.split(), "и", "豆", "...", "—", "'s"]), min_size=1, max_size=60))
def test_whatever_is_said_the_engine_stays_in_its_form(words: list[str]) -> None:
    for kind in DRAFT_KINDS:
        request = wish(kind, " ".join(words))
        raw = extract(request)
        if raw is not None:
            assert list(json.loads(raw)) == [kind]
            own = set(words_in(request.spoken))
            content = json.loads(raw)[kind]
            written = content if isinstance(content, str) else " ".join(str(entry) for entry in content)
            assert kind == "chapters" or set(words_in(written)) <= own
