"""The prepared studio of `tests.support.scene`, and an episode in which the intern was asked twice."""

from typing import Any, cast

import pytest
from fastapi import FastAPI

from donecast.interns import steps
from donecast.speech.voice_engines import VoiceEngines
from tests.support.scene import Scene, prepared, scene
from tests.support.voices import HummingVoice

__all__ = ["prepared", "scene"]

SCRIPT = (
    "we like beans. _700 <intern> who grows the best beans stop _700 and then our intern ate them. _700 "
    "<intern> put the recipe into the show notes stop _700 good."
)


@pytest.fixture
def voice(scene: Scene) -> HummingVoice:
    """The voice of the app."""
    hums = HummingVoice()
    cast(FastAPI, scene.ann.client.app).state.voice_engines = VoiceEngines(hums)
    return hums


@pytest.fixture
def episode_id(scene: Scene, voice: HummingVoice) -> str:
    """An episode whose words were heard and looked through."""
    made: str = scene.new_episode()["id"]
    scene.give_words(made, SCRIPT)
    steps.find(scene.ground, made)
    return made


@pytest.fixture
def commands(scene: Scene, episode_id: str) -> list[dict[str, Any]]:
    """What was asked, in order."""
    return interns(scene, episode_id)


def interns(scene: Scene, episode_id: str) -> list[dict[str, Any]]:
    """What was asked, as Ann sees it now."""
    answer = scene.ann.ask("GET", f"/api/episodes/{episode_id}/interns")
    assert answer.status_code == 200, answer.text
    listed: list[dict[str, Any]] = answer.json()
    return listed
