"""Waits for leave under the reply, makes what was planned, and says in the reply what came of it."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from donecast.autoops import service as alerts
from donecast.autoops.changes import service
from donecast.autoops.changes.rules import verdict_in
from donecast.autoops.changes.service import Change, State
from donecast.autoops.errors import SlackRefused, SlackTrouble
from donecast.autoops.slack_client import SlackClient
from donecast.kit.errors import DonecastError
from donecast.platform.telemetry import logger
from donecast.platform.web import Ground


@dataclass(frozen=True, slots=True)
class Making:
    """``make`` makes it and answers what it made in words; twice the same is once. It raises DonecastError."""

    ground: Ground
    slack: SlackClient
    approvers: Collection[str]
    make: Callable[[Change], str]

    def step(self) -> None:
        """Looks at the change that is due, if one is."""
        with self.ground.database.transaction() as session:
            change = service.next_due(session, self.ground.clock.now())
        if change is not None:
            try:
                self._look_at(change)
            except SlackTrouble as trouble:
                logger().warning("a change waits for Slack", run_id=change.run_id, code=trouble.code)

    def _look_at(self, change: Change) -> None:
        if not change.is_same_reply:
            self._end(change, "failed", "The reply is not the one that was to be approved.")
        elif not change.needs_approval:
            self._make(change, None)
        elif self.ground.clock.now() >= change.expires_at:
            self._end(change, "expired", "Nobody approved it in time.")
        else:
            verdict = verdict_in(self.slack.reactions(change.channel, change.reply_ts), self.approvers)
            if verdict is not None and verdict[0] == "approved":
                self._make(change, verdict[1])
            elif verdict is not None:
                self._end(change, "refused", "It was refused.", verdict[1])

    def _make(self, change: Change, approved_by: str | None) -> None:
        with self.ground.database.transaction() as session:
            if not service.begin(session, change.run_id, approved_by, self.ground.clock.now()):
                return
        try:
            made = self.make(change)
        except DonecastError as error:
            if error.retryable and self.ground.clock.now() < change.expires_at:
                logger().warning("a change is tried again later", run_id=change.run_id, code=error.code)
                return
            self._end(change, "failed", f"It could not be made: {error.message} {error.action}".rstrip())
            return
        self._end(change, "made", f"Made: {made}.")

    def _end(self, change: Change, state: State, words: str, by: str | None = None) -> None:
        """Says it in the reply, then notes it: whoever dies in between says the same words again."""
        reply = with_words(change.reply, words)
        try:
            self.slack.update(change.channel, change.reply_ts, reply)
        except SlackRefused as trouble:
            logger().error("Slack refuses to change the reply", run_id=change.run_id, details=trouble.details)
        with self.ground.database.transaction() as session:
            if service.end(session, change.run_id, state, words, self.ground.clock.now(), by):
                alerts.amend_reply(session, change.run_id, reply)
        logger().info("a change has ended", run_id=change.run_id, state=state)


def with_words(reply: dict[str, Any], words: str) -> dict[str, Any]:
    """A reply that also says what became of its change."""
    block = {"type": "context", "elements": [{"type": "mrkdwn", "text": words, "verbatim": True}]}
    return {**reply, "blocks": [*reply["blocks"], block]}
