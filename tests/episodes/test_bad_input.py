"""What no episode can be: each gets a sentence or the name of the field, and changes nothing."""

import pytest

from tests.support.scene import Scene


@pytest.mark.parametrize(
    "change",
    [
        {"title": ""},
        {"title": " \t\n"},
        {"title": "x" * 201},
        {"title": "x" * 1_001},
        {"title": 7},
        {"notes": "x" * 50_001},
        {"season": 0},
        {"season": -1},
        {"number": 100_001},
        {"number": 10**30},
        {"number": 1.5},
        {"number": "first"},
        {"kind": "serial"},
        {"publish_when": "someday"},
        {"explicit": "perhaps"},
    ],
)
def test_details_that_cannot_be_change_nothing(scene: Scene, change: dict[str, object]) -> None:
    episode = scene.new_episode(title="Peas")
    answer = scene.ann.ask("PATCH", f"/api/episodes/{episode['id']}", json={"explicit": True, **change})
    assert answer.status_code in {400, 422}, answer.text
    error = answer.json()["error"]
    assert next(iter(change)) in str(error["details"])
    assert error["message"].endswith(".")
    assert scene.episode(episode["id"]) == episode


@pytest.mark.parametrize("field", ["show_id", "recording_id", "template_id"])
@pytest.mark.parametrize("value", ["", "ep_x", "x" * 41, 7, ["a"], {"id": "a"}])
def test_an_episode_of_nothing_is_not_made(scene: Scene, field: str, value: object) -> None:
    body = {"show_id": scene.show_id, "recording_id": scene.recording_id, field: value}
    answer = scene.ann.ask("POST", "/api/episodes", json=body)
    assert answer.status_code in {404, 422}, answer.text
    assert scene.ann.ask("GET", "/api/episodes").json() == []


@pytest.mark.parametrize(
    "at",
    [
        "yesterday",
        "2026-11-24",
        "2026-11-24T08:00:00",
        "2026-13-01T00:00:00Z",
        "9999-12-31T23:59:59-14:00",
        10**20,
        True,
        {},
    ],
)
def test_a_moment_that_is_none_publishes_nothing(scene: Scene, at: object) -> None:
    episode = scene.new_episode()
    scene.give_audio(episode["id"])
    before = scene.episode(episode["id"])
    answer = scene.ann.ask("POST", f"/api/episodes/{episode['id']}/publish", json={"publish_at": at})
    assert answer.status_code in {400, 422}, answer.text
    assert scene.episode(episode["id"]) == before
