"""Where a marker goes among the words, and how sure it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from donecast.core.span import Span
from donecast.core.words import Word
from donecast.speech.markers import (
    GATED_CONFIDENCE,
    HALF_GATED_CONFIDENCE,
    UNGATED_CONFIDENCE,
    MarkerHit,
    markers_among,
    merge_markers,
    place_markers,
    within_recording,
)
from donecast.speech.transcriber import FLUBBER, MarkerSpec


def _hit(start_ms: int, end_ms: int, keyword: str = "flubber") -> MarkerHit:
    return MarkerHit(keyword, Span(start_ms, end_ms))


def test_edges_move_onto_the_voice() -> None:
    (marker,) = place_markers([_hit(950, 1_430)], [Span(400, 1_000), Span(1_500, 2_100)])
    assert (marker.start_ms, marker.end_ms) == (1_000, 1_500)
    assert marker.confidence == GATED_CONFIDENCE
    assert (marker.text, marker.kind) == ("flubber", "marker")


@pytest.mark.parametrize(
    ("silence", "confidence"),
    [
        ([Span(840, 1_000), Span(1_500, 1_660)], GATED_CONFIDENCE),
        ([Span(840, 1_000)], HALF_GATED_CONFIDENCE),
        ([Span(841, 1_000)], UNGATED_CONFIDENCE),
        ([Span(841, 1_000), Span(1_500, 1_660)], HALF_GATED_CONFIDENCE),
        ([Span(1_500, 1_660)], HALF_GATED_CONFIDENCE),
        ([Span(1_500, 1_659)], UNGATED_CONFIDENCE),
        ([Span(400, 700)], UNGATED_CONFIDENCE),
        ([], UNGATED_CONFIDENCE),
    ],
)
def test_silence_on_both_sides_makes_a_marker_sure(silence: list[Span], confidence: float) -> None:
    (marker,) = place_markers([_hit(1_000, 1_500)], silence)
    assert marker.confidence == confidence


def test_of_overlapping_hits_the_surer_stays() -> None:
    silence = [Span(500, 1_000)]
    markers = place_markers([_hit(1_300, 1_700, "intern"), _hit(1_000, 1_400)], silence)
    assert [marker.text for marker in markers] == ["flubber"]


def test_word_mostly_under_a_marker_gives_way() -> None:
    words = [Word("the", 0, 900), Word("flub", 1_000, 1_250), Word("her", 1_250, 1_600), Word("market", 1_400, 2_200)]
    marker = Word("flubber", 1_000, 1_500, 0.95, kind="marker")
    assert [word.text for word in merge_markers(words, [marker])] == ["the", "flubber", "market"]


def test_exactly_half_covered_stays() -> None:
    marker = Word("flubber", 1_000, 1_500, kind="marker")
    assert [word.text for word in merge_markers([Word("ball", 1_250, 1_750)], [marker])] == ["flubber", "ball"]


_SPANS = st.builds(lambda start, length: Span(start, start + length), st.integers(0, 5_000), st.integers(1, 900))


@given(spans=st.lists(_SPANS, max_size=12), hits=st.lists(_SPANS, max_size=4), silence=st.lists(_SPANS, max_size=6))
def test_merging_keeps_order_and_no_buried_word(spans: list[Span], hits: list[Span], silence: list[Span]) -> None:
    words = [Word(f"w{index}", span.start_ms, span.end_ms) for index, span in enumerate(spans)]
    markers = place_markers([MarkerHit("flubber", span) for span in hits], silence)
    result = merge_markers(words, markers)
    assert [word.start_ms for word in result] == sorted(word.start_ms for word in result)
    assert [word for word in result if word.kind == "marker"] == list(markers)
    for word in result:
        covered = sum(shared.duration_ms for marker in markers if (shared := word.span.clipped(marker.span)))
        assert word.kind == "marker" or covered <= word.span.duration_ms / 2
    kept = {word.text for word in result}
    for word in words:
        touched = any(word.span.overlaps(marker.span) for marker in markers)
        assert touched or word.text in kept


def _heard(text: str, start_ms: int, end_ms: int, confidence: float | None = 0.95) -> Word:
    return Word(text, start_ms, end_ms, confidence)


def _marker(confidence: float = GATED_CONFIDENCE, text: str = "flubber") -> Word:
    return Word(text, 1_000, 1_400, confidence, kind="marker")


@pytest.mark.parametrize("at_ms", [1_000, 1_500, 600])
def test_the_same_word_heard_by_a_good_engine_goes_even_if_it_stands_beside(at_ms: int) -> None:
    heard = [_heard("well", 0, 300), _heard("Flubber,", at_ms, at_ms + 350), _heard("again", 2_500, 2_800)]
    joined = markers_among(heard, [_marker(HALF_GATED_CONFIDENCE)])
    assert [word.text for word in joined] == ["well", "flubber", "again"]
    assert joined[1].confidence == HALF_GATED_CONFIDENCE


def test_words_that_such_an_engine_places_too_late_say_nothing_against_a_marker_that_it_heard_as_well() -> None:
    heard = [_heard("film", 1_050, 1_350), _heard("Flubber,", 1_400, 1_750)]
    assert [(word.text, word.confidence) for word in markers_among(heard, [_marker()])] == [
        ("flubber", GATED_CONFIDENCE)
    ]


@pytest.mark.parametrize("confidence", [GATED_CONFIDENCE, HALF_GATED_CONFIDENCE])
def test_where_a_good_engine_is_sure_of_another_word_the_marker_is_a_question(confidence: float) -> None:
    joined = markers_among([_heard("the", 700, 980), _heard("rubber", 1_010, 1_390)], [_marker(confidence)])
    assert [word.text for word in joined] == ["the", "flubber", "rubber"]
    assert joined[1].confidence == UNGATED_CONFIDENCE


def test_in_running_speech_such_an_engine_is_believed() -> None:
    heard = [_heard("her", 700, 980), _heard("winter", 1_010, 1_390), _heard("coat", 1_420, 1_800)]
    assert markers_among(heard, [_marker(UNGATED_CONFIDENCE, "intern")]) == tuple(heard)


@pytest.mark.parametrize("confidence", [None, 0.4])
def test_where_it_is_not_the_marker_takes_the_words_place(confidence: float | None) -> None:
    joined = markers_among([_heard("the", 700, 980), _heard("flower", 1_010, 1_390, confidence)], [_marker()])
    assert [word.text for word in joined] == ["the", "flubber"]
    assert joined[1].confidence == GATED_CONFIDENCE


def test_a_word_that_a_marker_only_touches_says_nothing_against_it() -> None:
    (_, marker) = markers_among([_heard("garden", 600, 1_100)], [_marker()])
    assert marker.confidence == GATED_CONFIDENCE


def test_words_beyond_the_end_are_cut_off() -> None:
    words = [Word("a", 0, 500), Word("b", 800, 1_200), Word("c", 1_000, 1_300)]
    assert [(word.text, word.end_ms) for word in within_recording(words, 1_000)] == [("a", 500), ("b", 1_000)]


@pytest.mark.parametrize("threshold", [0.0, -1e-5, 1.5])
def test_absurd_thresholds_are_refused(threshold: float) -> None:
    with pytest.raises(ValueError, match="threshold"):
        MarkerSpec("flubber", FLUBBER.pronunciations, threshold)


@pytest.mark.parametrize("pronunciation", ["", "flubber", "F L AH0 B", "F\nL", "F"])
def test_pronunciations_must_be_phones(pronunciation: str) -> None:
    with pytest.raises(ValueError, match="pronunciation"):
        MarkerSpec("flubber", (pronunciation,))


def test_a_marker_needs_letters() -> None:
    with pytest.raises(ValueError, match="letters"):
        MarkerSpec("123")


def test_words_of_a_good_engine_that_say_a_marker_of_several_words_become_it() -> None:
    words = [Word("The", 0, 200, 0.9), Word("Door", 900, 1_150, 0.9), Word("bell,", 1_160, 1_500, 0.9)]
    marker = Word("door bell", 880, 1_520, GATED_CONFIDENCE, kind="marker")
    assert markers_among(words, [marker]) == (words[0], marker)
    ungated = Word("door bell", 880, 1_520, UNGATED_CONFIDENCE, kind="marker")
    assert markers_among(words, [ungated]) == (words[0], ungated)


def test_words_of_a_good_engine_that_say_only_a_part_of_it_stay() -> None:
    words = [Word("door", 900, 1_150, 0.9), Word("mat", 1_160, 1_500, 0.9), Word("bell", 1_600, 1_900, 0.9)]
    marker = Word("door bell", 880, 1_520, GATED_CONFIDENCE, kind="marker")
    kept = markers_among(words, [marker])
    assert [word for word in kept if word.kind == "word"] == words
    assert [word.confidence for word in kept if word.kind == "marker"] == [UNGATED_CONFIDENCE]
