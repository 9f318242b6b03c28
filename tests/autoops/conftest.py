"""A workspace of Slack's over a real socket, and Auto-Ops in front of it with a clock that a test moves."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from donecast.autoops import repository, service
from donecast.autoops.intake import Intake
from donecast.autoops.posting import Posting
from donecast.autoops.rules.states import State
from donecast.autoops.service import Claim
from donecast.autoops.slack_client import Ourselves, SlackClient
from donecast.kit.clock import FixedClock
from donecast.platform.web import Ground
from tests.support.slack_workspace import BOT, BOT_ID, TEAM, Workspace, slack

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
