"""The feed is right by construction: every rule of Apple and of PSP-1 that can be checked here is checked here."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from pathlib import Path
from xml.etree import ElementTree

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from donecast.feeds.rules import (
    FeedItem,
    FeedShow,
    TranscriptLink,
    build_feed,
    duration_seconds,
    last_changed,
)
from donecast.shows.rules import DESCRIPTION_BYTES_MAX, podcast_guid

GOLDEN = Path(__file__).parents[1] / "golden" / "feed.xml"
ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
PODCAST = "{https://podcastindex.org/namespace/1.0}"
ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}"

SHOW = FeedShow(
    title="The Allotment Hour",
    description="Two friends, *one* plot & the weather.\n\n<script>alert(1)</script>Every Thursday.",
    language="en-gb",
    category="Leisure",
    subcategory="Home & Garden",
    author="Margaret & Desmond",
    owner_name="Margaret Hale",
    owner_email="margaret@example.org",
    explicit=False,
    kind="episodic",
    website=None,
    copyright="Margaret Hale",
    cover_url="https://cast.example/covers/med_1.jpg",
    podcast_guid=podcast_guid("https://cast.example/shows/allotment/feed.xml"),
    locked=True,
    feed_url="https://cast.example/shows/allotment/feed.xml",
    page_url="https://cast.example/shows/allotment",
    changed_at=datetime(2026, 11, 21, 10, 30, 15, 987_654, tzinfo=UTC),
)

PAGE = "https://cast.example/shows/allotment/a-greenhouse"
ITEM = FeedItem(
    guid="ep_01greenhouse",
    title="A greenhouse for £40 <really>",
    notes="We build it from *three* shower doors.\n\n- [Plans](https://example.org/plans?a=1&b=2)\n- Screws ]]> nails",
    page_url=PAGE,
    published_at=datetime(2026, 11, 20, 8, 0, tzinfo=timezone(timedelta(hours=1))),
    enclosure_url="https://cast.example/listen/ep_01greenhouse/ren_1/a-greenhouse.mp3",
    enclosure_bytes=57_512_345,
    enclosure_type="audio/mpeg",
    duration_ms=3_594_400,
    season=2,
    number=42,
    kind="full",
    explicit=True,
    transcripts=(
        TranscriptLink(f"{PAGE}/transcript.vtt", "text/vtt", "en-gb"),
        TranscriptLink(f"{PAGE}/transcript.srt", "application/x-subrip", "en-gb"),
        TranscriptLink(f"{PAGE}/transcript.json", "application/json", "en-gb"),
    ),
    chapters_url=f"{PAGE}/chapters.json",
)
OLDER = replace(
    ITEM,
    guid="ep_00trailer",
    title="Trailer",
    notes="",
    page_url="https://cast.example/shows/allotment/trailer",
    published_at=datetime(2026, 11, 2, 7, 0, tzinfo=UTC),
    season=None,
    number=None,
    kind="trailer",
    explicit=None,
    transcripts=(),
    chapters_url=None,
)


def channel_of(feed: bytes) -> ElementTree.Element:
    channel = ElementTree.fromstring(feed).find("channel")
    assert channel is not None
    return channel


def text_of(element: ElementTree.Element, name: str) -> str:
    found = element.find(name)
    assert found is not None, name
    return found.text or ""


def attributes_of(element: ElementTree.Element, name: str) -> dict[str, str]:
    found = element.find(name)
    assert found is not None, name
    return found.attrib


def test_the_whole_feed_is_the_golden_one() -> None:
    """A change here is a change in what every podcast app reads: look at the difference, then replace the file."""
    assert build_feed(SHOW, [OLDER, ITEM]).decode() == GOLDEN.read_text()


def test_the_channel_says_all_that_apple_and_psp_1_ask() -> None:
    channel = channel_of(build_feed(SHOW, [ITEM]))
    assert text_of(channel, "title") == "The Allotment Hour"
    assert text_of(channel, "link") == SHOW.page_url
    assert text_of(channel, "language") == "en-gb"
    assert text_of(channel, "copyright") == "Margaret Hale"
    assert attributes_of(channel, f"{ATOM}link") == {
        "href": SHOW.feed_url,
        "rel": "self",
        "type": "application/rss+xml",
    }
    assert text_of(channel, f"{ITUNES}author") == "Margaret & Desmond"
    assert text_of(channel, f"{ITUNES}owner/{ITUNES}email") == "margaret@example.org"
    assert text_of(channel, f"{ITUNES}owner/{ITUNES}name") == "Margaret Hale"
    assert attributes_of(channel, f"{ITUNES}image") == {"href": SHOW.cover_url}
    assert text_of(channel, "image/url") == SHOW.cover_url
    assert text_of(channel, f"{ITUNES}explicit") == "false"
    assert text_of(channel, f"{ITUNES}type") == "episodic"
    assert text_of(channel, f"{PODCAST}guid") == SHOW.podcast_guid
    assert text_of(channel, f"{PODCAST}locked") == "yes"
    category = channel.find(f"{ITUNES}category")
    assert category is not None
    assert category.attrib == {"text": "Leisure"}
    assert attributes_of(category, f"{ITUNES}category") == {"text": "Home & Garden"}


def test_a_website_of_ones_own_is_the_link() -> None:
    channel = channel_of(build_feed(replace(SHOW, website="https://allotment.example", subcategory=None), []))
    assert text_of(channel, "link") == "https://allotment.example"
    assert text_of(channel, "image/link") == "https://allotment.example"
    assert len(channel.findall(f"{ITUNES}category/{ITUNES}category")) == 0


def test_the_item_says_all_that_apple_and_psp_1_ask() -> None:
    item = channel_of(build_feed(SHOW, [ITEM])).find("item")
    assert item is not None
    assert text_of(item, "title") == "A greenhouse for £40 <really>"
    assert text_of(item, "guid") == "ep_01greenhouse"
    assert attributes_of(item, "guid") == {"isPermaLink": "false"}
    assert text_of(item, "pubDate") == "Fri, 20 Nov 2026 07:00:00 GMT"
    assert attributes_of(item, "enclosure") == {
        "url": ITEM.enclosure_url,
        "length": "57512345",
        "type": "audio/mpeg",
    }
    assert text_of(item, f"{ITUNES}duration") == "3594"
    assert text_of(item, f"{ITUNES}explicit") == "true"
    assert text_of(item, f"{ITUNES}season") == "2"
    assert text_of(item, f"{ITUNES}episode") == "42"
    assert text_of(item, f"{ITUNES}episodeType") == "full"
    assert [link.attrib["type"] for link in item.findall(f"{PODCAST}transcript")] == [
        "text/vtt",
        "application/x-subrip",
        "application/json",
    ]
    assert attributes_of(item, f"{PODCAST}chapters") == {
        "url": ITEM.chapters_url,
        "type": "application/json+chapters",
    }
    notes = text_of(item, "description")
    assert '<a href="https://example.org/plans?a=1&amp;b=2">Plans</a>' in notes
    assert "Screws ]]&gt; nails" in notes


def test_an_item_without_its_own_settings_takes_those_of_the_show() -> None:
    item = channel_of(build_feed(replace(SHOW, explicit=True), [OLDER])).find("item")
    assert item is not None
    assert text_of(item, f"{ITUNES}explicit") == "true"
    assert attributes_of(item, f"{ITUNES}image") == {"href": SHOW.cover_url}
    for absent in (f"{ITUNES}season", f"{ITUNES}episode", f"{PODCAST}transcript", f"{PODCAST}chapters"):
        assert item.find(absent) is None


@pytest.mark.parametrize("missing", [{"enclosure_url": ""}, {"enclosure_bytes": 0}, {"duration_ms": 0}])
def test_an_item_without_audio_cannot_be_made(missing: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="no audio"):
        replace(ITEM, **missing)  # type: ignore[arg-type]


def test_the_newest_comes_first_and_order_in_does_not_matter() -> None:
    items = [replace(ITEM, guid=f"ep_{n}", published_at=ITEM.published_at - timedelta(days=n // 2)) for n in range(12)]
    shuffled = items[:]
    random.Random(7).shuffle(shuffled)
    assert build_feed(SHOW, shuffled) == build_feed(SHOW, items)
    dates = [
        parsedate_to_datetime(date.text or "")
        for date in channel_of(build_feed(SHOW, shuffled)).findall("item/pubDate")
    ]
    assert dates == sorted(dates, reverse=True)


def test_the_build_date_moves_with_the_content_alone() -> None:
    edited = SHOW.changed_at.replace(microsecond=0)
    assert last_changed(SHOW, []) == edited
    assert last_changed(SHOW, [ITEM, OLDER]) == edited
    channel = channel_of(build_feed(SHOW, [ITEM]))
    assert text_of(channel, "lastBuildDate") == "Sat, 21 Nov 2026 10:30:15 GMT"


def test_a_scheduled_episode_moves_the_build_date_when_it_goes_live() -> None:
    later = replace(ITEM, published_at=SHOW.changed_at + timedelta(days=3))
    assert last_changed(SHOW, [OLDER, later]) == later.published_at.replace(microsecond=0)


def test_a_show_without_episodes_is_still_a_feed() -> None:
    channel = channel_of(build_feed(SHOW, []))
    assert channel.find("item") is None
    assert channel.find("pubDate") is None


def test_long_notes_are_cut_in_the_description_and_whole_in_the_content() -> None:
    item = channel_of(build_feed(SHOW, [replace(ITEM, notes="Grün und **gut** ist das. " * 400)])).find("item")
    assert item is not None
    description, whole = text_of(item, "description"), text_of(item, f"{CONTENT}encoded")
    assert DESCRIPTION_BYTES_MAX - 40 < len(description.encode()) <= DESCRIPTION_BYTES_MAX
    assert description.endswith("…</p>")
    assert whole.count("Grün") == 400


def test_the_content_namespace_stands_there_only_when_it_is_used() -> None:
    assert b"xmlns:content" not in build_feed(SHOW, [ITEM])
    assert b"xmlns:content" in build_feed(SHOW, [replace(ITEM, notes="word " * 2000)])


@pytest.mark.parametrize(("title", "shown"), [("", "Untitled episode"), (" \x00\n ", "Untitled episode")])
def test_an_empty_title_does_not_break_the_feed(title: str, shown: str) -> None:
    item = channel_of(build_feed(SHOW, [replace(ITEM, title=title)])).find("item")
    assert item is not None
    assert text_of(item, "title") == shown


@pytest.mark.parametrize(("duration_ms", "seconds"), [(1, 1), (1_499, 1), (1_500, 2), (3_594_400, 3594)])
def test_durations_are_whole_seconds(duration_ms: int, seconds: int) -> None:
    assert duration_seconds(duration_ms) == seconds


@given(title=st.text(), notes=st.text(max_size=500), author=st.text())
def test_whatever_people_type_the_feed_stays_well_formed(title: str, notes: str, author: str) -> None:
    show = replace(SHOW, title=title, description=notes, author=author, copyright=title)
    feed = build_feed(show, [replace(ITEM, title=title, notes=notes)])
    channel = channel_of(feed)
    assert text_of(channel, f"{PODCAST}guid") == SHOW.podcast_guid
    assert len(channel.findall("item/enclosure")) == 1
    assert build_feed(show, [replace(ITEM, title=title, notes=notes)]) == feed


def test_a_real_reader_understands_it() -> None:
    parsed = feedparser.parse(build_feed(SHOW, [ITEM, OLDER]))
    assert not parsed.bozo
    first = parsed.entries[0]
    assert (first.id, first.itunes_duration, first.enclosures[0].length) == ("ep_01greenhouse", "3594", "57512345")
    assert "script" not in parsed.feed.description


def test_what_nobody_described_has_no_empty_description() -> None:
    channel = channel_of(build_feed(replace(SHOW, description=" "), [OLDER]))
    assert text_of(channel, "description") == "<p>The Allotment Hour</p>"
    assert channel.find("item/description") is None
