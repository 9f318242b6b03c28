"""Error tracking: what is told and what is not, with which facts, and nothing of one request with another."""

import asyncio
import contextvars
import threading
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from donecast.kit.clock import FixedClock
from donecast.kit.errors import DonecastError, ErrorKind
from donecast.platform.error_rules import BREADCRUMBS_MAX, ErrorReport, Frame, culprit, fingerprint
from donecast.platform.error_tracking import (
    ErrorTracker,
    Trail,
    add_breadcrumb,
    capture_exception,
    capture_message,
    clear_user_context,
    set_business_context,
    set_request_context,
    set_user_context,
)
from tests.support.error_shelf import Shelf

_CLOCK = FixedClock(datetime(2026, 3, 1, 12, tzinfo=UTC))


class Leaky:
    """A sink that fails."""

    @property
    def lost(self) -> dict[str, int]:
        return {"the line was cut": 2}

    def take(self, report: ErrorReport) -> None:
        raise OSError("no way out")

    def flush(self) -> None:
        pass

    def begin(self, trail: Trail) -> None:
        pass

    def trace(self, trail: Trail, ended_at: datetime) -> None:
        raise OSError("no way out")


def _raised(error: Exception) -> Exception:
    try:
        raise error
    except type(error) as caught:
        return caught


@pytest.mark.parametrize("kind", list(ErrorKind))
def test_what_a_person_can_mend_is_not_told(kind: ErrorKind) -> None:
    shelf = Shelf()
    tracker = ErrorTracker(_CLOCK, (shelf,))
    known = type("Known", (DonecastError,), {"kind": kind})
    with tracker.tracked("request"):
        capture_exception(_raised(known()))
    ours = kind in {ErrorKind.BROKEN, ErrorKind.UNAVAILABLE}
    assert len(shelf.reports) == ours
    assert tracker.counts() == ({"told": 1} if ours else {"expected": 1})


def test_a_report_says_who_what_where_and_what_was_before() -> None:
    shelf = Shelf()
    with ErrorTracker(_CLOCK, (shelf,)).tracked("request", request_id="r1"):
        set_user_context("acc_1", "ann@example.org")
        set_request_context(method="POST", route="/api/shows/{show_id}", status=500)
        set_business_context(show_id="sh_1", episode_id="ep_1", action="publish", operation_id="op_1", step="tag")
        add_breadcrumb("milestone", "uploaded", data={"bytes": 5})
        capture_exception(_raised(KeyError("gone")))
    report = shelf.reports[0]
    assert report.facts == {
        "request_id": "r1",
        "user_id": "acc_1",
        "user_email": "ann@example.org",
        "method": "POST",
        "route": "/api/shows/{show_id}",
        "status": "500",
        "show_id": "sh_1",
        "episode_id": "ep_1",
        "action": "publish",
        "operation_id": "op_1",
        "step": "tag",
    }
    assert (report.type, report.level, report.at) == ("KeyError", "error", _CLOCK.now())
    assert [(crumb.category, crumb.message) for crumb in report.breadcrumbs] == [("milestone", "uploaded")]
    assert report.frames[-1].function == "_raised"


def test_an_error_is_told_once_and_a_forgotten_person_not_at_all() -> None:
    shelf = Shelf()
    error = _raised(ValueError("x"))
    with ErrorTracker(_CLOCK, (shelf,)).tracked("request"):
        set_user_context("acc_1", "ann@example.org")
        clear_user_context()
        assert capture_exception(error)
        assert capture_exception(error) is None
        assert capture_message("look here", "warning")
    assert [report.type for report in shelf.reports] == ["ValueError", "Message"]
    assert "user_id" not in shelf.reports[0].facts
    assert "user_email" not in shelf.reports[0].facts


def test_outside_of_a_trail_nothing_is_told_or_kept() -> None:
    set_user_context("acc_1")
    add_breadcrumb("sql", "select 1")
    assert capture_exception(_raised(ValueError())) is None
    shelf = Shelf()
    with ErrorTracker(_CLOCK, (shelf,)).tracked("request"):
        capture_message("fresh")
    assert not shelf.reports[0].facts
    assert not shelf.reports[0].breadcrumbs


def test_a_sink_that_fails_harms_nobody_and_is_counted() -> None:
    shelf = Shelf()
    tracker = ErrorTracker(_CLOCK, (Leaky(), shelf))
    with tracker.tracked("request"):
        capture_exception(_raised(ValueError()))
    assert len(shelf.reports) == 1
    assert tracker.counts() == {"told": 1, "lost: report": 1, "lost: trace": 1}
    assert tracker.losses() == {"report": 1, "trace": 1, "the line was cut": 2}


def test_breadcrumbs_are_limited() -> None:
    shelf = Shelf()
    with ErrorTracker(_CLOCK, (shelf,)).tracked("request"):
        for number in range(BREADCRUMBS_MAX + 1):
            add_breadcrumb("x", str(number))
        capture_message("full")
    crumbs = shelf.reports[0].breadcrumbs
    assert (len(crumbs), crumbs[0].message) == (BREADCRUMBS_MAX, "1")


def _in_threads(work: Callable[[int], None]) -> None:
    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _in_tasks(work: Callable[[int], None]) -> None:
    async def one(number: int) -> None:
        # As for endpoints: part of the work is done in a thread that gets a copy of the context.
        await asyncio.to_thread(work, number)

    async def many() -> None:
        await asyncio.gather(*(one(number) for number in range(4)))

    asyncio.run(many())


@pytest.mark.parametrize("side_by_side", [_in_threads, _in_tasks])
def test_nothing_of_one_request_is_told_of_another(side_by_side: Callable[[Callable[[int], None]], None]) -> None:
    shelf = Shelf()
    tracker = ErrorTracker(_CLOCK, (shelf,))
    gate = threading.Barrier(4)

    def work(number: int) -> None:
        for _turn in range(15):
            with tracker.tracked("request", request_id=number):
                contextvars.copy_context().run(set_user_context, f"acc_{number}")
                add_breadcrumb("milestone", str(number))
                gate.wait(20)
                capture_exception(_raised(ValueError(str(number))))

    side_by_side(work)
    assert len(shelf.reports) == 60
    for report in shelf.reports:
        number = report.message
        assert report.facts == {"request_id": number, "user_id": f"acc_{number}"}
        assert [crumb.message for crumb in report.breadcrumbs] == [number]


def test_a_group_is_a_type_and_our_own_last_places() -> None:
    ours = Frame("donecast.shows.service", "save", 10, is_ours=True)
    deeper = Frame("sqlalchemy.engine", "execute", 99)
    moved = Frame("donecast.shows.service", "save", 12, is_ours=True)
    other = Frame("donecast.shows.service", "remove", 10, is_ours=True)
    base = fingerprint("KeyError", [ours, deeper], "'a'")
    assert base == fingerprint("KeyError", [moved], "'b'")
    assert base != fingerprint("KeyError", [other, deeper])
    assert base != fingerprint("ValueError", [ours, deeper])
    assert fingerprint("Message", [], "12 failed") == fingerprint("Message", [], "13 failed")
    assert fingerprint("Message", [], "12 failed") != fingerprint("Message", [], "12 passed")
    assert culprit([ours, deeper]) == "donecast.shows.service in save"
