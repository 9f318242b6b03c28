"""Periods: calendar months in UTC, or months from a subscription's first instant. The end belongs to the next one."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Period:
    """From ``start`` up to, and without, ``end``; both in UTC."""

    start: datetime
    end: datetime

    def __contains__(self, instant: datetime) -> bool:
        return self.start <= instant < self.end


def period_at(instant: datetime, anchor: datetime | None) -> Period:
    """The period that an instant lies in: the month in UTC; with an anchor, the month since an anniversary of it."""
    if anchor is None:
        return month_at(instant)
    here = instant.astimezone(UTC)
    first = anchor.astimezone(UTC)
    months = (here.year - first.year) * 12 + here.month - first.month
    if _months_after(first, months) > here:
        months -= 1
    return Period(_months_after(first, months), _months_after(first, months + 1))


def month_at(instant: datetime) -> Period:
    """The calendar month in UTC."""
    start = instant.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return Period(start, _months_after(start, 1))


def month_named(name: str) -> Period:
    """The calendar month of a name such as ``2026-03``. Raises ValueError."""
    return month_at(datetime.strptime(name, "%Y-%m").replace(tzinfo=UTC))


def month_name(instant: datetime) -> str:
    """The name of the calendar month in UTC."""
    return f"{instant.astimezone(UTC):%Y-%m}"


def days_in(period: Period) -> int:
    """How many days a calendar month has."""
    return (period.end - period.start).days


def _months_after(first: datetime, months: int) -> datetime:
    """The same day of a later month, or the last that it has; always counted from the first, so that 31 stays 31."""
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    day = min(first.day, monthrange(year, month + 1)[1])
    return first.replace(year=year, month=month + 1, day=day)
