"""Leases: who lost one writes nothing any more, and work that nobody goes on with is recovered, then ended."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import text

from donecast.credits import service as ledger
from donecast.credits.paying import Payer, Payment
from donecast.credits.rules.pricing import Assembly
from donecast.kit.progress import Report
from donecast.platform.web import Ground
from donecast.production.errors import LeaseLost
from donecast.production.leases import Leases
from donecast.production.progress import Progress
from donecast.production.recovery import Recovery
from tests.support.people import Person, sign_up
from tests.support.scene import Scene


@dataclass
class Steady:
    """A clock that is moved by hand."""

    ms: int = 0

    def __call__(self) -> int:
        return self.ms


@pytest.fixture
def steady() -> Steady:
    return Steady()


@pytest.fixture
def recovery(scene: Scene, steady: Steady) -> Recovery:
    return Recovery(scene.ground, steady)


def order(scene: Scene) -> tuple[str, str]:
    episode_id: str = scene.new_episode()["id"]
    ordered = scene.ann.ask("POST", f"/api/episodes/{episode_id}/produce").json()
    return episode_id, ordered["operation_id"]


def row(scene: Scene, operation_id: str) -> Any:
    with scene.ground.database.reading() as session:
        query = text("SELECT * FROM operations WHERE id = :id")
        return session.execute(query, {"id": operation_id}).mappings().one()


def silence(recovery: Recovery, steady: Steady) -> list[str]:
    """A sweep, and another one a lease later."""
    assert recovery.recover_gone() == []
    steady.ms += 60_000
    return recovery.recover_gone()


def test_a_late_writer_is_refused_whatever_it_wants_to_save(scene: Scene) -> None:
    episode_id, operation_id = order(scene)
    late, progress, leases = Progress(scene.ground), Progress(scene.ground), Leases(scene.ground)

    def work(report: Report) -> str:
        with Leases(scene.ground).held(operation_id):  # somebody else begins the same work
            progress.begin(operation_id)
        with pytest.raises(LeaseLost):
            report(50, "half-way")
        payer = Payer(scene.ann.account.id, episode_id)
        with pytest.raises(LeaseLost), Payment(scene.ground, payer, "late", at_most=Assembly(60_000)):
            pass
        return "late"

    with pytest.raises(LeaseLost), leases.held(operation_id):
        late.begin(operation_id)
        late.watched(operation_id, "assemble", work)
    found = row(scene, operation_id)
    assert (found["state"], found["beginnings"]) == ("running", 2)
    with scene.ground.database.reading() as session:
        assert ledger.hold_under(session, scene.ann.account.id, "late") is None


def test_a_lease_is_renewed_while_its_work_goes_on(scene: Scene, recovery: Recovery, steady: Steady) -> None:
    _, operation_id = order(scene)
    quick = scene.ground.settings.worker.model_copy(update={"step_lease_renew_ms": 20})
    ground = replace(scene.ground, settings=replace(scene.ground.settings, worker=quick))
    with Leases(ground).held(operation_id):
        before = row(scene, operation_id)["lease_beats"]
        _until(lambda: row(scene, operation_id)["lease_beats"] > before + 1)
        recovery.recover_gone()
        steady.ms += 59_000
        _until(lambda: row(scene, operation_id)["lease_beats"] > before + 3)
        assert recovery.recover_gone() == []


def test_a_lease_is_kept_whatever_the_database_answered_in_between(scene: Scene) -> None:
    _, operation_id = order(scene)
    quick = scene.ground.settings.worker.model_copy(update={"step_lease_renew_ms": 20})
    ground = replace(scene.ground, settings=replace(scene.ground.settings, worker=quick))

    def rename(before: str, after: str) -> None:
        with scene.ground.database.transaction() as session:
            session.execute(text(f"ALTER TABLE {before} RENAME TO {after}"))

    with Leases(ground).held(operation_id):
        rename("operations", "operations_away")  # as while an operator repairs something: no answer that we know
        time.sleep(0.5)
        rename("operations_away", "operations")
        before = row(scene, operation_id)["lease_beats"]
        _until(lambda: row(scene, operation_id)["lease_beats"] > before + 1)


def test_work_that_nobody_goes_on_with_is_begun_thrice_then_ended_and_its_credits_given_back(
    scene: Scene, recovery: Recovery, steady: Steady
) -> None:
    episode_id, operation_id = order(scene)
    account_id, clock = scene.ann.account.id, scene.ground.clock
    with scene.ground.database.transaction() as session:
        ledger.hold(session, clock, account_id, operation_id="left", work=Assembly(60_000), episode_id=episode_id)
    for attempt in range(1, 4):
        with Leases(scene.ground).held(operation_id):
            Progress(scene.ground).begin(operation_id)
        assert silence(recovery, steady) == [operation_id]
        found = row(scene, operation_id)
        assert (found["state"], found["attempt"]) == (("queued", attempt + 1) if attempt < 3 else ("failed", 3))
    told = scene.ann.ask("GET", f"/api/operations/{operation_id}").json()
    assert (told["error"]["code"], told["error"]["retryable"]) == ("work_keeps_stopping", True)
    assert scene.ann.ask("GET", f"/api/episodes/{episode_id}").json()["state"] != "working"
    with scene.ground.database.reading() as session:
        held = ledger.hold_under(session, account_id, "left")
    assert held is not None
    assert held.state == "released"


class TestByHand:
    """The monitoring page's routes."""

    PATH = "/api/admin/monitoring/stuck-operations"

    @pytest.fixture
    def admin(self, scene: Scene) -> Person:
        return sign_up(scene.ground, scene.ann.client, "root@example.com", "admin")

    @pytest.fixture
    def stuck(self, scene: Scene) -> str:
        _, operation_id = order(scene)
        with Leases(scene.ground).held(operation_id):
            Progress(scene.ground).begin(operation_id)
        _age(scene.ground, operation_id)
        return operation_id

    def test_nothing_is_done_before_it_was_rehearsed_and_asked_for(
        self, scene: Scene, admin: Person, stuck: str
    ) -> None:
        listed = admin.ask("GET", self.PATH).json()
        assert (listed["stuck_count"], listed["stuck_episodes"][0]["operation_id"]) == (1, stuck)
        assert listed["stuck_episodes"][0]["trouble"] == "lease_gone"
        assert listed["action_required"]
        rehearsed = admin.ask("POST", f"{self.PATH}/cleanup", json={}).json()
        assert (rehearsed["dry_run"], rehearsed["count"], rehearsed["message"][:11]) == (True, 1, "1 would be ")
        assert row(scene, stuck)["state"] == "running" or row(scene, stuck)["lease_holder"]
        assert admin.ask("GET", "/api/admin/audit").json()["entries"] == []

    @pytest.mark.parametrize(
        ("action", "state"), [("requeue", "queued"), ("fail_and_release", "failed"), ("ignore", None)]
    )
    def test_each_act_is_done_once_and_stands_in_the_audit_log(
        self, scene: Scene, admin: Person, stuck: str, action: str, state: str | None
    ) -> None:
        wish = {"action": action, "dry_run": False, "operation_ids": [stuck, "op_x"]}
        done = admin.ask("POST", f"{self.PATH}/cleanup", json=wish).json()
        assert (done["count"], done["episodes"][0]["operation_id"]) == (1, stuck)
        assert state in {None, row(scene, stuck)["state"]}
        assert admin.ask("GET", self.PATH).json()["stuck_count"] == 0
        assert admin.ask("POST", f"{self.PATH}/cleanup", json=wish).json()["count"] == 0
        entries = admin.ask("GET", "/api/admin/audit").json()["entries"]
        assert [(one["act"], one["subject"]) for one in entries] == [(f"stuck_work_{action}", stuck)]


def _age(ground: Ground, operation_id: str) -> None:
    with ground.database.transaction() as session:
        session.execute(
            text("UPDATE operations SET lease_renewed_at = '2020-01-01 00:00:00' WHERE id = :id"), {"id": operation_id}
        )


def _until(condition: Callable[[], bool]) -> None:
    for _ in range(500):
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError("it never came true")
