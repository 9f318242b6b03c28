"""The form of an answer: one JSON object, one field."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from donecast.core.answer_form import form_of, read_answer, trimmed
from donecast.core.text_draft import (
    DRAFT_KINDS,
    RAW_CHARACTERS_MAX,
    DraftKind,
    Refused,
    TextDraft,
    text_draft_from_json,
)
from tests.support.talks import FINE, said, wish


@pytest.mark.parametrize("kind", DRAFT_KINDS)
def test_what_is_read_can_be_kept_and_read_again(kind: DraftKind) -> None:
    draft = read_answer(FINE[kind], wish(kind))
    assert isinstance(draft, TextDraft)
    assert text_draft_from_json(json.loads(json.dumps(draft.to_json()))) == draft


@pytest.mark.parametrize("kind", DRAFT_KINDS)
def test_the_form_of_one_kind_is_not_that_of_another(kind: DraftKind) -> None:
    others = [other for other in DRAFT_KINDS if other != kind]
    assert all(read_answer(FINE[other], wish(kind)) == Refused("not_the_form") for other in others)


def test_space_around_the_object_is_no_fault() -> None:
    assert isinstance(read_answer(f"\n  {FINE['tags']}\n", wish("tags")), TextDraft)


def test_the_raw_answer_has_a_limit() -> None:
    fitting = said("notes", "x" * (RAW_CHARACTERS_MAX - len(said("notes", ""))))
    assert isinstance(read_answer(fitting, wish("notes")), TextDraft)
    assert read_answer(fitting + " ", wish("notes")) == Refused("too_long")


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("  beans ", "beans"),
        ('"beans"', "beans"),
        ("“beans”", "beans"),
        ("«beans»", "beans"),
        ('"beans" and "peas"', '"beans" and "peas"'),
        ("'tis' beans'", "'tis' beans'"),
        ('"', '"'),
        ("", ""),
    ],
)
def test_one_pair_of_quotes_goes(text: str, bare: str) -> None:
    assert trimmed(text) == bare


@given(st.text())
def test_trimming_takes_nothing_from_the_middle(text: str) -> None:
    assert trimmed(text) in text
    assert len(text.strip()) - len(trimmed(text)) <= 2 + len(text.strip()[1:-1]) - len(text.strip()[1:-1].strip())


def test_our_own_engine_writes_the_form_that_is_read() -> None:
    raw = form_of("chapters", [{"passage": 2, "title": "Bohnen für Anfänger"}])
    draft = read_answer(raw, wish("chapters"))
    assert isinstance(draft, TextDraft)
    assert draft.chapters[0].title == "Bohnen für Anfänger"


def test_a_draft_holds_something() -> None:
    with pytest.raises(ValueError, match="without its content"):
        TextDraft("titles")
    with pytest.raises(ValueError, match="without its content"):
        TextDraft("chapters", ("a title",))
