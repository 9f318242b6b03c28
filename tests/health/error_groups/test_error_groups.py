"""Our own store of errors, on both databases: grouped, counted, found again, forgotten; never a burden."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from donecast.health.error_groups import service
from donecast.health.error_groups.errors import NoSuchErrorGroup
from donecast.health.error_groups.pending import PendingErrors
from donecast.health.error_groups.rules import (
    EVENTS_PER_GROUP_MAX,
    EVENTS_SHOWN,
    KEPT_DAYS,
    PAGE_MAX,
    PENDING_GROUPS_MAX,
    ErrorGroup,
    Wanted,
)
from donecast.kit.clock import FixedClock
from donecast.platform.database import Database, DatabaseBusy
from donecast.platform.error_rules import Breadcrumb, ErrorReport, Frame
from donecast.platform.statement_limits import DatabaseLimits
from donecast.platform.web import Ground
from tests.support.planted_secrets import KINDS, planted

_NOON = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
_serial = iter(range(10**9))


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> Database:
    """Both databases in turn."""
    name = "ground" if request.param == "sqlite" else "postgres_ground"
    ground: Ground = request.getfixturevalue(name)
    return ground.database


@pytest.fixture
def pending() -> PendingErrors:
    """Nothing waits yet."""
    return PendingErrors(environment="test", release="donecast@1")


def _report(place: str = "save", **changes: Any) -> ErrorReport:
    frames = (Frame("donecast.shows.service", place, 10, "x = 1", is_ours=True),)
    facts = {"user_id": "acc_1", "request_id": "r1", "user_email": "ann@example.org"}
    crumbs = (Breadcrumb(_NOON, "sql", "SELECT 1", milliseconds=0.5),)
    return ErrorReport(
        **{
            **{"id": f"{next(_serial):032x}", "at": _NOON, "level": "error", "source": "server", "type": "KeyError"},
            **{"message": "gone", "frames": frames, "facts": facts, "breadcrumbs": crumbs, **changes},
        }
    )


def _write(database: Database, pending: PendingErrors, *reports: ErrorReport) -> None:
    for report in reports:
        pending.take(report)
    assert service.write_pending(database, pending) == len(reports)


def _found(database: Database, wanted: Wanted, now: datetime = _NOON) -> list[ErrorGroup]:
    with database.reading() as session:
        return list(service.error_groups(session, FixedClock(now), wanted).groups)


def test_errors_are_grouped_and_counted(database: Database, pending: PendingErrors) -> None:
    later = _NOON + timedelta(hours=1)
    _write(database, pending, _report(), _report(facts={"user_id": "acc_2"}), _report("remove"))
    _write(database, pending, _report(at=later, level="fatal", message="gone again", facts={}))
    first, second = _found(database, Wanted(), later)
    assert (first.type, first.message, first.culprit) == ("KeyError", "gone again", "donecast.shows.service in save")
    assert (first.event_count, first.user_count, first.level, first.last_user_id) == (3, 2, "fatal", "acc_2")
    assert (first.first_seen, first.last_seen, first.status) == (_NOON, later, "unresolved")
    assert (first.environment, first.release, first.source) == ("test", "donecast@1", "server")
    assert second.event_count == 1
    with database.reading() as session:
        events = service.last_events(session, first.id)
        lines = service.error_trends(session, FixedClock(later), [first.id, second.id])
        stats = service.error_stats(session)
    assert [event.message for event in events] == ["gone again", "gone", "gone"]
    assert events[-1].breadcrumbs[0]["message"] == "SELECT 1"
    assert events[-1].frames == [
        {"place": "donecast.shows.service", "function": "save", "line": 10, "code": "x = 1", "is_ours": True}
    ]
    assert "user_email" not in events[-1].facts
    assert lines[first.id].hours[-2:] == (2, 1)
    assert lines[first.id].days[-1] == 3
    assert (sum(lines[second.id].hours), len(lines[second.id].hours), len(lines[second.id].days)) == (1, 24, 14)
    assert (stats.total_unresolved, stats.critical_errors, stats.warnings, stats.most_recent) == (2, 2, 0, later)


_ASKED: list[tuple[Wanted, bool]] = [
    (Wanted(levels=("error", "fatal")), True),
    (Wanted(levels=("fatal",)), False),
    (Wanted(text="GONE"), True),
    (Wanted(text="shows.SERVICE"), True),
    (Wanted(text="g%e"), False),
    (Wanted(type="keyerr"), True),
    (Wanted(status="open"), True),
    (Wanted(status="resolved"), False),
    (Wanted(user_id="acc_1"), True),
    (Wanted(user_id="acc_1", request_id="r2"), False),
    (Wanted(request_id="r1"), True),
    (Wanted(show_id="sh_1", episode_id="ep_1"), True),
    (Wanted(episode_id="ep_2"), False),
]


def test_errors_are_found_by_what_is_known_of_them(database: Database, pending: PendingErrors) -> None:
    facts = {"user_id": "acc_1", "request_id": "r1", "show_id": "sh_1", "episode_id": "ep_1"}
    _write(database, pending, _report(facts=facts))
    for wanted, is_found in _ASKED:
        assert bool(_found(database, wanted)) == is_found, wanted
    assert _found(database, Wanted(hours_back=24), _NOON + timedelta(hours=23))
    assert not _found(database, Wanted(hours_back=24), _NOON + timedelta(hours=25))


def test_what_was_resolved_and_comes_back_is_regressed(database: Database, pending: PendingErrors) -> None:
    clock = FixedClock(_NOON + timedelta(minutes=5))
    _write(database, pending, _report())
    group_id = _found(database, Wanted())[0].id
    with database.transaction() as session:
        assert service.set_error_status(session, clock, group_id, "resolved").status == "resolved"
        assert service.assign_error(session, group_id, "acc_9").assignee == "acc_9"
    _write(database, pending, _report())  # it happened before, and was only written late
    assert _found(database, Wanted())[0].status == "resolved"
    _write(database, pending, _report(at=_NOON + timedelta(minutes=6)))
    assert _found(database, Wanted(status="open"))[0].status == "regressed"
    with database.transaction() as session:
        service.set_error_status(session, clock, group_id, "ignored")
    _write(database, pending, _report(at=_NOON + timedelta(minutes=7)))
    assert _found(database, Wanted())[0].status == "ignored"
    with database.reading() as session:
        assert service.error_stats(session).total_unresolved == 0


def test_only_the_last_events_are_kept(database: Database, pending: PendingErrors) -> None:
    for turn in range(2):
        _write(database, pending, *(_report(at=_NOON + timedelta(seconds=turn * 100 + n)) for n in range(25)))
    group = _found(database, Wanted())[0]
    with database.reading() as session:
        kept = service.last_events(session, group.id, 1_000)
        assert len(service.last_events(session, group.id)) == EVENTS_SHOWN
    assert (group.event_count, len(kept)) == (50, EVENTS_PER_GROUP_MAX)
    assert kept[0].at == _NOON + timedelta(seconds=124)


def test_old_errors_are_forgotten(database: Database, pending: PendingErrors) -> None:
    _write(database, pending, _report(), _report("remove", at=_NOON + timedelta(days=2)))
    assert service.forget_old_errors(database, FixedClock(_NOON + timedelta(days=KEPT_DAYS))) == 0
    assert service.forget_old_errors(database, FixedClock(_NOON + timedelta(days=KEPT_DAYS, seconds=1))) == 1
    left = _found(database, Wanted(hours_back=10_000), _NOON + timedelta(days=KEPT_DAYS))
    assert [group.culprit for group in left] == ["donecast.shows.service in remove"]


def test_groups_are_limited(database: Database, pending: PendingErrors) -> None:
    places = range(PAGE_MAX + 2)
    _write(database, pending, *(_report(f"f{n}", at=_NOON + timedelta(seconds=n)) for n in places))
    clock = FixedClock(_NOON + timedelta(hours=1))
    assert service.forget_old_errors(database, clock, groups_max=PAGE_MAX + 1) == 1
    with database.reading() as session:
        page = service.error_groups(session, clock, Wanted(), limit=1_000)
        last = page.groups[-1]
        rest = service.error_groups(session, clock, Wanted(after=(last.last_seen, last.id)), limit=1_000)
    assert (page.total, len(page.groups)) == (PAGE_MAX + 1, PAGE_MAX)
    assert page.groups[0].culprit == f"donecast.shows.service in f{PAGE_MAX + 1}"
    assert [group.culprit for group in rest.groups] == ["donecast.shows.service in f1"]


def test_what_waits_is_limited_and_what_is_lost_is_counted(pending: PendingErrors) -> None:
    for number in range(PENDING_GROUPS_MAX + 3):
        pending.take(_report(f"f{number}"))
    pending.take(_report("f0"))
    waiting = pending.take_out()
    assert (len(waiting), pending.lost_count) == (PENDING_GROUPS_MAX, 3)
    assert max(group.event_count for group in waiting.values()) == 2


def test_a_storm_is_one_write(ground: Ground, pending: PendingErrors) -> None:
    for _ in range(10_000):
        pending.take(_report())
    statements: list[str] = []
    with ground.errors.tracked("round") as trail:
        service.write_pending(ground.database, pending)
        statements = [crumb.message for crumb in trail.breadcrumbs]
    assert len(statements) < 15
    assert _found(ground.database, Wanted())[0].event_count == 10_000


@pytest.fixture
def impatient(ground: Ground) -> Iterator[Database]:
    """The same database for somebody who does not wait long."""
    database = Database(ground.database.url, limits=DatabaseLimits(lock_wait_ms=100))
    yield database
    database.dispose()


def test_what_cannot_be_written_waits_on(ground: Ground, impatient: Database, pending: PendingErrors) -> None:
    pending.take(_report(message="first"))
    with ground.database.transaction() as session:
        session.connection()  # somebody else writes, and takes long
        with pytest.raises(DatabaseBusy):
            service.write_pending(impatient, pending)
        pending.take(_report(at=_NOON + timedelta(minutes=1), message="second"))
    assert service.write_pending(impatient, pending) == 2
    assert service.write_pending(impatient, pending) == 0
    group = _found(ground.database, Wanted())[0]
    assert (group.event_count, group.message, group.first_seen) == (2, "second", _NOON)


def test_no_secret_is_kept(ground: Ground, pending: PendingErrors) -> None:
    secrets = [planted(kind, 7) for kind in KINDS]
    for secret in secrets:
        crumb = Breadcrumb(_NOON, "http", secret.text, data={"given": secret.value})
        tags, facts = {"given": secret.text}, {"action": secret.text}
        frame = Frame("donecast.x", "f", 1, secret.text, is_ours=True)
        one = _report(message=f"no: {secret.text}", breadcrumbs=(crumb,), tags=tags, facts=facts, frames=(frame,))
        pending.take(replace(one, type=f"Error{secret.kind}"))
    service.write_pending(ground.database, pending)
    ground.database.dispose()
    kept = b"".join(path.read_bytes() for path in sorted(ground.settings.data.glob("donecast.sqlite*")))
    assert b"donecast.shows.service" not in kept
    assert b"donecast.x" in kept
    assert [secret.kind for secret in secrets if any(part.encode() in kept for part in secret.parts)] == []


def test_a_group_that_is_gone(ground: Ground) -> None:
    with ground.database.transaction() as session:
        with pytest.raises(NoSuchErrorGroup):
            service.error_group(session, "err_x")
        with pytest.raises(NoSuchErrorGroup):
            service.set_error_status(session, ground.clock, "err_x", "ignored")
        with pytest.raises(NoSuchErrorGroup):
            service.assign_error(session, "err_x", None)
