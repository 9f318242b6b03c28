"""What no show and no template can be: each gets a sentence or the name of the field, and changes nothing."""

from typing import Any

import pytest

from tests.support.library import made, show_wish
from tests.support.people import Person

_LONE_SURROGATE = '{"title": "\\ud800"}'


@pytest.mark.parametrize(
    "body",
    [
        "",
        "null",
        "[]",
        '"Beans"',
        "{}",
        '{"title": null}',
        '{"title": 7}',
        '{"title": ["Beans"]}',
        '{"title": "Beans", "kind": "weekly"}',
        '{"title": "Beans", "explicit": "perhaps"}',
        '{"title": "Beans", "slot": "Monday"}',
        '{"title": "Beans", "slot": {"weekday": 7, "time": "07:00"}}',
        '{"title": "Beans", "slot": {"weekday": 1}}',
        '{"title": "Beans", "description": ' + '"' + "x" * 20_001 + '"}',
        _LONE_SURROGATE,
        '{"title": "Beans"',
    ],
)
def test_what_is_no_show_is_refused(ann: Person, body: str) -> None:
    answer = ann.ask("POST", "/api/shows", content=body.encode(), headers={"Content-Type": "application/json"})
    assert answer.status_code in {400, 422}, answer.text
    assert answer.json()["error"]["message"].endswith((".", "!"))
    assert ann.ask("GET", "/api/shows").json() == []


@pytest.fixture
def template(ann: Person) -> dict[str, Any]:
    """The first template of Ann's show."""
    show = made(ann, "/api/shows", json=show_wish())
    found: dict[str, Any] = ann.ask("GET", f"/api/shows/{show['id']}/templates").json()[0]
    return found


@pytest.mark.parametrize(
    "change",
    [
        {"format": "another.template"},
        {"format_version": 2},
        {"colour": "green"},
        {"name": ""},
        {"name": "   "},
        {"name": 7},
        {"segments": []},
        {"segments": None},
        {"segments": [{"id": "a", "kind": "content", "title": "T", "source": {"type": "recording"}}] * 2},
        {"segments": [{"id": "a", "kind": "content", "title": "T", "source": {"type": "smell"}}]},
        {"segments": [{"id": "a", "kind": "content", "title": "T"}]},
        {"segments": [["a", "content"]]},
        {"music": [{"asset": "house:music-bed", "under": ["nowhere"]}]},
        {"music": "loud"},
    ],
)
def test_what_is_no_template_is_refused_and_the_old_one_stays(
    ann: Person, template: dict[str, Any], change: dict[str, Any]
) -> None:
    definition = {**template["definition"], **change}
    answer = ann.ask("PUT", f"/api/templates/{template['id']}", json={"definition": definition})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "template_unreadable")
    assert ann.ask("GET", f"/api/shows/{template['show_id']}/templates").json()[0] == template


@pytest.mark.parametrize("path", ["/api/shows/show_x", "/api/shows/show_x/templates", "/api/shows/%2e%2e"])
def test_an_unknown_show_is_not_there(ann: Person, path: str) -> None:
    assert ann.ask("GET", path).status_code == 404
