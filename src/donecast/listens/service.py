"""Which audio the enclosure door hands out."""

from datetime import datetime

from sqlalchemy.orm import Session

from donecast.episodes import service as episodes
from donecast.episodes.rules import RenditionFacts
from donecast.listens.errors import NoSuchAudio


def audio(session: Session, episode_id: str, rendition_id: str, file_name: str, now: datetime) -> RenditionFacts:
    """The rendition at a public address, also an earlier one of the episode: apps keep addresses for weeks.

    The file name is for people who save the file; any with the right ending will do. Raises NoSuchAudio, NoSuchEpisode.
    """
    rendition = episodes.live_rendition(session, episode_id, rendition_id, now)
    if not file_name.endswith(rendition.file_ending):
        raise NoSuchAudio
    return rendition
