"""The key under which a transcript is found again, and the document that is kept."""

from typing import Any

import pytest

from donecast.core.retake import Retake
from donecast.core.span import Span
from donecast.transcripts.rules import Heard, heard_from_json, transcript_key
from tests.support.spoken import spoken

INGREDIENTS: dict[str, Any] = {
    "account_id": "acc_1",
    "content_hash": "ab" * 32,
    "engine": "pocketsphinx",
    "engine_version": "5.1",
    "options_digest": "d1",
    "markers": [("flubber", "F L AH B ER")],
    "given_text": None,
}


def test_the_same_ingredients_give_the_same_key() -> None:
    again = {**INGREDIENTS, "markers": [["flubber", "F L AH B ER"]]}
    assert transcript_key(**INGREDIENTS) == transcript_key(**again)
    assert len(transcript_key(**INGREDIENTS)) == 64


@pytest.mark.parametrize(
    "change",
    [
        {"account_id": "acc_2"},
        {"content_hash": "cd" * 32},
        {"engine": "whisper"},
        {"engine_version": "5.2"},
        {"options_digest": "d2"},
        {"markers": []},
        {"markers": [("flubber", "F L UH B ER")]},
        {"given_text": ""},
        {"given_text": "Hello."},
    ],
)
def test_whatever_changes_the_words_changes_the_key(change: dict[str, Any]) -> None:
    assert transcript_key(**{**INGREDIENTS, **change}) != transcript_key(**INGREDIENTS)


def test_given_texts_have_keys_of_their_own() -> None:
    keys = {transcript_key(**{**INGREDIENTS, "given_text": text}) for text in ("one", "two", "one ")}
    assert len(keys) == 3


def test_words_and_pauses_are_read_back_as_they_were() -> None:
    said = spoken("hello _900 <flubber> {um} again", confidence=0.4)
    heard = Heard(said.transcript, said.pauses, (Retake(said.word("flubber").span, 20, 140, 300),))
    assert heard.pauses == (Span(300, 1_240),)
    assert heard_from_json(heard.to_json()) == heard
    with pytest.raises(ValueError, match="transcript document version 9 is not known"):
        heard_from_json({**heard.to_json(), "version": 9})
