"""Captions: readable cues in every format, and no word lost."""

import json
import re
from itertools import pairwise

import pytest
from hypothesis import given

from donecast.core.captions import (
    CaptionRules,
    Cue,
    cues,
    parse_transcript,
    plain_text,
    srt,
    transcript_json,
    webvtt,
)
from donecast.core.words import Word
from tests.support.spoken import spoken
from tests.support.times import spoken_words

RULES = CaptionRules()
VTT_TIMES = re.compile(r"\d{2,}:[0-5]\d:[0-5]\d\.\d{3} --> \d{2,}:[0-5]\d:[0-5]\d\.\d{3}")


@given(spoken_words())
def test_cues_never_overlap_and_hold_every_word_in_order(words: tuple[Word, ...]) -> None:
    captions = cues(words)
    for before, after in pairwise(captions):
        assert before.end_ms <= after.start_ms
    assert all(0 <= cue.start_ms < cue.end_ms for cue in captions)
    assert " ".join(cue.text for cue in captions) == " ".join(word.text for word in words)


@given(spoken_words())
def test_cues_keep_to_two_lines_of_42_characters_and_seven_seconds(words: tuple[Word, ...]) -> None:
    for cue in cues(words):
        assert 1 <= len(cue.lines) <= 2
        assert all(0 < len(line) <= 42 for line in cue.lines)
        assert cue.end_ms - cue.start_ms <= RULES.cue_ms_max


@given(spoken_words())
def test_a_short_cue_lasts_a_second_where_there_is_room(words: tuple[Word, ...]) -> None:
    captions = cues(words)
    for cue, following in pairwise(captions):
        assert cue.end_ms - cue.start_ms >= 1_000 or cue.end_ms == following.start_ms


@given(spoken_words())
def test_one_cue_has_one_speaker(words: tuple[Word, ...]) -> None:
    captions = cues(words)
    speakers = [speaker for cue in captions for speaker in [cue.speaker] * len(cue.text.split())]
    assert speakers == [word.speaker for word in words]


@given(spoken_words())
def test_webvtt_reads_back_as_it_was_meant(words: tuple[Word, ...]) -> None:
    captions = cues(words)
    document = webvtt(captions)
    assert document.startswith("WEBVTT\n")
    for block in document.strip().split("\n\n")[1:]:
        times, *lines = block.split("\n")
        assert VTT_TIMES.fullmatch(times)
        assert all(line and "-->" not in line for line in lines)
        markup_removed = re.sub(r"</?v[^<>]*>|&(amp|lt|gt);", "", "\n".join(lines))
        assert not re.search(r"[<>&]", markup_removed)
    if captions:
        again = parse_transcript(document, "vtt")
        assert [(cue.start_ms, cue.end_ms, cue.text, cue.speaker) for cue in again] == [
            (cue.start_ms, cue.end_ms, cue.text, cue.speaker) for cue in captions
        ]


def test_breaks_stand_at_sentences_pauses_and_changes_of_speaker() -> None:
    words = [
        *spoken("We walked along the river for a while. Then it rained hard").words,
        Word("And", 5_100, 5_400),
        Word("stopped.", 5_440, 5_800),
        Word("Really?", 5_900, 6_400, None, "Ben"),
    ]
    assert [(cue.text, cue.speaker) for cue in cues(words)] == [
        ("We walked along the river for a while.", None),
        ("Then it rained hard", None),
        ("And stopped.", None),
        ("Really?", "Ben"),
    ]


def test_short_sentences_share_a_cue() -> None:
    assert [cue.text for cue in cues(spoken("Yes. No. Maybe so. Who knows?").words)] == [
        "Yes. No. Maybe so. Who knows?"
    ]


def test_a_long_sentence_breaks_at_a_comma_rather_than_anywhere() -> None:
    script = "When the bells of the old church rang out over the town that night, everybody came into the square."
    assert [cue.text for cue in cues(spoken(script).words)] == [
        "When the bells of the old church rang out over the town that night,",
        "everybody came into the square.",
    ]


def test_two_lines_are_about_equally_long() -> None:
    (cue,) = cues(spoken("It was one of those long evenings by the sea").words)
    assert cue.lines == ("It was one of those", "long evenings by the sea")


def test_disfluencies_and_markers_are_not_shown() -> None:
    captions = cues(spoken("so {um} we went <flubber> home").words)
    assert [cue.text for cue in captions] == ["so we went home"]
    assert plain_text(spoken("so {um} we went <flubber> home").words) == "so we went home\n"


def test_a_word_longer_than_a_line_goes_on_in_the_next() -> None:
    address = "https://example.org/" + "a" * 100
    captions = cues([Word(address, 0, 3_000)])
    assert "".join(line for cue in captions for line in cue.lines) == address
    assert all(len(line) <= 42 for cue in captions for line in cue.lines)


def test_the_last_cue_ends_with_the_episode() -> None:
    assert cues([Word("Bye.", 9_800, 10_000)])[0].end_ms == 10_800
    assert cues([Word("Bye.", 9_800, 10_000)], duration_ms=10_200)[0].end_ms == 10_200


def test_a_word_that_lasts_forever_is_shown_for_seven_seconds() -> None:
    assert cues([Word("Ommm", 0, 60_000)])[0].end_ms == 7_000


CAPTIONS = (
    Cue(0, 1_500, ("Tom & Jerry say",), "Anna <A>"),
    Cue(3_600_000, 3_601_001, ("x < y --> z", "and more"), None),
)


def test_webvtt_to_the_letter() -> None:
    assert webvtt(CAPTIONS) == (
        "WEBVTT\n\n"
        "00:00:00.000 --> 00:00:01.500\n<v Anna &lt;A&gt;>Tom &amp; Jerry say</v>\n\n"
        "01:00:00.000 --> 01:00:01.001\nx &lt; y --&gt; z\nand more\n"
    )
    assert webvtt(()) == "WEBVTT\n"


def test_srt_to_the_letter() -> None:
    assert srt(CAPTIONS) == (
        "1\n00:00:00,000 --> 00:00:01,500\nTom & Jerry say\n\n2\n01:00:00,000 --> 01:00:01,001\nx < y --> z\nand more\n"
    )
    assert srt(()) == ""


def test_the_json_transcript_to_the_letter() -> None:
    assert transcript_json(CAPTIONS) == {
        "version": "1.0.0",
        "segments": [
            {"speaker": "Anna <A>", "startTime": 0.0, "endTime": 1.5, "body": "Tom & Jerry say"},
            {"startTime": 3600.0, "endTime": 3601.001, "body": "x < y --> z and more"},
        ],
    }


@given(spoken_words(count_max=12))
def test_the_json_transcript_reads_back(words: tuple[Word, ...]) -> None:
    captions = cues(words)
    if captions:
        again = parse_transcript(json.dumps(transcript_json(captions)))
        assert [(cue.start_ms, cue.text, cue.speaker) for cue in again] == [
            (cue.start_ms, cue.text, cue.speaker) for cue in captions
        ]


def test_plain_text_has_a_paragraph_per_speaker_and_names_each_once() -> None:
    words = [
        Word("Hello.", 0, 300, None, "Anna"),
        Word("Goodness.", 2_500, 2_900, None, "Anna"),
        Word("Hi!", 3_000, 3_300, None, "Ben"),
    ]
    assert plain_text(words) == "Anna: Hello.\n\nGoodness.\n\nBen: Hi!\n"
    assert plain_text([]) == ""


@given(spoken_words())
def test_plain_text_keeps_every_word(words: tuple[Word, ...]) -> None:
    unnamed = [Word(word.text, word.start_ms, word.end_ms) for word in words]
    assert plain_text(unnamed).split() == [word.text for word in words]


def test_a_long_monologue_is_broken_into_paragraphs_at_sentences() -> None:
    text = plain_text(spoken("The bees came back to the garden that year. " * 40).words)
    paragraphs = text.strip().split("\n\n")
    assert len(paragraphs) >= 3
    assert all(paragraph.endswith(".") and len(paragraph) < 600 for paragraph in paragraphs)


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_words_without_text_leave_no_trace(text: str) -> None:
    assert cues([Word(text, 0, 10)]) == ()
