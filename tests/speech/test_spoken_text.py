"""Written text as it is said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from donecast.speech.spoken_text import Token, cardinal, spoken_words, spread, tokens_of


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Hello,", "hello"),
        ("don't", "don't"),
        ("it’s", "it's"),
        ("'quoted'", "quoted"),
        ("well-known", "well known"),
        ("naïve", "naive"),
        ("Straße", "strasse"),
        ("3", "three"),
        ("42", "forty two"),
        ("100", "one hundred"),
        ("1,234", "one thousand two hundred thirty four"),
        ("2,000,000", "two million"),
        ("1984", "nineteen eighty four"),
        ("2006", "two thousand six"),
        ("2024", "twenty twenty four"),
        ("2000", "two thousand"),
        ("1900", "nineteen hundred"),
        ("1905", "nineteen oh five"),
        ("3.5", "three point five"),
        ("0.25", "zero point two five"),
        ("1st", "first"),
        ("22nd", "twenty second"),
        ("13th", "thirteenth"),
        ("20th", "twentieth"),
        ("8th", "eighth"),
        ("12th", "twelfth"),
        ("$20", "twenty dollars"),
        ("£5,", "five pounds"),
        ("50%", "fifty percent"),
        ("007", "zero zero seven"),
        ("10:30", "ten thirty"),
        ("B2B", "b two b"),
        ("R&B", "r and b"),
        ("9999999999999999", "nine " * 16),
        ("你好", ""),
        ("...", ""),
    ],
)
def test_words_as_a_reader_says_them(written: str, said: str) -> None:
    assert " ".join(spoken_words(written)) == said.strip()


def test_lone_punctuation_stays_with_its_neighbour() -> None:
    assert tokens_of("— Well , yes — no") == (
        Token("— Well ,", ("well",)),
        Token("yes —", ("yes",)),
        Token("no", ("no",)),
    )
    assert tokens_of("  ") == ()
    assert tokens_of("…") == ()


@given(st.text(max_size=200))
def test_any_text_becomes_plain_words_and_loses_no_letter(text: str) -> None:
    tokens = tokens_of(text)
    for token in tokens:
        for word in token.spoken:
            assert word
            assert set(word) <= set("abcdefghijklmnopqrstuvwxyz'")
    if any(character.isalnum() for character in text):
        assert "".join(token.text for token in tokens).replace(" ", "") == "".join(text.split())


@given(st.integers(0, 10**12 - 1))
def test_cardinals_are_unique_enough_to_be_counted_back(number: int) -> None:
    assert _value(cardinal(number)) == number


def _value(words: list[str]) -> int:
    total = group = 0
    small = {" ".join(cardinal(value)): value for value in range(100)}
    for word in words:
        if word == "hundred":
            group *= 100
        elif word in ("thousand", "million", "billion"):
            total += group * {"thousand": 10**3, "million": 10**6, "billion": 10**9}[word]
            group = 0
        else:
            group += small[word]
    return total + group


@given(lengths=st.lists(st.integers(0, 50), min_size=1, max_size=20), total=st.integers(0, 100_000))
def test_spreading_rises_from_nothing_to_all(lengths: list[int], total: int) -> None:
    edges = spread(lengths, total)
    assert edges == sorted(edges)
    assert len(edges) == len(lengths) + 1
    assert edges[0] == 0
    assert edges[-1] == (total if sum(lengths) else 0)
