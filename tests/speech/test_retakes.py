"""Retakes by their sound: found where somebody says it again, however the words would be written down."""

import numpy as np
import pytest

from donecast.core.retake import Retake
from donecast.core.span import Span
from donecast.speech.retakes import find_retakes
from donecast.speech.sound_likeness import likeness, spoken_frames
from tests.support.spoken_scene import SpokenScene

BEFORE = "We had a long winter and the garden was late this year."
SENTENCE = "The museum keeps a collection of radios that nobody has repaired since the war."


def _opened(scene: SpokenScene) -> None:
    scene.say(BEFORE)
    scene.rest(450)
    scene.say("There is a quiet lake behind the village where we used to swim.")
    scene.rest(400)


def _marked(scene: SpokenScene, *, pause_ms: int = 400) -> Span:
    scene.rest(pause_ms)
    marker = scene.say("flubber")
    scene.rest(pause_ms)
    return marker


def _found(scene: SpokenScene, *markers: Span) -> list[int]:
    found = find_retakes(scene.write(), markers, duration_ms=scene.duration_ms)
    return [one.start_ms for one in found if one.is_heard]


@pytest.mark.parametrize("voice", ["slt", "rms", "awb", "kal16"])
@pytest.mark.parametrize("pause_ms", [20, 250, 600])
def test_a_sentence_said_again_is_found_where_it_began(scene: SpokenScene, voice: str, pause_ms: int) -> None:
    scene.voice = voice
    _opened(scene)
    first = scene.say("The museum keeps a collection of raid")
    marker = _marked(scene, pause_ms=pause_ms)
    scene.say(SENTENCE, tempo=1.06)
    assert _found(scene, marker) == [pytest.approx(first.start_ms, abs=100)]


def test_a_phrase_said_again_is_found_in_the_middle_of_its_sentence(scene: SpokenScene) -> None:
    _opened(scene)
    scene.say("He bought the old house by the river because")
    phrase = scene.say("the roof had fallen in during the war")
    marker = _marked(scene)
    scene.say("the roof had fallen in during the storm, and nobody wanted it.", tempo=0.95)
    assert _found(scene, marker) == [pytest.approx(phrase.start_ms, abs=100)]


def test_a_breath_and_a_word_before_the_retake_do_not_matter(scene: SpokenScene) -> None:
    _opened(scene)
    first = scene.say("The museum keeps a collection of")
    marker = _marked(scene)
    scene.say("So")
    scene.rest(200)
    scene.say(SENTENCE)
    assert _found(scene, marker) == [pytest.approx(first.start_ms, abs=150)]


def test_what_goes_on_with_something_else_is_no_retake(scene: SpokenScene) -> None:
    _opened(scene)
    scene.say("The museum keeps a collection of")
    marker = _marked(scene)
    scene.say("Every morning the baker opens his shop before the sun comes up.")
    assert _found(scene, marker) == []


def test_each_marker_has_its_own_attempt_and_two_in_a_row_share_one(scene: SpokenScene) -> None:
    _opened(scene)
    first = scene.say("The museum keeps a collection of raid")
    one = _marked(scene)
    again = scene.say("The museum keeps a collection of radium", tempo=1.05)
    two, three = _marked(scene), _marked(scene, pause_ms=150)
    scene.say(SENTENCE, tempo=0.97)
    found = find_retakes(scene.write(), [one, two, three], duration_ms=scene.duration_ms)
    assert [retake.start_ms for retake in found] == [
        pytest.approx(first.start_ms, abs=100),
        pytest.approx(again.start_ms, abs=100),
    ]
    assert found[0].marker == one
    assert found[1].marker == Span(two.start_ms, three.end_ms)


def test_a_marker_at_either_end_has_no_retake(scene: SpokenScene) -> None:
    first = scene.say("flubber")
    scene.rest(300)
    scene.say(SENTENCE)
    scene.rest(300)
    last = scene.say("flubber")
    assert _found(scene, first, last) == []
    assert _found(scene, Span(0, first.end_ms)) == []
    assert find_retakes(scene.write(), [first], duration_ms=scene.duration_ms) == (Retake(first, first.start_ms, 0),)


def test_no_markers_cost_nothing(scene: SpokenScene) -> None:
    scene.say(SENTENCE)
    assert _found(scene) == []


@pytest.mark.parametrize("sound", [np.zeros(16_000, np.int16), np.zeros(100, np.int16), np.zeros(0, np.int16)])
def test_silence_is_like_nothing(sound: np.ndarray[tuple[int], np.dtype[np.int16]]) -> None:
    frames, vectors = spoken_frames(sound)
    assert len(frames) == len(vectors)
    assert likeness(vectors, vectors).score == 0


def test_noise_is_hardly_like_other_noise_and_much_like_itself() -> None:
    generator = np.random.default_rng(4)
    one, other = (spoken_frames(generator.integers(-3_000, 3_000, 48_000).astype(np.int16))[1] for _ in range(2))
    itself = likeness(one, one)
    assert itself.first.tolist() == itself.again.tolist() == list(range(len(one)))
    assert likeness(one, other).score < itself.score / 10
