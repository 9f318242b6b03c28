"""On PostgreSQL, where several watches may run at once: each alert is taken by one, and answered once."""

import threading
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from threading import Event

import pytest

from donecast.autoops import repository
from donecast.autoops.case import Source
from donecast.autoops.intake import Intake
from donecast.autoops.posting import Posting
from donecast.autoops.rule_analyst import RuleAnalyst
from donecast.autoops.run import Bench
from donecast.autoops.slack_client import Ourselves, SlackClient
from donecast.autoops.watch import Watch
from donecast.kit.clock import FixedClock
from donecast.platform.web import Ground
from tests.support.alerts import NOW, breaker_alert
from tests.support.slack_workspace import BOT, BOT_ID, TEAM, Workspace, slack
from tests.support.slow_workspace import word_of

_ALERTS = 12


@pytest.fixture
def ground_here(postgres_ground: Ground) -> Ground:
    """The database of two watches."""
    return replace(postgres_ground, clock=FixedClock(NOW))


def test_two_watches_share_the_alerts_and_answer_each_once(ground_here: Ground) -> None:
    workspace = Workspace(channel="C0ALERTS", first_second=int(NOW.timestamp()))
    for number in range(_ALERTS):
        workspace.say(f"KeyError in GET /{word_of(number)}")
    for _ in range(3):
        workspace.say(breaker_alert("gemini"))
    failed: list[BaseException] = []

    def watch(url: str) -> None:
        try:
            client = SlackClient("xoxb-a-token", url)
            sources = [Source("errors", "errors", "Which errors?", lambda _: "KeyError")]
            bench = Bench(ground_here, sources, RuleAnalyst(), None)
            intake = Intake(ground_here, client, Ourselves(BOT, BOT_ID, TEAM), workspace.channel)
            posting = Posting(ground_here, client)
            Watch(bench, intake, posting, timedelta(seconds=30), threading.Event().wait).once(Event())
        except BaseException as error:
            failed.append(error)
            raise

    with slack(workspace) as url:
        watches = [threading.Thread(target=watch, args=(url,)) for _ in range(2)]
        for one in watches:
            one.start()
        for one in watches:
            one.join(60)
    assert failed == []
    assert Counter(len(workspace.ours(ts)) for ts in workspace.messages) == {1: _ALERTS + 1, 0: 2}
    with ground_here.database.reading() as session:
        assert Counter(row.state for row in repository.all_alerts(session)) == {"replied": _ALERTS + 1, "suppressed": 2}
