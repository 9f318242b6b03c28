"""A text in pieces: as few as whole sentences allow, nothing lost."""

from hypothesis import given
from hypothesis import strategies as st

from donecast.speech.sentences import packed


def _up_to(characters: int, text: str) -> list[str]:
    return packed(text, lambda piece: len(piece) <= characters)


def test_what_fits_stays_as_it_is() -> None:
    assert _up_to(20, " One.  Two. ") == [" One.  Two. "]


def test_sentences_stay_together_where_they_fit() -> None:
    assert _up_to(12, "One. Two! Three? Four.\nFive") == ["One. Two!", "Three? Four.", "Five"]
    assert _up_to(5, "一二。三四。五六。") == ["一二。", "三四。", "五六。"]


def test_a_long_sentence_is_cut_between_words_and_a_long_word_between_letters() -> None:
    assert _up_to(10, "Hi. one two three four. Bye. Bye.") == ["Hi.", "one two", "three", "four.", "Bye. Bye."]
    assert _up_to(4, "abcdefghij k. l.") == ["abcd", "efgh", "ij", "k.", "l."]


@given(st.text(alphabet="ab .!?。\n語", max_size=60), st.integers(1, 20))
def test_each_piece_fits_and_nothing_is_lost(text: str, characters: int) -> None:
    pieces = packed(text, lambda piece: len(piece) <= characters)
    assert all(len(piece) <= characters for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())
    assert len(pieces) == 1 or all(piece == piece.strip() != "" for piece in pieces)
