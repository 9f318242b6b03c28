"""Words and transcripts as values."""

import json
from typing import Any

import pytest
from hypothesis import given

from donecast.core.words import Transcript, Word, transcript_from_json
from tests.support.times import spoken_words


@given(spoken_words())
def test_a_transcript_survives_json(words: tuple[Word, ...]) -> None:
    transcript = Transcript(words, "en", 10_000_000, "engine", "1", "basic")
    assert transcript_from_json(json.loads(json.dumps(transcript.to_json()))) == transcript


def test_a_transcript_says_whether_fillers_are_among_its_words() -> None:
    transcript = Transcript((), "en", 100, "whisper", "1", "good", fillers="left_out")
    document = transcript.to_json()
    assert transcript_from_json(document) == transcript
    del document["fillers"]
    assert transcript_from_json(document).fillers == "guessed"


def test_words_out_of_order_are_refused() -> None:
    with pytest.raises(ValueError, match="order"):
        Transcript((Word("b", 10, 20), Word("a", 0, 5)), "en", 100, "engine", "1", "good")


def test_a_word_without_length_is_refused() -> None:
    with pytest.raises(ValueError, match="no length"):
        Word("a", 10, 10)


@pytest.mark.parametrize(
    "change", [{"version": 2}, {"words": [{"text": "a"}]}, {"quality": "superb"}, {"words": None}, {"fillers": "some"}]
)
def test_what_is_no_transcript_is_refused(change: dict[str, Any]) -> None:
    good = Transcript((Word("a", 0, 5),), "en", 100, "engine", "1", "good").to_json()
    with pytest.raises(ValueError, match=r"transcript|fillers"):
        transcript_from_json({**good, **change})
