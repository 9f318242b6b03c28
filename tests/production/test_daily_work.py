"""What the daily look says of work that failed: something to do for a day, and only while nobody went on."""

from datetime import timedelta

from donecast.health import service
from donecast.health.rules import Check
from donecast.production.errors import WorkKeepsStopping
from donecast.production.progress import Progress
from tests.support.scene import Scene


def work(scene: Scene) -> Check:
    return service.work(scene.ground)[1]


def failed(scene: Scene, episode_id: str) -> None:
    operation_id: str = scene.ann.ask("POST", f"/api/episodes/{episode_id}/produce").json()["operation_id"]
    Progress(scene.ground).finish(operation_id, "failed", WorkKeepsStopping())


def test_a_failed_episode_is_told_until_somebody_goes_on_and_for_a_day_at_most(scene: Scene) -> None:
    first, second = (scene.new_episode()["id"] for _ in range(2))
    failed(scene, first)
    told = work(scene)
    assert (told.ok, told.finding) == (False, "1 failed within a day and nobody went on: 1 failed in all")
    assert "Problems" in told.action
    scene.clock.advance(timedelta(minutes=1))
    scene.ann.ask("POST", f"/api/episodes/{first}/produce")
    assert (work(scene).ok, work(scene).action) == (True, "")
    failed(scene, second)
    assert not work(scene).ok
    scene.clock.advance(timedelta(hours=24, seconds=1))
    assert work(scene).ok
