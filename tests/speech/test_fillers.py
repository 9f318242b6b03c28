"""Lonely sounds between pauses: suggested as fillers when they sound like one, never when they are words."""

from pathlib import Path

from donecast.speech.decoding import displayed, filler_islands, spot
from tests.support.spoken_scene import SpokenScene


def test_a_lonely_um_is_suggested_and_lonely_words_are_not(scene: SpokenScene) -> None:
    scene.voice = "rms"
    scene.rest(500)
    islands = {}
    for text in ("um.", "yes.", "no.", "on.", "now."):
        islands[text] = scene.say(text)
        scene.rest(500)
    fillers = filler_islands(scene.write(), list(islands.values()))
    assert [(word.text, word.start_ms, word.end_ms) for word in fillers] == [
        ("um", islands["um."].start_ms, islands["um."].end_ms)
    ]
    assert fillers[0].confidence is None
    assert fillers[0].kind == "word"


def test_a_hurried_marker_inside_another_word_is_no_marker(scene: SpokenScene, tmp_path: Path) -> None:
    scene.voice = "rms"
    scene.rest(300)
    said = scene.say("Today we talk about the weather in the mountains.")
    scene.rest(300)
    assert spot(scene.write(), [said], [("flubber", "F L AH B ER", 1e-5)], tmp_path) == []


def test_decoder_entries_become_plain_words() -> None:
    entries = ["the(2)", "i", "i'm", "<sil>", "[NOISE]", "</s>", "++SMACK++", "it's"]
    assert [displayed(entry) for entry in entries] == ["the", "I", "I'm", "", "", "", "", "it's"]
