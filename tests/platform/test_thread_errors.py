"""A thread that nobody waits for does not end in silence."""

import threading
from datetime import UTC, datetime

from donecast.kit.clock import FixedClock
from donecast.platform.error_tracking import ErrorTracker
from donecast.platform.thread_errors import told_of_threads
from tests.support.error_shelf import Shelf


def _break() -> None:
    raise ValueError("nobody catches this")


def _run(name: str) -> None:
    thread = threading.Thread(target=_break, name=name)
    thread.start()
    thread.join()


def test_an_error_that_ends_a_thread_is_told_with_the_name_of_the_thread() -> None:
    shelf = Shelf()
    before = threading.excepthook
    with told_of_threads(ErrorTracker(FixedClock(datetime(2026, 3, 1, tzinfo=UTC)), (shelf,))):
        _run("donecast-check")
        _run("look-disk")
    assert [(report.type, report.facts["action"]) for report in shelf.reports] == [
        ("ValueError", "donecast-check"),
        ("ValueError", "look-disk"),
    ]
    assert shelf.reports[0].frames[-1].function == "_break"
    assert threading.excepthook is before
