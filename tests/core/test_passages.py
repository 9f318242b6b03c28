"""Passages: a sentence or a breath each, and an excerpt that fits."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from donecast.core.passages import Passage, ends_sentence, excerpt_of, passages_of
from donecast.core.words import Word
from tests.support.spoken import spoken


def texts(script: str) -> list[str]:
    return [passage.text for passage in passages_of(spoken(script).words)]


def test_sentences_are_passages_and_a_breath_inside_does_not_part_them() -> None:
    assert texts("We sow _900 beans. Do we? Mr. Hale _800 sows peas.") == [
        "We sow beans.",
        "Do we?",
        "Mr. Hale sows peas.",
    ]


def test_without_full_stops_silences_part() -> None:
    passages = passages_of(spoken("we sow beans _900 do we _100 really _700 yes").words)
    assert [passage.text for passage in passages] == ["we sow beans", "do we really", "yes"]
    assert [passage.number for passage in passages] == [1, 2, 3]
    assert [passage.gap_ms >= 700 for passage in passages] == [False, True, True]
    assert not any(passage.whole for passage in passages)


def test_fillers_and_markers_are_not_told() -> None:
    assert texts("We {um} sow <flubber> beans.") == ["We sow beans."]


def test_another_speaker_begins_a_passage() -> None:
    said = (("we", "Ann"), ("do", "Ann"), ("no", "Ben"))
    words = [Word(text, n * 100, n * 100 + 100, speaker=speaker) for n, (text, speaker) in enumerate(said)]
    assert [passage.text for passage in passages_of(words)] == ["we do", "no"]


def test_an_endless_sentence_is_parted_at_a_comma_or_at_sixty_words() -> None:
    endless = " ".join(["bean"] * 200)
    assert [len(text.split()) for text in texts(endless)] == [60, 60, 60, 20]
    with_commas = " ".join(["bean"] * 29 + ["bean,"] + ["pea"] * 10)
    assert [len(text.split()) for text in texts(with_commas)] == [30, 10]


def test_sentences_end_with_their_signs() -> None:
    assert all(map(ends_sentence, ["Yes.", "Yes!”", "Yes?)", "Well…"]))
    assert not any(map(ends_sentence, ["Yes", "Yes,", "Mr.", "John F.", "e.g.", ""]))


def test_what_fits_is_kept_whole_and_what_does_not_is_left_out_all_over() -> None:
    passages = tuple(Passage(n, n * 1_000, n * 1_000 + 900, "bean " * 20) for n in range(1, 1_001))
    assert excerpt_of(passages[:10], 60_000) == passages[:10]
    kept = excerpt_of(passages, 30_000)
    assert sum(len(passage.text) for passage in kept) <= 30_000
    assert kept[0].number == 1
    halves = [passage for passage in kept if passage.number > 500]
    assert abs(len(halves) - len(kept) / 2) <= len(kept) * 0.1
    assert kept[-1].number > 900


@given(lengths=st.lists(st.integers(1, 400), max_size=60), characters_max=st.integers(1_000, 20_000))
def test_an_excerpt_never_exceeds_and_never_changes_a_passage(lengths: list[int], characters_max: int) -> None:
    passages = tuple(Passage(n, n, n + 1, "x" * length) for n, length in enumerate(lengths, start=1))
    kept = excerpt_of(passages, characters_max)
    assert set(kept) <= set(passages)
    assert list(kept) == sorted(kept, key=lambda passage: passage.number)
    assert sum(len(passage.text) + 8 for passage in kept) <= characters_max


@given(
    st.lists(
        st.tuples(st.text(min_size=1, max_size=8), st.integers(0, 3_000), st.integers(1, 900)), min_size=0, max_size=80
    )
)
def test_every_word_is_told_once_and_in_its_time(pieces: list[tuple[str, int, int]]) -> None:
    words, now_ms = [], 0
    for text, gap_ms, length_ms in pieces:
        words.append(Word(text, now_ms + gap_ms, now_ms + gap_ms + length_ms))
        now_ms += gap_ms + length_ms
    passages = passages_of(words)
    assert " ".join(passage.text for passage in passages).split() == " ".join(text for text, _, _ in pieces).split()
    for before, after in pairwise(passages):
        assert before.end_ms <= after.start_ms
        assert after.gap_ms == after.start_ms - before.end_ms
