"""A show learns how somebody says its word: from the word alone, said a few times, or not at all, and says why."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from donecast.core.span import Span
from donecast.shows.lessons import EXPONENTS, sayings_of
from tests.support.people import Person
from tests.support.sounds import tone
from tests.support.spoken_scene import SpokenScene

needs_flite = pytest.mark.skipif(
    shutil.which("flite") is None, reason="flite is not installed (Debian: apt-get install flite)"
)


@pytest.fixture
def show_id(ann: Person) -> str:
    answer = ann.ask("POST", "/api/shows", json={"title": "Beans"})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def said(folder: Path, *texts: str, voice: str = "slt") -> Path:
    scene = SpokenScene(folder, voice)
    scene.rest(700)
    for text in texts:
        scene.say(text)
        scene.rest(900)
    return scene.write("lesson.wav")


def teach(ann: Person, show_id: str, recording: bytes) -> Any:
    return ann.ask("POST", f"/api/shows/{show_id}/marker-lesson", files={"file": ("lesson.wav", recording)})


def exponent(ann: Person, show_id: str) -> int:
    return int(ann.ask("GET", f"/api/shows/{show_id}").json()["cleanup"]["flubber_exponent"])


@needs_flite
def test_a_word_is_learnt_and_forgotten_with_another_word(ann: Person, show_id: str, tmp_path: Path) -> None:
    learnt = teach(ann, show_id, said(tmp_path, *["flubber"] * 5).read_bytes())
    assert learnt.status_code == 200, learnt.text
    lesson = learnt.json()
    assert (lesson["keyword"], lesson["said"], lesson["heard"]) == ("flubber", 5, 5)
    assert lesson["exponent"] in EXPONENTS
    assert exponent(ann, show_id) == lesson["exponent"]
    cleanup = ann.ask("GET", f"/api/shows/{show_id}").json()["cleanup"]
    ann.ask("PATCH", f"/api/shows/{show_id}", json={"cleanup": {**cleanup, "flubber_keyword": "banana"}})
    assert exponent(ann, show_id) == -5


@needs_flite
@pytest.mark.parametrize(
    ("texts", "sentence"),
    [(("flubber",), "cannot be learnt"), (("a pleasant morning",) * 5, "was heard 0 of 5 times")],
)
def test_what_teaches_nothing_is_refused_and_nothing_changes(
    ann: Person, show_id: str, tmp_path: Path, texts: tuple[str, ...], sentence: str
) -> None:
    refused = teach(ann, show_id, said(tmp_path, *texts).read_bytes())
    error = refused.json()["error"]
    assert (refused.status_code, error["code"]) == (400, "lesson_unusable")
    assert sentence in error["message"]
    assert exponent(ann, show_id) == -5


def test_bad_files_are_refused_with_a_sentence(ann: Person, show_id: str) -> None:
    for recording, code in ((b"not a sound at all", "audio_not_audio"), (tone(61), "audio_too_long")):
        refused = teach(ann, show_id, recording)
        assert (400 <= refused.status_code < 500, refused.json()["error"]["code"]) == (True, code)
        assert refused.json()["error"]["action"]


def test_a_short_silence_is_inside_a_saying() -> None:
    speech = (Span(0, 300), Span(400, 600), Span(1_000, 1_500))
    assert sayings_of(speech) == [Span(0, 600), Span(1_000, 1_500)]
