"""Tokens become words: bytes joined before they are read, spaces gone, times apart and in order."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from donecast.speech.whisper_words import HeardToken, bytes_of, words_of
from tests.support.whisper_model import written


def tokens(*texts: bytes, step_ms: int = 100) -> list[HeardToken]:
    return [HeardToken(text, 1_000 + step_ms * number, 0.5) for number, text in enumerate(texts)]


def texts_of(*texts: bytes, language: str = "en") -> list[str]:
    return [word.text for word in words_of(tokens(*texts), 9_000, language)]


@given(text=st.binary(max_size=40))
def test_the_alphabet_of_tokens_stands_for_every_byte(text: bytes) -> None:
    assert bytes_of(written(text)) == text


def test_special_tokens_stand_for_themselves() -> None:
    assert bytes_of("<|notimestamps|>") == b"<|notimestamps|>"


def test_a_word_begins_with_a_space() -> None:
    assert texts_of(b" The", b" be", b"ans", b",", b" up", b".") == ["The", "beans,", "up."]
    assert texts_of(b"The", b" beans") == ["The", "beans"]


def test_a_letter_may_be_split_between_tokens() -> None:
    assert texts_of(b" caf\xc3", b"\xa9", b" now") == ["café", "now"]


def test_half_a_letter_is_shown_as_unknown_and_not_dropped_with_its_word() -> None:
    assert texts_of(b" caf\xc3", b" now") == ["caf\ufffd", "now"]


def test_languages_without_spaces_have_a_word_for_each_character() -> None:
    said = "今日は".encode()
    assert texts_of(said[:3], said[3:4], said[4:6], said[6:], language="ja") == ["今", "日", "は"]


def test_what_nobody_says_is_no_word() -> None:
    assert texts_of(b" -", b" [", b"Music", b"]", b" \xe2\x99\xaa", b" Hello", b" ...") == ["Music", "Hello"]


def test_written_hesitations_are_fillers() -> None:
    words = words_of(tokens(b" Um", b",", b" yes"), 9_000, "en")
    assert [(word.text, word.kind) for word in words] == [("Um,", "filler"), ("yes", "word")]


def test_a_word_lasts_until_the_next_and_is_as_sure_as_its_tokens() -> None:
    heard = [HeardToken(b" The", 1_000, 0.9), HeardToken(b" be", 1_200, 0.5), HeardToken(b"ans", 1_300, 0.7)]
    first, second = words_of(heard, 1_800, "en")
    assert (first.start_ms, first.end_ms, first.confidence) == (1_000, 1_200, 0.9)
    assert (second.start_ms, second.end_ms, second.confidence) == (1_200, 1_800, 0.6)


@given(
    steps=st.lists(st.integers(0, 60), max_size=30),
    spaced=st.lists(st.booleans(), min_size=30, max_size=30),
    language=st.sampled_from(["en", "zh"]),
)
def test_words_stand_in_order_apart_and_have_a_length(steps: list[int], spaced: list[bool], language: str) -> None:
    now_ms, heard = 500, []
    for step, space in zip(steps, spaced, strict=False):
        now_ms += step
        heard.append(HeardToken(b" a" if space else b"b", now_ms, 1.2))
    words = words_of(heard, now_ms, language)
    assert all(one.end_ms <= other.start_ms for one, other in pairwise(words))
    assert all(word.confidence == 1.0 for word in words)
    assert "".join(word.text for word in words) == "".join("a" if token.text == b" a" else "b" for token in heard)


def test_no_tokens_are_no_words() -> None:
    assert words_of([], 1_000, "en") == ()
