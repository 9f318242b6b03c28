"""The line with its real tools, and a recording of a few spoken words."""

import shutil
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest

from donecast.entry.wiring import lay_ground, open_workshop
from donecast.platform.settings import Settings
from donecast.platform.telemetry import configure_logs
from donecast.platform.web import Ground
from donecast.production.line import Line, Workshop
from donecast.speech.flite import FliteSynthesizer
from tests.support.library import made, show_wish, upload
from tests.support.people import Person
from tests.support.scene import prepared, scene

_TEXT = "The beans are up and the rain was kind to us."


@pytest.fixture(scope="session")
def spoken_recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few words by the local voice."""
    voice = FliteSynthesizer()
    if voice.check():
        pytest.skip("flite is not installed (Debian: apt-get install flite)")
    path = tmp_path_factory.mktemp("spoken") / "Beans and rain.wav"
    voice.synthesize(_TEXT, "slt", path)
    with wave.open(str(path)) as speech:
        assert speech.getnframes() > 16_000
    return path


@pytest.fixture
def housed_ground(settings: Settings, with_house_sounds: Path) -> Iterator[Ground]:
    """A small installation that has the sounds of the house, and no other rows."""
    configure_logs(settings.server)
    shutil.copytree(with_house_sounds, settings.data)
    ground = lay_ground(settings)
    yield ground
    ground.database.dispose()


@pytest.fixture
def workshop(ground: Ground) -> Workshop:
    """Ear, voice and engine as they are shipped."""
    return open_workshop(ground)


@pytest.fixture
def line(workshop: Workshop) -> Line:
    """The line."""
    return Line(workshop)


@pytest.fixture
def episode_id(ann: Person, spoken_recording: Path) -> str:
    """Ann's draft of that recording."""
    show = made(ann, "/api/shows", json=show_wish())
    media = upload(ann, spoken_recording)
    return made(ann, "/api/episodes", json={"show_id": show["id"], "recording_id": media["id"]})["id"]


__all__ = ["prepared", "scene"]
