"""A worker of Auto-Ops that dies by kill -9 at one point of its way, for `q2_one_reply`.

A point is the moment before a commit and the one after it, and the moment before a post and the one after it: between
any two of them nothing changes anywhere.
"""

import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Event
from typing import Any

from sqlalchemy import event

from donecast.autoops.case import Source
from donecast.autoops.intake import Intake
from donecast.autoops.posting import Posting
from donecast.autoops.rules.values import Check, FixProposal, Validation
from donecast.autoops.run import Bench
from donecast.autoops.slack_client import SlackClient
from donecast.autoops.watch import Watch
from donecast.entry.wiring import lay_ground
from donecast.kit.clock import FixedClock
from donecast.platform.settings import load_settings
from donecast.platform.telemetry import configure_logs
from tests.support.alerts import ANALYSIS, scripted

CHANNEL = "C0ALERTS"
FIRST_SECOND = 1_796_000_000
_FIX: dict[str, Any] = {
    **{"kind": "code", "plan": "Mend it.", "diff": "diff --git a/src/a.py b/src/a.py\n", "risk": "low"},
    **{"tests": ["tests/test_a.py::test_a"], "rollback": "Revert it.", "confidence": 0.8},
}


@dataclass(slots=True)
class Fate:
    """Counts points and kills its own process at one of them; 0: it lives."""

    dies_at: int
    count: int = 0

    def point(self, *_: object) -> None:
        """One point; nobody comes back from the fateful one."""
        self.count += 1
        if self.count == self.dies_at:
            os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True, slots=True)
class _Mortal(SlackClient):
    """Slack, asked by somebody who may die around a post."""

    fate: Fate = field(default_factory=lambda: Fate(0))

    def post(self, channel: str, thread_ts: str, payload: Mapping[str, Any]) -> str:
        """See `SlackClient.post`."""
        self.fate.point()
        ts = SlackClient.post(self, channel, thread_ts, payload)
        self.fate.point()
        return ts


def work(data: str, url: str, life: int, dies_at: int, tell: Connection) -> None:
    """The ``life``-th life of a worker: it reads the channel and answers what there is, unless it dies before.

    ``tell`` hears how many points there were, from who lives.
    """
    settings = load_settings({"environment": "test", "data": Path(data), "hash_cost": "low", "log_level": "ERROR"})
    configure_logs(settings.server)
    clock = FixedClock(datetime.fromtimestamp(FIRST_SECOND, UTC) + timedelta(minutes=10 * life))
    ground = replace(lay_ground(settings), clock=clock)
    fate = Fate(dies_at)
    event.listen(ground.database.writing_engine, "commit", fate.point)
    event.listen(ground.database.writing_engine, "checkin", fate.point)
    slack = SlackClient("xoxb-a-token", url)
    analyst, _ = scripted(("answer", ANALYSIS), *[("answer", _FIX), ("answer", {"approved": True})] * 2)
    bench = Bench(ground, [Source("errors", "errors", "Which?", lambda _: "KeyError")], analyst, _verified)

    def wait(seconds: float) -> None:
        clock.advance(timedelta(seconds=max(seconds, 5.0)))

    intake = Intake(ground, slack, slack.ourselves(), CHANNEL)
    mortal = Posting(ground, _Mortal(slack.token, slack.url, fate=fate))
    Watch(bench, intake, mortal, timedelta(seconds=30), wait).once(Event())
    ground.database.dispose()
    tell.send(fate.count)


def _verified(_: FixProposal, __: float) -> Validation:
    return Validation(checks=(Check(name="passes_after", passed=True),))
