"""Telling of a problem by hand, and what admins do with reports."""

import pytest

from donecast.health.bug_reports import service
from donecast.platform.web import Ground
from tests.support.library import anns_things
from tests.support.outboxes import rows
from tests.support.people import Person

_PATH = "/api/bug-reports"
_ADMIN = "/api/admin/bug-reports"


def tell(person: Person, words: str = "The button does nothing.", **more: object) -> dict[str, str]:
    answer = person.ask("POST", _PATH, json={"words": words, **more})
    assert answer.status_code == 201, answer.text
    told: dict[str, str] = answer.json()
    return told


def test_a_person_tells_in_their_words_and_an_admin_reads_it_without_secrets(ann: Person, admin: Person) -> None:
    browser = {"browser": "Firefox 130", "window": "390 x 844", "token": "sk_live_abcdefghijklmnop"}
    told = tell(
        ann, "It failed. My password: hunter2hunter2", page="/studio/episodes/1", browser=browser, request_id="r-1"
    )
    full = admin.ask("GET", f"{_ADMIN}/{told['id']}").json()
    report = full["report"]
    assert (report["category"], report["severity"], report["number"]) == ("by_hand", "medium", told["number"])
    assert (report["request_id"], full["email"]) == ("r-1", "ann@example.com")
    assert report["context"]["page"] == "/studio/episodes/1"
    assert report["context"]["browser"] == "Firefox 130"
    assert "sk_live" not in str(full)
    assert "hunter2" not in str(full)


def test_the_same_words_again_are_the_same_report_and_ten_an_hour_are_enough(ann: Person) -> None:
    assert tell(ann)["id"] == tell(ann)["id"]
    for number in range(service.REPORTS_BY_HAND_PER_HOUR_MAX - 1):
        tell(ann, f"Problem {number}")
    refused = ann.ask("POST", _PATH, json={"words": "One more"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "too_many_bug_reports")


def test_the_admins_hear_of_it_once_and_the_person_is_thanked(ground: Ground, ann: Person) -> None:
    told = tell(ann, "The save button does nothing.")
    tell(ann, "The save button does nothing.")
    found = {(row.channel, row.recipient): row for row in rows(ground)}
    assert len(found) == len(rows(ground)) == 3
    assert found.keys() == {("sentry", "admins"), ("in_app", "admins"), ("in_app", ann.account.id)}
    assert found["sentry", "admins"].facts["severity"] == "medium"
    assert found["in_app", "admins"].subject == "Somebody told of a problem: The save button does nothing."
    assert "Told: The save button does nothing." in found["in_app", "admins"].body
    assert f"/studio/reports/{told['id']}" in found["in_app", "admins"].body
    thanks = found["in_app", ann.account.id]
    assert thanks.subject == "Thank you for telling us"
    assert told["number"] in thanks.body


def test_nobody_reports_about_an_episode_of_somebody_else(ground: Ground, ann: Person, ben: Person) -> None:
    episode_id = anns_things(ground, ann).ids["episode_id"]
    assert ben.ask("POST", _PATH, json={"words": "x", "episode_id": episode_id}).status_code == 404
    told = ann.ask("POST", _PATH, json={"words": "x", "episode_id": episode_id})
    assert told.status_code == 201


@pytest.mark.parametrize(
    "body",
    [
        {"words": ""},
        {"words": "x" * 5_001},
        {"words": "x", "page": "x" * 501},
        {"words": "x", "browser": {str(number): "x" for number in range(21)}},
        {"words": "x", "browser": {"a": "x" * 501}},
        {"words": "x", "request_id": "no spaces"},
    ],
)
def test_what_is_too_much_is_refused(ann: Person, body: dict[str, object]) -> None:
    assert ann.ask("POST", _PATH, json=body).status_code == 422


def test_an_admin_works_on_a_report_and_every_act_stands_in_the_audit_log(
    ground: Ground, ann: Person, admin: Person
) -> None:
    told = tell(ann)
    path = f"{_ADMIN}/{told['id']}"
    assert admin.ask("POST", f"{path}/state", json={"state": "investigating"}).json()["state"] == "investigating"
    assert admin.ask("POST", f"{path}/notes", json={"words": "Seen in Firefox only."}).status_code == 200
    resolved = {"state": "resolved", "words": "The button works again. password: hunter2"}
    assert admin.ask("POST", f"{path}/state", json=resolved).json()["state"] == "resolved"
    assert admin.ask("POST", f"{path}/state", json=resolved).status_code == 200
    entries = admin.ask("GET", path).json()["entries"]
    assert [(one["kind"], one["text"]) for one in entries] == [
        ("state", "investigating → resolved: The button works again. password: [redacted]"),
        ("note", "Seen in Firefox only."),
        ("state", "new → investigating"),
        ("seen", ""),
    ]
    acts = [entry["act"] for entry in admin.ask("GET", "/api/admin/audit").json()["entries"]]
    assert acts == ["change_bug_report", "note_on_bug_report", "change_bug_report"]
    _, mended = [row for row in rows(ground) if row.recipient == ann.account.id]
    assert "The button works again." in mended.body


def test_reports_are_found_by_state_words_number_and_request(ann: Person, ben: Person, admin: Person) -> None:
    first = tell(ann, "The red button", request_id="req-red")
    second = tell(ben, "100% of uploads_fail")
    admin.ask("POST", f"{_ADMIN}/{first['id']}/state", json={"state": "resolved"})

    def found(**params: str) -> list[str]:
        return [one["id"] for one in admin.ask("GET", _ADMIN, params=params).json()["reports"]]

    assert found() == [second["id"], first["id"]]
    assert found(state="resolved") == [first["id"]]
    assert found(search="RED BUTTON") == [first["id"]]
    assert found(search="%") == [second["id"]], "a percent sign stands for itself"
    assert found(search="req-red") == [first["id"]]
    assert found(search=second["number"]) == [second["id"]]
    assert found(account_id=ben.account.id, severity="medium", category="by_hand") == [second["id"]]
    assert found(severity="critical") == []
    assert admin.ask("GET", _ADMIN).json()["counts"] == {"new": 1, "resolved": 1}
