"""Words get their speakers from who speaks at their time."""

from dataclasses import replace

import pytest

from donecast.core.speakers import SpeakerSpan, labelled, named
from donecast.core.words import Transcript, Word

SPANS = (
    SpeakerSpan(0, 1_000, 0),
    SpeakerSpan(900, 2_000, 1),
    SpeakerSpan(2_500, 3_000, 0),
    SpeakerSpan(2_600, 2_800, 1),
)


def transcript_of(*words: Word) -> Transcript:
    return Transcript(words, "en", 60_000, "engine", "1", "basic")


@pytest.mark.parametrize(
    ("start_ms", "end_ms", "speaker"),
    [
        (100, 300, "Ann"),
        (850, 1_000, "Ann"),
        (910, 1_200, "Ben"),
        (1_990, 2_050, "Ben"),
        (2_050, 2_100, "Ben"),
        (2_450, 2_490, "Ann"),
        (2_550, 2_900, "Ann"),
        (2_500, 2_560, "Ann"),
        (3_900, 4_100, "Ann"),
        (4_100, 4_300, None),
    ],
)
def test_a_word_belongs_to_whose_speech_it_shares_most_time_with(
    start_ms: int, end_ms: int, speaker: str | None
) -> None:
    found = labelled(transcript_of(Word("word", start_ms, end_ms)), SPANS, ["Ann", "Ben"])
    assert found.words[0].speaker == speaker


def test_a_speaker_that_is_known_stays() -> None:
    given_words = transcript_of(Word("Hello", 100, 300, speaker="Somebody"))
    assert labelled(given_words, SPANS, ["Ann", "Ben"]) == given_words


def test_nothing_but_the_speaker_changes() -> None:
    transcript = transcript_of(
        Word("Hello,", 100, 300, confidence=0.5), Word("uh", 950, 1_100, kind="filler", timing="aligned")
    )
    found = labelled(transcript, SPANS, ["Ann", "Ben"])
    assert found != transcript
    assert replace(found, words=tuple(replace(word, speaker=None) for word in found.words)) == transcript


def test_without_speech_or_tracks_nobody_is_named() -> None:
    transcript = transcript_of(Word("Hello", 100, 300))
    assert labelled(transcript, (), []) == transcript
    assert labelled(transcript, (), ["Ann"]) == transcript


@pytest.mark.parametrize("span", [(5, 5, 0), (-1, 5, 0), (5, 4, 0), (0, 5, -1)])
def test_a_span_has_a_length_and_a_track(span: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="not a span of speech"):
        SpeakerSpan(*span)


def test_labels_become_the_names_that_people_gave_them() -> None:
    words = (Word("Hello", 0, 1, speaker="A"), Word("Hi", 1, 2, speaker="B"), Word("um", 2, 3))
    assert [word.speaker for word in named(words, {"A": "Margaret"})] == ["Margaret", "B", None]
