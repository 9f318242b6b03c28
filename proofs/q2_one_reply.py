"""Exactly one reply per alert, whatever dies when, and whatever Slack loses of its answers.

A real worker of Auto-Ops (its watch, database, Slack client and a scripted model that proposes a change) answers one
alert after the other from a stand-in for Slack. For each alert a worker is killed by kill -9 at one of its points:
around every commit and around the post. Then another one takes over, and most of these die as well, at a point by
chance; the last one lives. Around the posts Slack is rude by turns: it stores the reply and loses its answer, says 500
after it has stored it, drops the request, is down, or asks to wait. In the end each alert must have one reply.
"""

import argparse
import multiprocessing
import random
import signal
import sys
from collections import Counter

from donecast.platform.database import Database
from proofs.harness import ProofFailed, folder, table
from proofs.killed_runs import CHANNEL, FIRST_SECOND, work
from tests.support.slack_workspace import Manner, Workspace, slack
from tests.support.slow_workspace import word_of

DURATION = "about 25 minutes"
_POINTS = 500
_LIFE_SECONDS = 60
_MANNERS: tuple[Manner | None, ...] = (
    *(None, "stored_and_lost", "stored_and_500", "lost", "down", "limited", "cut", "garbage"),
)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./dev prove Q2")
    parser.add_argument("--points", type=int, default=_POINTS, help="so many alerts with a crash each, or more")
    wanted = parser.parse_args(arguments).points
    workspace = Workspace(channel=CHANNEL, first_second=FIRST_SECOND)
    chance = random.Random(7)
    first_kills = second_kills = number = 0
    with folder() as data, slack(workspace) as url:
        database = Database(f"sqlite:///{data / 'donecast.sqlite'}")
        database.migrate()
        database.dispose()
        lives = _Lives(str(data), url)
        workspace.say("KeyError in the first")
        points = lives.live(0) or 0
        while first_kills < wanted:
            workspace.first_second = FIRST_SECOND + 600 * lives.count
            ts = workspace.say(f"KeyError in {word_of(number)}")
            manner = _MANNERS[number // points % len(_MANNERS)]
            workspace.manners.clear()
            if manner is not None:
                workspace.behave("chat.postMessage", manner, 1)
            dies_at = 1 + number % points
            first_kills += lives.live(dies_at) is None
            if number % 3:
                second_kills += lives.live(1 + chance.randrange(points)) is None
            lives.live(0)
            if len(workspace.ours(ts)) != 1:
                print(f"WRONG: alert {number}, {manner}, killed at {dies_at}: {len(workspace.ours(ts))} replies")
            number += 1
        replies = Counter(len(workspace.ours(ts)) for ts in workspace.messages)
    print(table([(count, alerts) for count, alerts in sorted(replies.items())], ("replies", "alerts")))
    well = replies == {1: number + 1}
    print(
        f"{'well' if well else 'NOT WELL'}: {first_kills} first kills at {points} points, {second_kills} second ones, "
        f"{lives.count} lives of workers, "
        f"{replies[1]} of {number + 1} alerts with exactly one reply, {number + 1 - replies[1]} otherwise"
    )
    return 0 if well else 1


class _Lives:
    """Workers that begin from one process which has read all that they need."""

    def __init__(self, data: str, url: str) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["proofs.killed_runs"])
        self._place = data, url
        self.count = 0

    def live(self, dies_at: int) -> int | None:
        """At how many points a worker came by that came to the end of its work; None: it was killed.

        Raises ProofFailed for one that ended in any other way.
        """
        self.count += 1
        hear, tell = self._context.Pipe(duplex=False)
        process = self._context.Process(target=work, args=(*self._place, self.count, dies_at, tell))
        process.start()
        tell.close()
        process.join(_LIFE_SECONDS)
        if process.exitcode == -signal.SIGKILL:
            return None
        if process.exitcode != 0:
            process.kill()
            raise ProofFailed(f"a worker ended with {process.exitcode}")
        return int(hear.recv())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
