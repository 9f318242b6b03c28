"""Ann's episode, in which the talk of `tests.support.talks` is held."""

import pytest

from tests.support.drafting import give_talk
from tests.support.scene import Scene, prepared, scene

__all__ = ["prepared", "scene"]


@pytest.fixture
def episode_id(scene: Scene) -> str:
    """An episode whose words were heard."""
    made: str = scene.new_episode()["id"]
    give_talk(scene, made)
    return made
