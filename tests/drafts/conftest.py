"""Ann's episode, in which the talk of `tests.support.talks` is held."""

import pytest

from donecast.core.words import Transcript
from donecast.episodes import service as episodes
from donecast.transcripts import service as transcripts
from donecast.transcripts.rules import Heard
from tests.support.scene import RECORDING_MS, Scene, prepared, scene
from tests.support.talks import TALK, told

__all__ = ["prepared", "scene"]


@pytest.fixture
def episode_id(scene: Scene) -> str:
    """An episode whose words were heard."""
    made: str = scene.new_episode()["id"]
    give_talk(scene, made)
    return made


def give_talk(scene: Scene, episode_id: str, text: str = TALK) -> None:
    """Lets the episode's recording hold these words."""
    transcript = Transcript(told(text, RECORDING_MS), "en", RECORDING_MS, "script", "1", "good")
    with scene.ground.database.transaction() as session:
        transcript_id = transcripts.keep(
            session,
            scene.clock,
            account_id=scene.ann.account.id,
            media_id=scene.recording_id,
            key=f"talk {episode_id}",
            heard=Heard(transcript, ()),
        )
        episodes.note_transcript(session, episode_id, transcript_id)
