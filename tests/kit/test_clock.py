"""Instants from elsewhere: whatever their time zone, they are in UTC or refused."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from donecast.kit.clock import EARLIEST, LATEST, in_utc

ZONES = st.one_of(st.none(), st.integers(-1439, 1439).map(lambda m: timezone(timedelta(minutes=m))))


@given(st.datetimes(timezones=ZONES))
def test_an_instant_is_told_in_utc_or_refused(instant: datetime) -> None:
    try:
        told = in_utc(instant)
    except ValueError:
        utc = instant.replace(tzinfo=instant.tzinfo or UTC)
        assert utc < EARLIEST or utc >= LATEST
    else:
        assert told.tzinfo is UTC
        assert told == instant.replace(tzinfo=instant.tzinfo or UTC)
        told.astimezone(ZoneInfo("Pacific/Kiritimati"))


@pytest.mark.parametrize("text", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "9000-01-01", "1969-12-31"])
def test_what_no_calendar_of_ours_holds_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match="must lie in the years 1970 to 8999"):
        in_utc(datetime.fromisoformat(text))
