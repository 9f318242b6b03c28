"""The studio's own errors: taken from everybody, within limits, scrubbed, and nothing from others' pages."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from donecast.health.error_groups import service
from donecast.health.error_groups.rules import (
    STUDIO_ERROR_BYTES_MAX,
    STUDIO_ERRORS_PER_PLACE_AND_MINUTE,
    ErrorGroup,
    Wanted,
)
from donecast.platform.web import Ground
from tests.support.people import Person

_ERROR = {
    "type": "TypeError",
    "message": "x is undefined; token=abcdefgh12345678",
    "page": "/studio/episodes/ep_1?secret=1",
    "request_id": "req-1",
    "frames": [{"file": "assets/index.js", "function": "render", "line": 12}],
    "browser": "Firefox 140",
}


def _post(client: TestClient, body: dict[str, Any], **headers: str) -> int:
    ours = {"Origin": str(client.base_url).rstrip("/")}
    return client.post("/api/errors", json=body, headers=ours | headers).status_code


def _kept(ground: Ground) -> tuple[ErrorGroup, ...]:
    ground.errors.flush()
    with ground.database.reading() as session:
        return service.error_groups(session, ground.clock, Wanted()).groups


def test_an_error_of_the_studio_is_kept_with_the_request_that_failed(ground: Ground, ann: Person) -> None:
    headers = {**ann.headers, "Origin": str(ann.client.base_url).rstrip("/")}
    assert ann.client.post("/api/errors", json=_ERROR, headers=headers).status_code == 202
    (group,) = _kept(ground)
    assert (group.type, group.source, group.culprit) == ("TypeError", "studio", "assets/index.js in render")
    with ground.database.reading() as session:
        (event,) = service.last_events(session, group.id)
    assert event.facts == {
        "user_id": ann.account.id,
        "request_id": "req-1",
        "route": "/studio/episodes/ep_1",
        "action": "studio",
    }
    assert event.tags == {"browser": "Firefox 140"}
    assert "abcdefgh" not in event.message


def test_a_stranger_tells_of_errors_too_and_another_site_does_not(ground: Ground, client: TestClient) -> None:
    assert _post(client, _ERROR) == 202
    assert _post(client, _ERROR, Origin="https://elsewhere.example") == 403
    assert [group.event_count for group in _kept(ground)] == [1]


def test_nobody_floods_us(ground: Ground, client: TestClient) -> None:
    statuses = [_post(client, _ERROR) for _ in range(STUDIO_ERRORS_PER_PLACE_AND_MINUTE + 2)]
    assert statuses == [202] * STUDIO_ERRORS_PER_PLACE_AND_MINUTE + [429, 429]
    assert _kept(ground)[0].event_count == STUDIO_ERRORS_PER_PLACE_AND_MINUTE


@pytest.mark.parametrize(
    "changed",
    [
        {"message": "x" * 2_001},
        {"type": ""},
        {"request_id": "two words"},
        {"frames": [{"file": "a"}] * 31},
        {"level": "loud"},
    ],
)
def test_what_is_beyond_the_limits_is_refused(client: TestClient, changed: dict[str, Any]) -> None:
    assert _post(client, _ERROR | changed) == 422
    assert _post(client, _ERROR | {"message": "x" * 2_000, "frames": [{"file": "a"}] * 30}) == 202


def test_a_body_that_is_too_large_is_refused(client: TestClient) -> None:
    assert _post(client, _ERROR | {"more": "x" * STUDIO_ERROR_BYTES_MAX}) == 413
