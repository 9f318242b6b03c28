"""Changes of mind, late wishes and interruptions, over a recording that was heard before, so that they cost little."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from donecast.entry.http import create_app
from donecast.entry.wiring import lay_ground, open_workshop
from donecast.platform.durable import InlineRunner, Step
from donecast.platform.settings import Settings, load_settings
from donecast.platform.web import Ground
from donecast.production.errors import OperationCancelled
from donecast.production.line import Line, Workshop
from donecast.production.progress import Progress
from tests.support.library import made, show_wish, upload
from tests.support.orders import Remembering, begun, order, states
from tests.support.people import Person, sign_up
from tests.support.watching import at_step


@dataclass(frozen=True, slots=True)
class Heard:
    """A data folder in which the line has been over Ann's recording once; an episode of it stays private."""

    data: Path
    ann: Person
    show_id: str
    recording_id: str


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory, with_house_sounds: Path, spoken_recording: Path) -> Heard:
    data = tmp_path_factory.mktemp("heard") / "data"
    shutil.copytree(with_house_sounds, data)
    ground = lay_ground(load_settings({"environment": "test", "data": data, "hash_cost": "low"}))
    with TestClient(create_app(ground), base_url=ground.settings.server.base_url) as client:
        ann = sign_up(ground, client, "ann@example.com")
        show_id, recording_id = made(ann, "/api/shows", json=show_wish())["id"], upload(ann, spoken_recording)["id"]
        first = made(ann, "/api/episodes", json={"show_id": show_id, "recording_id": recording_id})["id"]
        operation_id = order(ground, ann, first, when="not_yet")
        Line(open_workshop(ground)).produce(InlineRunner(), operation_id)
        assert states(ann, operation_id)[""] == "done"
    ground.database.dispose()
    return Heard(data, ann, show_id, recording_id)


@pytest.fixture
def ground(settings: Settings, heard: Heard) -> Iterator[Ground]:
    shutil.copytree(heard.data, settings.data)
    ground = lay_ground(settings)
    yield ground
    ground.database.dispose()


@pytest.fixture
def ann(heard: Heard, client: TestClient) -> Person:
    return replace(heard.ann, client=client)


@pytest.fixture
def episode_id(heard: Heard, ann: Person) -> str:
    """A new draft of the recording."""
    return made(ann, "/api/episodes", json={"show_id": heard.show_id, "recording_id": heard.recording_id})["id"]


def test_without_a_wish_to_publish_it_stays_private(ground: Ground, line: Line, ann: Person, episode_id: str) -> None:
    operation_id = order(ground, ann, episode_id, when="not_yet")
    line.produce(InlineRunner(), operation_id)
    assert states(ann, operation_id)["publish"] == "skipped"
    assert ann.ask("GET", f"/api/episodes/{episode_id}").json()["state"] == "ready"
    assert "<item>" not in ann.client.get("/shows/the-garden-hour/feed.xml").text


def test_a_wish_to_publish_that_comes_while_it_works_is_heard(
    ground: Ground, workshop: Workshop, ann: Person, episode_id: str
) -> None:
    operation_id = order(ground, ann, episode_id, when="not_yet")
    wish_at = at_step("assemble", lambda: order(ground, ann, episode_id, when="now"))
    Line(workshop, on_change=wish_at).produce(InlineRunner(), operation_id)
    assert ann.ask("GET", f"/api/episodes/{episode_id}").json()["state"] == "live"


class LateWish:
    """A runner after whose last step somebody wishes for more, before the line has written down that it ended."""

    def __init__(self, step: str, wish: Callable[[], object]) -> None:
        self._step, self._wish = step, wish
        self.wished = False

    def step(self, name: str, action: Step) -> str:
        answer = action()
        if name == self._step and not self.wished:
            self.wished = True
            self._wish()
        return answer


def test_a_wish_to_publish_in_the_last_moment_is_heard(
    ground: Ground, line: Line, ann: Person, episode_id: str
) -> None:
    operation_id = order(ground, ann, episode_id, when="not_yet")
    same: list[str] = []
    late = LateWish("publish", lambda: same.append(order(ground, ann, episode_id, when="now")))
    line.produce(late, operation_id)
    assert same == [operation_id]
    assert set(states(ann, operation_id).values()) == {"done"}
    assert ann.ask("GET", f"/api/episodes/{episode_id}").json()["state"] == "live"


def test_a_wish_to_go_further_in_the_last_moment_is_heard(
    ground: Ground, line: Line, ann: Person, episode_id: str
) -> None:
    operation_id = order(ground, ann, episode_id, until="proposals", when="not_yet")
    line.produce(LateWish("propose", lambda: order(ground, ann, episode_id, when="now")), operation_id)
    assert set(states(ann, operation_id).values()) == {"done"}
    assert ann.ask("GET", f"/api/episodes/{episode_id}").json()["state"] == "live"


def test_whoever_orders_again_while_the_work_is_stopping_gets_another_attempt(
    ground: Ground, line: Line, ann: Person, episode_id: str
) -> None:
    operation_id = order(ground, ann, episode_id, when="not_yet")
    begun(ground, operation_id)
    ann.ask("POST", f"/api/operations/{operation_id}/cancel")
    order(ground, ann, episode_id, when="now")
    Progress(ground).finish(operation_id, "cancelled", OperationCancelled())  # by the worker that had seen the wish
    assert states(ann, operation_id)[""] == "queued"
    line.attempt(InlineRunner(), f"{operation_id}.2")
    assert ann.ask("GET", f"/api/episodes/{episode_id}").json()["state"] == "live"


def test_an_older_attempt_gives_way_to_a_newer_one(ground: Ground, line: Line, ann: Person, episode_id: str) -> None:
    operation_id = order(ground, ann, episode_id)
    ann.ask("POST", f"/api/operations/{operation_id}/cancel")
    ann.ask("POST", f"/api/operations/{operation_id}/retry")
    line.attempt(InlineRunner(), f"{operation_id}.1")
    assert set(states(ann, operation_id).values()) == {"queued", "waiting"}
    line.attempt(InlineRunner(), f"{operation_id}.2")
    assert set(states(ann, operation_id).values()) == {"done"}


def test_work_that_is_interrupted_often_but_makes_headway_goes_on(
    ground: Ground, workshop: Workshop, ann: Person, episode_id: str
) -> None:
    class Killed(BaseException):
        """As when the machine takes the process away: nobody catches it."""

    def killed() -> None:
        raise Killed

    operation_id, remembering = order(ground, ann, episode_id), Remembering()
    for step in ("check", "transcribe", "propose", "speak", "assemble", "tag"):
        for _ in range(ground.settings.worker.work_attempts_max - 1):
            with pytest.raises(Killed):
                Line(workshop, on_change=at_step(step, killed)).attempt(remembering, f"{operation_id}.1")
    Line(workshop).attempt(remembering, f"{operation_id}.1")
    assert set(states(ann, operation_id).values()) == {"done"}
