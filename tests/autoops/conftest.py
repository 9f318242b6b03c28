"""A workspace of Slack's over a real socket, and Auto-Ops in front of it with a clock that a test moves."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from donecast.autoops import repository, service
from donecast.autoops.case import Analyst, Gate, Source
from donecast.autoops.intake import Intake
from donecast.autoops.posting import Posting
from donecast.autoops.rules.states import State
from donecast.autoops.rules.values import Check, FixProposal, Validation
from donecast.autoops.run import Bench
from donecast.autoops.service import Claim
from donecast.autoops.slack_client import Ourselves, SlackClient
from donecast.kit.clock import FixedClock
from donecast.platform.web import Ground
from tests.support.alerts import ANALYSIS
from tests.support.slack_workspace import BOT, BOT_ID, TEAM, Workspace, slack

PROPOSAL: dict[str, Any] = {
    "kind": "code",
    "plan": "Trust me, this is certainly right.",
    "diff": "diff --git a/src/a.py b/src/a.py\n",
    "tests": ["tests/test_a.py::test_a"],
    "risk": "low",
    "rollback": "Revert it.",
    "confidence": 0.8,
}
GOOD = Validation(checks=(Check(name="passes_after", passed=True),))
BAD = Validation(checks=(Check(name="applies", passed=False, said="it does not apply"),))
YES, NO = ("answer", {"approved": True}), ("answer", {"approved": False, "findings": ["It hides the error."]})
FAULT, FIX = ("answer", ANALYSIS), ("answer", PROPOSAL)
WAY: tuple[State, ...] = ("collecting", "analysed", "no_fix")


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that a test of the watch needs."""

    ground: Ground
    clock: FixedClock
    workspace: Workspace
    intake: Intake
    posting: Posting

    def read_all(self) -> int:
        """Reads the channel to its end; answers how many pages that took."""
        pages = 1
        while self.intake.read_page():
            pages += 1
        return pages

    def claim(self) -> Claim | None:
        """The next alert to work on."""
        with self.ground.database.transaction() as session:
            return service.claim_next(session, self.clock.now())

    def made_ready(self, claim: Claim) -> Claim:
        """Walks a claim to where its reply is kept."""
        with self.ground.database.transaction() as session:
            for state in WAY:
                claim = service.step(session, claim, state, self.clock.now())
            payload = {
                "text": f"[auto-ops] {claim.alert.text[:80]}",
                "blocks": [],
                "metadata": {"event_type": "donecast_auto_ops", "event_payload": {"alert_id": claim.alert.id}},
            }
            return service.ready_to_reply(session, claim, payload, {}, self.clock.now())

    def state(self, ts: str) -> str:
        """Where an alert stands."""
        with self.ground.database.reading() as session:
            counts = {row.ts: row.state for row in repository.all_alerts(session)}
        return counts[ts]

    def error(self, ts: str) -> str | None:
        """What is noted of an alert for whoever looks."""
        with self.ground.database.reading() as session:
            return {row.ts: row.error for row in repository.all_alerts(session)}[ts]

    def answer_for(self, span: timedelta) -> None:
        """Works while so much time passes, as the watch does."""
        until = self.clock.now() + span
        while self.clock.now() < until:
            claim = self.claim()
            if claim is None:
                self.clock.advance(timedelta(minutes=2))
            else:
                self.posting.bring(claim if claim.state == "reply_pending" else self.made_ready(claim))

    def answer_all(self, rounds: int = 200) -> None:
        """Works until nothing is left to do, as the watch does; time passes as it needs."""
        for _ in range(rounds):
            claim = self.claim()
            if claim is None:
                self.clock.advance(timedelta(seconds=61))
                claim = self.claim()
            if claim is None:
                return
            self.posting.bring(claim if claim.state == "reply_pending" else self.made_ready(claim))
        raise AssertionError("it never comes to rest")


def gate_that_says(*answers: Validation) -> tuple[Gate, list[FixProposal]]:
    """A gate that answers so in turn, and what it was asked about."""
    asked: list[FixProposal] = []

    def gate(proposal: FixProposal, _: float) -> Validation:
        asked.append(proposal)
        return answers[min(len(asked), len(answers)) - 1]

    return gate, asked


def bench(scene: Scene, analyst: Analyst, gate: Gate | None = None, **more: Any) -> Bench:
    """With one source that tells of an error."""
    sources = [Source("errors", "errors", "Which errors?", lambda _: "KeyError: no bean")]
    return Bench(scene.ground, more.pop("sources", sources), analyst, gate, **more)


def claimed(scene: Scene, text: str = "KeyError in GET /clock") -> Claim:
    """A new alert that is ours."""
    scene.workspace.say(text)
    scene.read_all()
    claim = scene.claim()
    assert claim is not None
    return claim


@pytest.fixture
def workspace() -> Workspace:
    """An empty channel."""
    return Workspace()


@pytest.fixture
def scene(ground: Ground, workspace: Workspace) -> Iterator[Scene]:
    """Auto-Ops in front of it."""
    clock = FixedClock(datetime(2026, 11, 30, 12, tzinfo=UTC))
    at_hand = replace(ground, clock=clock)
    with slack(workspace) as url:
        client = SlackClient("xoxb-a-token", url)
        yield Scene(
            at_hand,
            clock,
            workspace,
            Intake(at_hand, client, Ourselves(BOT, BOT_ID, TEAM), workspace.channel),
            Posting(at_hand, client),
        )
