"""The dispatcher: hands each order over once, beats, and looks after the dead. Platform tests the real engine."""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from donecast.kit.clock import FixedClock
from donecast.platform.durable import DurableEngine
from donecast.platform.web import Ground
from donecast.production import repository, service
from donecast.production.dispatch import WORKFLOW, Dispatcher
from donecast.production.errors import WorkKeepsStopping
from donecast.production.leases import Leases
from donecast.production.progress import Progress
from tests.support.scene import Scene

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class CrashHere(Exception):
    """The worker's end, at this very point."""


@dataclass
class NotedEngine:
    """Notes what it is told, where the durable engine would work."""

    started: list[tuple[str, str, str]] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    ended: set[str] = field(default_factory=set)
    crash: bool = False

    def start(self, workflow: str, workflow_id: str, argument: str) -> None:
        self.started.append((workflow, workflow_id, argument))
        self._crash_if_told()

    def take_over(self, dead_worker_id: str) -> list[str]:
        self._crash_if_told()
        self.taken.append(dead_worker_id)
        return ["op_x.1"]

    def is_lost(self, workflow_id: str, workers: Collection[str]) -> bool:
        return workflow_id in self.ended

    def _crash_if_told(self) -> None:
        if self.crash:
            raise CrashHere


@dataclass(frozen=True)
class Yard:
    """Workers over one database and one clock."""

    ground: Ground
    clock: FixedClock
    engine: NotedEngine

    def worker(self, name: str) -> Dispatcher:
        worker = self.ground.settings.worker.model_copy(update={"worker_id": name})
        ground = replace(self.ground, settings=replace(self.ground.settings, worker=worker))
        return Dispatcher(ground, cast(DurableEngine, self.engine), self.now_ms)

    def now_ms(self) -> int:
        return int(self.clock.now().timestamp() * 1_000)

    def begin(self, name: str, operation_id: str) -> int:
        """As this worker begins with an operation, and says no more; answers its token."""
        worker = self.ground.settings.worker.model_copy(update={"worker_id": name})
        ground = replace(self.ground, settings=replace(self.ground.settings, worker=worker))
        with Leases(ground).held(operation_id):
            Progress(ground).begin(operation_id)
        return self.lease(operation_id)[1]

    def lease(self, operation_id: str) -> tuple[str | None, int]:
        with self.ground.database.reading() as session:
            row = repository.operation(session, operation_id)
            assert row is not None
            return row.lease_holder, row.lease_token

    def alive(self) -> list[str]:
        lease = timedelta(milliseconds=self.ground.settings.worker.worker_lease_ms)
        with self.ground.database.reading() as session:
            return service.workers_alive(session, self.clock.now() - lease)


@pytest.fixture
def yard(scene: Scene) -> Yard:
    """An installation with one draft."""
    return Yard(scene.ground, scene.clock, NotedEngine())


def order(scene: Scene) -> str:
    episode = scene.new_episode()
    operation_id: str = scene.ann.ask("POST", f"/api/episodes/{episode['id']}/produce").json()["operation_id"]
    return operation_id


def state(scene: Scene, operation_id: str) -> dict[str, Any]:
    found: dict[str, Any] = scene.ann.ask("GET", f"/api/operations/{operation_id}").json()
    return found


def test_each_order_is_handed_over_once_whoever_looks(scene: Scene, yard: Yard) -> None:
    operation_id = order(scene)
    assert yard.worker("one").dispatch() == 1
    assert yard.worker("two").dispatch() == 0
    assert yard.engine.started == [(WORKFLOW, f"{operation_id}.1", f"{operation_id}.1")]


def test_a_crash_between_handing_over_and_noting_it_hands_over_the_same_workflow(scene: Scene, yard: Yard) -> None:
    operation_id = order(scene)
    worker = yard.worker("one")

    yard.engine.crash = True
    with pytest.raises(CrashHere):
        worker.dispatch()
    yard.engine.crash = False
    worker.dispatch()
    assert [started[1] for started in yard.engine.started] == [f"{operation_id}.1"] * 2


def test_a_retry_is_a_workflow_of_its_own(scene: Scene, yard: Yard) -> None:
    operation_id = order(scene)
    worker = yard.worker("one")
    scene.ann.ask("POST", f"/api/operations/{operation_id}/cancel")
    assert worker.dispatch() == 0
    scene.ann.ask("POST", f"/api/operations/{operation_id}/retry")
    assert worker.dispatch() == 1
    assert yard.engine.started[-1][1] == f"{operation_id}.2"


def test_a_silent_worker_is_swept_once_and_a_beating_one_never(scene: Scene, yard: Yard) -> None:
    one, two, three = yard.worker("one"), yard.worker("two"), yard.worker("three")
    for worker in (one, two, three):
        worker.beat()
    assert sorted(yard.alive()) == ["one", "three", "two"]
    two.sweep()
    three.sweep()
    scene.clock.advance(timedelta(milliseconds=scene.ground.settings.worker.worker_lease_ms + 1))
    two.beat()
    three.beat()
    assert two.sweep() == ["op_x.1"]
    assert three.sweep() == []
    assert yard.engine.taken == ["one"]
    assert sorted(yard.alive()) == ["three", "two"]


def test_a_silent_worker_keeps_the_leases_that_are_still_valid(scene: Scene, yard: Yard) -> None:
    operation_id = order(scene)
    one, two = yard.worker("one"), yard.worker("two")
    one.beat()
    two.dispatch()
    token = yard.begin("one", operation_id)
    two.sweep()
    for silent_seconds in (20, 40, 59):
        scene.clock.advance(NOW + timedelta(seconds=silent_seconds) - scene.clock.now())
        two.beat()
        assert two.sweep() == []
        assert yard.lease(operation_id) == ("one", token)
    scene.clock.advance(timedelta(seconds=1))
    assert two.sweep() == ["op_x.1"]
    assert yard.lease(operation_id) == (None, token + 1)


def test_work_whose_workers_die_is_begun_thrice_whoever_finds_them_dead(scene: Scene, yard: Yard) -> None:
    operation_id = order(scene)
    last = yard.worker("last")
    last.dispatch()
    for name in ("one", "two", "three"):
        yard.worker(name).beat()
        yard.begin(name, operation_id)
        last.sweep()
        scene.clock.advance(timedelta(seconds=61))
        last.sweep()
        assert state(scene, operation_id)["state"] == "queued"
    with pytest.raises(WorkKeepsStopping):
        yard.begin("last", operation_id)


def test_a_beginning_that_was_stopped_in_peace_does_not_count(scene: Scene, yard: Yard) -> None:
    operation_id = order(scene)
    for _ in range(5):
        worker = yard.worker("one")
        worker.give_back()
        worker.beat()
        yard.begin("one", operation_id)
        worker.stop()


def test_a_worker_that_was_stopped_is_off_the_list_and_one_that_died_is_not(scene: Scene, yard: Yard) -> None:
    one, two = yard.worker("one"), yard.worker("two")
    one.start()
    two.beat()
    one.stop()
    scene.clock.advance(timedelta(minutes=5))
    with scene.ground.database.reading() as session:
        assert service.workers_by_sign(session, scene.clock.now() - timedelta(seconds=15)) == ([], ["two"])


def test_whoever_has_just_begun_to_look_has_seen_nobody_die(scene: Scene, yard: Yard) -> None:
    yard.worker("one").beat()
    scene.clock.advance(timedelta(days=1))
    assert yard.worker("two").sweep() == []
    assert yard.engine.taken == []


def test_a_sweeper_that_died_in_the_middle_is_followed_by_another(scene: Scene, yard: Yard) -> None:
    one, two, three = yard.worker("one"), yard.worker("two"), yard.worker("three")
    one.beat()
    two.beat()
    two.sweep()
    three.sweep()
    step = timedelta(milliseconds=scene.ground.settings.worker.worker_lease_ms + 1)
    scene.clock.advance(step)
    two.beat()

    yard.engine.crash = True
    with pytest.raises(CrashHere):
        two.sweep()
    yard.engine.crash = False
    three.beat()
    assert three.sweep() == []
    scene.clock.advance(step)
    three.beat()
    three.sweep()
    three.sweep()
    assert set(yard.engine.taken) == {"one", "two"}


def test_work_that_the_engine_lost_is_begun_thrice_then_failed_and_can_be_tried_again(scene: Scene, yard: Yard) -> None:
    operation_id = order(scene)
    worker = yard.worker("one")
    for attempt in range(1, 4):
        worker.dispatch()
        yard.engine.ended.add(f"{operation_id}.{attempt}")
        worker.sweep()
        assert state(scene, operation_id)["state"] == "queued"
        scene.clock.advance(timedelta(milliseconds=3 * scene.ground.settings.worker.worker_lease_ms))
        worker.beat()
        worker.sweep()
    lost = state(scene, operation_id)
    assert (lost["state"], lost["error"]["code"], lost["error"]["retryable"]) == ("failed", "work_lost", True)
    assert scene.ann.ask("POST", f"/api/operations/{operation_id}/retry").json()["state"] == "queued"


def test_a_worker_whose_round_breaks_goes_on_with_the_next(scene: Scene, yard: Yard) -> None:
    operation_id = order(scene)
    worker = yard.worker("one")
    yard.engine.crash = True
    worker.start()
    try:
        assert _comes_true(lambda: len(yard.engine.started) >= 2), "the dispatching thread has ended"
        yard.engine.crash = False
        assert _comes_true(lambda: worker.dispatch() == 0)
    finally:
        worker.stop()
    assert {started[1] for started in yard.engine.started} == {f"{operation_id}.1"}


def _comes_true(condition: Callable[[], bool], within_seconds: float = 10.0) -> bool:
    ends_at = time.monotonic() + within_seconds
    while not condition():
        if time.monotonic() > ends_at:
            return False
        time.sleep(0.05)
    return True
