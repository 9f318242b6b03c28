"""Speech for tests: made here with the local voice, or recordings of people where a folder of them is given."""

import os
from pathlib import Path

import pytest

from donecast.speech.flite import FliteSynthesizer
from tests.support.spoken_scene import SpokenScene
from tests.support.whisper_model import make_model


@pytest.fixture(scope="session")
def flite() -> FliteSynthesizer:
    """The local voice."""
    synthesizer = FliteSynthesizer()
    if synthesizer.check():
        pytest.skip("needs flite (Debian: flite)")
    return synthesizer


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Whisper model that says one sentence, whatever it hears; not to be changed."""
    return make_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture
def scene(flite: FliteSynthesizer, tmp_path: Path) -> SpokenScene:
    """An empty recording to be filled with speech."""
    return SpokenScene(tmp_path)


@pytest.fixture(scope="session")
def samples() -> Path:
    """A folder with recordings of people (``NAME.flac``) and what they say (``NAME.txt``)."""
    folder = os.environ.get("DONECAST_SAMPLES", "")
    if not folder:
        pytest.skip("needs recordings of people (DONECAST_SAMPLES names their folder)")
    return Path(folder)
