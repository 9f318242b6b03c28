"""What a person is told in the studio."""

from donecast.platform.web import Ground
from tests.support.outboxes import put
from tests.support.people import Person


def test_a_person_sees_what_is_theirs_and_reads_it_once(ground: Ground, ann: Person, ben: Person) -> None:
    put(ground, "a", "in_app", recipient=ann.account.id, subject="Your upload stopped", request_id="req-1")
    put(ground, "b", "in_app", recipient=ben.account.id)
    put(ground, "c", "mail", recipient=ann.account.id)
    answer = ann.ask("GET", "/api/notices").json()
    (notice,) = answer["notices"]
    assert (answer["unread_count"], notice["subject"], notice["request_id"]) == (1, "Your upload stopped", "req-1")
    read = ann.ask("POST", f"/api/notices/{notice['id']}/read").json()
    assert read["read_at"]
    assert ann.ask("POST", f"/api/notices/{notice['id']}/read").json() == read
    assert ann.ask("GET", "/api/notices").json()["unread_count"] == 0


def test_what_is_for_admins_is_seen_by_them_alone(ground: Ground, ann: Person, admin: Person) -> None:
    put(ground, "a", "in_app")
    (notice,) = admin.ask("GET", "/api/notices").json()["notices"]
    assert ann.ask("GET", "/api/notices").json() == {"unread_count": 0, "notices": []}
    assert ann.ask("POST", f"/api/notices/{notice['id']}/read").status_code == 404
    assert admin.ask("POST", f"/api/notices/{notice['id']}/read").json()["read_at"]
