"""Times of characters as times of words, and what is made of times that cannot be."""

from typing import Any

import pytest

from donecast.core.span import Span
from donecast.speech.voice_times import spans_of_words

_TEXT = "Up, beans!"


def times(text: str = _TEXT, **more: Any) -> dict[str, Any]:
    """A tenth of a second for each character."""
    edges = [number / 10 for number in range(len(text) + 1)]
    return {
        "characters": list(text),
        "character_start_times_seconds": edges[:-1],
        "character_end_times_seconds": edges[1:],
        **more,
    }


def test_words_begin_with_their_first_character_and_end_with_their_last() -> None:
    assert spans_of_words(_TEXT, times(), 1_000) == (Span(0, 300), Span(400, 1_000))


def test_line_breaks_and_many_spaces_are_between_words() -> None:
    text = "  Up,\n\n beans! "
    assert spans_of_words(text, times(text), 2_000) == (Span(200, 500), Span(800, 1_400))


def test_a_text_without_words_has_none() -> None:
    assert spans_of_words("", times(""), 1_000) == ()


def test_a_word_without_length_gets_a_millisecond_and_none_lasts_longer_than_the_speech() -> None:
    flat = times(character_end_times_seconds=[0.0] * 3 + [0.4] * 6 + [9.0])
    assert spans_of_words(_TEXT, flat, 900) == (Span(0, 1), Span(400, 900))


@pytest.mark.parametrize(
    "alignment",
    [
        None,
        [],
        {},
        times(characters=None),
        times(characters=[1] * 10),
        times("Other words"),
        times(character_end_times_seconds=[0.1]),
        times(character_start_times_seconds=["0"] * 10),
        times(character_start_times_seconds=[True] * 10),
        times(character_start_times_seconds=[float("nan")] * 10),
        times(character_start_times_seconds=[-1.0] * 10),
        times(character_start_times_seconds=[0.5] * 3 + [0.1] * 7),
        times(character_start_times_seconds=[7.0] * 10),
    ],
    ids=[
        "nothing",
        "a list",
        "empty",
        "no characters",
        "numbers for characters",
        "another text",
        "too few times",
        "words for times",
        "truth for times",
        "no number",
        "before the beginning",
        "backwards",
        "beyond the end",
    ],
)
def test_times_that_cannot_be_are_left_out(alignment: Any) -> None:
    assert spans_of_words(_TEXT, alignment, 1_000) == ()
