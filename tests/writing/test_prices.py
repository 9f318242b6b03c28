"""What a text costs, exactly."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from donecast.writing.writer import TokenPrices

_PRICES = st.fractions(0, 1_000, max_denominator=10**6)
_COUNTS = st.integers(0, 10**9)


@given(_PRICES, _PRICES, _COUNTS, _COUNTS)
def test_a_cost_is_the_exact_one_rounded_up_to_a_millionth(
    input_price: Fraction, output_price: Fraction, read: int, written: int
) -> None:
    cost = TokenPrices(input_price, output_price).cost_micros(read, written)
    exact = (input_price * read + output_price * written) / 10**6 * 10**6
    assert type(cost) is int
    assert 0 <= cost - exact < 1


def test_a_million_tokens_cost_their_price() -> None:
    assert TokenPrices(Fraction("0.30"), Fraction("2.50")).cost_micros(1_000_000, 0) == 300_000
    assert TokenPrices(Fraction("0.30"), Fraction("2.50")).cost_micros(0, 1_000_000) == 2_500_000
    assert TokenPrices(Fraction(0), Fraction(0)).cost_micros(5, 5) == 0


@pytest.mark.parametrize(
    ("prices", "counts"),
    [((None, 1), (1, 1)), ((1, None), (1, 1)), ((1, 1), (None, 1)), ((1, 1), (1, None))],
)
def test_what_is_not_known_is_not_guessed(
    prices: tuple[int | None, int | None], counts: tuple[int | None, int | None]
) -> None:
    exact = [None if price is None else Fraction(price) for price in prices]
    assert TokenPrices(exact[0], exact[1]).cost_micros(*counts) is None
