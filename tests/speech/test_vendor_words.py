"""A vendor's words: small disorder is put right, large disorder is refused, nothing is believed that cannot be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from donecast.core.words import Transcript
from donecast.speech.vendor_errors import SpeechBadAnswer
from donecast.speech.vendor_words import VendorWord, require_same_length, vendor_word, words_within


def word(text: str, start_ms: int, end_ms: int, speaker: str | None = "A") -> VendorWord:
    return VendorWord(text, start_ms, end_ms, 0.9, speaker)


def spans(words: list[VendorWord], duration_ms: int = 10_000) -> list[tuple[str, int, int]]:
    return [(one.text, one.start_ms, one.end_ms) for one in words_within(words, duration_ms)]


def test_hesitations_are_fillers_and_noises_are_events() -> None:
    heard = words_within([word("Um,", 0, 200), word("beans", 300, 500), word("[laughter]", 600, 900)], 10_000)
    assert [(one.text, one.kind) for one in heard] == [("Um,", "filler"), ("beans", "word"), ("laughter", "event")]


def test_speakers_are_named_where_there_are_several() -> None:
    alone = words_within([word("a", 0, 100), word("b", 200, 300)], 1_000)
    assert {one.speaker for one in alone} == {None}
    two = words_within([word("a", 0, 100), word("b", 200, 300, "B"), word("c", 400, 500, None)], 1_000)
    assert [one.speaker for one in two] == ["Speaker A", "Speaker B", None]


def test_a_word_without_length_gets_a_millisecond() -> None:
    assert spans([word("a", 100, 100), word("b", 300, 250)]) == [("a", 100, 101), ("b", 300, 301)]


def test_words_are_sorted_and_one_speaker_says_one_at_a_time() -> None:
    assert spans([word("b", 200, 500), word("a", 0, 300)]) == [("a", 0, 200), ("b", 200, 500)]
    assert spans([word("a", 0, 300), word("b", 200, 500, "B")]) == [("a", 0, 300), ("b", 200, 500)]


def test_the_last_words_end_with_the_recording() -> None:
    assert spans([word("a", 900, 1_100), word("b", 1_050, 1_200)], 1_000) == [("a", 900, 1_000)]


@pytest.mark.parametrize(
    "words",
    [
        [word("a", -5, 100)],
        [word("a", 12_001, 12_100)],
        [word("a", 10_000 + number, 10_100 + number) for number in range(4)],
        [word("a", 100 * number, 50 * number - 60) for number in range(2, 8)],
    ],
    ids=["before the beginning", "far beyond the end", "many at the end", "many backwards"],
)
def test_times_that_cannot_be_this_recordings_are_refused(words: list[VendorWord]) -> None:
    with pytest.raises(SpeechBadAnswer):
        words_within(words, 10_000)


@pytest.mark.parametrize(
    "document",
    [
        None,
        {"start": 1, "end": 2},
        {"text": 5, "start": 1, "end": 2},
        {"text": "a", "start": 0.5, "end": 0.9},
        {"text": "a", "start": "1", "end": 2},
        {"text": "a", "start": True, "end": 2},
        {"text": "a", "end": 2},
    ],
)
def test_what_is_no_word_is_refused(document: object) -> None:
    with pytest.raises(SpeechBadAnswer):
        vendor_word(document)


def test_a_confidence_that_is_none_is_none() -> None:
    for given_one, kept in ((0.5, 0.5), (1, 1.0), (None, None), (7, None), ("high", None), (True, None)):
        document = {"text": " two  words ", "start": 1, "end": 2, "confidence": given_one, "speaker": ""}
        assert vendor_word(document) == VendorWord("two words", 1, 2, kept, None)


def test_a_length_in_whole_seconds_is_near_enough_and_another_recordings_is_not() -> None:
    for seconds, duration_ms in ((None, 5_000), (61, 59_400), (3_600, 3_640_000), (0, 300)):
        require_same_length(seconds, duration_ms)
    for wrong, length_ms in ((61_000, 61_000), (10, 60_000), ("61", 61_000), (True, 1_000)):
        with pytest.raises(SpeechBadAnswer):
            require_same_length(wrong, length_ms)


_times = st.integers(-10, 1_300)


@given(st.lists(st.builds(word, st.sampled_from(["a", "um", "", "[x]"]), _times, _times, st.sampled_from(["A", "B"]))))
def test_whatever_is_accepted_is_a_transcript_within_the_recording(words: list[VendorWord]) -> None:
    try:
        heard = words_within(words, 1_000)
    except SpeechBadAnswer:
        return
    transcript = Transcript(heard, "en", 1_000, "e", "1", "provider")
    assert all(one.end_ms <= transcript.duration_ms for one in transcript.words)
