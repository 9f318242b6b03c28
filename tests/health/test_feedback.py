"""The error pages over HTTP, before a stand-in for Sentry: what is read, and what is said when Sentry is silent."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from donecast.health.bug_reports import service as bug_reports
from donecast.health.feedback.rules import cursor_after, place_of, summed
from donecast.platform.failure_reports import Failure
from donecast.platform.web import Ground
from tests.support.own_errors import happened
from tests.support.people import Person
from tests.support.sentry_server import READ_TOKEN, Manner, SentryStandIn, sentry_service

EVENTS = "/api/admin/feedback/sentry/events"
STATS = "/api/admin/feedback/sentry/stats"
TREND = "/api/admin/feedback/sentry/trend"
REFRESH = "/api/admin/feedback/sentry/refresh"


@pytest.fixture
def stand_in() -> Iterator[SentryStandIn]:
    with sentry_service() as running:
        yield running


@pytest.fixture
def overrides(stand_in: SentryStandIn) -> dict[str, Any]:
    return stand_in.settings()


@pytest.fixture
def some(stand_in: SentryStandIn) -> list[dict[str, Any]]:
    """A fatal error of now, a warning of an hour ago, an old one that goes on, one of days ago, a solved one."""
    now = datetime.now(UTC)
    return [
        stand_in.add_issue(1, seen=now, level="fatal", type="MemoryError", value="no room for a greenhouse"),
        stand_in.add_issue(2, seen=now - timedelta(hours=1), level="warning"),
        stand_in.add_issue(
            3, seen=now - timedelta(hours=2), first_seen=now - timedelta(days=80), tags={"request_id": "req-3"}
        ),
        stand_in.add_issue(4, seen=now - timedelta(days=3)),
        stand_in.add_issue(5, seen=now, status="resolved"),
    ]


def listed(admin: Person, query: str = "") -> list[str]:
    answer = admin.ask("GET", f"{EVENTS}{query}")
    assert answer.status_code == 200, answer.text
    return [row["issue_id"][-1] for row in answer.json()["events"]]


@pytest.mark.usefixtures("some")
class TestTheList:
    def test_recent_is_what_was_seen_lately_however_old_it_is(self, admin: Person) -> None:
        assert listed(admin) == ["1", "2", "3"]
        assert listed(admin, "?hours_back=100") == ["1", "2", "3", "4"]

    def test_a_row_says_what_a_person_needs(self, admin: Person) -> None:
        page = admin.ask("GET", EVENTS).json()
        assert page["source"]["kind"] == "sentry"
        assert page["source"]["state"] == "ok"
        row = page["events"][0]
        assert (row["error_type"], row["message"], row["level"]) == ("MemoryError", "no room for a greenhouse", "fatal")
        assert (row["environment"], row["user_email"], row["user_count"]) == ("production", "person1@example.com", 2)
        assert row["url"].startswith("http://127.0.0.1:")
        assert (len(row["trend_24h"]), len(row["trend_14d"])) == (24, 14)

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("?severity=fatal", ["1"]),
            ("?severity=critical", ["1", "3"]),
            ("?severity=warning", ["2"]),
            ("?severity=", ["1", "2", "3"]),
            ("?status=resolved", ["5"]),
            ("?search=greenhouse room", ["1"]),
            ("?error_type=memoryerror", ["1"]),
            ("?request_id=req-3", ["3"]),
            ("?user=person2@example.com", ["2"]),
        ],
    )
    def test_it_is_searched(self, admin: Person, query: str, found: list[str]) -> None:
        assert listed(admin, query) == found

    @pytest.mark.parametrize(
        "query", ["?limit=0", "?limit=101", "?hours_back=0", "?severity=loud", '?request_id="x" is:resolved']
    )
    def test_what_makes_no_sense_is_refused(self, admin: Person, query: str) -> None:
        assert admin.ask("GET", f"{EVENTS}{query}").status_code == 422

    @pytest.mark.parametrize("cursor", ["x", "1.", "999999999999999999.1", "1.1.1"])
    def test_a_cursor_of_somebody_elses_making_is_refused(self, admin: Person, cursor: str) -> None:
        assert admin.ask("GET", f"{EVENTS}?cursor={cursor}").json()["error"]["code"] == "cursor_invalid"

    def test_pages_follow_each_other(self, admin: Person) -> None:
        first = admin.ask("GET", f"{EVENTS}?limit=2").json()
        assert first["total"] == 3
        assert listed(admin, f"?limit=2&cursor={first['next_cursor']}") == ["3"]

    def test_the_figures_count_all_and_not_one_page(self, admin: Person) -> None:
        stats = admin.ask("GET", STATS).json()
        assert (stats["total_unresolved"], stats["critical_errors"], stats["warnings"]) == (4, 3, 1)
        assert stats["api_available"] is True
        assert stats["most_recent"]["error_type"] == "MemoryError"

    def test_one_error_shows_its_last_ten_events(self, admin: Person, some: list[dict[str, Any]]) -> None:
        detail = admin.ask("GET", f"{EVENTS}/{some[2]['id']}").json()
        assert detail["issue"]["id"] == some[2]["id"]
        assert detail["events"][0]["request_id"] == "req-3"
        assert [crumb["category"] for crumb in detail["events"][0]["breadcrumbs"]] == ["http", "query"]
        assert admin.ask("GET", f"{EVENTS}/404").json()["error"]["code"] == "no_such_error"


@pytest.mark.usefixtures("some")
class TestSentryIsSilent:
    @pytest.mark.parametrize(
        ("manner", "code"),
        [
            ("token_dead", "sentry_token_dead"),
            ("scope_missing", "sentry_scope_missing"),
            ("rate_limited", "sentry_rate_limited"),
            ("page", "sentry_answer_bad"),
        ],
    )
    def test_where_nothing_was_ever_told_there_is_no_list(
        self, admin: Person, stand_in: SentryStandIn, manner: Manner, code: str
    ) -> None:
        stand_in.manner = manner
        refused = admin.ask("GET", EVENTS)
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, code)
        stats = admin.ask("GET", STATS).json()
        assert (stats["total_unresolved"], stats["api_available"], stats["source"]["state"]) == (None, False, code)

    def test_what_was_told_is_shown_as_of_then_and_why_not_newer(self, admin: Person, stand_in: SentryStandIn) -> None:
        whole = admin.ask("GET", EVENTS).json()
        stand_in.manner = "token_dead"
        error = admin.ask("GET", f"{EVENTS}/{whole['events'][0]['id']}").json()
        assert error["events"] is None
        assert error["source"]["state"] == "sentry_token_dead"
        assert error["issue"]["error_type"] == "MemoryError"
        searched = admin.ask("GET", f"{EVENTS}?request_id=req-3").json()
        assert searched["source"]["state"] == "sentry_token_dead"
        assert len(searched["events"]) == 1


class TestChanges:
    def test_each_is_carried_out_once_and_stands_in_the_audit_log(
        self, admin: Person, stand_in: SentryStandIn, some: list[dict[str, Any]]
    ) -> None:
        assert listed(admin) == ["1", "2", "3"]
        path = f"{EVENTS}/{some[0]['id']}"
        assert admin.ask("PUT", path, json={"status": "resolved"}).json()["status"] == "resolved"
        assert admin.ask("PUT", path, json={"assigned_to": "rose@example.com"}).json()["assigned_to"]
        assert listed(admin) == ["2", "3"]
        stand_in.manner = "scope_missing"
        assert admin.ask("PUT", path, json={"status": "ignored"}).json()["error"]["code"] == "sentry_scope_missing"
        entries = admin.ask("GET", "/api/admin/audit").json()["entries"]
        assert [(entry["act"], entry["subject"]) for entry in entries] == [
            ("ignore_error_failed", some[0]["id"]),
            ("ignore_error", some[0]["id"]),
            ("assign_error", some[0]["id"]),
            ("resolve_error", some[0]["id"]),
        ]

    @pytest.mark.parametrize("body", [{}, {"status": "gone"}, {"status": "resolved", "ignore_hours": 1}, {"ids": []}])
    def test_a_change_that_says_nothing_is_refused(self, admin: Person, body: dict[str, Any]) -> None:
        assert admin.ask("PUT", f"{EVENTS}/1", json=body).status_code == 422


class TestWithoutAWriteToken:
    @pytest.fixture
    def overrides(self, stand_in: SentryStandIn) -> dict[str, Any]:
        return stand_in.settings(may_write=False)

    def test_it_is_said_and_nothing_is_changed(
        self, admin: Person, stand_in: SentryStandIn, some: list[dict[str, Any]]
    ) -> None:
        assert admin.ask("GET", EVENTS).json()["source"]["read_only"] is True
        refused = admin.ask("PUT", f"{EVENTS}/{some[0]['id']}", json={"status": "resolved"})
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "sentry_read_only")
        assert stand_in.asked_for("change") == 0


class TestNobodyThere:
    @pytest.fixture
    def overrides(self) -> dict[str, Any]:
        return {"sentry_org_token": READ_TOKEN, "sentry_base_url": "http://127.0.0.1:9"}

    def test_it_is_said_and_asked_again_by_hand(self, admin: Person) -> None:
        assert admin.ask("GET", EVENTS).json()["error"]["code"] == "sentry_unreachable"
        assert admin.ask("POST", REFRESH).json()["state"] == "sentry_unreachable"


class TestWithoutSentry:
    @pytest.fixture
    def overrides(self) -> dict[str, Any]:
        return {}

    def test_the_same_pages_show_what_is_kept_here(self, ground: Ground, admin: Person, ann: Person) -> None:
        happened(ground.database, ground.clock.now(), "one", "two", "three", user_id=ann.account.id, request_id="r-1")
        page = admin.ask("GET", f"{EVENTS}?limit=2").json()
        assert (page["source"]["kind"], page["source"]["state"], page["total"]) == ("own", "ok", 3)
        assert [row["title"] for row in page["events"]] == ["KeyError: no bean in one", "KeyError: no bean in two"]
        assert page["events"][0]["user_email"] == "ann@example.com"
        rest = admin.ask("GET", f"{EVENTS}?limit=2&cursor={page['next_cursor']}").json()
        assert ([row["message"] for row in rest["events"]], rest["next_cursor"]) == (["no bean in three"], None)
        for query, number in (("user=ann@example.com", 3), ("user=x@example.com", 0), ("request_id=r-1", 3)):
            assert admin.ask("GET", f"{EVENTS}?{query}").json()["total"] == number, query
        stats = admin.ask("GET", STATS).json()
        assert (stats["total_unresolved"], stats["critical_errors"], stats["api_available"]) == (3, 3, True)
        assert sum(bar["count"] for bar in admin.ask("GET", TREND).json()["bars"]) == 3

    def test_one_is_looked_at_resolved_and_assigned(self, ground: Ground, admin: Person, ann: Person) -> None:
        happened(ground.database, ground.clock.now(), "one", user_id=ann.account.id, request_id="r-1")
        identity = admin.ask("GET", EVENTS).json()["events"][0]["issue_id"]
        detail = admin.ask("GET", f"{EVENTS}/{identity}").json()
        assert detail["events"][0]["request_id"] == "r-1"
        assert detail["events"][0]["breadcrumbs"][0]["message"] == "GET /api/episodes"
        assert detail["events"][0]["frames"][0]["function"] == "one"
        path = f"{EVENTS}/{identity}"
        assert (
            admin.ask("PUT", path, json={"assigned_to": "ann@example.com"}).json()["assigned_to"] == "ann@example.com"
        )
        nobody = admin.ask("PUT", path, json={"assigned_to": "x@example.com"})
        assert nobody.json()["error"]["code"] == "nobody_of_that_address"
        assert admin.ask("PUT", path, json={"status": "resolved"}).json()["status"] == "resolved"
        assert admin.ask("GET", EVENTS).json()["total"] == 0
        happened(ground.database, ground.clock.now() + timedelta(seconds=1), "one")
        assert admin.ask("GET", EVENTS).json()["total"] == 1
        assert admin.ask("GET", f"{EVENTS}/err_none").json()["error"]["code"] == "no_such_error"

    def test_a_bug_report_of_the_same_request_stands_beside_it(
        self, ground: Ground, admin: Person, ann: Person
    ) -> None:
        failure = Failure(error=RuntimeError("gone"), account_id=ann.account.id, request_id="r-9")
        with ground.database.transaction() as session:
            report_id = bug_reports.report_generic(session, ground.clock, "http://x", failure)
        happened(ground.database, ground.clock.now(), "one", request_id="r-9")
        happened(ground.database, ground.clock.now(), "two", request_id="r-8")
        found = {
            row["message"]: admin.ask("GET", f"{EVENTS}/{row['issue_id']}").json()["bug_reports"]
            for row in admin.ask("GET", EVENTS).json()["events"]
        }
        assert [report["id"] for report in found["no bean in one"]] == [report_id]
        assert found["no bean in two"] == []


def test_trends_of_several_lengths_end_together() -> None:
    assert summed([(1, 2, 3), (10,), ()], 4) == (0, 1, 2, 13)
    assert summed([(9, 1, 1)], 2) == (1, 1)


def test_a_cursor_comes_back_as_it_went() -> None:
    at = datetime(2026, 11, 30, 10, 42, 1, 123_456, tzinfo=UTC)
    assert place_of(cursor_after(at, "4000000001")) == (at, "4000000001")
