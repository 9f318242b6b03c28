"""Use cases of feeds: what anyone may read about a show's live episodes, as whole texts."""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from donecast.core.chapters import chapters_json
from donecast.episodes import rules as episode_rules
from donecast.episodes import service as episodes
from donecast.episodes.rules import CAPTION_TYPES, EpisodeFacts, RenditionFacts
from donecast.feeds.errors import NothingToRead
from donecast.feeds.rules import (
    CHAPTERS_TYPE,
    FEED_TYPE,
    FeedItem,
    FeedShow,
    TranscriptLink,
    build_feed,
    caption_formats,
    captions_path,
    chapters_path,
    last_changed,
)
from donecast.shows import rules as show_rules
from donecast.shows import service as shows
from donecast.shows.rules import ShowFacts


@dataclass(frozen=True, slots=True)
class PublicText:
    """A text for everybody: its bytes, its media type, and when it last changed where that is known."""

    body: bytes
    media_type: str
    changed_at: datetime | None = None


def feed(session: Session, base_url: str, slug: str, now: datetime) -> PublicText:
    """The feed of the show at an address, with what is live now. Raises NoSuchShow."""
    facts = shows.show_by_slug(session, slug)
    show = _feed_show(base_url, facts)
    items = [
        _feed_item(base_url, facts, episode, episode.rendition, has_chapters=bool(episodes.chapters(session, episode)))
        for episode in episodes.live_episodes(session, facts.id, now)
        if episode.rendition is not None and episode.published_at is not None
    ]
    return PublicText(build_feed(show, items), FEED_TYPE, last_changed(show, items))


def captions(session: Session, slug: str, episode_slug: str, name: str, now: datetime) -> PublicText:
    """A live episode's transcript in a format of `PUBLIC_CAPTIONS`.

    Raises NoSuchShow, NoSuchEpisode, and NothingToRead without a transcript that its owner lets everybody see.
    """
    episode = _live(session, slug, episode_slug, now)
    for caption_format in caption_formats(episode):
        if caption_format == name:
            body = episodes.captions(session, episode, caption_format).encode()
            return PublicText(body, CAPTION_TYPES[caption_format])
    raise NothingToRead


def chapters(session: Session, slug: str, episode_slug: str, now: datetime) -> PublicText:
    """A live episode's chapters document. Raises NoSuchShow, NoSuchEpisode, and NothingToRead without chapters."""
    found = episodes.chapters(session, _live(session, slug, episode_slug, now))
    if not found:
        raise NothingToRead
    body = json.dumps(chapters_json(found), ensure_ascii=False).encode()
    return PublicText(body, CHAPTERS_TYPE)


def _live(session: Session, slug: str, episode_slug: str, now: datetime) -> EpisodeFacts:
    show = shows.show_by_slug(session, slug)
    return episodes.live_episode_by_slug(session, show.id, episode_slug, now)


def _feed_show(base_url: str, facts: ShowFacts) -> FeedShow:
    return FeedShow(
        title=facts.title,
        description=facts.description,
        language=facts.language,
        category=facts.category,
        subcategory=facts.subcategory,
        author=facts.author,
        owner_name=facts.owner_name,
        owner_email=facts.owner_email,
        explicit=facts.explicit,
        kind=facts.kind,
        website=facts.website,
        copyright=facts.copyright,
        cover_url=show_rules.cover_url(base_url, facts.id, facts.cover),
        podcast_guid=facts.podcast_guid,
        locked=facts.locked,
        feed_url=show_rules.feed_url(base_url, facts.slug),
        page_url=show_rules.page_url(base_url, facts.slug),
        changed_at=facts.feed_changed_at,
    )


def _feed_item(
    base_url: str, show: ShowFacts, episode: EpisodeFacts, rendition: RenditionFacts, *, has_chapters: bool
) -> FeedItem:
    page_url = episode_rules.page_url(base_url, show.slug, episode.slug)
    language = episode.transcript.language if episode.transcript else show.language
    return FeedItem(
        guid=episode.guid,
        title=episode.title,
        notes=episode.notes,
        page_url=page_url,
        published_at=episode.published_at or rendition.made_at,
        enclosure_url=episode_rules.enclosure_url(base_url, episode, rendition),
        enclosure_bytes=rendition.length_bytes,
        enclosure_type=rendition.audio_type,
        duration_ms=rendition.duration_ms,
        season=episode.season,
        number=episode.number,
        kind=episode.kind,
        explicit=episode.explicit,
        transcripts=tuple(
            TranscriptLink(captions_path(page_url, name), CAPTION_TYPES[name].partition(";")[0], language)
            for name in caption_formats(episode)
        ),
        chapters_url=chapters_path(page_url) if has_chapters else None,
    )
