"""What is asked for, what is said of it, and what follows, without any machine."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from donecast.billing.errors import OfferInvalid
from donecast.billing.rules import (
    AMOUNT_MAX,
    SIGNATURE_SECONDS_MAX,
    InvoiceFacts,
    InvoiceLine,
    Offer,
    PurchaseState,
    ReturnedFacts,
    best_of,
    checked_offer,
    is_fresh,
    misfit_of_money,
    signed_at,
    state_after,
    state_of_returned,
    taken_back_mc,
)
from donecast.kit.money import AMOUNT_MC_MAX

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TOP_UP = Offer(
    id="of_1",
    kind="top_up",
    name="100 credits",
    amount=900,
    currency="eur",
    credits_mc=100_000,
    tier=None,
    on_sale=True,
)
PLAN = replace(TOP_UP, id="of_2", kind="plan", credits_mc=None, tier="creator")
STATES: tuple[PurchaseState, ...] = get_args(PurchaseState)
returns = st.builds(
    ReturnedFacts, intent_id=st.just("pi"), refunded=st.integers(-5, AMOUNT_MAX * 2), disputed=st.booleans()
)


class TestOffers:
    """What may be sold."""

    @pytest.mark.parametrize("offer", [TOP_UP, PLAN, replace(TOP_UP, amount=AMOUNT_MAX)])
    def test_what_is_whole_may_be_sold(self, offer: Offer) -> None:
        assert checked_offer(offer) == offer

    @pytest.mark.parametrize(
        "wrong",
        [
            replace(TOP_UP, name="   "),
            replace(TOP_UP, name="x" * 81),
            replace(TOP_UP, amount=0),
            replace(TOP_UP, amount=-1),
            replace(TOP_UP, amount=AMOUNT_MAX + 1),
            replace(TOP_UP, currency="EUR"),
            replace(TOP_UP, currency="éur"),
            replace(TOP_UP, currency="eu"),
            replace(TOP_UP, credits_mc=None),
            replace(TOP_UP, credits_mc=0),
            replace(TOP_UP, credits_mc=AMOUNT_MC_MAX + 1),
            replace(TOP_UP, tier="pro"),
            replace(PLAN, tier=None),
            replace(PLAN, tier=""),
            replace(PLAN, credits_mc=5),
        ],
    )
    def test_what_cannot_be_is_refused_with_a_sentence(self, wrong: Offer) -> None:
        with pytest.raises(OfferInvalid) as refused:
            checked_offer(wrong)
        assert refused.value.message.endswith(".")
        assert refused.value.message != OfferInvalid.message

    def test_who_pays_two_plans_has_the_dearer_one(self) -> None:
        dear = replace(PLAN, id="of_3", amount=2_900)
        assert best_of([PLAN, dear]) == best_of([dear, PLAN]) == dear
        assert best_of([]) is None


class TestSignatureAge:
    """How old a signature may be."""

    @pytest.mark.parametrize(
        ("seconds", "fresh"), [(0, True), (300, True), (301, False), (-300, True), (-301, False), (10**14, False)]
    )
    def test_three_hundred_seconds_either_way(self, seconds: int, fresh: bool) -> None:
        assert is_fresh(int(NOW.timestamp()) - seconds, NOW) is fresh
        assert SIGNATURE_SECONDS_MAX == 300

    def test_the_rest_of_a_second_does_not_count(self) -> None:
        assert is_fresh(int(NOW.timestamp()) - 300, NOW + timedelta(milliseconds=999))

    @pytest.mark.parametrize(
        ("header", "second"),
        [
            ("t=12,v1=ab", 12),
            ("v1=ab, t=12", 12),
            ("t=1,t=2,v1=ab", 1),
            ("", None),
            ("v1=ab", None),
            ("t=,v1=ab", None),
            ("t=-5,v1=ab", None),
            ("t=1.5,v1=ab", None),
            ("t=١٢,v1=ab", None),
            ("t=1_0,v1=ab", None),
            ("at=12,v1=ab", None),
            (f"t={'9' * 5_000},v1=ab", None),
        ],
    )
    def test_the_second_is_read_from_the_header(self, header: str, second: int | None) -> None:
        assert signed_at(header) == second


class TestStates:
    """In whatever order things are said of an order."""

    @pytest.mark.parametrize("said", list(permutations(["waiting", "failed", "paid", "refunded"])))
    def test_the_order_of_events_does_not_matter(self, said: tuple[PurchaseState, ...]) -> None:
        state: PurchaseState = "open"
        for one in said:
            state = state_after(state, one)
        assert state == "refunded"

    @given(st.sampled_from(STATES), st.sampled_from(STATES))
    def test_nothing_takes_back_that_money_came(self, before: PurchaseState, said: PurchaseState) -> None:
        after = state_after(before, said)
        assert after in {before, said}
        assert state_after(after, said) == after
        if before in {"paid", "refunded", "disputed"}:
            assert after in {"paid", "refunded", "disputed"}


class TestMoney:
    """Whether what came is what was asked for."""

    def test_the_money_that_was_asked_for_fits(self) -> None:
        assert misfit_of_money("It", asked=900, asked_currency="eur", paid=900, paid_currency="eur") is None

    @pytest.mark.parametrize(
        ("paid", "currency", "kind"),
        [
            (899, "eur", "wrong_amount"),
            (901, "eur", "wrong_amount"),
            (0, "eur", "wrong_amount"),
            (None, "eur", "wrong_amount"),
            (900, "usd", "wrong_currency"),
            (900, None, "wrong_currency"),
            (900, "EUR", "wrong_currency"),
        ],
    )
    def test_other_money_does_not_and_says_why(self, paid: int | None, currency: str | None, kind: str) -> None:
        misfit = misfit_of_money("The order", asked=900, asked_currency="eur", paid=paid, paid_currency=currency)
        assert misfit is not None
        assert misfit.kind == kind
        assert "Nothing was credited." in misfit.said

    @given(st.integers(0, AMOUNT_MC_MAX), st.integers(1, AMOUNT_MAX), returns)
    def test_never_more_goes_back_than_came_and_all_of_it_when_all_the_money_did(
        self, credits_mc: int, amount: int, returned: ReturnedFacts
    ) -> None:
        taken_mc = taken_back_mc(credits_mc, amount, returned)
        assert 0 <= taken_mc <= credits_mc
        if returned.disputed or returned.refunded >= amount:
            assert taken_mc == credits_mc
        elif returned.refunded <= 0:
            assert taken_mc == 0
        assert type(taken_mc) is int

    @given(st.integers(0, AMOUNT_MC_MAX), st.integers(1, AMOUNT_MAX), returns, st.integers(0, AMOUNT_MAX))
    def test_more_money_back_is_never_fewer_credits_back(
        self, credits_mc: int, amount: int, returned: ReturnedFacts, more: int
    ) -> None:
        later = replace(returned, refunded=returned.refunded + more)
        assert taken_back_mc(credits_mc, amount, later) >= taken_back_mc(credits_mc, amount, returned)

    @pytest.mark.parametrize(
        ("refunded", "disputed", "state"),
        [(0, False, "paid"), (899, False, "paid"), (900, False, "refunded"), (0, True, "disputed")],
    )
    def test_an_order_is_refunded_once_all_its_money_went_back(self, refunded: int, disputed: bool, state: str) -> None:
        assert state_of_returned(900, ReturnedFacts(intent_id="pi", refunded=refunded, disputed=disputed)) == state


def test_an_invoice_tells_a_plans_month_from_what_settles_earlier_ones() -> None:
    month = InvoiceLine(
        price_id="price_1", amount=900, is_proration=False, period_start=NOW, period_end=NOW + timedelta(days=30)
    )
    settled = replace(month, amount=-120, is_proration=True)
    invoice = InvoiceFacts(
        id="in_1",
        status="paid",
        reason="subscription_cycle",
        total=780,
        currency="eur",
        customer_id="cus_1",
        subscription_id="sub_1",
        intent_id="pi_1",
        lines=(settled, month),
    )
    assert invoice.settled == -120
    assert invoice.total - invoice.settled == month.amount
