"""What is there to be heard and read: for everybody what is live, for the owner what is finished."""

import json
from datetime import datetime

from sqlalchemy.orm import Session

from donecast.core import captions as core_captions
from donecast.core.chapters import Chapter
from donecast.core.speakers import named
from donecast.core.words import Word
from donecast.episodes import repository
from donecast.episodes.errors import NoAudioYet, NoSuchEpisode, NoTranscriptYet
from donecast.episodes.layout import layout_from_json
from donecast.episodes.rules import CaptionFormat, EpisodeFacts, RenditionFacts, chapters_from_json
from donecast.episodes.service.rows import facts, facts_of_found, value_of
from donecast.transcripts import service as transcripts
from donecast.transcripts.rules import Heard


def live_episodes(session: Session, show_id: str, now: datetime) -> list[EpisodeFacts]:
    """The show's live episodes, newest first."""
    return facts(session, repository.live_episodes(session, show_id, now))


def live_count(session: Session, now: datetime) -> int:
    """How many episodes of all shows are live."""
    return repository.live_count(session, now)


def live_episode_by_slug(session: Session, show_id: str, slug: str, now: datetime) -> EpisodeFacts:
    """The show's live episode at an address. Raises NoSuchEpisode."""
    return facts_of_found(session, repository.live_episode_by_slug(session, show_id, slug, now))


def live_rendition(session: Session, episode_id: str, rendition_id: str, now: datetime) -> RenditionFacts:
    """A rendition of a live episode, also an earlier one, for its address is in the world. Raises NoSuchEpisode."""
    if repository.live_episode(session, episode_id, now) is None:
        raise NoSuchEpisode
    row = repository.rendition(session, episode_id, rendition_id)
    if row is None:
        raise NoSuchEpisode
    return value_of(RenditionFacts, row)


def heard(session: Session, episode: EpisodeFacts) -> Heard:
    """The words and pauses of the recording, in its own time. Raises NoTranscriptYet."""
    if episode.transcript is None:
        raise NoTranscriptYet
    return transcripts.heard(session, episode.transcript.id)


def finished_words(session: Session, episode: EpisodeFacts) -> tuple[Word, ...]:
    """All words of the finished audio in its own time. Raises NoAudioYet, NoTranscriptYet.

    Whoever shows them to others looks at ``captions_public`` first.
    """
    if episode.rendition is None:
        raise NoAudioYet
    row = repository.rendition_with_layout(session, episode.rendition.id)
    if row is None or row.transcript_id is None:
        raise NoTranscriptYet
    recorded = named(transcripts.heard(session, row.transcript_id).transcript.words, episode.speaker_names)
    return layout_from_json(row.layout).words(recorded)


def captions(session: Session, episode: EpisodeFacts, caption_format: CaptionFormat) -> str:
    """The finished audio's captions or readable transcript as text. Raises NoAudioYet, NoTranscriptYet."""
    words = finished_words(session, episode)
    duration_ms = episode.rendition.duration_ms if episode.rendition else None
    match caption_format:
        case "vtt":
            return core_captions.webvtt(core_captions.cues(words, duration_ms=duration_ms))
        case "srt":
            return core_captions.srt(core_captions.cues(words, duration_ms=duration_ms))
        case "json":
            cues = core_captions.cues(words, duration_ms=duration_ms)
            return json.dumps(core_captions.transcript_json(cues), ensure_ascii=False)
        case "txt":
            return core_captions.plain_text(words)


def chapters(session: Session, episode: EpisodeFacts) -> tuple[Chapter, ...]:
    """The chapters of the finished audio, in its own time; empty without one."""
    row = repository.rendition(session, episode.id, episode.rendition.id) if episode.rendition else None
    return chapters_from_json(row.chapters) if row else ()
