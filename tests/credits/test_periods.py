"""Periods: half-open months, leap days, the last of the month, and zones whose clocks jump."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from donecast.credits.rules.periods import Period, days_in, month_at, month_name, month_named, period_at


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_the_last_instant_of_a_month_belongs_to_it_alone() -> None:
    march, april = month_named("2026-03"), month_named("2026-04")
    for text in ("2026-03-31T23:59:59.999", "2026-03-31T23:59:59.999999"):
        assert utc(text) in march
        assert utc(text) not in april
    assert utc("2026-04-01T00:00:00") not in march
    assert utc("2026-04-01T00:00:00") in april
    assert march.end == april.start


@pytest.mark.parametrize(
    ("month", "days"),
    [("2026-02", 28), ("2028-02", 29), ("2000-02", 29), ("2100-02", 28), ("2026-04", 30), ("2026-12", 31)],
)
def test_months_have_their_days_leap_years_too(month: str, days: int) -> None:
    assert days_in(month_named(month)) == days


# Anchor, an instant, the period that it lies in.
_ANNIVERSARIES = [
    ("2026-01-31T10:00", "2026-02-28T09:59:59.999", "2026-01-31T10:00", "2026-02-28T10:00"),
    ("2026-01-31T10:00", "2026-02-28T10:00", "2026-02-28T10:00", "2026-03-31T10:00"),
    ("2026-01-31T10:00", "2026-04-30T10:00", "2026-04-30T10:00", "2026-05-31T10:00"),
    ("2028-01-31T00:00", "2028-02-29T12:00", "2028-02-29T00:00", "2028-03-31T00:00"),
    ("2028-02-29T00:00", "2029-02-28T00:00", "2029-02-28T00:00", "2029-03-29T00:00"),
    ("2028-02-29T00:00", "2032-02-29T00:00", "2032-02-29T00:00", "2032-03-29T00:00"),
    ("2026-03-10T08:30", "2026-03-10T08:30", "2026-03-10T08:30", "2026-04-10T08:30"),
    ("2026-12-15T00:00", "2027-01-14T23:59:59.999999", "2026-12-15T00:00", "2027-01-15T00:00"),
    ("2026-12-15T00:00", "2027-01-15T00:00", "2027-01-15T00:00", "2027-02-15T00:00"),
    ("2026-03-10T00:00", "2026-01-05T00:00", "2025-12-10T00:00", "2026-01-10T00:00"),
]


@pytest.mark.parametrize(("anchor", "instant", "start", "end"), _ANNIVERSARIES)
def test_an_anniversary_is_counted_from_the_first_day(anchor: str, instant: str, start: str, end: str) -> None:
    assert period_at(utc(instant), utc(anchor)) == Period(utc(start), utc(end))


# Where clocks jump: the zone, a local time on each side of the jump, the month in UTC.
_JUMPS = [
    ("America/New_York", "2026-03-08T01:59:59", "2026-03-08T03:00:00", "2026-03"),
    ("Europe/Berlin", "2026-03-29T01:59:59", "2026-03-29T03:00:00", "2026-03"),
    ("Europe/Berlin", "2026-10-25T02:59:59", "2026-10-25T03:00:00", "2026-10"),
    ("Australia/Lord_Howe", "2026-04-05T01:29:59", "2026-04-05T02:00:00", "2026-04"),
]


@pytest.mark.parametrize(("zone", "before", "after", "month"), _JUMPS)
def test_a_jump_of_the_clock_moves_no_period(zone: str, before: str, after: str, month: str) -> None:
    for text in (before, after):
        for fold in (0, 1):
            instant = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)
            assert month_at(instant) == month_named(month)
            assert month_name(instant) == month


@pytest.mark.parametrize(
    ("zone", "local", "month"),
    [
        ("America/Los_Angeles", "2026-10-31T17:00:00", "2026-11"),
        ("America/Los_Angeles", "2026-10-31T16:59:59", "2026-10"),
        ("Pacific/Auckland", "2026-04-01T12:00:00", "2026-03"),
        ("Pacific/Auckland", "2026-04-01T13:00:00", "2026-04"),
    ],
)
def test_months_are_those_of_utc_wherever_somebody_lives(zone: str, local: str, month: str) -> None:
    assert month_name(datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone))) == month


instants = st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


@given(instants, st.none() | instants)
def test_every_instant_lies_in_exactly_one_period(instant: datetime, anchor: datetime | None) -> None:
    period = period_at(instant, anchor)
    assert instant in period
    assert period_at(period.start, anchor) == period
    assert period_at(period.end, anchor).start == period.end
    assert period_at(period.end - timedelta(microseconds=1), anchor) == period
    assert 28 <= days_in(period) <= 31


def test_a_name_that_is_no_month_is_refused() -> None:
    with pytest.raises(ValueError, match=r"remains|match"):
        month_named("2026-13")
