"""Whom a show or an episode may name."""

import pytest

from donecast.core.engine_choice import TRANSCRIBERS, VOICE_CHARACTERS_MAX, choice_mistake


@pytest.mark.parametrize("transcriber", [None, *TRANSCRIBERS])
def test_those_that_there_are_and_nobody_can_be_named(transcriber: str | None) -> None:
    assert choice_mistake(transcriber, None) is None
    assert choice_mistake(transcriber, "v" * VOICE_CHARACTERS_MAX) is None


@pytest.mark.parametrize(
    ("transcriber", "voice", "field"),
    [("a parrot", None, "transcriber"), ("", None, "transcriber"), (None, " ", "voice"), (None, "v" * 101, "voice")],
)
def test_the_field_that_cannot_be_is_named(transcriber: str | None, voice: str | None, field: str) -> None:
    mistake = choice_mistake(transcriber, voice)
    assert mistake is not None
    assert mistake[0] == field
    assert mistake[1].endswith(".")
