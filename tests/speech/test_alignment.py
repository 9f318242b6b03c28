"""A given text gets its times: exact where text and sound fit, honest where they do not."""

from pathlib import Path

import pytest

from donecast.core.given_transcript import GivenCue, parse_transcript
from donecast.core.span import Span
from donecast.core.words import Transcript, Word
from donecast.speech.alignment import align, checked
from donecast.speech.errors import FeedUnreadable, TranscriptionCancelled
from donecast.speech.flite import FliteSynthesizer
from donecast.speech.transcriber import STANDARD_MARKERS, cue_spec
from donecast.speech.voice_activity import pauses
from tests.support.spoken_scene import SpokenScene

_PAUSES: dict[Path, tuple[Span, ...]] = {}
_FIRST = "The weather in the mountains was very cold."
_SECOND = "Our next guest wrote 3 books about wunderbar trains."


@pytest.fixture(scope="module")
def told(flite: FliteSynthesizer, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Span, Span]:
    """Two sentences with two seconds between them."""
    scene = SpokenScene(tmp_path_factory.mktemp("told"))
    scene.rest(500)
    first = scene.say(_FIRST)
    scene.rest(2_000)
    second = scene.say(_SECOND)
    scene.rest(500)
    return scene.write(), first, second


def _align(feed: Path, text: str, duration_ms: int) -> Transcript:
    """With the pauses known, as the line has them; that align finds them by itself is seen with markers."""
    if feed not in _PAUSES:
        _PAUSES[feed] = pauses(feed)
    return align(feed, parse_transcript(text), duration_ms=duration_ms, pauses=_PAUSES[feed])


def test_each_word_is_found_in_its_sentence(told: tuple[Path, Span, Span]) -> None:
    feed, first, second = told
    aligned = _align(feed, f"{_FIRST} {_SECOND}", second.end_ms + 500)
    assert [word.text for word in aligned.words] == f"{_FIRST} {_SECOND}".split()
    assert {word.timing for word in aligned.words} == {"aligned"}
    assert aligned.quality == "given"
    opening, closing = aligned.words[0], aligned.words[len(_FIRST.split()) - 1]
    assert abs(opening.start_ms - first.start_ms) <= 60
    assert abs(closing.end_ms - first.end_ms) <= 100
    assert abs(aligned.words[len(_FIRST.split())].start_ms - second.start_ms) <= 60
    assert all(one.end_ms <= other.start_ms for one, other in zip(aligned.words, aligned.words[1:], strict=False))


def test_captions_keep_their_speakers(told: tuple[Path, Span, Span]) -> None:
    feed, _, second = told
    captions = f"WEBVTT\n\n00:00.400 --> 00:03.000\n<v Ann>{_FIRST}\n\n00:04.900 --> 00:09.000\n<v Ben>{_SECOND}\n"
    aligned = _align(feed, captions, second.end_ms + 500)
    assert [word.speaker for word in aligned.words] == ["Ann"] * 8 + ["Ben"] * 9
    assert abs(aligned.words[8].start_ms - second.start_ms) <= 60


def test_a_wrong_word_does_not_move_the_others(told: tuple[Path, Span, Span]) -> None:
    feed, _, second = told
    right = _align(feed, f"{_FIRST} {_SECOND}", second.end_ms + 500)
    wrong = _align(feed, f"{_FIRST} {_SECOND}".replace("guest", "visitor"), second.end_ms + 500)
    moved = [abs(one.start_ms - other.start_ms) for one, other in zip(right.words, wrong.words, strict=True)]
    assert sorted(moved)[len(moved) * 3 // 4] <= 30


def test_another_text_is_spread_over_the_speech_and_says_so(told: tuple[Path, Span, Span]) -> None:
    feed, first, second = told
    text = "Completely different things stand here and go on and on without any end. " * 12
    aligned = _align(feed, text, second.end_ms + 500)
    assert [word.text for word in aligned.words] == text.split()
    assert {word.timing for word in aligned.words} == {"interpolated"}
    silence = Span(first.end_ms + 100, second.start_ms - 100)
    assert not any(silence.contains(word.start_ms) for word in aligned.words)


def test_tokens_nobody_can_say_stand_between_their_neighbours(told: tuple[Path, Span, Span]) -> None:
    feed, _, second = told
    aligned = _align(feed, f"{_FIRST} 你好 {_SECOND}", second.end_ms + 500)
    odd = aligned.words[8]
    assert (odd.text, odd.timing) == ("你好", "interpolated")
    assert aligned.words[7].end_ms <= odd.start_ms < odd.end_ms <= aligned.words[9].start_ms


def test_words_with_their_own_times_keep_them(told: tuple[Path, Span, Span]) -> None:
    feed, _, _ = told
    cues = [GivenCue("Hello", 100, 400, "Ann"), GivenCue("there.", 400, 900, "Ann")]
    aligned = align(feed, cues, duration_ms=5_000, pauses=[])
    assert [(word.text, word.start_ms, word.end_ms, word.timing) for word in aligned.words] == [
        ("Hello", 100, 400, "engine"),
        ("there.", 400, 900, "engine"),
    ]


@pytest.mark.parametrize("written", [True, False])
def test_markers_are_heard_whether_written_or_not(scene: SpokenScene, written: bool) -> None:
    scene.rest(300)
    scene.say(_FIRST)
    scene.rest(600)
    keyword = scene.say("flubber.")
    scene.rest(600)
    scene.say(_FIRST)
    text = f"{_FIRST} {'Flubber. ' if written else ''}{_FIRST}"
    aligned = align(scene.write(), [GivenCue(text)], duration_ms=scene.duration_ms, markers=STANDARD_MARKERS)
    (marker,) = [word for word in aligned.words if word.kind == "marker"]
    assert abs(marker.start_ms - keyword.start_ms) <= 60
    assert [word.text for word in aligned.words if word.kind == "word"] == f"{_FIRST} {_FIRST}".split()
    assert not any(word.span.overlaps(marker.span) for word in aligned.words if word is not marker)


def test_written_words_that_call_a_sound_become_one(scene: SpokenScene) -> None:
    scene.rest(600)
    scene.say(_FIRST)
    scene.rest(600)
    called = scene.say("applause please.")
    scene.rest(600)
    scene.say(_FIRST)
    spec = cue_spec("applause please")
    text = f"{_FIRST} Applause, please. {_FIRST}"
    aligned = align(scene.write(), [GivenCue(text)], duration_ms=scene.duration_ms, markers={spec.keyword: spec})
    (cue,) = [word for word in aligned.words if word.kind == "marker"]
    assert abs(cue.start_ms - called.start_ms) <= 60
    assert [word.text for word in aligned.words if word.kind == "word"] == f"{_FIRST} {_FIRST}".split()


def test_progress_ends_at_one_and_cancelling_stops(told: tuple[Path, Span, Span]) -> None:
    feed, _, second = told
    shares: list[float] = []
    align(feed, [GivenCue(_FIRST)], duration_ms=second.end_ms, on_progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    with pytest.raises(TranscriptionCancelled):
        align(feed, [GivenCue(_FIRST)], duration_ms=second.end_ms, cancelled=lambda: True)


def test_no_feed_is_refused_and_no_text_is_no_words(told: tuple[Path, Span, Span], tmp_path: Path) -> None:
    assert align(told[0], [], duration_ms=5_000, pauses=[]).words == ()
    with pytest.raises(FeedUnreadable):
        align(tmp_path / "missing.wav", [GivenCue("Hello.")], duration_ms=5_000)


def _words_at(*starts_ms: int) -> list[Word]:
    return [Word(f"word{number}", at_ms, at_ms + 250, timing="aligned") for number, at_ms in enumerate(starts_ms)]


def test_words_that_were_heard_elsewhere_are_where_they_were_heard() -> None:
    words = _words_at(0, 300, 600, 900, 1_200, 2_600)
    heard = {0: Span(10, 260), 1: Span(290, 540), 3: Span(2_000, 2_250), 4: Span(2_300, 2_550), 5: Span(2_600, 2_850)}
    found = checked(words, heard)
    assert [word.start_ms for word in found] == [0, 300, 600, 2_000, 2_300, 2_600]
    assert [word.timing for word in found] == ["aligned", "aligned", "aligned", "engine", "engine", "aligned"]


def test_a_wrong_word_that_took_the_time_of_the_next_ones_goes_back_between_its_neighbours() -> None:
    found = checked(_words_at(0, 300, 2_100, 2_700), {0: Span(0, 250), 1: Span(300, 550), 3: Span(2_000, 2_250)})
    assert [(word.start_ms, word.end_ms, word.timing) for word in found[2:]] == [
        (550, 2_000, "interpolated"),
        (2_000, 2_250, "engine"),
    ]


def test_what_nobody_heard_stays_as_it_was_aligned() -> None:
    words = _words_at(0, 300, 600)
    assert checked(words, {}) == tuple(words)
