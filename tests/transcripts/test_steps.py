"""Hearing a recording once: retries and second episodes are free, an interruption leaves nothing."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from donecast.core.errors import TranscriptUnreadable
from donecast.core.span import Span
from donecast.core.words import Transcript, TranscriptQuality, Word
from donecast.kit.problems import Problem
from donecast.recordings.errors import NoSuchMedia
from donecast.speech.flite import FliteSynthesizer
from donecast.speech.transcriber import MarkerSpec, Subject, Transcriber
from donecast.transcripts import service, steps
from tests.support.scene import RECORDING_MS, Scene
from tests.support.spoken import spoken
from tests.support.spoken_scene import SpokenScene


class Stopped(Exception):
    """The person pressed stop."""


@dataclass
class ScriptedEar:
    """A recogniser that knows what it will hear, and counts how often it was asked."""

    name: str = "scripted"
    version: str = "1"
    quality: TranscriptQuality = "basic"
    options_digest: str = "a"
    words: tuple[Word, ...] = field(default_factory=lambda: spoken("we talk about beans").words)
    heard: int = 0
    markers: tuple[str, ...] = ()

    def for_recording(self, subject: Subject) -> Transcriber:
        return self

    def check(self) -> list[Problem]:
        return []

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
        assert feed.read_bytes()[:4] == b"RIFF"
        assert pauses is not None
        self.heard += 1
        self.markers = tuple(markers or ())
        if on_progress:
            on_progress(0.5)
        return Transcript(self.words, "en", duration_ms, self.name, self.version, self.quality)


def quietly(_percent: int | None, _detail: str | None) -> None:
    """Nobody is watching."""


def temporary(scene: Scene) -> list[Path]:
    return list((scene.ground.settings.data / "temporary").iterdir())


def test_a_recording_is_heard_once(scene: Scene) -> None:
    ear = ScriptedEar()
    told: list[tuple[int | None, str | None]] = []
    transcript_id = steps.transcribe(
        scene.ground, ear, scene.recording_id, lambda percent, detail: told.append((percent, detail))
    )
    assert steps.transcribe(scene.ground, ear, scene.recording_id, quietly) == transcript_id
    assert (ear.heard, ear.markers) == (1, ("flubber", "intern"))
    percents = [percent for percent, _ in told if percent is not None]
    assert percents == sorted(percents)
    assert [detail for _, detail in told][-1] == "Writing out the words"
    with scene.ground.database.reading() as session:
        heard = service.heard(session, transcript_id)
        assert heard.transcript.duration_ms == RECORDING_MS
        assert service.facts_of(session, transcript_id).quality == "basic"
    assert temporary(scene) == []


def test_the_same_recording_uploaded_again_is_not_heard_again(scene: Scene) -> None:
    ear = ScriptedEar()
    first = steps.transcribe(scene.ground, ear, scene.recording_id, quietly)
    content = scene.ann.ask("GET", f"/api/media/{scene.recording_id}/content").content
    wish = {"files": {"file": ("again.wav", content)}, "data": {"category": "recording"}}
    again = scene.ann.ask("POST", "/api/media", **wish).json()["id"]
    assert steps.transcribe(scene.ground, ear, again, quietly) == first
    bens = scene.ben.ask("POST", "/api/media", **wish).json()["id"]
    assert steps.transcribe(scene.ground, ear, bens, quietly) != first
    assert ear.heard == 2


def test_another_engine_version_or_setting_hears_anew(scene: Scene) -> None:
    ids = {
        steps.transcribe(scene.ground, ear, scene.recording_id, quietly)
        for ear in (ScriptedEar(), ScriptedEar(version="2"), ScriptedEar(options_digest="b"))
    }
    assert len(ids) == 3


class ImprovingEar(ScriptedEar):
    """A machine on which a better engine is installed while the recording is worked on."""

    def for_recording(self, subject: Subject) -> Transcriber:
        chosen = ScriptedEar(self.name, self.version, self.quality, self.options_digest)
        self.name, self.options_digest = "better", "b"
        return chosen


def test_a_recording_is_kept_under_the_name_of_the_engine_that_heard_it(scene: Scene) -> None:
    transcript_id = steps.transcribe(scene.ground, ImprovingEar(), scene.recording_id, quietly)
    assert steps.transcribe(scene.ground, ScriptedEar(), scene.recording_id, quietly) == transcript_id
    better = ScriptedEar("better", options_digest="b")
    assert steps.transcribe(scene.ground, better, scene.recording_id, quietly) != transcript_id


@pytest.mark.parametrize("moment", ["Preparing the sound", "Listening for pauses", "Writing out the words"])
def test_stopping_leaves_nothing_and_the_next_run_starts_clean(scene: Scene, moment: str) -> None:
    ear = ScriptedEar()

    def report(_percent: int | None, detail: str | None) -> None:
        if detail == moment:
            raise Stopped

    with pytest.raises(Stopped):
        steps.transcribe(scene.ground, ear, scene.recording_id, report)
    assert temporary(scene) == []
    assert steps.transcribe(scene.ground, ear, scene.recording_id, quietly)


@pytest.mark.skipif(shutil.which("flite") is None, reason="flite is not installed (Debian: apt-get install flite)")
def test_a_retake_is_found_by_its_sound_where_no_word_is_right(scene: Scene, tmp_path: Path) -> None:
    said = SpokenScene(tmp_path)
    said.say("We had a long winter and the garden was late this year.")
    said.rest(500)
    first = said.say("The museum keeps a collection of raid")
    said.rest(300)
    marker = said.say("flubber")
    said.rest(300)
    said.say("The museum keeps a collection of radios.", tempo=1.05)
    ear = ScriptedEar(words=(Word("flubber", marker.start_ms, marker.end_ms, 0.95, None, "marker"),))
    files = {"file": ("said.wav", said.write().read_bytes())}
    media_id = scene.ann.ask("POST", "/api/media", files=files, data={"category": "recording"}).json()["id"]
    transcript_id = steps.transcribe(scene.ground, ear, media_id, quietly)
    with scene.ground.database.reading() as session:
        (retake,) = service.heard(session, transcript_id).retakes
    assert retake.marker == marker
    assert abs(retake.start_ms - first.start_ms) <= 100
    assert temporary(scene) == []


def test_a_recording_that_is_gone_is_said_so(scene: Scene) -> None:
    with pytest.raises(NoSuchMedia):
        steps.transcribe(scene.ground, ScriptedEar(), "med_x", quietly)


def test_a_text_that_cannot_be_read_is_refused_before_any_work(scene: Scene) -> None:
    with pytest.raises(TranscriptUnreadable):
        steps.align_given(scene.ground, ScriptedEar(), scene.recording_id, "WEBVTT\n\n", quietly)


@pytest.mark.skipif(shutil.which("flite") is None, reason="flite is not installed (Debian: apt-get install flite)")
def test_a_given_text_is_found_in_the_sound_with_its_markers(scene: Scene, tmp_path: Path) -> None:
    said = tmp_path / "said.wav"
    FliteSynthesizer().synthesize("I bought a small greenhouse. Flubber. It was cold in the winter.", "slt", said)
    files = {"file": ("said.wav", said.read_bytes())}
    media_id = scene.ann.ask("POST", "/api/media", files=files, data={"category": "recording"}).json()["id"]
    given = "I bought a small greenhouse. It was cold in the winter."
    ear = ScriptedEar()
    transcript_id = steps.align_given(scene.ground, ear, media_id, given, quietly)
    assert steps.align_given(scene.ground, ear, media_id, given, quietly) == transcript_id
    with scene.ground.database.reading() as session:
        heard = service.heard(session, transcript_id)
        assert service.facts_of(session, transcript_id).quality == "given"
    words = [word for word in heard.transcript.words if word.kind == "word"]
    assert " ".join(word.text for word in words) == given
    assert [word.text for word in heard.transcript.words if word.kind == "marker"] == ["flubber"]
    assert heard.pauses
    assert steps.align_given(scene.ground, ear, media_id, given + " Yes.", quietly) != transcript_id
