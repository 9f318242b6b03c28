"""A transcriber around another one adds speakers and passes everything else on."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from donecast.core.span import Span
from donecast.core.speakers import SpeakerSpan
from donecast.core.words import Transcript, TranscriptQuality, Word
from donecast.kit.problems import Problem
from donecast.speech.track_speakers import TrackSpeakers
from donecast.speech.transcriber import FLUBBER, MarkerSpec, Subject, Transcriber


class Parrot:
    """Always hears the same two words; remembers how it was asked."""

    name = "parrot"
    version = "2"
    quality: TranscriptQuality = "basic"
    options_digest = "plain"

    def __init__(self) -> None:
        self.asked: list[object] = []
        self.subjects: list[Subject] = []

    def for_recording(self, subject: Subject) -> Transcriber:
        self.subjects.append(subject)
        return self

    def check(self) -> list[Problem]:
        return [Problem("asleep", "It sleeps.", "Wake it.")]

    def transcribe(
        self,
        feed: Path,
        *,
        duration_ms: int,
        markers: Mapping[str, MarkerSpec] | None = None,
        pauses: Sequence[Span] | None = None,
        on_progress: Callable[[float], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Transcript:
        self.asked = [feed, duration_ms, markers, pauses, on_progress, cancelled]
        return Transcript(
            (Word("Hello", 100, 300), Word("there", 1_100, 1_300)), "en", duration_ms, "parrot", "2", "basic"
        )


SPANS = (SpeakerSpan(0, 500, 0), SpeakerSpan(1_000, 1_500, 1))


def test_words_carry_the_speakers_of_their_tracks() -> None:
    transcriber: Transcriber = TrackSpeakers(Parrot(), SPANS, ["Ann", "Ben"])
    heard = transcriber.transcribe(Path("feed.wav"), duration_ms=2_000)
    assert [(word.text, word.speaker) for word in heard.words] == [("Hello", "Ann"), ("there", "Ben")]


def test_everything_else_is_the_inner_ones() -> None:
    inner = Parrot()
    transcriber = TrackSpeakers(inner, SPANS, ["Ann", "Ben"])
    assert (transcriber.name, transcriber.version, transcriber.quality) == ("parrot", "2", "basic")
    assert transcriber.check() == inner.check()
    asked = [Path("feed.wav"), 2_000, {"flubber": FLUBBER}, [Span(500, 1_000)], print, bool]
    keys = ("markers", "pauses", "on_progress", "cancelled")
    transcriber.transcribe(Path("feed.wav"), duration_ms=2_000, **dict(zip(keys, asked[2:], strict=True)))  # type: ignore[arg-type]
    assert inner.asked == asked


def test_the_inner_one_is_told_which_recording_it_is_and_the_speakers_stay() -> None:
    inner, subject = Parrot(), Subject("acc_ann", "abc", 1_000)
    transcriber = TrackSpeakers(inner, SPANS, ["Ann", "Ben"]).for_recording(subject)
    assert inner.subjects == [subject]
    heard = transcriber.transcribe(Path("feed.wav"), duration_ms=2_000)
    assert [word.speaker for word in heard.words] == ["Ann", "Ben"]


def test_other_speakers_are_another_transcript() -> None:
    digests = {
        TrackSpeakers(Parrot(), spans, names).options_digest
        for spans, names in ((SPANS, ["Ann", "Ben"]), (SPANS, ["Ann", "Cid"]), (SPANS[:1], ["Ann", "Ben"]))
    }
    assert len(digests) == 3
    assert "plain" not in digests
