"""The web app's frame: errors in plain words, limits, headers, the studio's place."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient

from donecast.credits.errors import NotEnoughCredits
from donecast.entry import http
from donecast.entry.answers import STATUS
from donecast.entry.http import Studio, create_app, furnish
from donecast.kit.errors import DonecastError, ErrorKind
from donecast.platform.database import DatabaseBusy
from donecast.platform.web import Ground, WritingSession
from tests.support.people import Person

ERROR_FIELDS = {"code", "message", "retryable", "action", "request_id", "details"}
_ERRORS_HOST = "https://errors.example.org:8443"
_DSN = "https://abc@errors.example.org:8443/1"


class Broken(DonecastError):
    """For these tests."""


@pytest.fixture
def strict(ground: Ground) -> Iterator[TestClient]:
    """The app with a few routes that fail in different ways."""
    router = APIRouter()

    @router.get("/test/busy")
    def busy() -> None:
        raise DatabaseBusy

    @router.get("/test/poor")
    def poor() -> None:
        raise NotEnoughCredits.lacking(15_000, 12_250)

    @router.get("/test/unexpected")
    def unexpected() -> None:
        raise RuntimeError("secret inner words")

    @router.post("/test/late")
    def late(session: WritingSession) -> dict[str, str]:
        session.connection().exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        session.connection().exec_driver_sql(
            "INSERT INTO sessions VALUES ('x', 'nobody', 'y', '2026-01-01', '2026-01-01')"
        )
        return {"answer": "all saved"}

    app = create_app(ground)
    app.include_router(router)
    with TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False) as client:
        yield client


def error_of(answer: Any) -> dict[str, Any]:
    error: dict[str, Any] = answer.json()["error"]
    assert set(error) == ERROR_FIELDS
    assert error["request_id"] == answer.headers["x-request-id"]
    assert error["message"].endswith((".", "?"))
    return error


def test_every_kind_of_error_has_a_status() -> None:
    assert set(STATUS) == set(ErrorKind)


def test_a_busy_database_is_a_503_that_says_when_to_come_back(strict: TestClient) -> None:
    answer = strict.get("/test/busy")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert error_of(answer)["retryable"]


def test_too_few_credits_are_a_402_that_says_what_is_missing_and_what_to_do(strict: TestClient) -> None:
    answer = strict.get("/test/poor")
    assert answer.status_code == 402
    error = error_of(answer)
    assert error["details"] == {"required": "15.000", "available": "12.250", "shortfall": "2.750"}
    assert "Buy more credits" in error["action"]


def test_an_unexpected_fault_tells_nothing_of_its_inside(strict: TestClient) -> None:
    answer = strict.get("/test/unexpected")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert error_of(answer)["code"] == "broken"


def test_what_cannot_be_committed_is_never_answered_as_saved(strict: TestClient) -> None:
    answer = strict.post("/test/late")
    assert answer.status_code == 500
    assert "all saved" not in answer.text


def test_an_unknown_address_and_a_wrong_method_are_errors_in_our_form(client: TestClient) -> None:
    missing = client.get("/api/nothing-here")
    assert (missing.status_code, error_of(missing)["code"]) == (404, "not_found")
    wrong = client.put("/api/auth/sign-in")
    assert (wrong.status_code, error_of(wrong)["code"]) == (405, "method_not_allowed")


def test_a_person_who_follows_a_wrong_link_gets_a_page_and_a_program_gets_json(client: TestClient) -> None:
    page = client.get("/shows-of-old", headers={"Accept": "text/html"})
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert error_of(client.get("/shows-of-old"))["code"] == "not_found"
    assert error_of(client.get("/api/nothing", headers={"Accept": "text/html"}))["code"] == "not_found"


def test_a_body_over_the_limit_is_refused_before_it_is_read(client: TestClient) -> None:
    answer = client.post("/api/auth/sign-in", content=b"x" * (3 * 1024**2))
    assert (answer.status_code, error_of(answer)["code"]) == (413, "body_too_large")


@pytest.mark.parametrize("address", ["/api/auth/sign-in", "/api/shows", "/api/episodes"])
def test_a_body_that_announces_no_length_is_counted_as_it_comes(client: TestClient, address: str) -> None:
    pieces_sent = 0

    def body() -> Iterator[bytes]:
        nonlocal pieces_sent
        for _ in range(40):
            pieces_sent += 1
            yield b"[" * 1024**2

    answer = client.post(address, content=body(), headers={"Content-Type": "application/json"})
    assert pieces_sent
    assert (answer.status_code, error_of(answer)["code"]) == (413, "body_too_large")
    assert answer.headers["x-request-id"] == error_of(answer)["request_id"]


def test_a_long_json_body_at_the_side_of_an_upload_route_is_refused(client: TestClient) -> None:
    answer = client.post("/api/shows", content=b"x" * (3 * 1024**2))
    assert (answer.status_code, error_of(answer)["code"]) == (413, "body_too_large")


def test_answers_carry_security_headers(client: TestClient) -> None:
    headers = client.get("/api/auth/me").headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "strict-origin-when-cross-origin"


@pytest.fixture
def studio(tmp_path: Path) -> TestClient:
    """A built studio of two files."""
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<title>Studio</title>")
    (folder / "assets" / "app-1a2b.js").write_text("go()")
    return TestClient(Studio(folder))


def test_studio_assets_are_kept_for_ever_and_its_page_never(studio: TestClient) -> None:
    asset = studio.get("/assets/app-1a2b.js")
    assert (asset.text, asset.headers["cache-control"]) == ("go()", "public, max-age=31536000, immutable")
    for path in ("/", "/episodes/ep_1", "/index.html"):
        page = studio.get(path)
        assert (page.status_code, page.headers["cache-control"]) == (200, "no-cache"), path
        assert "Studio" in page.text


def test_only_a_studio_with_a_place_for_its_errors_is_told_one_and_may_speak_to_it(
    ground: Ground, routes: FastAPI, tmp_path: Path
) -> None:
    folder = tmp_path / "dist"
    folder.mkdir()
    (folder / "index.html").write_text("<head></head>")
    told = TestClient(Studio(folder, '<meta name="donecast-errors">')).get("/episodes/ep_1").text
    assert told == '<head><meta name="donecast-errors"></head>'
    assert TestClient(Studio(folder)).get("/").text == "<head></head>"
    for dsn, in_dev, allowed in (("", True, "'self'"), (_DSN, False, "'self'"), (_DSN, True, f"'self' {_ERRORS_HOST}")):
        sentry = ground.settings.sentry.model_copy(update={"sentry_browser_dsn": dsn, "sentry_in_dev": in_dev})
        settings = replace(ground.settings, sentry=sentry)
        furnish(routes, replace(ground, settings=settings))
        client = TestClient(routes)
        policies = [client.get(path).headers["content-security-policy"] for path in ("/studio/", "/api/nothing")]
        assert f"connect-src {allowed};" in policies[0]
        assert _ERRORS_HOST not in policies[1]


def test_a_studio_that_is_not_built_says_how_to_build_it(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_studio_folder", lambda: Path("/nowhere"))
    with TestClient(create_app(ground)) as client:
        answer = client.get("/studio/")
    assert answer.status_code == 503
    assert "./dev up" in error_of(answer)["action"]


def test_a_malformed_request_names_its_fields_once_and_in_no_words_of_a_library(admin: Person) -> None:
    refused = admin.ask("GET", "/api/admin/feedback/sentry/events?severity=bogus&limit=0")
    assert refused.status_code == 422
    assert refused.json()["error"]["message"] == "Something is missing or not in the expected form: limit, severity."
