"""What a correct feed is: frozen values in, RSS bytes out, the same bytes for the same values.

After RSS 2.0, the Podcast Standards Project's PSP-1, Apple's podcast requirements and the Podcasting 2.0 namespace.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

from donecast.episodes.rules import CaptionFormat, EpisodeFacts, EpisodeKind
from donecast.feeds.markup import XmlWriter, cut_html, notes_html, one_line
from donecast.shows.rules import DESCRIPTION_BYTES_MAX, ShowKind

FEED_TYPE = "application/rss+xml; charset=utf-8"
CHAPTERS_TYPE = "application/json+chapters"
UNTITLED = "Untitled episode"

PUBLIC_CAPTIONS: tuple[CaptionFormat, ...] = ("vtt", "srt", "json")
"""The forms in which a transcript is public, the most useful first."""

_NAMESPACES = {
    "xmlns:itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "xmlns:podcast": "https://podcastindex.org/namespace/1.0",
    "xmlns:atom": "http://www.w3.org/2005/Atom",
}
_CONTENT_NAMESPACE = {"xmlns:content": "http://purl.org/rss/1.0/modules/content/"}


@dataclass(frozen=True, slots=True)
class TranscriptLink:
    """One form of an episode's transcript: absolute address, media type, BCP 47 language."""

    url: str
    type: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedShow:
    """What the channel says. ``description`` is Markdown; addresses are absolute.

    ``changed_at`` (aware) is the last time that anything in the feed was edited, an episode taken back included.
    """

    title: str
    description: str
    language: str
    category: str
    subcategory: str | None
    author: str
    owner_name: str
    owner_email: str
    explicit: bool
    kind: ShowKind
    website: str | None
    copyright: str | None
    cover_url: str
    podcast_guid: str
    locked: bool
    feed_url: str
    page_url: str
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedItem:
    """One live episode. ``notes`` is Markdown; ``enclosure_bytes`` and ``duration_ms`` are those of the stored file.

    Raises ValueError without audio (no address, no bytes, no length): such an episode must never reach a feed.
    """

    guid: str
    title: str
    notes: str
    page_url: str
    published_at: datetime
    enclosure_url: str
    enclosure_bytes: int
    enclosure_type: str
    duration_ms: int
    season: int | None = None
    number: int | None = None
    kind: EpisodeKind = "full"
    explicit: bool | None = None
    image_url: str | None = None
    transcripts: tuple[TranscriptLink, ...] = ()
    chapters_url: str | None = None

    def __post_init__(self) -> None:
        if not self.enclosure_url or self.enclosure_bytes <= 0 or self.duration_ms <= 0:
            raise ValueError(f"episode {self.guid!r} has no audio and cannot stand in a feed")


def caption_formats(episode: EpisodeFacts) -> tuple[CaptionFormat, ...]:
    """The forms in which everybody may read what is said in the episode: all, or none.

    None without words for the finished audio, and none while they are not good enough for the owner to show.
    """
    has_words = episode.rendition is not None and episode.rendition.transcript_id is not None
    return PUBLIC_CAPTIONS if has_words and episode.captions_public else ()


def captions_path(page: str, caption_format: CaptionFormat) -> str:
    """Where the transcript is, next to the episode's page."""
    return f"{page}/transcript.{caption_format}"


def chapters_path(page: str) -> str:
    """Where the chapters are, next to the episode's page."""
    return f"{page}/chapters.json"


def last_changed(show: FeedShow, items: Iterable[FeedItem]) -> datetime:
    """When the feed last changed, in whole seconds: its last edit, or the moment a scheduled episode went live."""
    instants = [show.changed_at, *(item.published_at for item in items)]
    return max(instants).astimezone(UTC).replace(microsecond=0)


def build_feed(show: FeedShow, items: Iterable[FeedItem]) -> bytes:
    """The whole feed, newest episode first; equal values give equal bytes, whatever the clock says."""
    newest_first = sorted(items, key=lambda item: (item.published_at, item.guid), reverse=True)
    described = [(item, notes_html(item.notes)) for item in newest_first]
    long_notes = any(len(html.encode()) > DESCRIPTION_BYTES_MAX for _, html in described)
    writer = XmlWriter()
    writer.open("rss", {"version": "2.0", **_NAMESPACES, **(_CONTENT_NAMESPACE if long_notes else {})})
    writer.open("channel")
    _write_channel(writer, show, newest_first)
    for item, html in described:
        _write_item(writer, show, item, html)
    writer.close()
    writer.close()
    return writer.document()


def _write_channel(writer: XmlWriter, show: FeedShow, newest_first: list[FeedItem]) -> None:
    link = show.website or show.page_url
    writer.text("title", show.title)
    writer.empty("atom:link", {"href": show.feed_url, "rel": "self", "type": "application/rss+xml"})
    writer.text("link", link)
    description = notes_html(show.description) or notes_html(show.title)  # Apple refuses a show without one
    writer.html("description", cut_html(description, DESCRIPTION_BYTES_MAX))
    writer.text("language", show.language)
    if show.copyright:
        writer.text("copyright", show.copyright)
    if newest_first:
        writer.text("pubDate", _date(newest_first[0].published_at))
    writer.text("lastBuildDate", _date(last_changed(show, newest_first)))
    writer.text("generator", "DoneCast")
    writer.open("image")
    writer.text("url", show.cover_url)
    writer.text("title", show.title)
    writer.text("link", link)
    writer.close()
    writer.text("itunes:author", show.author)
    writer.open("itunes:owner")
    writer.text("itunes:name", show.owner_name)
    writer.text("itunes:email", show.owner_email)
    writer.close()
    writer.empty("itunes:image", {"href": show.cover_url})
    if show.subcategory:
        writer.open("itunes:category", {"text": show.category})
        writer.empty("itunes:category", {"text": show.subcategory})
        writer.close()
    else:
        writer.empty("itunes:category", {"text": show.category})
    writer.text("itunes:explicit", _truth(show.explicit))
    writer.text("itunes:type", show.kind)
    writer.text("podcast:guid", show.podcast_guid)
    writer.text("podcast:locked", "yes" if show.locked else "no", {"owner": show.owner_email})
    writer.text("podcast:medium", "podcast")


def _write_item(writer: XmlWriter, show: FeedShow, item: FeedItem, html: str) -> None:
    description = cut_html(html, DESCRIPTION_BYTES_MAX)
    writer.open("item")
    writer.text("title", one_line(item.title) or UNTITLED)
    writer.text("guid", item.guid, {"isPermaLink": "false"})
    writer.text("link", item.page_url)
    writer.text("pubDate", _date(item.published_at))
    if description:
        writer.html("description", description)
    if description != html:
        writer.html("content:encoded", html)
    writer.empty(
        "enclosure",
        {"url": item.enclosure_url, "length": str(item.enclosure_bytes), "type": item.enclosure_type},
    )
    writer.text("itunes:duration", str(duration_seconds(item.duration_ms)))
    writer.text("itunes:explicit", _truth(show.explicit if item.explicit is None else item.explicit))
    writer.empty("itunes:image", {"href": item.image_url or show.cover_url})
    if item.season:
        writer.text("itunes:season", str(item.season))
    if item.number:
        writer.text("itunes:episode", str(item.number))
    writer.text("itunes:episodeType", item.kind)
    for transcript in item.transcripts:
        writer.empty(
            "podcast:transcript",
            {"url": transcript.url, "type": transcript.type, "language": transcript.language, "rel": "captions"},
        )
    if item.chapters_url:
        writer.empty("podcast:chapters", {"url": item.chapters_url, "type": CHAPTERS_TYPE})
    writer.close()


def duration_seconds(duration_ms: int) -> int:
    """Whole seconds as apps show them: rounded to the nearest, never less than one."""
    return max(1, (duration_ms + 500) // 1000)


def _date(instant: datetime) -> str:
    """RFC 2822 with a zone."""
    return format_datetime(instant.astimezone(UTC).replace(microsecond=0), usegmt=True)


def _truth(value: bool) -> str:
    return "true" if value else "false"
