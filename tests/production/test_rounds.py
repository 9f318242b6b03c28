"""Rounds: acts are repeated until the end, whatever one of them meets."""

from datetime import timedelta
from threading import Event

from donecast.kit.clock import SystemClock
from donecast.platform.error_tracking import ErrorTracker
from donecast.production.rounds import Rounds

_SOON = timedelta(milliseconds=5)


def test_one_act_that_fails_keeps_nothing_else_from_being_done_again_and_again() -> None:
    tracker = ErrorTracker(SystemClock())
    rounds, done, enough = Rounds(tracker), list[str](), Event()

    def fails() -> None:
        done.append("fails")
        raise ZeroDivisionError

    def works() -> None:
        done.append("works")
        if len(done) >= 6:
            enough.set()

    rounds.begin("tests", [fails, works], _SOON)
    assert enough.wait(10)
    rounds.end()
    assert done[:6] == ["fails", "works"] * 3
    length = len(done)
    assert not Event().wait(0.05)
    assert len(done) == length
    assert tracker.counts()["told"] >= 3


def test_the_first_time_may_come_sooner_than_the_others() -> None:
    rounds, done = Rounds(ErrorTracker(SystemClock())), Event()
    rounds.begin("tests", [done.set], timedelta(hours=1), _SOON)
    assert done.wait(10)
    rounds.end()
