"""A request holds what was said to listeners, in words and in passages that fit."""

import pytest

from donecast.core.text_draft import DRAFT_KINDS, DraftKind
from donecast.core.text_request import EXCERPT_MARK
from tests.support.talks import ORDERS, QUESTION, SENTENCES, TALK, wish


@pytest.mark.parametrize("kind", DRAFT_KINDS)
def test_the_prompt_holds_the_rules_apart_from_what_was_said(kind: DraftKind) -> None:
    prompt = wish(kind).prompt
    assert f'{{"{kind}"' in prompt.rules
    assert "in English" in prompt.rules
    assert SENTENCES[0] not in prompt.rules
    assert f"1: {SENTENCES[0]}" in prompt.material.splitlines()


@pytest.mark.parametrize("kind", DRAFT_KINDS)
def test_what_speaks_to_programs_reaches_none(kind: DraftKind) -> None:
    request = wish(kind)
    assert [passage.text for passage in request.withheld] == list(ORDERS)
    assert not any(order in request.prompt.material for order in ORDERS)
    assert "Zebracorp" not in request.spoken


def test_numbers_are_those_of_the_recording_whatever_is_withheld() -> None:
    assert f"8: {SENTENCES[7]}" in wish("chapters").prompt.material


def test_the_makers_words_and_the_question_are_in_it_on_one_line_each() -> None:
    lines = wish("answer", instructions="Be\nkind. ").prompt.material.splitlines()
    assert lines[:3] == ["Wishes of the makers: Be kind.", f"The question: {QUESTION}", EXCERPT_MARK]


def test_only_an_answer_needs_a_question() -> None:
    with pytest.raises(ValueError, match="question"):
        wish("titles", question="Why?")
    with pytest.raises(ValueError, match="question"):
        wish("answer", question=" ")


def test_what_is_sent_is_bounded_and_what_the_checks_know_is_not() -> None:
    request = wish("notes", text=TALK * 100, characters_max=2_000)
    assert len(request.prompt.material) <= 2_000 + len(EXCERPT_MARK) + 1
    assert len(request.spoken) > 50_000


def test_a_rough_transcript_and_a_language_without_a_name_are_told() -> None:
    rules = wish("summary", rough=True, language="sv").prompt.rules
    assert "misheard" in rules
    assert "in sv" in rules
