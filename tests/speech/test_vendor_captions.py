"""A vendor's captions: read as they are meant, refused where they cannot be this recording's."""

import pytest

from donecast.core.given_transcript import GivenCue
from donecast.speech.vendor_captions import captions_within
from donecast.speech.vendor_errors import SpeechBadAnswer

_TWO = """WEBVTT

00:00.500 --> 00:02.000
<v Ann>The beans are up.

00:00:02.500 --> 00:00:04.000
<v Ben>And the rain was kind.
"""


def test_captions_have_their_times_and_their_voices() -> None:
    assert captions_within(_TWO.encode(), 5_000) == (
        GivenCue("The beans are up.", 500, 2_000, "Ann"),
        GivenCue("And the rain was kind.", 2_500, 4_000, "Ben"),
    )


def test_one_voice_alone_is_nobody_in_particular() -> None:
    (cue,) = captions_within(_TWO.encode(), 2_500)
    assert (cue.text, cue.speaker) == ("The beans are up.", None)


def test_signs_of_other_languages_and_a_byte_order_mark_are_read() -> None:
    (cue,) = captions_within("\ufeffWEBVTT\n\n00:00.000 --> 00:01.000\nGrüß Gott &amp; guten Tag".encode(), 1_000)
    assert cue.text == "Grüß Gott & guten Tag"


@pytest.mark.parametrize("content", [b"", b"\n", b"WEBVTT", b"WEBVTT\n\n", b"\xef\xbb\xbfWEBVTT - made by nobody\n\n"])
def test_nothing_written_is_no_captions(content: bytes) -> None:
    assert captions_within(content, 5_000) == ()


@pytest.mark.parametrize(
    "content",
    [
        b"<html>Bad gateway</html>",
        b"\xff\xfe",
        b"WEBVTT\n\n00:02.000 --> 00:01.000\nBeans.",
        b"WEBVTT\n\n00:01.000 --> 00:02.000\n\n",
        b"WEBVTT\n\n00:08.000 --> 00:09.000\nBeans.",
        b"1\n00:00:01,000 --> 00:00:02,000\nBeans.",
    ],
    ids=["a page", "no text", "backwards", "without words", "beyond the end", "no WebVTT"],
)
def test_what_cannot_be_used_is_refused(content: bytes) -> None:
    with pytest.raises(SpeechBadAnswer):
        captions_within(content, 5_000)


def test_a_caption_just_beyond_the_end_is_left_out() -> None:
    content = _TWO.replace("00:00:02.500 --> 00:00:04.000", "00:00:05.100 --> 00:00:05.600").encode()
    assert [cue.text for cue in captions_within(content, 5_000)] == ["The beans are up."]
