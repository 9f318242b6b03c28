"""Three hundred alerts at Slack's smallest pace, and a thousand times the same one.

First: Slack gives one page of fifteen messages a minute, and answers 429 to whoever asks sooner; 300 different alerts
wait, among people's chatter. The watch has to drain them, on a clock that waits as it is told to: none is lost,
none answered twice, no page read in vain. Then a thousand equal alerts come within ten minutes: one run, one reply, and
its thread hears of the rest at most every fifteen minutes.
"""

import sys
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

from donecast.autoops import repository
from donecast.autoops.case import Source
from donecast.autoops.intake import Intake
from donecast.autoops.posting import Posting
from donecast.autoops.rule_analyst import RuleAnalyst
from donecast.autoops.rules.repeats import UPDATE_EVERY
from donecast.autoops.run import Bench
from donecast.autoops.slack_client import SlackClient
from donecast.autoops.watch import Watch
from donecast.entry.wiring import lay_ground
from donecast.kit.clock import FixedClock
from donecast.platform.settings import load_settings
from donecast.platform.telemetry import configure_logs
from donecast.platform.web import Ground
from proofs.harness import base_settings, folder, table
from tests.support.alerts import breaker_alert
from tests.support.slack_workspace import Workspace, slack
from tests.support.slow_workspace import PAGE_MESSAGES, SlowWorkspace, word_of

DURATION = "about 3 minutes"
_QUEUED, _EQUAL = 300, 1_000
_BEGIN = datetime(2026, 11, 30, 12, tzinfo=UTC)


def main(arguments: list[str]) -> int:
    del arguments
    with folder() as data:
        ground = _ground(data / "queued")
        drained, minutes, wrong = _drain(ground)
        ground.database.dispose()
        ground = _ground(data / "equal")
        told, more_wrong = _flood(ground)
        ground.database.dispose()
    print(table([*drained, *told], ("what", "figure")))
    for sentence in [*wrong, *more_wrong]:
        print(f"WRONG: {sentence}")
    count = len(wrong) + len(more_wrong)
    print(
        f"{'NOT WELL' if count else 'well'}: {_QUEUED} alerts drained at one page of {PAGE_MESSAGES} a minute in "
        f"{minutes} minutes, each answered once; {_EQUAL} equal ones gave one run; {count} went otherwise"
    )
    return 1 if count else 0


def _ground(data: Any) -> Ground:
    settings = load_settings({**base_settings(data), "environment": "test", "log_level": "ERROR"})
    configure_logs(settings.server)
    ground = lay_ground(settings)
    ground.database.migrate()
    return replace(ground, clock=FixedClock(_BEGIN))


def _watch(ground: Ground, workspace: Workspace, url: str, clock: FixedClock) -> Watch:
    client = SlackClient("xoxb-a-token", url)
    bench = Bench(ground, [Source("errors", "errors", "Which errors?", lambda _: "KeyError")], RuleAnalyst(), None)

    def wait(seconds: float) -> None:
        clock.advance(timedelta(seconds=seconds))

    intake = Intake(ground, client, client.ourselves(), workspace.channel)
    return Watch(bench, intake, Posting(ground, client), timedelta(seconds=30), wait)


def _drain(ground: Ground) -> tuple[list[tuple[object, ...]], int, list[str]]:
    clock = FixedClock(_BEGIN)
    workspace = SlowWorkspace(clock=clock)
    here = replace(ground, clock=clock)
    stamps = []
    for number in range(_QUEUED):
        stamps.append(workspace.say(f"KeyError in GET /{word_of(number)}"))
        if number % 10 == 0:
            workspace.say("anybody for lunch?", bot=False)
    with slack(workspace) as url:
        watch = _watch(here, workspace, url, clock)
        while not _all_done(here) and clock.now() - _BEGIN < timedelta(hours=3):
            watch.once(Event())
        watch.once(Event())
    answers = Counter(len(workspace.ours(ts)) for ts in stamps)
    strangers = sum(len(workspace.ours(ts)) for ts in workspace.messages if ts not in stamps)
    minutes = int((clock.now() - _BEGIN).total_seconds() // 60)
    pages = workspace.calls["conversations.history"]
    fewest = -(-len(workspace.messages) // PAGE_MESSAGES)
    wrong = [] if answers == {1: _QUEUED} else [f"replies by alert: {dict(answers)}"]
    wrong += [f"{strangers} replies to chatter"] if strangers else []
    wrong += [f"{pages} pages for {fewest} full ones"] if pages > fewest + 2 else []
    rows: list[tuple[object, ...]] = [
        ("alerts answered exactly once", f"{answers[1]} of {_QUEUED}"),
        ("pages read, of fifteen messages", f"{pages}, at least {fewest} are needed"),
        ("questions that came too soon", workspace.refused),
        ("minutes until all were answered", minutes),
    ]
    return rows, minutes, wrong


def _flood(ground: Ground) -> tuple[list[tuple[object, ...]], list[str]]:
    clock = FixedClock(_BEGIN)
    workspace = SlowWorkspace(clock=clock, page_messages_max=1_000)
    here = replace(ground, clock=clock)
    with slack(workspace) as url:
        watch = _watch(here, workspace, url, clock)
        for batch in range(20):
            for _ in range(_EQUAL // 20):
                workspace.say(breaker_alert("gemini", "opened" if batch == 0 else "reminder"))
            clock.advance(timedelta(seconds=30))
            watch.once(Event())
        for _ in range(4 * 60):
            clock.advance(timedelta(minutes=1))
            watch.once(Event())
    with here.database.reading() as session:
        rows = repository.all_alerts(session)
    runs = sum(row.run_id is not None for row in rows)
    replies = [reply for ts in workspace.messages for reply in workspace.ours(ts)]
    gaps = [later - sooner for sooner, later in zip(workspace.updated_at, workspace.updated_at[1:], strict=False)]
    said = str(replies[0]["blocks"][-1]) if replies else ""
    wrong = [] if len(rows) == _EQUAL else [f"{len(rows)} alerts were taken in"]
    wrong += [] if runs == len(replies) == 1 else [f"{runs} runs, {len(replies)} replies"]
    wrong += [f"the thread heard again after {min(gaps)}"] if gaps and min(gaps) < UPDATE_EVERY else []
    wrong += [] if f"{_EQUAL - 1} times more" in said else [f"the thread says {said}"]
    return [
        ("equal alerts, runs, replies", f"{len(rows)}, {runs}, {len(replies)}"),
        ("updates of the thread", f"{len(workspace.updated_at)}, {min(gaps) if gaps else 'no'} apart at least"),
        ("the thread says at last", f"Told {_EQUAL - 1} times more" if not wrong else said),
    ], wrong


def _all_done(ground: Ground) -> bool:
    with ground.database.reading() as session:
        counts = repository.counts(session)
    return counts.get("replied", 0) >= _QUEUED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
