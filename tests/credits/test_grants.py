"""Grants: in which order they are spent, how a hold is split, and where refunds go."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from donecast.credits.rules.grants import (
    PRIORITIES,
    Draw,
    Grant,
    GrantKind,
    burn,
    burn_order,
    drawn_mc,
    first_drawn,
    given_back,
    refund_draws,
    rollover_mc,
)

START = datetime(2026, 3, 1, tzinfo=UTC)


def grant(
    name: str, kind: GrantKind = "monthly", amount_mc: int = 10, expires_day: int | None = 31, made_day: int = 0
) -> Grant:
    expires_at = None if expires_day is None else START + timedelta(days=expires_day)
    return Grant(name, kind, amount_mc, expires_at, START + timedelta(days=made_day))


def ids(grants: list[Grant]) -> list[str]:
    return [one.id for one in grants]


def test_what_would_be_lost_first_is_spent_first() -> None:
    grants = [
        grant("bought", "purchased", expires_day=None),
        grant("bought earlier", "purchased", expires_day=None, made_day=-1),
        grant("back", "refund", expires_day=5),
        grant("promo", "promo", expires_day=90),
        grant("promo soon gone", "promo", expires_day=2),
        grant("month", "monthly"),
        grant("kept", "rollover", expires_day=60),
    ]
    assert ids(burn_order(grants)) == [
        "kept",
        "month",
        "promo soon gone",
        "promo",
        "back",
        "bought earlier",
        "bought",
    ]


def test_equal_grants_have_an_order_too() -> None:
    assert ids(burn_order([grant("b"), grant("a"), grant("c")])) == ["a", "b", "c"]
    assert ids(burn_order([grant("never", expires_day=None), grant("soon", expires_day=1)])) == ["soon", "never"]
    assert sorted(PRIORITIES.values()) == [10, 20, 30, 35, 50]


def test_an_amount_is_taken_across_grants() -> None:
    grants = [grant("bought", "purchased", 100, None), grant("month", "monthly", 30), grant("empty", "rollover", 0)]
    assert burn(grants, 0) == ()
    assert burn(grants, 30) == (Draw("month", 30),)
    assert burn(grants, 31) == (Draw("month", 30), Draw("bought", 1))
    with pytest.raises(ValueError, match="lack 1 mc"):
        burn(grants, 131)


def test_of_a_hold_the_first_drawn_is_charged_and_the_dearest_comes_back() -> None:
    held = (Draw("month", 30), Draw("bought", 20))
    assert first_drawn(held, 50) == (held, ())
    assert first_drawn(held, 35) == ((Draw("month", 30), Draw("bought", 5)), (Draw("bought", 15),))
    assert first_drawn(held, 10) == ((Draw("month", 10),), (Draw("month", 20), Draw("bought", 20)))
    assert first_drawn(held, 0) == ((), held)
    with pytest.raises(ValueError, match="only 50 mc"):
        first_drawn(held, 51)


def test_refunds_go_to_what_was_drawn_last_first() -> None:
    charged = (Draw("month", 30), Draw("promo", 5), Draw("bought", 20))
    assert refund_draws(charged, (), 20) == (Draw("bought", 20),)
    assert refund_draws(charged, (), 26) == (Draw("bought", 20), Draw("promo", 5), Draw("month", 1))
    assert refund_draws(charged, (Draw("bought", 20), Draw("promo", 2)), 5) == (Draw("promo", 3), Draw("month", 2))
    with pytest.raises(ValueError, match="1 mc more"):
        refund_draws(charged, (Draw("bought", 20),), 36)


amounts = st.integers(0, 1_000)
draws = st.lists(st.integers(1, 1_000), min_size=1, max_size=6).map(
    lambda sums: tuple(Draw(f"g{number}", amount) for number, amount in enumerate(sums))
)


@given(draws, st.lists(amounts, max_size=8))
def test_refunds_never_exceed_the_charge_nor_any_part_of_it(charged: tuple[Draw, ...], wishes: list[int]) -> None:
    back: list[Draw] = []
    for wish in wishes:
        if wish <= drawn_mc(charged) - drawn_mc(back):
            given_now = refund_draws(charged, back, wish)
            assert drawn_mc(given_now) == wish
            back += given_now
        else:
            with pytest.raises(ValueError, match="more than were charged"):
                refund_draws(charged, back, wish)
    for draw in charged:
        assert drawn_mc(one for one in back if one.grant_id == draw.grant_id) <= draw.amount_mc


@given(draws, amounts)
def test_a_split_hold_is_the_whole_hold(held: tuple[Draw, ...], amount: int) -> None:
    amount = min(amount, drawn_mc(held))
    charged, rest = first_drawn(held, amount)
    assert (drawn_mc(charged), drawn_mc(rest)) == (amount, drawn_mc(held) - amount)


def test_expiry_is_exclusive_and_never_is_never() -> None:
    month = grant("month", expires_day=31)
    end = START + timedelta(days=31)
    assert not month.expired(end - timedelta(microseconds=1))
    assert month.expired(end)
    assert not grant("bought", expires_day=None).expired(datetime.max.replace(tzinfo=UTC))


def test_what_comes_back_finds_its_grant_or_not() -> None:
    grants = {one.id: one for one in (grant("gone", expires_day=1), grant("there", expires_day=3))}
    back = given_back((Draw("gone", 5), Draw("there", 7)), grants, START + timedelta(days=1))
    assert (back.draws, back.orphaned_mc) == ((Draw("there", 7),), 5)


@pytest.mark.parametrize(
    ("unused_mc", "basis_points", "kept_mc"),
    [(90_000, 0, 0), (90_000, 1_000, 9_000), (99, 1_000, 9), (200_000, 10_000, 90_000), (0, 10_000, 0)],
)
def test_rollover_is_a_share_and_at_most_one_allowance(unused_mc: int, basis_points: int, kept_mc: int) -> None:
    assert rollover_mc(unused_mc, basis_points, 90_000) == kept_mc
