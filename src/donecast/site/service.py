"""Use cases of the site: what a page shows of a show and its live episodes."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from donecast.episodes import rules as episode_rules
from donecast.episodes import service as episodes
from donecast.episodes.errors import NoSuchEpisode
from donecast.episodes.rules import EpisodeFacts, RenditionFacts
from donecast.feeds.markup import cut_text, notes_html, plain_text
from donecast.feeds.rules import caption_formats, captions_path
from donecast.shows import rules as show_rules
from donecast.shows import service as shows
from donecast.shows.rules import ShowFacts
from donecast.site.rules import ChapterLine, EpisodeView, Paragraph, ShowView, paragraphs

SUMMARY_CHARACTERS_MAX = 200
"""What search engines and messengers show of a description."""

_HERE = ""
"""In front of an address on our own pages: nothing, so that they work under whatever name the server is reached."""


def show_with_episodes(
    session: Session, base_url: str, slug: str, now: datetime
) -> tuple[ShowView, tuple[EpisodeView, ...]]:
    """A show and its live episodes, newest first, without chapters and transcripts. Raises NoSuchShow."""
    show = shows.show_by_slug(session, slug)
    views = tuple(
        _episode_view(show, episode, episode.rendition)
        for episode in episodes.live_episodes(session, show.id, now)
        if episode.rendition is not None
    )
    return _show_view(base_url, show), views


def episode_with_texts(
    session: Session, base_url: str, slug: str, episode_slug: str, now: datetime
) -> tuple[ShowView, EpisodeView]:
    """A live episode with its chapters and its transcript. Raises NoSuchShow, NoSuchEpisode."""
    show = shows.show_by_slug(session, slug)
    episode = episodes.live_episode_by_slug(session, show.id, episode_slug, now)
    if episode.rendition is None:
        raise NoSuchEpisode
    lines = tuple(ChapterLine(chapter.start_ms, chapter.title) for chapter in episodes.chapters(session, episode))
    spoken: tuple[Paragraph, ...] = ()
    if caption_formats(episode):
        spoken = paragraphs(word for word in episodes.finished_words(session, episode) if word.kind == "word")
    return _show_view(base_url, show), _episode_view(show, episode, episode.rendition, lines, spoken)


def _show_view(base_url: str, show: ShowFacts) -> ShowView:
    description = notes_html(show.description)
    return ShowView(
        base_url=base_url,
        title=show.title,
        description_html=description,
        summary=cut_text(plain_text(description) or show.title, SUMMARY_CHARACTERS_MAX),
        author=show.author,
        language=show.language,
        website=show.website,
        podcast_guid=show.podcast_guid,
        page_path=show_rules.page_url(_HERE, show.slug),
        feed_path=show_rules.feed_url(_HERE, show.slug),
        cover_path=show_rules.cover_url(_HERE, show.id, show.cover),
    )


def _episode_view(
    show: ShowFacts,
    episode: EpisodeFacts,
    rendition: RenditionFacts,
    chapters: tuple[ChapterLine, ...] = (),
    spoken: tuple[Paragraph, ...] = (),
) -> EpisodeView:
    notes = notes_html(episode.notes)
    page_path = episode_rules.page_url(_HERE, show.slug, episode.slug)
    return EpisodeView(
        title=episode.title,
        notes_html=notes,
        summary=cut_text(plain_text(notes), SUMMARY_CHARACTERS_MAX),
        page_path=page_path,
        published_at=(episode.published_at or rendition.made_at).astimezone(ZoneInfo(show.time_zone)),
        duration_ms=rendition.duration_ms,
        audio_path=episode_rules.enclosure_url(_HERE, episode, rendition),
        audio_type=rendition.audio_type,
        audio_bytes=rendition.length_bytes,
        season=episode.season,
        number=episode.number,
        kind=episode.kind,
        explicit=show.explicit if episode.explicit is None else episode.explicit,
        chapters=chapters,
        paragraphs=spoken,
        transcript_paths=tuple((name, captions_path(page_path, name)) for name in caption_formats(episode)),
    )
