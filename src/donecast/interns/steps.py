"""What the line asks of interns: look for commands, and refuse an episode in which an approved answer is missing."""

from donecast.core.intern import find_interns
from donecast.episodes import service as episodes
from donecast.interns import service
from donecast.platform.web import Ground
from donecast.platform.work_unit import run_unit


def find(ground: Ground, episode_id: str) -> None:
    """Looks for what the intern was asked; harmless to repeat. Raises NoSuchEpisode, NoTranscriptYet."""
    rules = episodes.cleanup_of(ground, episode_id).rules
    with ground.database.reading() as session:
        heard = episodes.heard(session, episodes.episode_by_id(session, episode_id))
    commands = find_interns(heard.transcript.words, heard.pauses, rules)
    run_unit(
        ground.database, lambda session: service.take_commands(session, episode_id, commands, rules.intern_keyword)
    )


def require_answers(ground: Ground, episode_id: str) -> None:
    """Raises NoSuchEpisode, AnswersMissing."""
    with ground.database.reading() as session:
        service.require_answers(session, episode_id)
