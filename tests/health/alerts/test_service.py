"""Rounds of alerts on real databases: opened once, told once, closed once, by one process at a time."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from donecast.health.alerts import service
from donecast.health.alerts.looking import Lookout
from donecast.health.alerts.rules import CLOSED_AFTER, OUTBOX_ON, REMINDED_AFTER, Alert, Facts
from donecast.kit.clock import FixedClock
from donecast.notices import service as notices
from donecast.notices.errors import NotDelivered
from donecast.notices.rules import Notice
from donecast.notices.senders import slack_text
from donecast.platform.breaker_rules import Admission
from donecast.platform.models import BreakerRow
from donecast.platform.traffic_rows import TrafficRows
from donecast.platform.web import Ground
from donecast.production.models import ChoreRow, WorkerRow
from tests.support.outboxes import ToldSender, put, rows
from tests.support.people import Person

_NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(_NOON)


@pytest.fixture(params=["ground", "postgres_ground"])
def on_both(request: pytest.FixtureRequest, clock: FixedClock) -> Ground:
    ground: Ground = request.getfixturevalue(request.param)
    return replace(ground, clock=clock)


def round_with(ground: Ground, clock: FixedClock, **facts: Any) -> list[Alert]:
    """One round in the present minute; the next one is a minute later."""
    with ground.database.transaction() as session:
        found = service.judge(
            session, clock, Facts(now=clock.now(), **facts), runbooks_url="https://d.example/runbooks"
        )
    clock.advance(_MINUTE)
    return found


def told(ground: Ground, channel: str) -> list[str]:
    """The first lines of what a channel was told."""
    return [row.subject for row in sorted(rows(ground), key=lambda row: row.created_at) if row.channel == channel]


def test_an_alert_is_opened_reminded_and_closed_once_through_every_channel(on_both: Ground, clock: FixedClock) -> None:
    for _ in range(3):
        (alert,) = round_with(on_both, clock, breakers_failing=("gemini",))
    clock.advance(REMINDED_AFTER)
    round_with(on_both, clock, breakers_failing=("gemini",))
    for _ in range(round(CLOSED_AFTER / _MINUTE) + 2):
        round_with(on_both, clock, breakers_failing=())
    start, end = "[donecast] ALERT breaker_open", f"id={alert.id} subject=gemini severity=page"
    lines = [f"{start} {kind} {end}" for kind in ("opened", "reminder", "closed")]
    assert told(on_both, "mail") == told(on_both, "slack") == lines
    sentence = "gemini is left alone, for it failed again and again."
    assert told(on_both, "in_app") == [sentence, f"Still so: {sentence}", f"It is over. It was: {sentence}"]
    in_studio = next(row for row in rows(on_both) if row.channel == "in_app").body
    assert in_studio.startswith("Since: 2026-03-01 12:00 UTC\nFirst: ")
    body = next(row for row in rows(on_both) if row.channel == "slack" and " opened " in row.subject).body
    assert body.splitlines()[0] == sentence
    assert "Since: 2026-03-01 12:00 UTC" in body
    assert "First: Run `donecast status`" in body
    assert "Runbook: https://d.example/runbooks/breaker_open.md" in body


def test_a_program_reads_name_and_id_from_the_first_line_in_slack(on_both: Ground, clock: FixedClock) -> None:
    (alert,) = round_with(on_both, clock, ledger_findings=2)
    row = next(row for row in rows(on_both) if row.channel == "slack")
    text = slack_text(Notice(key=row.key, channel="slack", subject=row.subject, body=row.body))
    found = re.match(
        r"\[donecast\] ALERT (\w+) (opened|reminder|closed) id=(al_\w+)(?: subject=(\S+))? severity=", text
    )
    assert found
    assert found.groups() == ("ledger_mismatch", "opened", alert.id, None)


def test_one_process_does_the_round_of_a_minute_and_two_that_do_open_once(on_both: Ground, clock: FixedClock) -> None:
    together = threading.Barrier(4)

    def look(_: int) -> bool:
        together.wait()
        is_taken = service.take_round(on_both)
        with on_both.database.transaction() as session:
            service.judge(session, clock, Facts(now=_NOON, ledger_findings=1), runbooks_url="")
        return is_taken

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(look, range(4))) == [False, False, False, True]
    assert len(told(on_both, "slack")) == 1
    clock.advance(_MINUTE)
    assert [service.take_round(on_both), service.take_round(on_both)] == [True, False]


def test_the_lookout_sees_what_goes_on(ground: Ground) -> None:
    breaker = ground.breakers.of("gemini")
    for _ in range(5):
        admission = breaker.admit(1.0)
        assert isinstance(admission, Admission)
        breaker.record(admission, "failed")
    now = ground.clock.now()
    with ground.database.transaction() as session:
        session.add(WorkerRow(id="old", started_at=now, heartbeat_at=now - timedelta(hours=1)))
        session.add(ChoreRow(name="ledger_audit", done_for="2026-03-01", done_at=now, findings=3))
    lookout = Lookout(ground, None)
    assert (lookout.look(), lookout.look()) == (True, False)
    with ground.database.reading() as session:
        found = {(alert.name, alert.subject): alert.figures for alert in service.watched(session).alerts}
    assert found.keys() == {("breaker_open", "gemini"), ("worker_dead", ""), ("ledger_mismatch", "")}
    assert "found 3 things" in found["ledger_mismatch", ""]
    alerts, outbox = service.check(ground)
    assert (alerts.ok, alerts.finding) == (False, "on: breaker_open, ledger_mismatch, worker_dead")
    assert alerts.action == "Read docs/runbooks/breaker_open.md."
    assert outbox.ok
    assert re.fullmatch(
        r"6 wait \(mail: 3, slack: 3; the oldest since \d{4}-\d\d-\d\d \d\d:\d\d UTC\), 0 were given up within a day",
        outbox.finding,
    )


def test_admins_see_what_is_on_and_the_first_step(ground: Ground, admin: Person) -> None:
    before = admin.ask("GET", "/api/admin/alerts").json()
    assert before == {
        "looked_at": None,
        "is_late": True,
        "not_known": [],
        "told_by": [],
        "open_count": 0,
        "alerts": [],
    }
    Lookout(ground, None).look()
    answer = admin.ask("GET", "/api/admin/alerts").json()
    (alert,) = answer["alerts"]
    assert (answer["is_late"], answer["looked_at"] is None) == (False, False)
    assert (answer["open_count"], alert["name"], alert["severity"]) == (1, "worker_dead", "page")
    assert "start a worker" in alert["first_step"]
    assert alert["runbook"] == "docs/runbooks/worker_dead.md"


def test_the_studio_and_the_mail_lead_to_the_same_runbook(ground: Ground, admin: Person) -> None:
    notice_settings = ground.settings.notices.model_copy(update={"runbooks_url": "https://d.example/runbooks/"})
    there = replace(ground, settings=replace(ground.settings, notices=notice_settings))
    cast(FastAPI, admin.client.app).state.ground = there
    Lookout(there, None).look()
    (alert,) = admin.ask("GET", "/api/admin/alerts").json()["alerts"]
    assert alert["runbook"] == "https://d.example/runbooks/worker_dead.md"
    assert f"Runbook: {alert['runbook']}" in next(row for row in rows(ground) if row.channel == "mail").body


def test_requests_that_fail_open_the_alerts_of_the_error_budget(ground: Ground) -> None:
    for number in range(400):
        ground.traffic.note(
            "/api/shows", "GET", "5xx" if number % 20 == 0 else "4xx" if number % 3 else "2xx", 0.01, "r"
        )
    TrafficRows(ground.database, ground.traffic).save()
    with ground.database.transaction() as session:
        now = ground.clock.now()
        session.add(WorkerRow(id="one", started_at=now, heartbeat_at=now))
    Lookout(ground, None).look()
    with ground.database.reading() as session:
        found = {alert.name: alert.figures for alert in service.watched(session).alerts}
    assert found.keys() == {"error_burst", "error_budget_fast", "error_budget_slow"}
    assert found["error_budget_fast"].startswith(
        "20 of 147 requests failed in 60 minutes, 136.1 times what 99.9 % allows"
    )


def test_a_fact_that_cannot_be_looked_at_hides_no_other_and_is_named(on_both: Ground) -> None:
    with on_both.database.transaction() as session:
        session.add(BreakerRow(service="gemini", state="not what a breaker writes"))
    assert Lookout(on_both, None).look()
    with on_both.database.reading() as session:
        watched = service.watched(session)
    assert [alert.name for alert in watched.alerts] == ["worker_dead"]
    assert watched.not_known == ("breakers",)
    alerts, _ = service.check(on_both)
    assert (alerts.ok, alerts.finding) == (False, "on: worker_dead; not known: breakers")


def test_a_round_that_begins_and_judges_nothing_is_no_look(ground: Ground) -> None:
    with ground.database.transaction() as session:
        session.execute(text("CREATE TRIGGER full BEFORE INSERT ON alerts BEGIN SELECT RAISE(ABORT, 'no room'); END"))
    with pytest.raises(SQLAlchemyError, match="no room"):
        Lookout(ground, None).look()
    alerts, _ = service.check(ground)
    assert (alerts.ok, alerts.finding) == (False, "nobody looks")


def test_a_service_that_is_isolated_by_hand_is_a_ticket_and_one_that_asks_for_quiet_is_nothing(ground: Ground) -> None:
    busy = ground.breakers.of("stripe")
    admission = busy.admit(1.0)
    assert isinstance(admission, Admission)
    busy.record(admission, "refused", quiet_seconds=60)
    ground.breakers.isolate("gemini", "root")
    Lookout(ground, None).look()
    with ground.database.reading() as session:
        found = {(one.name, one.subject): one for one in service.watched(session).alerts}
    assert found.keys() == {("service_isolated", "gemini"), ("worker_dead", "")}
    alert = found["service_isolated", "gemini"]
    assert alert.severity == "ticket"
    assert "gemini was switched off by hand and is not asked until somebody presses “Ask again now”" in alert.figures


def test_what_was_given_up_counts_for_a_day(ground: Ground, clock: FixedClock) -> None:
    still = replace(ground, clock=clock)
    put(still, "k:1")

    def refuse(_notice: Notice) -> None:
        raise NotDelivered("never", for_good=True)

    notices.deliver_due(still, ToldSender(then=refuse))
    _, outbox = service.check(still)
    assert (outbox.ok, outbox.finding) == (False, "0 wait, 1 were given up within a day")
    assert outbox.action == "Look in the log for `notice not delivered`; then read docs/runbooks/outbox_stuck.md."
    clock.advance(timedelta(hours=25))
    _, outbox = service.check(still)
    assert (outbox.ok, outbox.finding) == (True, "0 wait, 0 were given up within a day")


def test_what_waits_too_long_says_where_and_what_to_do(ground: Ground, clock: FixedClock) -> None:
    still = replace(ground, clock=clock)
    put(still, "k:1")
    clock.advance(OUTBOX_ON)
    _, outbox = service.check(still)
    assert not outbox.ok
    assert outbox.finding == "1 wait (slack: 1; the oldest since 2026-03-01 12:00 UTC), 0 were given up within a day"
    assert outbox.action.startswith("Look in the log")
