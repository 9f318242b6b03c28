"""Beyond a report: only behind the switch, only with leave where it matters, once, and nothing else is touched."""

import hashlib
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from donecast.autoops import service as alerts
from donecast.autoops.changes import service as changes
from donecast.autoops.changes.branch import make_branch
from donecast.autoops.changes.making import Making
from donecast.autoops.changes.rules import APPROVAL_LASTS, Leave, Outcome, leave_for, verdict_in
from donecast.autoops.changes.service import Change
from donecast.autoops.posting import Posting
from donecast.autoops.rules.values import Alert, Analysis
from donecast.autoops.run import Run
from donecast.engine.errors import ProgramFailed
from tests.autoops.conftest import FAULT, FIX, GOOD, YES, Scene, bench, claimed, gate_that_says
from tests.support.alerts import ANALYSIS, alert, scripted
from tests.support.small_repository import FAULTS, SmallRepository, make_small_repository

_MAY = "UANN"


@pytest.mark.parametrize(
    ("outcome", "severity", "disposition", "needs_human", "has_approvers", "leave"),
    [
        ("report", "low", "code_bug", False, True, "never"),
        ("branch", "low", "code_bug", False, False, "at_once"),
        ("branch", "medium", "code_bug", False, False, "at_once"),
        ("branch", "high", "code_bug", False, True, "when_approved"),
        ("branch", "critical", "code_bug", False, True, "when_approved"),
        ("branch", "low", "security", False, True, "when_approved"),
        ("branch", "low", "code_bug", True, True, "when_approved"),
        ("branch", "high", "code_bug", False, False, "never"),
        ("branch", "critical", "code_bug", False, False, "never"),
        ("branch", "low", "security", False, False, "never"),
    ],
)
def test_what_is_grave_needs_leave(
    outcome: Outcome, severity: str, disposition: str, *, needs_human: bool, has_approvers: bool, leave: Leave
) -> None:
    told = {"severity": severity, "disposition": disposition, "needs_human": needs_human}
    analysis = Analysis.model_validate({**ANALYSIS, **told})
    assert leave_for(outcome, alert("Feed is odd"), analysis, has_approvers=has_approvers) == leave


@pytest.mark.parametrize(
    "told",
    [
        alert("Feed is odd", severity="critical"),
        alert("Feed is odd", severity="high"),
        alert("Brute-force on /login"),
        alert("Somebody was charged twice"),
        alert("Balances", name="ledger_mismatch"),
    ],
)
def test_a_model_that_calls_a_thing_small_gives_no_leave(told: Alert) -> None:
    small = Analysis.model_validate({**ANALYSIS, "severity": "low"})
    assert leave_for("branch", told, small, has_approvers=True) == "when_approved"
    assert leave_for("branch", told, small, has_approvers=False) == "never"


@pytest.mark.parametrize(
    ("signs", "verdict"),
    [
        ({}, None),
        ({"white_check_mark": ["USTRANGER"]}, None),
        ({"eyes": [_MAY]}, None),
        ({"white_check_mark": ["USTRANGER", _MAY]}, ("approved", _MAY)),
        ({"heavy_check_mark": [_MAY]}, ("approved", _MAY)),
        ({"white_check_mark": [_MAY], "x": [_MAY]}, ("refused", _MAY)),
        ({"white_check_mark": [_MAY], "x": ["USTRANGER"]}, ("approved", _MAY)),
    ],
)
def test_only_those_who_may_decide_and_a_no_outweighs_a_yes(signs: Any, verdict: Any) -> None:
    assert verdict_in(signs, {_MAY}) == verdict


@dataclass(slots=True)
class Answered:
    """An alert whose verified change waits."""

    scene: Scene
    making: Making
    made: list[str]
    run_id: str
    ts: str

    def step(self, **signs: list[str]) -> changes.Became:
        """A minute later, with these signs under the reply."""
        self.scene.workspace.signs.update(signs)
        self.scene.clock.advance(timedelta(seconds=61))
        self.making.step()
        with self.scene.ground.database.reading() as session:
            return cast(changes.Became, changes.became(session, self.run_id))

    def said(self) -> str:
        """All that the one reply says now."""
        (reply,) = self.scene.workspace.ours(self.ts)
        return str(reply["blocks"])


def answered(scene: Scene, severity: str, approvers: set[str]) -> Answered:
    """Answers an alert of this severity with a verified change."""
    analyst, _ = scripted(("answer", {**FAULT[1], "severity": severity}), FIX, YES)
    claim = claimed(scene)
    at = bench(scene, analyst, gate_that_says(GOOD)[0], outcome="branch", has_approvers=bool(approvers))
    Posting(scene.ground, scene.intake.slack).bring(Run(at, claim).to_reply())
    made: list[str] = []

    def make(change: Change) -> str:
        made.append(change.round["proposal"]["diff"])
        return "branch auto-ops/x"

    return Answered(
        scene, Making(scene.ground, scene.intake.slack, approvers, make), made, claim.run_id, claim.alert.ts
    )


def test_a_grave_change_waits_for_somebody_who_may_and_is_made_once(scene: Scene) -> None:
    at = answered(scene, "high", {_MAY})
    assert ":white_check_mark:" in at.said()
    assert at.step().state == "waiting"
    assert at.step(white_check_mark=["USTRANGER"]).state == "waiting"
    assert at.made == []
    became = at.step(white_check_mark=["USTRANGER", _MAY])
    assert (became.state, became.approved_by) == ("made", _MAY)
    assert "Made: branch auto-ops/x." in at.said()
    at.step()
    assert at.made == ["diff --git a/src/a.py b/src/a.py\n"]


def test_a_small_change_needs_nobody(scene: Scene) -> None:
    at = answered(scene, "low", set())
    assert at.step().state == "made"
    assert len(at.made) == 1


def test_without_anybody_who_may_a_grave_change_stays_a_report(scene: Scene) -> None:
    at = answered(scene, "critical", set())
    at.making.step()
    with scene.ground.database.reading() as session:
        assert changes.became(session, at.run_id) is None
    assert at.made == []


def test_a_no_ends_it_and_so_does_time(scene: Scene) -> None:
    at = answered(scene, "high", {_MAY})
    assert at.step(x=[_MAY]).state == "refused"
    assert at.step(white_check_mark=[_MAY]).state == "refused"
    assert at.made == []


def test_an_approval_that_comes_too_late_is_none(scene: Scene) -> None:
    at = answered(scene, "high", {_MAY})
    scene.clock.advance(APPROVAL_LASTS)
    assert at.step(white_check_mark=[_MAY]).state == "expired"
    assert at.made == []


def test_an_approval_is_for_the_very_reply_that_was_kept(scene: Scene) -> None:
    at = answered(scene, "high", {_MAY})
    with scene.ground.database.transaction() as session:
        alerts.run(session, at.run_id).reply = {"text": "another one", "blocks": []}
    assert at.step(white_check_mark=[_MAY]).state == "failed"
    assert at.made == []


@pytest.mark.parametrize("manner", ["down", "limited", "garbage"])
def test_while_slack_cannot_be_asked_it_waits(scene: Scene, manner: Any) -> None:
    at = answered(scene, "high", {_MAY})
    scene.workspace.behave("reactions.get", manner, 1)
    assert at.step(white_check_mark=[_MAY]).state == "waiting"
    assert at.step().state == "made"


def test_what_cannot_be_made_is_tried_again_and_in_the_end_says_so(scene: Scene) -> None:
    at = answered(scene, "low", set())

    def make(_: Change) -> str:
        raise ProgramFailed("The program git ended with an error.")

    at.making = replace(at.making, make=make)
    assert at.step().state == "making"
    scene.clock.advance(APPROVAL_LASTS)
    assert at.step().state == "failed"
    assert "could not be made" in at.said()


# --- the branch itself


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[SmallRepository]:
    """With traps in its configuration and hooks."""
    yield make_small_repository(tmp_path / "shop")
    assert not (tmp_path / "sprung").exists()


def git(root: Path, *arguments: str) -> str:
    """What plain git says, with hooks and traps off."""
    options = ("-c", "core.fsmonitor=false", "-c", "diff.external=", "-c", "core.hooksPath=/dev/null")
    done = subprocess.run(["git", *options, *arguments], cwd=root, capture_output=True, text=True, check=True)
    return done.stdout


def digest(root: Path) -> str:
    """Of what somebody works on: files, index, HEAD, configuration."""
    found = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        if path.is_file() and not path.is_symlink() and not {"objects", "refs", "logs"} & {*path.parts}:
            found.update(f"{path}".encode() + path.read_bytes())
    return found.hexdigest()


def test_a_branch_is_a_ref_and_objects_and_nothing_else(repository: SmallRepository, tmp_path: Path) -> None:
    fault = FAULTS[0]
    diff, before = repository.good(fault), digest(repository.root)
    name = make_branch(repository.root, tmp_path / "scratch", repository.commit, diff, "run_1", "Pad seconds.\nMore.")
    assert name == "auto-ops/run_1"
    assert digest(repository.root) == before
    assert git(repository.root, "log", "--format=%s|%an|%P", "-1", name).strip() == (
        f"Pad seconds.|DoneCast Auto-Ops|{repository.commit}"
    )
    assert "run run_1" in git(repository.root, "log", "--format=%b", "-1", name)
    assert git(repository.root, "show", f"{name}:{fault.file}") == fault.repaired()
    assert git(repository.root, "rev-parse", "HEAD").strip() == repository.commit
    assert list((tmp_path / "scratch").iterdir()) == []


def test_the_same_branch_is_made_once_and_another_change_does_not_take_its_name(
    repository: SmallRepository, tmp_path: Path
) -> None:
    def made(diff: str) -> str:
        return make_branch(repository.root, tmp_path / "scratch", repository.commit, diff, "run_1", "Pad.")

    made(repository.good(FAULTS[0]))
    first = git(repository.root, "rev-parse", "auto-ops/run_1")
    made(repository.good(FAULTS[0]))
    with pytest.raises(ProgramFailed):
        made(repository.good(FAULTS[1]))
    assert git(repository.root, "rev-parse", "auto-ops/run_1") == first
