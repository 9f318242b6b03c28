"""What people read: notes, and how an amount came about."""

import pytest

from donecast.credits.errors import NotEnoughCredits
from donecast.credits.rules.pricing import (
    Assembly,
    LegacyMinutes,
    Line,
    Speech,
    StandAloneAuphonic,
    Storage,
    Transcription,
    Work,
    price,
)
from donecast.credits.rules.rates import Rates
from donecast.credits.rules.wording import formula_of, minutes_text, note_of

LONG = "Welcome to the show about beans, peas and everything else that climbs."


@pytest.mark.parametrize(
    ("work", "note"),
    [
        (Assembly(600_000), "Episode assembly (10.0 min, Standard)"),
        (Assembly(630_000, "auphonic"), "Episode assembly (10.5 min, Auphonic)"),
        (Transcription(600_000, "auphonic"), "Transcription (10.0 min, Auphonic)"),
        (Transcription(600_000, "local"), "Transcription (10.0 min, This computer)"),
        (Speech(1, "elevenlabs", LONG), f"TTS: {LONG[:50]}"),
        (Speech(1, "standard", "  Hello\n there "), "TTS: Hello there"),
        (Storage("2026-03", (12_340_000_000,) * 31), "Monthly storage: 12.34 GB"),
        (Storage("2026-03", (0, 10_000_000)), "Monthly storage: 0.01 GB"),
        (StandAloneAuphonic(90_000), "Auphonic processing (1.5 min)"),
        (LegacyMinutes(45_000), "Earlier use (45.000 min)"),
        (LegacyMinutes(45_000, "Episode 7"), "Episode 7"),
    ],
)
def test_notes(work: Work, note: str) -> None:
    assert note_of(work) == note


@pytest.mark.parametrize(
    ("duration_ms", "text"), [(0, "0.0"), (2_999, "0.0"), (3_000, "0.1"), (600_000, "10.0"), (3_599_999, "60.0")]
)
def test_minutes_are_rounded_half_up_to_one_place(duration_ms: int, text: str) -> None:
    assert minutes_text(duration_ms) == text


@pytest.mark.parametrize(
    ("line", "formula"),
    [
        (price(Rates(), Transcription(600_000)), "10.000 min × 1.500 = 15.000"),
        (price(Rates(), Transcription(600_000, "auphonic")), "10.000 min × 1.500 × 2.000 = 30.000"),
        (price(Rates(), Assembly(630_000)), "5.000 + 10.500 min × 0.500 = 10.250"),
        (price(Rates(), Assembly(630_000, "auphonic")), "(5.000 + 10.500 min × 0.500) × 2.000 = 20.500"),
        (price(Rates(), Storage("2026-03", (12_340_000_000,) * 30)), "12.340 GB × 2.000 = 24.680"),
        (price(Rates(), LegacyMinutes(45_000)), "45.000 min × 1.500 = 67.500"),
        (Line("above_the_hold", -250), "-0.250"),
    ],
)
def test_formulas_in_words(line: Line, formula: str) -> None:
    assert formula_of(line) == formula


def test_too_little_says_how_much_is_missing_and_what_to_do() -> None:
    error = NotEnoughCredits.lacking(15_000, 12_250)
    assert error.details == {"required": "15.000", "available": "12.250", "shortfall": "2.750"}
    assert "2.750 are missing" in error.message
    assert "Buy more credits" in error.action
    assert "Nothing was charged for this" in error.action
