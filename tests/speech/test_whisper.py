"""Whisper's real loading and hearing code, on models made here: everything but which words are right."""

import os
import shutil
import socket
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest

from donecast.core.span import Span
from donecast.core.words import Transcript
from donecast.engine import landlock
from donecast.speech import whisper
from donecast.speech.crew import run_crew
from donecast.speech.errors import TranscriptionCancelled, TranscriptionFailed
from donecast.speech.flite import FliteSynthesizer
from donecast.speech.model_errors import SpeechEngineMissing, SpeechModelUnusable
from donecast.speech.transcriber import STANDARD_MARKERS
from donecast.speech.voice_activity import pauses
from donecast.speech.whisper import WhisperTranscriber, require_runs
from donecast.speech.whisper_doubts import repeats
from tests.support.spoken_scene import SpokenScene
from tests.support.whisper_model import SAID, make_model, with_older_vocabulary

_SILENCE_MS = 3_000


class Talk:
    """Two sentences with a long silence between them, so that each is a piece of its own."""

    def __init__(self, folder: Path) -> None:
        scene = SpokenScene(folder)
        scene.rest(400)
        self.first = scene.say("Good morning and welcome to the program about the garden.")
        self.silence = scene.rest(_SILENCE_MS)
        self.second = scene.say("The river was very high after the storm, and the bridge was closed.")
        scene.rest(600)
        self.feed, self.duration_ms = scene.write(), scene.duration_ms


@pytest.fixture(scope="module")
def talk(flite: FliteSynthesizer, tmp_path_factory: pytest.TempPathFactory) -> Talk:
    return Talk(tmp_path_factory.mktemp("talk"))


def hear(talk: Talk, model: Path, **more: object) -> Transcript:
    ear = WhisperTranscriber(model, language=str(more.get("language", "en")))
    return ear.transcribe(talk.feed, duration_ms=talk.duration_ms)


@pytest.fixture(scope="module")
def heard(talk: Talk, tiny_model: Path) -> Transcript:
    return hear(talk, tiny_model)


def test_each_piece_is_heard_and_its_tokens_become_words(heard: Transcript, talk: Talk) -> None:
    middle_ms = (talk.silence.start_ms + talk.silence.end_ms) // 2
    for said in (
        [word for word in heard.words if word.end_ms < middle_ms],
        [word for word in heard.words if word.end_ms > middle_ms],
    ):
        texts = [word.text for word in said]
        assert texts == [text for text in SAID if text in texts]
        assert len(texts) >= len(SAID) // 2  # where random weights put a word into silence, it is left out
    assert {word.kind for word in heard.words if word.text == "um"} <= {"filler"}


def test_the_transcript_says_who_heard_it_and_how_far_it_may_be_trusted(heard: Transcript, tiny_model: Path) -> None:
    assert (heard.engine, heard.quality, heard.language) == ("whisper", "good", "en")
    assert heard.fillers == "left_out"
    assert heard.engine_version == WhisperTranscriber(tiny_model).version == whisper.engine_version()


def test_words_stand_in_order_and_within_speech(heard: Transcript, talk: Talk) -> None:
    assert all(one.start_ms <= other.start_ms and one.end_ms <= other.end_ms for one, other in pairwise(heard.words))
    deep = Span(talk.silence.start_ms + 200, talk.silence.end_ms - 200)
    assert not [word for word in heard.words if word.span.overlaps(deep)]
    assert heard.words[0].start_ms >= talk.first.start_ms - 300
    assert heard.words[-1].end_ms <= talk.second.end_ms + 300


def test_confidence_is_how_sure_the_network_is(heard: Transcript) -> None:
    assert all(word.confidence is not None and 0.8 < word.confidence <= 1.0 for word in heard.words)


def test_known_pauses_and_fewer_processes_change_nothing(heard: Transcript, talk: Talk, tiny_model: Path) -> None:
    ear = WhisperTranscriber(tiny_model, processes=1)
    assert ear.transcribe(talk.feed, duration_ms=talk.duration_ms, pauses=pauses(talk.feed)) == heard


def test_progress_is_told_for_each_piece(talk: Talk, tiny_model: Path) -> None:
    shares: list[float] = []
    WhisperTranscriber(tiny_model).transcribe(talk.feed, duration_ms=talk.duration_ms, on_progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert len(set(shares)) >= 4


def test_older_conversions_are_heard_with_alike(
    heard: Transcript, talk: Talk, tiny_model: Path, tmp_path: Path
) -> None:
    older = with_older_vocabulary(Path(shutil.copytree(tiny_model, tmp_path / "older")))
    assert hear(talk, older).words == heard.words


def test_a_folder_of_links_is_heard_with_alike(heard: Transcript, talk: Talk, tiny_model: Path, tmp_path: Path) -> None:
    (tmp_path / "snapshot").mkdir()
    for path in tiny_model.iterdir():
        (tmp_path / "snapshot" / path.name).symlink_to(path)
    assert hear(talk, tmp_path / "snapshot") == heard


def test_models_with_more_bands_are_heard_with(talk: Talk, tmp_path: Path) -> None:
    assert hear(talk, make_model(tmp_path / "model", bands=128)).words


def test_the_language_is_found_out_where_nobody_says_it(talk: Talk, tmp_path: Path) -> None:
    model = make_model(tmp_path / "model", speaks="de")
    heard = hear(talk, model, language="auto")
    assert heard.language == "de"
    assert {word.text for word in heard.words} <= set(SAID)
    assert hear(talk, model, language="en").language == "en"


@pytest.mark.parametrize(("speaks", "wanted"), [("", "de"), ("de", "tlh")])
def test_a_language_that_the_model_does_not_know_is_refused(
    talk: Talk, tmp_path: Path, speaks: str, wanted: str
) -> None:
    model = make_model(tmp_path / "model", speaks=speaks)
    with pytest.raises(SpeechModelUnusable, match="knows"):
        hear(talk, model, language=wanted)
    (problem,) = WhisperTranscriber(model, language=wanted).check()
    assert problem.code == "speech_model_unusable"


def test_what_the_network_calls_no_speech_and_guesses_at_is_left_out(talk: Talk, tmp_path: Path) -> None:
    guessing = make_model(tmp_path / "guessing", sure=-1.0)
    assert hear(talk, guessing).words
    assert hear(talk, make_model(tmp_path / "deaf", sure=-1.0, hears_speech=False)).words == ()


def test_what_goes_round_in_circles_is_heard_once_more(talk: Talk, tmp_path: Path) -> None:
    model = make_model(tmp_path / "model", says=(b" no",), loops=True)
    words = hear(talk, model).words
    assert words
    for said in ([word for word in words if talk.first.contains(word.start_ms)], words):
        assert not repeats(" ".join(word.text for word in said))


def test_markers_are_listened_for_beside_it(flite: FliteSynthesizer, tiny_model: Path, tmp_path: Path) -> None:
    scene = SpokenScene(tmp_path, voice="rms")
    scene.say("Today we talk about the weather in the mountains.")
    scene.rest(600)
    flubber = scene.say("flubber.")
    scene.rest(600)
    scene.say("The river was very high after the storm.")
    scene.rest(600)
    intern = scene.say("intern.")
    scene.rest(600)
    heard = WhisperTranscriber(tiny_model).transcribe(
        scene.write(), duration_ms=scene.duration_ms, markers=STANDARD_MARKERS
    )
    found = [(word.text, word.span) for word in heard.words if word.kind == "marker"]
    assert [text for text, _ in found] == ["flubber", "intern"]
    for (_, span), spoken in zip(found, (flubber, intern), strict=True):
        assert abs(span.start_ms - spoken.start_ms) <= 60
        assert not [word for word in heard.words if word.kind != "marker" and word.span.overlaps(span)]


# -- keys ----------------------------------------------------------------------------------------------------------


def test_another_model_or_language_is_another_key(tiny_model: Path, tmp_path: Path) -> None:
    copied = Path(shutil.copytree(tiny_model, tmp_path / "copied"))
    digest = WhisperTranscriber(tiny_model).options_digest
    assert WhisperTranscriber(copied).options_digest == digest
    assert WhisperTranscriber(copied, language="de").options_digest != digest
    with (copied / "model.bin").open("r+b") as weights:
        weights.seek(-1, os.SEEK_END)
        weights.write(b"\x01")
    assert WhisperTranscriber(copied).options_digest != digest


# -- what may be missing -------------------------------------------------------------------------------------------


def test_without_its_package_it_says_what_to_do(talk: Talk, tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whisper, "ENGINE_PACKAGE", "a-package-that-nobody-has")
    ear = WhisperTranscriber(tiny_model)
    assert ear.version == "none"
    (problem,) = ear.check()
    assert problem.code == "speech_engine_missing"
    assert "ctranslate2" in problem.message
    assert "pip install" in problem.action
    with pytest.raises(SpeechEngineMissing):
        ear.transcribe(talk.feed, duration_ms=talk.duration_ms)


def test_without_its_model_it_says_what_to_do(talk: Talk, tmp_path: Path) -> None:
    ear = WhisperTranscriber(tmp_path / "nowhere")
    (problem,) = ear.check()
    assert (problem.code, "no such folder" in problem.message) == ("speech_model_unusable", True)
    with pytest.raises(SpeechModelUnusable):
        ear.transcribe(talk.feed, duration_ms=talk.duration_ms)
    with pytest.raises(SpeechModelUnusable):
        _ = ear.options_digest


@pytest.mark.parametrize("kept", [0.2, 0.9])
def test_a_model_that_was_cut_off_does_not_load_and_says_so(
    talk: Talk, tiny_model: Path, tmp_path: Path, kept: float
) -> None:
    cut = Path(shutil.copytree(tiny_model, tmp_path / "cut"))
    os.truncate(cut / "model.bin", int(kept * (cut / "model.bin").stat().st_size))
    with pytest.raises(SpeechModelUnusable, match="cannot be used"):
        require_runs(cut, "en")
    (problem,) = WhisperTranscriber(cut).check()
    assert problem.code == "speech_model_unusable"
    with pytest.raises(SpeechModelUnusable):
        hear(talk, cut)


# -- its process ---------------------------------------------------------------------------------------------------


def test_its_process_reaches_no_network_and_no_other_file(tiny_model: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("key")
    with socket.create_server(("127.0.0.1", 0)) as server:
        job = {"model": str(tiny_model), "language": "en", "port": server.getsockname()[1], "secret": str(secret)}
        (answer,) = run_crew("tests.support.whisper_jobs:call_home", [job], [1_000], readable=[tiny_model])
    assert answer["reached"] != "reached"
    assert answer["read"] == ("key" if landlock.unavailable_because() else "PermissionError")


def test_its_library_starts_no_thread_before_the_walls_stand() -> None:
    count = "import os, donecast.speech.whisper_job; print(len(os.listdir('/proc/self/task')))"
    environment = {"OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    said = subprocess.run([sys.executable, "-c", count], capture_output=True, check=True, env=environment)
    assert int(said.stdout) == 1


def test_cancelling_ends_it_at_once(talk: Talk, tiny_model: Path) -> None:
    told: list[float] = []
    began = time.monotonic()
    with pytest.raises(TranscriptionCancelled):
        WhisperTranscriber(tiny_model).transcribe(
            talk.feed, duration_ms=talk.duration_ms, on_progress=told.append, cancelled=lambda: len(told) > 2
        )
    assert max(told) < 1.0
    assert time.monotonic() - began < 20


def test_a_process_that_needs_more_memory_than_it_may_is_a_failed_transcription(
    talk: Talk, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whisper, "_MEMORY_BYTES_BASE", 64 * 1024**2)
    with pytest.raises((TranscriptionFailed, SpeechModelUnusable)):
        hear(talk, tiny_model)
