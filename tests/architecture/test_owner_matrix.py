"""Every route against a stranger and against another person's rows, generated from the app itself.

A new route is in here by existing: it is either in the short list of public ones, or it refuses strangers; and each id
in its path is filled with Ann's, whereupon Ben must learn nothing but that it is not there.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient

from donecast.entry.http import create_app
from donecast.platform.web import Ground
from tests.support.library import AnnsThings, anns_things
from tests.support.people import Person

PUBLIC = {
    "/",
    "/livez",
    "/readyz",
    # Summaries for everybody, the rest for admins: tests/health.
    "/api/health/circuit-breakers",
    "/api/health/db-timeout",
    "/api/health/deep",
    "/api/health/pool",
    "/api/health/resources",
    "/api/health/error-rate",
    # The studio tells of its own errors, signed in or not: tests/health/error_groups.
    "/api/errors",
    "/api/auth/sign-up",
    "/api/auth/sign-in",
    "/covers/{show_id}/{file_name}",
    "/shows/{slug}",
    "/shows/{slug}/feed.xml",
    "/shows/{slug}/{episode_slug}",
    "/shows/{slug}/{episode_slug}/chapters.json",
    "/shows/{slug}/{episode_slug}/transcript.{caption_format}",
    "/listen/{episode_id}/{rendition_id}/{file_name}",
    "/static/{name}",
    "/openapi.json",
    # Vendors call here about their jobs: each has no account with us, but a secret of its own, and it is told nothing.
    "/api/hooks/assemblyai",
    "/api/hooks/auphonic",
    # And the payment service about payments: its signature is looked at, and it is told nothing either.
    "/api/hooks/stripe",
}

# A body that is well formed, so that the owner is what the answer depends on.
BODIES: dict[str, Any] = {
    "POST /api/episodes/{episode_id}/decisions": {"edit_list_version": 0, "decisions": {"prop_x": "cut"}},
    "PUT /api/episodes/{episode_id}/proposals/{proposal_id}/edges": {
        "edit_list_version": 0,
        "start_ms": 0,
        "end_ms": 500,
    },
    "PUT /api/episodes/{episode_id}/edit-list": {"version": 0, "operations": []},
    "POST /api/episodes/{episode_id}/edit-list/undo": {"version": 0},
    "POST /api/episodes/{episode_id}/edit-list/redo": {"version": 0},
    "POST /api/episodes/{episode_id}/drafts": {"kind": "titles"},
    "PUT /api/episodes/{episode_id}/interns/{intern_id}/answer": {"edit_list_version": 0, "text": "Yes."},
    "PUT /api/episodes/{episode_id}/interns/{intern_id}/end": {"edit_list_version": 0, "end_ms": 500},
    "POST /api/episodes/{episode_id}/interns/{intern_id}/skip": {"edit_list_version": 0},
    "PUT /api/templates/{template_id}": {"definition": {}},
    "POST /api/admin/bug-reports/{report_id}/state": {"state": "resolved"},
    "POST /api/admin/bug-reports/{report_id}/notes": {"words": "Mine now."},
    "POST /api/billing/charges/{charge_id}/refund-request": {"why": "I want it back."},
    "POST /api/shows/{show_id}/sound-cues": {"words": "applause please", "clip_id": "med_x"},
    "PUT /api/shows/{show_id}/sound-cues/{cue_id}": {"words": "applause please", "clip_id": "med_x"},
}

ADMINS = "/api/admin/"

# The same for what stands behind the question mark.
QUERIES: dict[str, dict[str, Any]] = {
    "GET /api/episodes/{episode_id}/preview": {"start_ms": 0, "end_ms": 500},
    "GET /api/voices/preview": {"voice": "slt"},
}


def paths_of(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Every method and path of the app."""
    for route in iter_route_contexts(app.routes):
        for method in sorted((route.methods or set()) - {"HEAD", "OPTIONS"}):
            yield method, str(route.path)


def test_every_route_refuses_a_stranger_unless_it_is_public(routes: FastAPI, client: TestClient) -> None:
    seen, open_to_all = 0, []
    for method, path in paths_of(routes):
        if path in PUBLIC:
            continue
        seen += 1
        filled = path.replace("{", "").replace("}", "")
        query = QUERIES.get(f"{method} {path}")
        if client.request(method, filled.replace("/number/", "/1/"), params=query, json={}).status_code != 401:
            open_to_all.append(f"{method} {path}")
    print(f"matrix: {seen} private routes refuse a stranger")
    assert seen > 30
    assert open_to_all == []


def test_every_route_hides_what_belongs_to_another_person(
    routes: FastAPI, ground: Ground, ann: Person, ben: Person
) -> None:
    things = anns_things(ground, ann)
    leaks, seen = [], 0
    for method, path in paths_of(routes):
        if path in PUBLIC or "{" not in path:
            continue
        seen += 1
        answer = ask(ben, method, path, things)
        if answer.status_code != 404:
            leaks.append(f"{method} {path}: {answer.status_code} {answer.text[:100]}")
        assert not any(identity in answer.text for identity in things.ids.values()), f"{method} {path} tells an id"
    print(f"matrix: {seen} routes with an id x {len(things.ids)} foreign rows, {seen - len(leaks)} answer 404")
    assert seen > 20
    assert leaks == []


def test_what_admins_do_is_hidden_from_everybody_else(routes: FastAPI, ben: Person) -> None:
    admins = [(method, path) for method, path in paths_of(routes) if path.startswith(ADMINS)]
    assert len(admins) > 5
    for method, path in admins:
        answer = ben.ask(method, path.replace("{", "").replace("}", ""), json={})
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found"), f"{method} {path}"


@pytest.mark.parametrize("name", ["assemblyai", "auphonic"])
class TestWithAVendor:
    """With every route that settings can add."""

    @pytest.fixture
    def overrides(self, name: str) -> dict[str, Any]:
        return {
            "transcriber": name,
            f"{name}_key": "k" * 32,
            f"{name}_webhook_secret": "s" * 32,
            "public_url": "http://127.0.0.1:8000",
        }

    def test_settings_add_one_route_which_is_public_and_wants_a_secret(
        self, ground: Ground, routes: FastAPI, client: TestClient, name: str
    ) -> None:
        assert set(paths_of(create_app(ground))) - set(paths_of(routes)) == {("POST", f"/api/hooks/{name}")}
        assert client.post(f"/api/hooks/{name}", json={"transcript_id": "x"}).status_code == 401


def test_bodies_that_name_another_persons_rows_are_refused(ground: Ground, ann: Person, ben: Person) -> None:
    theirs = anns_things(ground, ann).ids
    own = anns_things(ground, ben).ids
    for name in ("show_id", "recording_id", "template_id"):
        wish = {key: own[key] for key in ("show_id", "recording_id", "template_id")} | {name: theirs[name]}
        answer = ben.ask("POST", "/api/episodes", json=wish)
        assert answer.status_code == 404, f"{name}: {answer.text}"


def test_lists_hold_only_what_is_ones_own(ground: Ground, ann: Person, ben: Person) -> None:
    things = anns_things(ground, ann)
    for path in ("/api/shows", "/api/media", "/api/episodes", "/api/tokens", "/api/billing/purchases", "/api/notices"):
        assert any(identity in ann.ask("GET", path).text for identity in things.ids.values()), path
        assert not any(identity in ben.ask("GET", path).text for identity in things.ids.values()), path


def ask(person: Person, method: str, path: str, things: AnnsThings) -> Any:
    """The route with Ann's ids in its path."""
    filled = path
    for name, identity in things.ids.items():
        filled = filled.replace(f"{{{name}}}", identity)
    filled = (
        filled.replace("{kind}", "vtt")
        .replace("{number}", "1")
        .replace("{tier_id}", "free")
        .replace("{service_name}", "gemini")
        .replace("{issue_id}", "4000000001")
        .replace("{run_id}", "run_1")
    )
    assert "{" not in filled, f"the matrix does not know how to fill {path}"
    headers = {}
    if "/uploads/" in path and method == "PATCH":
        headers = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    if "/uploads/" in path:
        headers["Tus-Resumable"] = "1.0.0"
    if path.endswith("/cover"):
        return person.ask(method, filled, files={"file": ("cover.jpg", b"x")})
    body = BODIES.get(f"{method} {path}", {})
    content = None if method in {"GET", "DELETE"} else json.dumps(body)
    query = QUERIES.get(f"{method} {path}")
    return person.ask(
        method, filled, params=query, content=content, headers={"Content-Type": "application/json", **headers}
    )
