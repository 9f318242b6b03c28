"""What a page shows, as values: addresses, sentences, paragraphs of the transcript, data for search engines."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from donecast.core.words import Word

PARAGRAPH_WORDS_MIN = 60
"""A paragraph of one voice ends at the first sentence end after so many words."""

PARAGRAPH_WORDS_MAX = 140
"""And after so many words in any case: basic transcripts have no sentence ends."""

PARAGRAPH_PAUSE_MS = 2_000
"""A silence of this length starts a new paragraph."""

_SENTENCE_END = (".", "!", "?", "…", '."', '?"', '!"', ".”", "?”", "!”")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A stretch of the transcript in finished time: where it starts, who speaks (None when unknown), what is said."""

    start_ms: int
    speaker: str | None
    text: str


@dataclass(frozen=True, slots=True)
class ChapterLine:
    """One line of the chapter list, in finished time."""

    start_ms: int
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowView:
    """What pages say about a show. Paths begin with a slash; ``base_url`` makes them whole where that is due."""

    base_url: str
    title: str
    description_html: str
    summary: str
    author: str
    language: str
    website: str | None
    podcast_guid: str
    page_path: str
    feed_path: str
    cover_path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeView:
    """What pages say about a live episode. ``published_at`` is in the show's own time zone."""

    title: str
    notes_html: str
    summary: str
    page_path: str
    published_at: datetime
    duration_ms: int
    audio_path: str
    audio_type: str
    audio_bytes: int
    season: int | None
    number: int | None
    kind: str
    explicit: bool
    chapters: tuple[ChapterLine, ...] = ()
    paragraphs: tuple[Paragraph, ...] = ()
    transcript_paths: tuple[tuple[str, str], ...] = ()
    """Pairs of a format's name (``vtt``, ``srt``, ``json``) and its path; empty without a transcript."""

    @property
    def captions_path(self) -> str | None:
        """Where the WebVTT captions are, or None."""
        return dict(self.transcript_paths).get("vtt")


def paragraphs(words: Iterable[Word]) -> tuple[Paragraph, ...]:
    """The words as readable paragraphs: a new one for another voice, after a long silence, or when one grew long."""
    finished: list[Paragraph] = []
    current: list[Word] = []
    for word in words:
        if current and _starts_new(current, word):
            finished.append(_paragraph(current))
            current = []
        current.append(word)
    if current:
        finished.append(_paragraph(current))
    return tuple(finished)


def _starts_new(current: Sequence[Word], word: Word) -> bool:
    last = current[-1]
    if word.speaker != last.speaker or word.start_ms - last.end_ms >= PARAGRAPH_PAUSE_MS:
        return True
    if len(current) >= PARAGRAPH_WORDS_MAX:
        return True
    return len(current) >= PARAGRAPH_WORDS_MIN and last.text.endswith(_SENTENCE_END)


def _paragraph(words: Sequence[Word]) -> Paragraph:
    return Paragraph(words[0].start_ms, words[0].speaker, " ".join(word.text for word in words))


def clock_time(instant_ms: int) -> str:
    """A place in the audio as people write it: ``3:06``, ``1:02:09``."""
    minutes, seconds = divmod(instant_ms // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def length_in_words(duration_ms: int) -> str:
    """A length as people say it, rounded to what matters: ``45 seconds``, ``59 minutes``, ``1 hour 2 minutes``."""
    seconds = max(1, (duration_ms + 500) // 1000)
    if seconds < 60:
        return _count(seconds, "second")
    minutes = (seconds + 30) // 60
    if minutes < 60:
        return _count(minutes, "minute")
    hours, minutes = divmod(minutes, 60)
    return _count(hours, "hour") + (f" {_count(minutes, 'minute')}" if minutes else "")


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def date_in_words(instant: datetime) -> str:
    """The day as people write it: ``20 November 2026``."""
    return f"{instant.day} {instant:%B} {instant.year}"


def duration_iso(duration_ms: int) -> str:
    """The length in the form of ISO 8601, for search engines: ``PT59M54S``."""
    minutes, seconds = divmod(max(1, (duration_ms + 500) // 1000), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "H"), (minutes, "M"), (seconds, "S")]
    return "PT" + "".join(f"{number}{unit}" for number, unit in parts if number)


def number_line(episode: EpisodeView) -> str | None:
    """How the episode is numbered: ``Season 2, episode 42``, ``Episode 42``, ``Trailer``, ``Bonus`` or nothing."""
    if episode.kind in ("trailer", "bonus"):
        return episode.kind.capitalize()
    if episode.number is None:
        return f"Season {episode.season}" if episode.season else None
    return f"Season {episode.season}, episode {episode.number}" if episode.season else f"Episode {episode.number}"


def series_data(show: ShowView) -> dict[str, Any]:
    """schema.org PodcastSeries of the show."""
    return {
        "@context": "https://schema.org",
        "@type": "PodcastSeries",
        "name": show.title,
        "url": show.base_url + show.page_path,
        "webFeed": show.base_url + show.feed_path,
        "image": show.base_url + show.cover_path,
        "description": show.summary,
        "author": {"@type": "Person", "name": show.author},
        "inLanguage": show.language,
        "identifier": f"urn:uuid:{show.podcast_guid}",
    }


def episode_data(show: ShowView, episode: EpisodeView) -> dict[str, Any]:
    """schema.org PodcastEpisode of the episode."""
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "PodcastEpisode",
        "name": episode.title,
        "url": show.base_url + episode.page_path,
        "datePublished": episode.published_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "duration": duration_iso(episode.duration_ms),
        "description": episode.summary,
        "inLanguage": show.language,
        "isFamilyFriendly": not episode.explicit,
        "associatedMedia": {
            "@type": "AudioObject",
            "contentUrl": show.base_url + episode.audio_path,
            "encodingFormat": episode.audio_type,
            "contentSize": str(episode.audio_bytes),
            "duration": duration_iso(episode.duration_ms),
            **({"transcript": show.base_url + episode.captions_path} if episode.captions_path else {}),
        },
        "partOfSeries": {
            "@type": "PodcastSeries",
            "name": show.title,
            "url": show.base_url + show.page_path,
            "webFeed": show.base_url + show.feed_path,
        },
    }
    if episode.number is not None:
        data["episodeNumber"] = episode.number
    if episode.season is not None:
        data["partOfSeason"] = {"@type": "PodcastSeason", "seasonNumber": episode.season}
    return data
