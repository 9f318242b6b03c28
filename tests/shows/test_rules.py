"""What a feed allows a show to say, its addresses, and the weekly slot over both changes of summer time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from donecast.shows.errors import ShowInvalid
from donecast.shows.rules import (
    DESCRIPTION_BYTES_MAX,
    Cover,
    ShowDraft,
    Slot,
    checked,
    cover_url,
    feed_url,
    next_slot,
    podcast_guid,
    slot_of,
    slugs,
)

DRAFT = ShowDraft(
    title="  The   Allotment Hour ",
    description="Beans.\n",
    language="en",
    category="Leisure",
    subcategory="Home & Garden",
    author="",
    owner_name="Ann",
    owner_email="ann@example.com",
    explicit=False,
    kind="episodic",
    website=None,
    copyright=" ",
    locked=True,
    time_zone="Europe/London",
    slot=None,
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("address", "guid"),
    [
        ("podnews.net/rss", "9b024349-ccf0-5f69-a609-6b82873eab3c"),
        ("https://podnews.net/rss/", "9b024349-ccf0-5f69-a609-6b82873eab3c"),
        ("mp3s.nashownotes.com/pc20rss.xml", "917393e3-1b1e-5cef-ace4-edaa54e1f810"),
        ("http://mp3s.nashownotes.com/pc20rss.xml//", "917393e3-1b1e-5cef-ace4-edaa54e1f810"),
    ],
)
def test_the_podcast_guid_is_the_published_one(address: str, guid: str) -> None:
    assert podcast_guid(address) == guid


@pytest.mark.parametrize(
    ("title", "names"),
    [
        ("The Allotment Hour", ["the-allotment-hour", "the-allotment-hour-2", "the-allotment-hour-3"]),
        ("Ann's  Café & Bar!", ["anns-cafe-bar", "anns-cafe-bar-2", "anns-cafe-bar-3"]),
        ("日本語", ["show", "show-2", "show-3"]),
        ("x" * 100, ["x" * 60, "x" * 60 + "-2", "x" * 60 + "-3"]),
    ],
)
def test_a_title_becomes_an_address(title: str, names: list[str]) -> None:
    assert list(islice(slugs(title), 3)) == names


def test_addresses_are_built_from_the_public_one() -> None:
    assert feed_url("https://cast.example", "beans") == "https://cast.example/shows/beans/feed.xml"
    cover = Cover("0123456789abcdef", "image/png", 3000)
    assert cover_url("https://cast.example", "show_1", cover) == "https://cast.example/covers/show_1/01234567.png"


def test_a_draft_is_tidied() -> None:
    show = checked(DRAFT)
    assert (show.title, show.description, show.author, show.copyright) == (
        "The Allotment Hour",
        "Beans.",
        "The Allotment Hour",
        None,
    )


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"title": " \n "}, "title", "Your show needs a title."),
        ({"title": "x" * 201}, "title", "This title is longer than 200 characters."),
        ({"description": "é" * 2001}, "description", "The description is about 2 characters longer"),
        ({"category": "Gardening"}, "category", "Podcast apps do not know this category."),
        ({"subcategory": "Beans"}, "subcategory", "Podcast apps do not know this subcategory of Leisure."),
        ({"language": "english"}, "language", "This language code is not known."),
        ({"time_zone": "Europe/Nowhere"}, "time_zone", "This time zone is not known."),
        ({"time_zone": "../../etc/passwd"}, "time_zone", "This time zone is not known."),
        ({"website": "allotment"}, "website", "This does not look like a web address."),
        ({"website": "javascript:alert(1)"}, "website", "This does not look like a web address."),
        ({"website": "http://[half"}, "website", "This does not look like a web address."),
    ],
)
def test_what_a_feed_cannot_carry_gets_a_sentence(change: dict[str, str], field: str, sentence: str) -> None:
    with pytest.raises(ShowInvalid) as refused:
        checked(replace(DRAFT, **change))  # type: ignore[arg-type]
    assert refused.value.message.startswith(sentence)
    assert refused.value.details == {"field": field}
    assert refused.value.action.endswith((".", "!"))


def test_the_description_may_be_exactly_as_long_as_apple_takes() -> None:
    text = "é" * (DESCRIPTION_BYTES_MAX // 2)
    assert checked(replace(DRAFT, description=text)).description == text


@pytest.mark.parametrize("clock_time", ["7:00", "24:00", "07:60", "", "seven", "07:00:00"])
def test_a_slot_needs_a_time_of_day(clock_time: str) -> None:
    with pytest.raises(ShowInvalid):
        slot_of(0, clock_time)


@pytest.mark.parametrize("weekday", [-1, 7])
def test_a_slot_needs_a_day_of_the_week(weekday: int) -> None:
    with pytest.raises(ShowInvalid):
        slot_of(weekday, "07:00")


def test_the_slot_keeps_the_wall_clock_over_the_changes_of_summer_time() -> None:
    monday_at_seven = slot_of(0, "07:00")
    assert next_slot(monday_at_seven, "Europe/London", utc("2026-03-24T12:00")) == utc("2026-03-30T06:00")
    assert next_slot(monday_at_seven, "Europe/London", utc("2026-03-20T12:00")) == utc("2026-03-23T07:00")
    assert next_slot(monday_at_seven, "Europe/London", utc("2026-10-20T12:00")) == utc("2026-10-26T07:00")
    assert next_slot(monday_at_seven, "Europe/London", utc("2026-10-16T12:00")) == utc("2026-10-19T06:00")


def test_a_time_that_the_clocks_skip_comes_as_much_later() -> None:
    """On 29 March 2026 Berlin has no 02:30; read with the offset before, it is 03:30 summer time."""
    sunday_half_past_two = Slot(6, 2, 30)
    moment = next_slot(sunday_half_past_two, "Europe/Berlin", utc("2026-03-28T00:00"))
    assert moment == utc("2026-03-29T01:30")
    assert moment.astimezone(ZoneInfo("Europe/Berlin")).strftime("%H:%M") == "03:30"
    assert next_slot(sunday_half_past_two, "Europe/Berlin", moment) == utc("2026-04-05T00:30")


def test_of_a_time_that_comes_twice_the_first_is_meant_and_only_once() -> None:
    """On 25 October 2026 Berlin has 02:30 at 00:30 and at 01:30 UTC."""
    sunday_half_past_two = Slot(6, 2, 30)
    moment = next_slot(sunday_half_past_two, "Europe/Berlin", utc("2026-10-24T12:00"))
    assert moment == utc("2026-10-25T00:30")
    assert next_slot(sunday_half_past_two, "Europe/Berlin", moment) == utc("2026-11-01T01:30")
    assert next_slot(sunday_half_past_two, "Europe/Berlin", utc("2026-10-25T01:00")) == utc("2026-11-01T01:30")


def test_the_moment_itself_is_not_later_than_itself() -> None:
    moment = utc("2026-06-01T07:00")
    assert next_slot(Slot(0, 7, 0), "UTC", moment) == utc("2026-06-08T07:00")
    assert next_slot(Slot(0, 7, 0), "UTC", moment - timedelta(seconds=1)) == moment


def test_the_day_is_the_day_of_the_zone() -> None:
    """Sunday 23:00 UTC is already Monday in Auckland."""
    assert next_slot(Slot(0, 7, 0), "Pacific/Auckland", utc("2026-06-07T18:00")) == utc("2026-06-07T19:00")


def test_a_slot_that_is_taken_is_passed_over() -> None:
    taken = [utc("2026-06-01T07:00"), utc("2026-06-08T07:00").astimezone(ZoneInfo("Asia/Tokyo"))]
    assert next_slot(Slot(0, 7, 0), "UTC", utc("2026-05-30T00:00"), taken) == utc("2026-06-15T07:00")


@given(
    slot=st.builds(Slot, st.integers(0, 6), st.integers(0, 23), st.integers(0, 59)),
    zone=st.sampled_from(["UTC", "Europe/London", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu"]),
    after=st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_the_next_slot_is_later_within_eight_days_and_on_its_weekday(slot: Slot, zone: str, after: datetime) -> None:
    moment = next_slot(slot, zone, after)
    assert after < moment <= after + timedelta(days=8)
    local = moment.astimezone(ZoneInfo(zone))
    assert local.weekday() == slot.weekday or local.hour == 0, "only a gap at midnight may move the day"
