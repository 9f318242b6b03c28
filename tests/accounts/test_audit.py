"""The audit log: what was done by hand stands there, in its order, for admins, for ever."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from donecast.accounts.audit import service
from donecast.kit.clock import FixedClock
from donecast.platform.web import Ground
from tests.support.people import Person

_NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def ground(ground: Ground) -> Ground:
    return replace(ground, clock=FixedClock(_NOON))


def _noted(ground: Ground, number: int) -> None:
    with ground.database.transaction() as session:
        service.note(
            session,
            actor_id="gone",
            act="try",
            subject=f"thing {number}",
            details={"number": number},
            at=_NOON + timedelta(seconds=number),
            request_id=None,
        )


def test_pages_follow_each_other_without_gap_or_overlap(ground: Ground, admin: Person) -> None:
    for number in range(7):
        _noted(ground, number)
    seen, before = [], None
    while True:
        query = {"limit": 3} | ({"before": before} if before else {})
        page = admin.ask("GET", "/api/admin/audit", params=query).json()
        seen += [(entry["subject"], entry["actor"]) for entry in page["entries"]]
        before = page["next_before"]
        if before is None:
            break
    assert seen == [(f"thing {number}", "gone") for number in reversed(range(7))]
    assert admin.ask("GET", "/api/admin/audit", params={"limit": 101}).status_code == 422


def test_a_services_isolation_and_release_are_noted_with_who_and_which_request(admin: Person) -> None:
    for act in ("isolate", "release"):
        admin.ask("POST", f"/api/admin/circuit-breakers/gemini/{act}", headers={"X-Request-ID": f"r-{act}"})
    entries = admin.ask("GET", "/api/admin/audit").json()["entries"]
    told = {(entry["act"], entry["subject"], entry["actor"], entry["request_id"]) for entry in entries}
    assert told == {(f"{act}_service", "gemini", "root@example.com", f"r-{act}") for act in ("isolate", "release")}


def test_a_plan_that_changes_later_is_noted_now(ann: Person, admin: Person) -> None:
    path = f"/api/admin/credits/accounts/{ann.account.id}/tier"
    for tier in ("pro", "free"):
        assert admin.ask("PUT", path, json={"tier_id": tier}).status_code == 200
    entries = admin.ask("GET", "/api/admin/audit").json()["entries"]
    assert sorted((entry["details"]["from"], entry["details"]["to"]) for entry in entries) == [
        ("free", "pro"),
        ("pro", "free"),
    ]


@pytest.mark.parametrize("engine", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
@pytest.mark.parametrize("act", ["UPDATE audit_entries SET act = 'other'", "DELETE FROM audit_entries"])
def test_the_database_refuses_changes(engine: str, act: str, request: pytest.FixtureRequest) -> None:
    ground: Ground = request.getfixturevalue("ground" if engine == "sqlite" else "postgres_ground")
    _noted(ground, 1)
    with pytest.raises(DatabaseError, match="append-only"), ground.database.transaction() as session:
        session.execute(text(act))
    with ground.database.reading() as session:
        assert [entry.act for entry in service.page(session, before=None, limit=2).entries] == ["try"]
