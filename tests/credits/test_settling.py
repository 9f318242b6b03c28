"""What falls due by itself, in the order of its instants: holds, grants, periods."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from donecast.credits.rules.grants import Draw, Grant
from donecast.credits.rules.periods import Period, month_named
from donecast.credits.rules.settling import (
    GrantExpired,
    HoldRanOut,
    NewGrant,
    OpenHold,
    PeriodBegan,
    Purse,
    refund_grant,
    settle,
)
from donecast.credits.rules.tiers import DEFAULT_TIERS

FREE, CREATOR, PRO, UNLIMITED = DEFAULT_TIERS
MARCH, APRIL, MAY = (month_named(f"2026-0{month}") for month in (3, 4, 5))
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
MONTH = Grant("month", "monthly", 90_000, MARCH.end, MARCH.start)
BOUGHT = Grant("bought", "purchased", 50_000, None, MARCH.start)
PURSE = Purse("acc_1", FREE, None, None, MARCH, (MONTH, BOUGHT))


def hold(amount_mc: int, *draws: Draw, minutes: int = 30) -> OpenHold:
    return OpenHold("hold", amount_mc, draws, NOON + timedelta(minutes=minutes))


def test_while_nothing_is_due_nothing_changes() -> None:
    settled = settle(PURSE, NOON)
    assert (settled.changes, settled.available_mc, settled.held_mc) == ((), 140_000, 0)
    last = settle(PURSE, MARCH.end - timedelta(microseconds=1))
    assert (last.changes, last.available_mc) == ((), 140_000)


def test_a_month_ends_at_its_end_and_brings_the_next_allowance_but_leaves_what_was_bought() -> None:
    settled = settle(PURSE, MARCH.end)
    key = "alloc:acc_1:2026-04-01T00:00:00.000000Z:free"
    new = NewGrant(key, "monthly", 90_000, APRIL.start, APRIL.end)
    assert settled.changes == (
        GrantExpired("month", "monthly", 90_000, MARCH.end),
        PeriodBegan(APRIL, FREE, None, (new,)),
    )
    assert settled.available_mc == 140_000


def test_months_that_nobody_used_bring_one_allowance_and_not_several() -> None:
    settled = settle(PURSE, datetime(2026, 9, 2, tzinfo=UTC))
    assert settled.available_mc == 140_000
    assert settled.period == month_named("2026-09")
    assert len(settled.changes) == 2


def test_a_hold_that_ran_out_goes_back_where_it_came_from() -> None:
    purse = replace(
        PURSE, grants=(replace(MONTH, remaining_mc=0), BOUGHT), holds=(hold(90_000, Draw("month", 90_000)),)
    )
    assert settle(purse, NOON + timedelta(minutes=29)).held_mc == 90_000
    settled = settle(purse, NOON + timedelta(minutes=30))
    (change,) = settled.changes
    assert isinstance(change, HoldRanOut)
    assert (change.back, change.replaced_mc) == ((Draw("month", 90_000),), 0)
    assert (settled.available_mc, settled.held_mc) == (140_000, 0)


def test_a_hold_that_ran_out_before_its_grant_expired_is_lost_with_it() -> None:
    purse = replace(PURSE, grants=(replace(MONTH, remaining_mc=0),), holds=(hold(90_000, Draw("month", 90_000)),))
    settled = settle(purse, APRIL.start)
    assert [type(change) for change in settled.changes] == [HoldRanOut, GrantExpired, PeriodBegan]
    assert settled.available_mc == 90_000


def test_a_hold_that_outlived_its_grant_gives_back_by_a_grant_of_its_own() -> None:
    late = OpenHold("hold", 60_000, (Draw("month", 40_000), Draw("bought", 20_000)), MARCH.end + timedelta(minutes=5))
    purse = replace(PURSE, grants=(replace(MONTH, remaining_mc=1_000), BOUGHT), holds=(late,))
    settled = settle(purse, MARCH.end + timedelta(hours=1))
    expired, ran_out, _ = settled.changes
    assert expired == GrantExpired("month", "monthly", 1_000, MARCH.end)
    assert isinstance(ran_out, HoldRanOut)
    assert (ran_out.back, ran_out.replaced_mc) == ((Draw("bought", 20_000),), 40_000)
    assert settled.available_mc == 50_000 + 20_000 + 40_000 + 90_000


def test_a_hold_and_its_grant_that_end_in_one_instant_end_grant_first() -> None:
    held = OpenHold("hold", 5, (Draw("month", 5),), MARCH.end)
    settled = settle(replace(PURSE, holds=(held,)), MARCH.end)
    assert [type(change) for change in settled.changes] == [GrantExpired, HoldRanOut, PeriodBegan]
    assert settled.available_mc == 50_000 + 5 + 90_000


def test_a_new_wallet_has_an_empty_period_that_is_over_at_once() -> None:
    settled = settle(Purse("acc_1", FREE, None, None, Period(MARCH.start, MARCH.start)), NOON)
    assert (settled.period, settled.available_mc) == (MARCH, 90_000)


def test_unlimited_has_no_allowance_and_keeps_what_was_bought() -> None:
    purse = replace(PURSE, tier=UNLIMITED, grants=(BOUGHT,), holds=(hold(7),))
    settled = settle(purse, APRIL.start)
    assert settled.available_mc == 50_000
    assert settled.changes[-1] == PeriodBegan(APRIL, UNLIMITED, None, ())
    assert settled.held_mc == 0


def test_a_downgrade_comes_with_the_next_period() -> None:
    subscription = Period(NOON, datetime(2026, 4, 10, 12, tzinfo=UTC))
    purse = Purse("acc_1", CREATOR, FREE, NOON, subscription)
    assert settle(purse, subscription.end - timedelta(microseconds=1)).tier == CREATOR
    settled = settle(purse, subscription.end)
    assert (settled.tier, settled.period, settled.available_mc) == (FREE, APRIL, 90_000)
    assert isinstance(settled.changes[-1], PeriodBegan)
    assert settled.changes[-1].anchor is None


def test_a_change_between_paid_tiers_keeps_the_anniversary() -> None:
    subscription = Period(NOON, datetime(2026, 4, 10, 12, tzinfo=UTC))
    settled = settle(Purse("acc_1", PRO, CREATOR, NOON, subscription), datetime(2026, 5, 20, tzinfo=UTC))
    assert settled.tier == CREATOR
    assert (settled.period.start.day, settled.period.start.month) == (10, 5)
    assert settled.available_mc == 450_000


def test_a_tier_that_keeps_a_share_gives_it_as_a_grant_of_its_own() -> None:
    kind = replace(FREE, rollover_basis_points=5_000)
    purse = replace(PURSE, tier=kind, grants=(replace(MONTH, remaining_mc=31_001),))
    began = settle(purse, APRIL.start).changes[-1]
    assert isinstance(began, PeriodBegan)
    assert [(new.kind, new.amount_mc, new.expires_at) for new in began.grants] == [
        ("monthly", 90_000, APRIL.end),
        ("rollover", 15_500, APRIL.end),
    ]
    later = settle(purse, MAY.start).changes[-1]
    assert isinstance(later, PeriodBegan)
    assert [new.kind for new in later.grants] == ["monthly"]


def test_what_was_kept_once_is_not_kept_again() -> None:
    kind = replace(FREE, rollover_basis_points=10_000)
    kept = Grant("kept", "rollover", 90_000, MARCH.end, MARCH.start)
    settled = settle(replace(PURSE, tier=kind, grants=(kept,)), APRIL.start)
    assert settled.available_mc == 90_000


def test_a_refund_grant_lasts_thirty_days() -> None:
    made = refund_grant("key", 5, NOON)
    assert made.expires_at == NOON + timedelta(days=30)
    assert made.kind == "refund"


instants = st.datetimes(datetime(2026, 3, 10, 12), datetime(2026, 8, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(st.lists(st.tuples(st.integers(1, 100), st.integers(1, 60 * 24 * 60)), max_size=5), instants, instants)
def test_settling_later_gives_what_settling_twice_gives(
    holds: list[tuple[int, int]], one: datetime, other: datetime
) -> None:
    """Whether somebody looked in between changes no balance, but for grants that took an expired one's place."""
    first, last = sorted((one, other))
    made = tuple(
        OpenHold(f"h{number}", amount, (Draw("bought", amount),), NOON + timedelta(minutes=minutes))
        for number, (amount, minutes) in enumerate(holds)
    )
    purse = replace(PURSE, grants=(replace(MONTH, remaining_mc=12_345), BOUGHT), holds=made)
    at_once = settle(purse, last)
    between = settle(purse, first)
    after = settle(_applied(purse, between.changes, between.period), last)
    assert (after.available_mc, after.held_mc, after.period) == (
        at_once.available_mc,
        at_once.held_mc,
        at_once.period,
    )


def _applied(purse: Purse, changes: tuple[object, ...], period: Period) -> Purse:
    grants = {grant.id: grant for grant in purse.grants}
    ended = set()
    for change in changes:
        if isinstance(change, HoldRanOut):
            ended.add(change.hold.id)
            for draw in change.back:
                grant = grants[draw.grant_id]
                grants[draw.grant_id] = replace(grant, remaining_mc=grant.remaining_mc + draw.amount_mc)
        elif isinstance(change, GrantExpired):
            grants[change.grant_id] = replace(grants[change.grant_id], remaining_mc=0)
        elif isinstance(change, PeriodBegan):
            for new in change.grants:
                grants[new.key] = Grant(new.key, new.kind, new.amount_mc, new.expires_at, new.starts_at)
    left = tuple(hold for hold in purse.holds if hold.id not in ended)
    return replace(purse, grants=tuple(grants.values()), holds=left, period=period)
