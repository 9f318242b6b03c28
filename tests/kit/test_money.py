"""Money is integers from end to end: rounding, decimals in and out, numbers in JSON."""

import json
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from donecast.kit.money import (
    AMOUNT_MC_MAX,
    AmountInvalid,
    JsonNumber,
    amount_of,
    credits_text,
    decimal_text,
    half_up,
    json_numeral,
    json_text,
)


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded"),
    [(0, 1, 0), (1, 2, 1), (3, 2, 2), (5, 2, 3), (1, 3, 0), (2, 3, 1), (499, 1000, 0), (500, 1000, 1), (7, 7, 1)],
)
def test_exactly_half_goes_up(numerator: int, denominator: int, rounded: int) -> None:
    assert half_up(numerator, denominator) == rounded


@given(st.integers(0, 10**30), st.integers(1, 10**15))
def test_rounding_is_that_of_exact_fractions(numerator: int, denominator: int) -> None:
    rounded = half_up(numerator, denominator)
    difference = Fraction(numerator, denominator) - rounded
    assert Fraction(-1, 2) <= difference < Fraction(1, 2)


@pytest.mark.parametrize(("numerator", "denominator"), [(-1, 2), (1, 0), (1, -2)])
def test_what_is_no_amount_is_not_rounded(numerator: int, denominator: int) -> None:
    with pytest.raises(ValueError, match="no fraction"):
        half_up(numerator, denominator)


@pytest.mark.parametrize(
    ("amount_mc", "text", "numeral"),
    [
        (0, "0.000", "0"),
        (1, "0.001", "0.001"),
        (-1, "-0.001", "-0.001"),
        (750, "0.750", "0.75"),
        (10_250, "10.250", "10.25"),
        (67_500, "67.500", "67.5"),
        (90_000, "90.000", "90"),
        (-90_000, "-90.000", "-90"),
        (AMOUNT_MC_MAX, "1000000000000.000", "1000000000000"),
    ],
)
def test_amounts_are_shown_exactly(amount_mc: int, text: str, numeral: str) -> None:
    assert credits_text(amount_mc) == text
    assert json_numeral(amount_mc) == numeral


@given(st.integers(-AMOUNT_MC_MAX, AMOUNT_MC_MAX))
def test_what_is_written_is_read_again(amount_mc: int) -> None:
    assert amount_of(credits_text(amount_mc)) == amount_mc
    assert amount_of(json_numeral(amount_mc)) == amount_mc
    assert Decimal(json_numeral(amount_mc)) * 1000 == amount_mc


@pytest.mark.parametrize(
    ("text", "amount_mc"), [("12", 12_000), ("0.75", 750), (" 1.5 ", 1_500), ("-3.001", -3_001), ("007", 7_000)]
)
def test_people_write_amounts_as_they_like(text: str, amount_mc: int) -> None:
    assert amount_of(text) == amount_mc


@pytest.mark.parametrize(
    "text", ["", "one", "1.0005", "1,5", "1e3", "inf", "nan", "--1", "+1", ".5", "1.", "٣", "1 000", "9" * 14]
)
def test_what_is_no_amount_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(AmountInvalid) as refused:
        amount_of(text)
    assert "0.75" in refused.value.action


def test_an_amount_beyond_counting_is_refused() -> None:
    assert amount_of("999999999999.999") == 999_999_999_999_999
    with pytest.raises(AmountInvalid):
        amount_of("1000000000000.001")


def test_json_numbers_are_made_from_integers() -> None:
    document = {
        "used": JsonNumber(67_500),
        "left": JsonNumber(382_500),
        "max": None,
        "lines": [JsonNumber(1), {"note": 'TTS: "hallo" ü', "ok": True, "count": 3}],
    }
    text = json_text(document)
    assert text == (
        '{"used":67.5,"left":382.5,"max":null,"lines":[0.001,{"note":"TTS: \\"hallo\\" \\u00fc","ok":true,"count":3}]}'
    )
    assert json.loads(text, parse_float=Decimal)["left"] == Decimal("382.5")


@given(st.integers(-(10**12), 10**12))
def test_no_json_number_has_more_than_three_places(amount_mc: int) -> None:
    numeral = json.loads(json_text([JsonNumber(amount_mc)]), parse_float=Decimal, parse_int=Decimal)[0]
    assert numeral.quantize(Decimal("0.001"), ROUND_HALF_UP) == numeral == Decimal(amount_mc) / 1000


def test_a_float_does_not_get_into_a_document() -> None:
    with pytest.raises(TypeError, match="float"):
        json_text({"used": 67.5})


def test_thousandths_of_anything_have_three_places() -> None:
    assert decimal_text(2_000) == "2.000"
