"""Several workers and windows on one PostgreSQL database: whoever comes second is told, and nothing is there twice."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from fastapi.testclient import TestClient

from donecast.core.errors import StaleVersion
from donecast.edits import service as edits
from donecast.entry.http import create_app
from donecast.entry.wiring import lay_ground
from donecast.episodes import service
from donecast.episodes.rules import EpisodeDraft
from donecast.kit.clock import FixedClock
from donecast.platform.database import Database
from donecast.platform.settings import Settings
from donecast.transcripts import service as transcripts
from donecast.transcripts.rules import Heard
from tests.support.people import Person, sign_up
from tests.support.scene import NOON, RECORDING_MS, Scene
from tests.support.sounds import tone
from tests.support.spoken import spoken

pytestmark = pytest.mark.postgres
WRITERS = 4


@dataclass(frozen=True, slots=True)
class Crowd:
    """Writers who all begin in the same moment."""

    scene: Scene

    def all_at_once(self, act: Callable[[int], Any]) -> list[Any]:
        """What each writer's act answered, or the error it raised."""
        together = Barrier(WRITERS)

        def begin(number: int) -> Any:
            together.wait()
            try:
                return act(number)
            except StaleVersion as error:
                return error

        with ThreadPoolExecutor(WRITERS) as pool:
            return list(pool.map(begin, range(WRITERS)))


@pytest.fixture
def crowd(settings: Settings, migrated_postgres_url: str) -> Iterator[Crowd]:
    """Ann's studio on PostgreSQL."""
    clock = FixedClock(NOON)
    ground = replace(lay_ground(settings), clock=clock, database=Database(migrated_postgres_url))
    with TestClient(create_app(ground), base_url=settings.server.base_url) as client:
        ann = sign_up(ground, client, "ann@example.com")
        show = made(ann, "/api/shows", json={"title": "Beans", "slot": {"weekday": 3, "time": "07:00"}})
        wish = {"files": {"file": ("recording_one.wav", tone(RECORDING_MS / 1000))}, "data": {"category": "recording"}}
        media = made(ann, "/api/media", **wish)
        yield Crowd(Scene(ground, clock, ann, ann, show, show, media, media))
    ground.database.dispose()


def made(person: Person, path: str, **wish: Any) -> str:
    answer = person.ask("POST", path, **wish)
    assert answer.status_code == 201, answer.text
    identity: str = answer.json()["id"]
    return identity


def test_episodes_of_one_title_made_at_once_get_addresses_of_their_own(crowd: Crowd) -> None:
    scene = crowd.scene
    draft = EpisodeDraft(show_id=scene.show_id, recording_id=scene.recording_id, title="Peas")

    def create(_number: int) -> str:
        with scene.ground.database.transaction() as session:
            return service.create(session, scene.ground, scene.ann.account.id, draft).slug

    assert sorted(crowd.all_at_once(create)) == ["peas", "peas-2", "peas-3", "peas-4"]


def test_of_windows_that_save_at_once_one_wins_and_the_others_are_told(crowd: Crowd) -> None:
    scene = crowd.scene
    episode_id = scene.new_episode()["id"]

    def save(number: int) -> int:
        with scene.ground.database.transaction() as session:
            cut = {"kind": "cut", "id": f"cut {number}", "start_ms": 0, "end_ms": 100 + number}
            return edits.replace(
                session,
                scene.clock,
                episode_id=episode_id,
                account_id=scene.ann.account.id,
                source_duration_ms=RECORDING_MS,
                version=0,
                operations=[cut],
            ).version

    answers = crowd.all_at_once(save)
    assert answers.count(1) == 1
    assert sum(isinstance(answer, StaleVersion) for answer in answers) == WRITERS - 1
    assert len(scene.ann.ask("GET", f"/api/episodes/{episode_id}/edit-list").json()["operations"]) == 1


def test_workers_that_hear_the_same_recording_keep_one_transcript(crowd: Crowd) -> None:
    scene, said = crowd.scene, spoken("we talk about beans")

    def keep(_number: int) -> str:
        with scene.ground.database.transaction() as session:
            return transcripts.keep(
                session,
                scene.clock,
                account_id=scene.ann.account.id,
                media_id=scene.recording_id,
                key="one",
                heard=Heard(said.transcript, said.pauses),
            )

    assert len(set(crowd.all_at_once(keep))) == 1


def test_workers_that_finish_the_same_audio_keep_one_rendition(crowd: Crowd) -> None:
    scene = crowd.scene
    episode_id = scene.new_episode()["id"]
    assert len(set(crowd.all_at_once(lambda _number: scene.give_audio(episode_id)))) == 1


def test_episodes_published_at_once_never_share_a_slot(crowd: Crowd) -> None:
    scene = crowd.scene
    ids = [scene.new_episode(title=f"Part {number}")["id"] for number in range(WRITERS)]
    for episode_id in ids:
        scene.give_audio(episode_id)

    def publish(number: int) -> Any:
        with scene.ground.database.transaction() as session:
            return service.publish_by_order(session, scene.clock, ids[number], "slot")

    moments = sorted(crowd.all_at_once(publish))
    assert [moment - moments[0] for moment in moments] == [timedelta(weeks=week) for week in range(WRITERS)]
