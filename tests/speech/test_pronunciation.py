"""Phones for words: from the dictionary, from the voice, from the letters."""

import pytest

from donecast.speech import pronunciation
from donecast.speech.errors import MarkerUnspeakable
from donecast.speech.flite import FliteSynthesizer
from donecast.speech.pronunciation import (
    Pronunciation,
    dictionary_lookup,
    missing_model_files,
    pronounce_phrase,
    pronounce_unknown,
)


def test_the_recogniser_is_installed_completely() -> None:
    assert missing_model_files() == []


def test_dictionary_gives_all_variants_and_leaves_out_the_unknown() -> None:
    found = dictionary_lookup(["intern", "the", "flubber"])
    assert found["intern"] == ("IH N T ER N",)
    assert len(found["the"]) >= 2
    assert "flubber" not in found


def test_unknown_words_are_sounded_out_by_the_voice(flite: FliteSynthesizer) -> None:
    assert flite.check() == []
    found = pronounce_unknown(["flubber", "wunderbar", "o'malleys", "你好", "flubber"])
    assert set(found) == {"flubber", "wunderbar", "o'malleys"}
    assert not any(entry.guessed for entry in found.values())
    assert found["flubber"].phones.replace("AX", "AH").split()[-2:] == ["B", "ER"]


def test_without_a_voice_letters_are_guessed_and_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pronunciation, "find_program", lambda _: None)
    assert pronounce_unknown(["flubber", "shine", "xq"]) == {
        "flubber": Pronunciation("F L AH B B ER", guessed=True),
        "shine": Pronunciation("SH IH N", guessed=True),
        "xq": Pronunciation("K S K", guessed=True),
    }


def test_nothing_unknown_asks_nobody() -> None:
    assert pronounce_unknown([]) == {}
    assert pronounce_unknown(["...", "'"]) == {}


def test_phrases_join_their_words() -> None:
    assert pronounce_phrase("Intern!") == ("IH N T ER N",)
    assert pronounce_phrase("stop intern")[0].endswith("IH N T ER N")
    assert len(pronounce_phrase("stop intern")) == 1


@pytest.mark.parametrize("phrase", ["", "123", "фраза"])
def test_phrases_without_letters_cannot_be_listened_for(phrase: str) -> None:
    with pytest.raises(MarkerUnspeakable):
        pronounce_phrase(phrase)
