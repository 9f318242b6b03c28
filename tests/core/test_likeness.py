"""Likeness of words and texts that a recogniser may have misheard."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from donecast.core.likeness import normalised, sound_of, text_likeness, word_likeness


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Flubber,", "flubber"),
        ("don't", "dont"),
        ("Café!", "cafe"),
        ("...", ""),
        ("STRASSE", "strasse"),
        ("9:30", "930"),
    ],
)
def test_normalising_leaves_lower_case_letters_and_digits(text: str, plain: str) -> None:
    assert normalised(text) == plain


@pytest.mark.parametrize("token", ["flubber", "floober", "flupper", "flubberr"])
def test_words_that_sound_alike_have_one_sound(token: str) -> None:
    assert sound_of(token) == "flbr"


def test_sound_alone_does_not_make_two_words_alike() -> None:
    assert sound_of("flapper") == sound_of("flubber")
    assert word_likeness("flapper", "flubber") < 0.8


@given(st.text(max_size=30), st.text(max_size=30))
def test_likeness_lies_between_nothing_and_everything(first: str, second: str) -> None:
    first, second = normalised(first), normalised(second)
    assert 0.0 <= text_likeness(first, second) <= 1.0
    assert text_likeness(first, second) <= word_likeness(first, second) <= 1.0


@given(st.text(min_size=1, max_size=30).map(normalised).filter(bool))
def test_everything_is_wholly_like_itself(text: str) -> None:
    assert text_likeness(text, text) == 1.0
    assert text_likeness(text, "") == 0.0
