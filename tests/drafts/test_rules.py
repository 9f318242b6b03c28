"""Whose words stand in an episode, and what a wish may be."""

import pytest

from donecast.core.text_draft import TextDraft
from donecast.drafts.errors import DraftWishInvalid, NoSuchChoice
from donecast.drafts.rules import DraftWish, are_own_words, chosen_text


@pytest.mark.parametrize(
    ("current", "by_program", "own"),
    [
        ("", [], False),
        ("  \n", [], False),
        ("Beans", [], True),
        ("Beans", ["Beans"], False),
        ("Beans  and\npeas", ["Beans and peas"], False),
        ("Beans!", ["Beans"], True),
        ("beans", ["Beans"], True),
    ],
)
def test_words_are_a_persons_unless_a_program_put_them_there(current: str, by_program: list[str], own: bool) -> None:
    assert are_own_words(current, by_program) == own


def test_titles_are_chosen_by_their_number() -> None:
    draft = TextDraft("titles", ("One", "Two"))
    assert [chosen_text(draft, choice) for choice in (0, 1)] == ["One", "Two"]
    for choice in (-1, 2):
        with pytest.raises(NoSuchChoice):
            chosen_text(draft, choice)


def test_a_wish_has_a_question_exactly_for_an_answer() -> None:
    assert DraftWish(kind="answer", question="Why?").question == "Why?"
    for kind, question in (("answer", ""), ("notes", "Why?")):
        with pytest.raises(DraftWishInvalid):
            DraftWish(kind=kind, question=question)  # type: ignore[arg-type]
