"""What a person sees as stuck and cleans up: never work that somebody is at, whatever became of it before."""

import random
import threading
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import cast

import pytest
from fastapi.testclient import TestClient

from donecast.entry.http import create_app
from donecast.platform.web import Ground
from donecast.production import repository
from donecast.production.errors import WorkKeepsStopping
from donecast.production.leases import Leases
from donecast.production.models import OperationRow
from donecast.production.progress import Progress
from donecast.production.recovery import Choice, StuckWork, clean_up, stuck_work
from donecast.production.stuck_rules import Remedy
from tests.support.library import made, show_wish, upload
from tests.support.people import Person, sign_up
from tests.support.scene import Scene
from tests.support.sounds import tone

PATH = "/api/admin/monitoring/stuck-operations"
ACTS = 120


def order(scene: Scene) -> str:
    episode_id: str = scene.new_episode()["id"]
    operation_id: str = scene.ann.ask("POST", f"/api/episodes/{episode_id}/produce").json()["operation_id"]
    return operation_id


def begin(ground: Ground, operation_id: str) -> None:
    """As a worker begins, and never ends."""
    with Leases(ground).held(operation_id):
        Progress(ground).begin(operation_id)


def renew(ground: Ground, operation_id: str) -> None:
    with ground.database.transaction() as session:
        token = row(ground, operation_id).lease_token
        assert repository.renew_lease(session, operation_id, token, ground.clock.now())


def row(ground: Ground, operation_id: str) -> OperationRow:
    with ground.database.reading() as session:
        return cast(OperationRow, repository.operation(session, operation_id))


def found(ground: Ground) -> list[StuckWork]:
    with ground.database.reading() as session:
        return stuck_work(ground, session)


def cleaned(ground: Ground, choice: Choice, remedy: Remedy = "requeue") -> list[str]:
    with ground.database.transaction() as session:
        return [one.operation_id for one in clean_up(ground, session, choice, remedy)]


def test_work_is_as_old_as_its_beginning_not_as_its_first_order(scene: Scene) -> None:
    operation_id = order(scene)
    begin(scene.ground, operation_id)
    Progress(scene.ground).finish(operation_id, "failed", WorkKeepsStopping())
    scene.clock.advance(timedelta(days=1))
    scene.ann.ask("POST", f"/api/operations/{operation_id}/retry")
    scene.clock.advance(timedelta(minutes=20))
    begin(scene.ground, operation_id)
    assert found(scene.ground) == []
    scene.clock.advance(timedelta(hours=2, seconds=1))
    renew(scene.ground, operation_id)
    assert [(one.trouble, one.silent_ms) for one in found(scene.ground)] == [("runs_very_long", 7_201_000)]


def test_work_that_runs_very_long_is_cleaned_up_only_by_name_and_when_that_was_said(scene: Scene) -> None:
    operation_id = order(scene)
    begin(scene.ground, operation_id)
    scene.clock.advance(timedelta(hours=3))
    renew(scene.ground, operation_id)
    admin = sign_up(scene.ground, scene.ann.client, "root@example.com", "admin")

    def count(**wish: object) -> int:
        done: int = admin.ask("POST", f"{PATH}/cleanup", json=wish).json()["count"]
        return done

    named = {"operation_ids": [operation_id]}
    assert [count(dry_run=False), count(dry_run=False, **named), count(dry_run=True, **named)] == [0, 0, 0]
    assert admin.ask("POST", f"{PATH}/cleanup", json={"dry_run": False, "even_running": True}).status_code == 422
    rehearsed = admin.ask("POST", f"{PATH}/cleanup", json={"even_running": True, **named}).json()
    assert (rehearsed["count"], "still at it" in rehearsed["message"]) == (1, True)
    assert count(dry_run=False, even_running=True, **named) == 1
    assert row(scene.ground, operation_id).state == "queued"


@dataclass
class House:
    """Some operations, their workers' lives, and an admin who cleans up all again and again."""

    scene: Scene
    chance: random.Random
    operation_ids: list[str]
    alive: set[str] = field(default_factory=set)
    cleaned: int = 0
    touched_alive: int = 0
    seen_very_long: int = 0

    def live(self) -> None:
        for _ in range(ACTS):
            self.scene.clock.advance(timedelta(seconds=self.chance.choice([5, 30, 50, 900, 3_000])))
            for operation_id in self.alive:  # whoever lives renews every 15 s
                renew(self.scene.ground, operation_id)
            self._change(self.chance.choice(self.operation_ids))
            if self.chance.random() < 0.3:
                self._clean_up()

    def _change(self, operation_id: str) -> None:
        ground, state = self.scene.ground, row(self.scene.ground, operation_id).state
        if operation_id in self.alive:
            if self.chance.random() < 0.5:
                self.alive.discard(operation_id)
                if self.chance.random() < 0.5:  # it fails; otherwise it dies without a word
                    Progress(ground).finish(operation_id, "failed", WorkKeepsStopping())
        elif state == "failed":
            self.scene.ann.ask("POST", f"/api/operations/{operation_id}/retry")
        elif state == "queued" and self.chance.random() < 0.7:
            try:
                begin(ground, operation_id)
                self.alive.add(operation_id)
            except WorkKeepsStopping as error:  # after three attempts, as the line ends it
                Progress(ground).finish(operation_id, "failed", error)

    def _clean_up(self) -> None:
        self.seen_very_long += sum(one.trouble == "runs_very_long" for one in found(self.scene.ground))
        before = {one: row(self.scene.ground, one).lease_token for one in self.alive}
        remedy: Remedy = self.chance.choice(["requeue", "fail_and_release"])
        done = cleaned(self.scene.ground, Choice(), remedy)
        self.cleaned += len(done)
        self.touched_alive += len(self.alive & set(done))
        self.touched_alive += sum(row(self.scene.ground, one).lease_token != token for one, token in before.items())


def test_whatever_happened_before_a_clean_up_of_all_touches_nothing_alive(scene: Scene) -> None:
    house = House(scene, random.Random(7), [order(scene) for _ in range(4)])
    house.live()
    assert house.touched_alive == 0
    assert min(house.cleaned, house.seen_very_long) > 3, "nothing was put to the proof"


@pytest.mark.postgres
def test_a_sign_of_life_between_the_look_and_the_lock_is_seen(postgres_ground: Ground) -> None:
    ground = postgres_ground
    with TestClient(create_app(ground), base_url=ground.settings.server.base_url) as client:
        operation_id = _ordered(ground, sign_up(ground, client, "ann@example.com"))
    begin(ground, operation_id)
    now = ground.clock.now()
    with ground.database.transaction() as session:
        repository.renew_lease(session, operation_id, 1, now - timedelta(seconds=90))
    done: list[str] = []
    cleaner = threading.Thread(target=lambda: done.extend(cleaned(ground, Choice())))
    with ground.database.transaction() as session:
        assert repository.renew_lease(session, operation_id, 1, now)
        cleaner.start()
        time.sleep(1.0)  # by now it has looked, and waits for the lock
    cleaner.join(20)
    assert done == []
    assert row(ground, operation_id).lease_token == 1


def _ordered(ground: Ground, ann: Person) -> str:
    recording = ground.settings.data / "hum.wav"
    recording.write_bytes(tone(1.2))
    wish = {"show_id": made(ann, "/api/shows", json=show_wish())["id"], "recording_id": upload(ann, recording)["id"]}
    episode_id = made(ann, "/api/episodes", json=wish)["id"]
    return made(ann, f"/api/episodes/{episode_id}/produce")["operation_id"]
