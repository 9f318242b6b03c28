"""Given transcripts: what people have lying about, read tolerantly, refused clearly."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from donecast.core.errors import TranscriptUnreadable
from donecast.core.given_transcript import GivenCue, parse_transcript, sniff_transcript
from donecast.core.words import Transcript, Word

VTT = """\ufeffWEBVTT - An interview
Kind: captions

NOTE
nobody reads this --> really

STYLE
::cue { color: red }

intro
00:01.000 --> 00:02.500 align:start position:10%
<v.loud Anna>Hello <i>there</i> &amp; <00:01.500>welcome</v>

01:00:00.000 --> 01:00:01.000
Two
lines
"""

SRT = """1\r
00:00:01,000 --> 00:00:02,500\r
<i>Hello</i> {\\an8}there\r
\r
2\r
00:00:03.000 --> 00:00:04.000\r
Good morning\r
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (VTT, "vtt"),
        ("WEBVTT", "vtt"),
        ("WEBVTTX is a word", "txt"),
        (SRT, "srt"),
        ("00:00:01,000 --> 00:00:02,500\nNo number", "srt"),
        ('{"segments": []}', "json"),
        ('  [{"text": "a"}]', "json"),
        ('{"segments": [', "json"),
        ("[applause] Welcome to the show", "txt"),
        ("Hello there.\nHow are you?", "txt"),
        ("", "txt"),
    ],
)
def test_the_format_is_told_by_the_content(text: str, expected: str) -> None:
    assert sniff_transcript(text) == expected


def test_webvtt_with_voices_tags_notes_and_settings() -> None:
    assert parse_transcript(VTT) == (
        GivenCue("Hello there & welcome", 1_000, 2_500, "Anna"),
        GivenCue("Two lines", 3_600_000, 3_601_000, None),
    )


def test_two_voices_in_one_caption_share_its_time() -> None:
    text = "WEBVTT\n\n00:00.000 --> 00:01.000\n<v Anna>Hello</v>\n<v Ben>Howdy</v>"
    assert parse_transcript(text) == (GivenCue("Hello", 0, 500, "Anna"), GivenCue("Howdy", 500, 1_000, "Ben"))


def test_srt_as_windows_programs_write_it() -> None:
    assert parse_transcript(SRT) == (GivenCue("Hello there", 1_000, 2_500), GivenCue("Good morning", 3_000, 4_000))


def test_srt_without_empty_lines_between_its_captions() -> None:
    text = "1\n00:00:01,000 --> 00:00:02,000\nIn the year\n2\n00:00:02,000 --> 00:00:03,000\n1999"
    assert [cue.text for cue in parse_transcript(text)] == ["In the year", "1999"]


def test_captions_out_of_order_are_put_in_order() -> None:
    text = "1\n00:00:05,000 --> 00:00:06,000\nlater\n\n2\n00:00:01,000 --> 00:00:02,000\nearlier\n"
    assert [cue.text for cue in parse_transcript(text)] == ["earlier", "later"]


def test_names_before_a_colon_are_speakers_when_they_come_up_twice() -> None:
    text = "Anna: Hello.\nDr. Ben Berg: Hi, Anna.\nAnna: Note this: bees.\nDr. Ben Berg: I do.\nNote: the end."
    assert [(cue.speaker, cue.text) for cue in parse_transcript(text)] == [
        ("Anna", "Hello."),
        ("Dr. Ben Berg", "Hi, Anna."),
        ("Anna", "Note this: bees."),
        ("Dr. Ben Berg", "I do."),
        (None, "Note: the end."),
    ]


def test_plain_text_has_no_times() -> None:
    assert parse_transcript("  Hello   there.\n\nBye. ") == (GivenCue("Hello there."), GivenCue("Bye."))


def test_our_own_transcript_comes_back_word_by_word() -> None:
    own = Transcript((Word("Hi,", 0, 300, 0.9, "Anna"), Word("you", 400, 600)), "en", 1_000, "e", "1", "good")
    assert parse_transcript(json.dumps(own.to_json())) == (GivenCue("Hi,", 0, 300, "Anna"), GivenCue("you", 400, 600))


@pytest.mark.parametrize(
    "document",
    [
        {"version": "1.0.0", "segments": [{"speaker": "Anna", "startTime": 0.5, "endTime": 1.25, "body": "Hello"}]},
        {"segments": [{"speaker": "Anna", "start": 0.5, "end": 1.25, "text": " Hello "}]},
        [{"speaker": "Anna", "start_ms": 500, "end_ms": 1_250, "word": "Hello"}],
    ],
)
def test_json_of_several_makes(document: Any) -> None:
    assert parse_transcript(json.dumps(document)) == (GivenCue("Hello", 500, 1_250, "Anna"),)


def test_a_caption_without_length_gets_a_millisecond() -> None:
    assert parse_transcript("WEBVTT\n\n00:01.000 --> 00:01.000\nYes") == (GivenCue("Yes", 1_000, 1_001),)


@pytest.mark.parametrize(
    ("text", "given_format", "sentence"),
    [
        ("", None, "contains no words"),
        ("   \n\n", None, "contains no words"),
        ("PK\x03\x04\x00\x00", None, "not a text file"),
        ("WEBVTT\n\njust words", None, "No times were found"),
        ("no header\n\n00:00.000 --> 00:01.000\na", "vtt", "must begin with the line WEBVTT"),
        ("1\n00:00:02,000 --> 00:00:01,000\na", None, "On line 2, a caption ends before it begins"),
        ("1\n00:61:02,000 --> 00:62:01,000\na", None, "not a time"),
        ("just words", "srt", "No times were found"),
        ('{"segments": [', None, "damaged"),
        ('{"lines": []}', None, "neither a list"),
        ('{"segments": ["a"]}', None, "neither a list"),
        ('[{"startTime": 1}]', None, "Part 1 of this JSON transcript has no text"),
        ('[{"text": "a", "start": "soon"}]', None, "time that is not a number"),
        ('[{"text": "a", "start": true}]', None, "time that is not a number"),
        ('[{"text": "a", "start": 1e300}]', None, "time that is not a number"),
        ('[{"text": "a", "start": NaN}]', None, "time that is not a number"),
        ("[" * 100_000, None, ""),
        ("a" * 5_000_001, None, "longer than 5,000,000 characters"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(text: str, given_format: Any, sentence: str) -> None:
    if not sentence:
        assert parse_transcript(text)[0].text.startswith("[")
        return
    with pytest.raises(TranscriptUnreadable, match=sentence) as caught:
        parse_transcript(text, given_format)
    assert caught.value.message.endswith(".") or ":" in caught.value.message
    assert "VTT, SRT, JSON or plain text" in caught.value.action


@given(st.text(max_size=300) | st.text("WEBVT0123456789:.,-> \n<v>{}[]\"'a", max_size=300))
def test_whatever_comes_it_is_read_or_refused(text: str) -> None:
    try:
        found = parse_transcript(text)
    except TranscriptUnreadable:
        return
    assert found
    assert all(cue.text.strip() for cue in found)
    assert all(cue.end_ms is None or cue.start_ms is None or cue.end_ms > cue.start_ms for cue in found)
