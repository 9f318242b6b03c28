"""What every transcriber promises; each adapter joins by one line in `TRANSCRIBERS`."""

import itertools
import wave
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from donecast.core.span import Span
from donecast.core.words import Transcript, transcript_from_json
from donecast.speech.errors import FeedUnreadable, TranscriptionCancelled
from donecast.speech.flite import FliteSynthesizer
from donecast.speech.pocketsphinx import PocketSphinxTranscriber
from donecast.speech.transcriber import STANDARD_MARKERS, Subject, Transcriber
from donecast.speech.voice_activity import pauses
from donecast.speech.whisper import WhisperTranscriber
from tests.support.spoken_scene import SpokenScene
from tests.support.vendor import VENDORS, elsewhere_of
from tests.support.vendor_server import VendorStandIn
from tests.support.word_error import normal_words, word_error_rate

Vendors = Mapping[str, VendorStandIn]
TRANSCRIBERS: dict[str, Callable[[Vendors, Path], Transcriber]] = {
    "pocketsphinx": lambda _vendors, _model: PocketSphinxTranscriber(),
    "assemblyai": lambda vendors, _model: elsewhere_of(vendors["assemblyai"]),
    "auphonic": lambda vendors, _model: elsewhere_of(vendors["auphonic"]),
    "whisper": lambda _vendors, model: WhisperTranscriber(model),
}
KNOWS_NO_WORDS = {"whisper"}
"""No model that understands speech can be shipped with tests; what these hear is right in everything but its words."""
WORD_ERROR_RATE_MAX = 0.3
WORD_TIMING_MS_MAX = 120
MARKER_TIMING_MS_MAX = 60

_SENTENCES = (
    "Good morning and welcome to the program.",
    "Today we talk about the weather in the mountains.",
    "The river was very high after the storm.",
)


@dataclass(frozen=True)
class Known:
    """A recording of which everything is known, and what each transcriber hears in it."""

    feed: Path
    duration_ms: int
    sentences: tuple[Span, ...]
    marker: Span
    rests: tuple[Span, ...]


@pytest.fixture(scope="module")
def known(flite: FliteSynthesizer, tmp_path_factory: pytest.TempPathFactory) -> Known:
    scene = SpokenScene(tmp_path_factory.mktemp("known"), voice="rms")
    rests = [scene.rest(700)]
    sentences = [scene.say(_SENTENCES[0])]
    rests.append(scene.rest(2_500))
    sentences.append(scene.say(_SENTENCES[1]))
    rests.append(scene.rest(600))
    marker = scene.say("flubber.")
    rests.append(scene.rest(600))
    sentences.append(scene.say(_SENTENCES[2]))
    rests.append(scene.rest(900))
    return Known(scene.write(), scene.duration_ms, tuple(sentences), marker, tuple(rests))


@pytest.fixture(scope="module")
def vendors(known: Known) -> Iterator[Vendors]:
    """Vendors that hear that recording as it is, but for the marker: a vendor's times may be off by so much."""
    said = zip([*_SENTENCES[:2], "Flubber.", _SENTENCES[2]], _spoken_spans(known), strict=True)
    script = [word for text, span in said for word in _vendor_words(text, span)]
    with ExitStack() as stack:
        opened = {name: stack.enter_context(one.opened()) for name, one in VENDORS.items()}
        for stand_in in opened.values():
            stand_in.script = script
        yield opened


@pytest.fixture(scope="module", params=sorted(TRANSCRIBERS))
def transcriber(request: pytest.FixtureRequest, vendors: Vendors, tiny_model: Path) -> Transcriber:
    return TRANSCRIBERS[request.param](vendors, tiny_model)


@pytest.fixture
def understood(transcriber: Transcriber, heard: Transcript) -> Transcript:
    """What was heard by those whose words can be right."""
    if transcriber.name in KNOWS_NO_WORDS:
        pytest.skip(f"the model made here for {transcriber.name} says one sentence, whatever it hears")
    return heard


_numbers = itertools.count()


def hear(transcriber: Transcriber, feed: Path, duration_ms: int, **more: Any) -> Transcript:
    """What it hears when it never heard of the recording before."""
    anew = transcriber.for_recording(Subject("acc_ann", f"recording-{next(_numbers)}", 1_000))
    return anew.transcribe(feed, duration_ms=duration_ms, **more)


def _spoken_spans(known: Known) -> list[Span]:
    late = Span(known.marker.start_ms + 250, known.marker.end_ms + 250)
    return [*known.sentences[:2], late, known.sentences[2]]


def _vendor_words(text: str, span: Span) -> list[dict[str, Any]]:
    tokens = text.split()
    step = span.duration_ms / len(tokens)
    edges = [span.start_ms + round(number * step) for number in range(len(tokens) + 1)]
    return [
        {"text": token, "start": start, "end": end, "confidence": 0.9, "speaker": "A"}
        for token, (start, end) in zip(tokens, itertools.pairwise(edges), strict=True)
    ]


@pytest.fixture(scope="module")
def shares(transcriber: Transcriber) -> list[float]:
    """What progress each reported while `heard` was made."""
    return []


@pytest.fixture(scope="module")
def heard(transcriber: Transcriber, known: Known, shares: list[float]) -> Transcript:
    return hear(transcriber, known.feed, known.duration_ms, markers=STANDARD_MARKERS, on_progress=shares.append)


def test_it_names_itself_so_that_its_work_can_be_found_again(
    transcriber: Transcriber, heard: Transcript, vendors: Vendors, tiny_model: Path
) -> None:
    assert (heard.engine, heard.engine_version) == (transcriber.name, transcriber.version)
    assert heard.quality == transcriber.quality
    assert transcriber.options_digest == TRANSCRIBERS[transcriber.name](vendors, tiny_model).options_digest
    assert transcriber.version not in {"", "none"}


def test_check_finds_nothing_missing(transcriber: Transcriber) -> None:
    assert transcriber.check() == []


def test_most_words_are_right(understood: Transcript) -> None:
    said = normal_words(" ".join(_SENTENCES))
    spoken = normal_words(" ".join(word.text for word in understood.words if word.kind == "word"))
    assert word_error_rate(said, spoken) <= WORD_ERROR_RATE_MAX


def test_each_sentence_begins_and_ends_with_its_words(understood: Transcript, known: Known) -> None:
    words = [word for word in understood.words if word.kind == "word"]
    for sentence in known.sentences:
        inside = [word for word in words if sentence.contains((word.start_ms + word.end_ms) // 2)]
        assert abs(inside[0].start_ms - sentence.start_ms) <= WORD_TIMING_MS_MAX
        assert abs(inside[-1].end_ms - sentence.end_ms) <= WORD_TIMING_MS_MAX


def test_no_word_lies_in_a_pause(heard: Transcript, known: Known) -> None:
    for rest in known.rests:
        middle = Span(rest.start_ms + 150, rest.end_ms - 150)
        assert [word for word in heard.words if middle.contains((word.start_ms + word.end_ms) // 2)] == []


def test_marker_is_found_once_and_in_its_place(heard: Transcript, known: Known) -> None:
    (marker,) = [word for word in heard.words if word.kind == "marker"]
    assert marker.text == "flubber"
    assert marker.confidence is not None
    assert marker.confidence > 0.8
    assert abs(marker.start_ms - known.marker.start_ms) <= MARKER_TIMING_MS_MAX
    assert abs(marker.end_ms - known.marker.end_ms) <= MARKER_TIMING_MS_MAX
    assert not [word for word in heard.words if word is not marker and word.span.overlaps(marker.span)]


def test_words_are_plain_and_within_the_recording(heard: Transcript, known: Known) -> None:
    assert heard.duration_ms == known.duration_ms
    assert all(word.end_ms <= known.duration_ms for word in heard.words)
    assert not any(set(word.text) & set("<>[]()") for word in heard.words)
    assert transcript_from_json(heard.to_json()) == heard


def test_progress_rises_from_zero_to_one(heard: Transcript, shares: list[float]) -> None:
    assert heard.words
    assert shares == sorted(shares)
    assert shares[0] >= 0.0
    assert shares[-1] == pytest.approx(1.0)
    assert len(shares) >= 3


def test_known_pauses_change_nothing(transcriber: Transcriber, heard: Transcript, known: Known) -> None:
    silence = pauses(known.feed)
    again = hear(transcriber, known.feed, known.duration_ms, markers=STANDARD_MARKERS, pauses=silence)
    assert again == heard


def test_cancelling_stops_it(transcriber: Transcriber, known: Known) -> None:
    with pytest.raises(TranscriptionCancelled):
        hear(transcriber, known.feed, known.duration_ms, cancelled=lambda: True)


def test_silence_has_no_words(transcriber: Transcriber, tmp_path: Path) -> None:
    feed = _written(tmp_path / "silence.wav", bytes(2 * 16_000), rate=16_000)
    shares: list[float] = []
    silent = hear(transcriber, feed, 1_000, markers=STANDARD_MARKERS, on_progress=shares.append)
    assert silent.words == ()
    assert shares[-1] == pytest.approx(1.0)


def test_feed_without_a_sample_has_no_words(transcriber: Transcriber, tmp_path: Path) -> None:
    feed = _written(tmp_path / "empty.wav", b"", rate=16_000)
    assert hear(transcriber, feed, 0).words == ()


@pytest.mark.parametrize("wrong", ["text", "rate", "missing"])
def test_whatever_is_no_feed_is_refused(transcriber: Transcriber, tmp_path: Path, wrong: str) -> None:
    path = tmp_path / "feed.wav"
    if wrong == "text":
        path.write_text("This is not sound.")
    elif wrong == "rate":
        _written(path, bytes(1_000), rate=44_100)
    with pytest.raises(FeedUnreadable):
        hear(transcriber, path, 1_000)


def _written(path: Path, frames: bytes, rate: int) -> Path:
    with wave.open(str(path), "wb") as feed:
        feed.setnchannels(1)
        feed.setsampwidth(2)
        feed.setframerate(rate)
        feed.writeframes(frames)
    return path
