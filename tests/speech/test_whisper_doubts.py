"""What Whisper makes up is told by three marks; what is said stays."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from donecast.core.span import Span, merged
from donecast.core.words import Word
from donecast.speech.whisper_doubts import LeftOut, doubt_about, repeats, sifted

_SPEECH = (
    "We had a long winter, and the garden was late this year. The beans are up at last, and the rain was kind to us, "
    "so next week we open the gate on Saturday as well, from ten until the light goes."
)


@pytest.mark.parametrize(
    ("no_speech", "log_probability", "doubt"),
    [(0.9, -1.5, "no_speech"), (0.9, -0.3, None), (0.1, -1.5, None), (0.6, -1.5, None), (0.9, -1.0, None)],
)
def test_no_speech_needs_both_a_judgement_and_words_that_are_guessed(
    no_speech: float, log_probability: float, doubt: str | None
) -> None:
    assert doubt_about(_SPEECH, no_speech=no_speech, log_probability=log_probability) == doubt


def test_one_thing_again_and_again_is_not_believed() -> None:
    again = "Thank you for watching. " * 12
    assert repeats(again)
    assert doubt_about(again, no_speech=0.0, log_probability=-0.1) == "repeats"


@pytest.mark.parametrize("text", ["", "No.", "No, no, no.", _SPEECH])
def test_speech_does_not_repeat(text: str) -> None:
    assert not repeats(text)


def test_words_within_a_long_silence_are_left_out_with_the_reason() -> None:
    words = [Word("yes", 1_000, 1_300), Word("thanks", 2_000, 2_400), Word("well", 3_100, 3_500)]
    kept, left_out = sifted(words, [Span(1_500, 3_000)])
    assert [word.text for word in kept] == ["yes", "well"]
    assert left_out == (LeftOut(Span(2_000, 2_400), "in_silence"),)


def test_words_within_a_short_silence_stay() -> None:
    words = [Word("a", 1_050, 1_200)]
    assert sifted(words, [Span(1_000, 1_400)]) == (tuple(words), ())


def test_a_word_ends_and_begins_where_the_voice_does() -> None:
    words = [Word("yes", 1_000, 2_000), Word("well", 2_000, 3_400)]
    kept, left_out = sifted(words, [Span(1_300, 2_900)])
    assert [(word.start_ms, word.end_ms) for word in kept] == [(1_000, 1_300), (2_900, 3_400)]
    assert left_out == ()


def test_a_word_over_a_whole_pause_keeps_its_longer_part() -> None:
    kept, _ = sifted([Word("well", 1_000, 3_000, 0.5)], [Span(1_200, 2_000)])
    assert kept == (Word("well", 2_000, 3_000, 0.5),)


@given(
    lengths=st.lists(st.tuples(st.integers(0, 400), st.integers(1, 900)), max_size=20),
    pauses=st.lists(st.tuples(st.integers(0, 10_000), st.integers(200, 2_000)), max_size=12),
)
def test_nothing_is_invented_and_nothing_gets_out_of_order(
    lengths: list[tuple[int, int]], pauses: list[tuple[int, int]]
) -> None:
    words, now_ms = [], 0
    for gap_ms, length_ms in lengths:
        words.append(Word("a", now_ms + gap_ms, now_ms + gap_ms + length_ms))
        now_ms = words[-1].end_ms
    silence = merged(Span(start, start + length) for start, length in pauses)
    kept, left_out = sifted(words, silence)
    assert len(kept) + len(left_out) == len(words)
    assert all(one.end_ms <= other.start_ms for one, other in pairwise(kept))
    spans = [word.span for word in words]
    assert all(any(span.clipped(word.span) == word.span for span in spans) for word in kept)
    assert all(one.span in spans for one in left_out)
