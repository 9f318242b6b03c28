"""The frame around every request: its id, careful headers, one line in the log, and every failure in one form."""

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from typing import Any

import pytest
from fastapi import APIRouter
from fastapi.testclient import TestClient

from donecast.entry.body_limits import body_bytes_max
from donecast.entry.http import create_app
from donecast.entry.request_facts import UNMATCHED
from donecast.kit.left_alone import ServiceLeftAlone
from donecast.platform.database import DatabaseBusy
from donecast.platform.telemetry import configure_logs, logger
from donecast.platform.web import Ground
from tests.support.people import Person

TRACE = "0af7651916cd43dd8448eb211c80319c"
FORGED = '\x1b[31mred\r\n{"event": "forged"}\u202e'


class VendorRests(ServiceLeftAlone):
    """For these tests."""

    code = "vendor_rests"
    message = "The service has a rest."
    action = "It is asked again in a few minutes."


@pytest.fixture
def overrides() -> dict[str, Any]:
    return {"log_format": "json"}


@pytest.fixture
def frail(ground: Ground) -> Iterator[TestClient]:
    """The app with routes that fail, and one that writes to the log."""
    router = APIRouter()

    @router.get("/test/broken/{name}")
    def broken(name: str) -> None:
        raise RuntimeError(f"inner words about {name}")

    @router.get("/test/resting")
    def resting() -> None:
        raise VendorRests.after(41.2)

    @router.get("/test/away")
    def away() -> None:
        raise DatabaseBusy from TimeoutError("nobody answered")

    @router.get("/test/told")
    def told() -> None:
        logger().info("something was done", said=FORGED)

    app = create_app(ground)
    app.include_router(router)
    with TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False) as client:
        yield client


@dataclass(frozen=True, slots=True)
class Log:
    """What the program writes."""

    written: StringIO

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.written.getvalue().splitlines()]


@pytest.fixture
def log(ground: Ground) -> Iterator[Log]:
    configure_logs(ground.settings.server)
    handler = logging.getLogger().handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    written = StringIO()
    before = handler.setStream(written)
    yield Log(written)
    handler.setStream(before)


@pytest.mark.parametrize("address", ["/livez", "/test/broken/x", "/studio/x", "/nothing", "/openapi.json"])
def test_every_answer_carries_the_id_that_the_caller_chose(frail: TestClient, address: str) -> None:
    assert frail.get(address, headers={"X-Request-ID": "web-1.2_A"}).headers["x-request-id"] == "web-1.2_A"


def test_the_id_of_a_trace_is_taken_where_the_caller_names_no_request(client: TestClient) -> None:
    traced = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
    assert client.get("/livez", headers=traced).headers["x-request-id"] == TRACE
    assert client.get("/livez", headers={**traced, "X-Request-ID": "mine"}).headers["x-request-id"] == "mine"
    for malformed in ("00-zz-b7ad6b7169203331-01", f"00-{'0' * 32}-b7ad6b7169203331-01", TRACE):
        assert len(client.get("/livez", headers={"traceparent": malformed}).headers["x-request-id"]) == 16


def test_an_error_nobody_expected_is_logged_once_with_its_request(frail: TestClient, log: Log) -> None:
    answer = frail.get("/test/broken/x")
    errors = [line for line in log.lines() if line["level"] == "error"]
    assert [(line["request_id"], line["route"]) for line in errors] == [
        (answer.headers["x-request-id"], "/test/broken/{name}")
    ]
    assert "inner words about x" in errors[0]["exception"]
    assert "inner words" not in answer.text


def test_a_service_that_rests_is_no_fault_and_says_when_it_is_asked_again(frail: TestClient, log: Log) -> None:
    answer = frail.get("/test/resting")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "42")
    lines = log.lines()
    assert {line["level"] for line in lines} == {"info"}
    assert not any("exception" in line for line in lines)


def test_what_is_away_is_logged_in_one_line_with_its_reason(frail: TestClient, log: Log) -> None:
    frail.get("/test/away")
    (told,) = [line for line in log.lines() if line["level"] == "error"]
    assert (told["code"], told["because"]) == ("database_busy", "TimeoutError('nobody answered')")
    assert "exception" not in told, "a thousand such lines in a minute must not be a thousand pages"


def test_a_request_leaves_one_line_with_its_account_and_no_address_of_anybody(ann: Person, log: Log) -> None:
    ann.ask("GET", "/api/shows/show_secret?word=hidden")
    ann.client.get("/livez")
    ann.client.get("/api/nothing-here")
    known, unknown = log.lines()
    assert known["ms"] > 0
    assert (known["event"], known["method"], known["status"]) == ("request", "GET", 404)
    assert (known["route"], known["account_id"]) == ("/api/shows/{show_id}", ann.account.id)
    assert (unknown["route"], "account_id" in unknown) == (UNMATCHED, False)
    assert "secret" not in str(known)
    assert "hidden" not in str(known)


def test_what_a_stranger_writes_neither_forges_a_line_nor_moves_the_terminal(frail: TestClient, log: Log) -> None:
    frail.get("/test/told")
    raw = log.written.getvalue()
    told = [json.loads(line) for line in raw.splitlines()]
    assert [line["event"] for line in told] == ["something was done", "request"]
    assert "\x1b" not in raw
    assert "\r" not in told[0]["said"]


class TestPretty:
    """The same as a person at a terminal sees it."""

    @pytest.fixture
    def overrides(self) -> dict[str, Any]:
        return {"log_format": "pretty"}

    def test_what_a_stranger_writes_stays_on_its_line(self, frail: TestClient, log: Log) -> None:
        frail.get("/test/told")
        frail.get(f"/test/broken/{'%1b[31m'}")
        raw = log.written.getvalue()
        assert raw.count("forged") == 1
        assert "\x1b[31mred" not in raw
        assert "inner words about \\x1b[31m" in raw
        assert not any(line.startswith('{"event"') for line in raw.splitlines())


def test_browsers_are_told_to_be_careful(client: TestClient) -> None:
    api, studio, page = (client.get(path).headers for path in ("/api/auth/me", "/studio/", "/"))
    assert "default-src 'none'" in api["content-security-policy"]
    assert "script-src 'self';" in studio["content-security-policy"]
    for headers in (api, studio, page):
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers.get_list("content-security-policy") == [headers["content-security-policy"]]
        assert "camera=()" in headers["permissions-policy"]
        assert "strict-transport-security" not in headers
    assert [headers["cross-origin-resource-policy"] for headers in (api, studio, page)] == [
        "same-origin",
        "same-origin",
        "cross-origin",
    ]


class TestBehindHttps:
    """An installation that is reached by https."""

    @pytest.fixture
    def overrides(self) -> dict[str, Any]:
        return {"public_url": "https://podcast.example.org"}

    def test_browsers_are_told_to_stay_with_https(self, client: TestClient) -> None:
        assert client.get("/livez").headers["strict-transport-security"] == "max-age=31536000"


@pytest.mark.parametrize(
    ("path", "bytes_max"),
    [
        ("/api/auth/sign-in", 2 * 1024**2),
        ("/api/shows/show_1/covers", 2 * 1024**2),
        ("/api/hooks/stripe", 512 * 1024),
        ("/api/hooks/assemblyai", 16 * 1024),
        ("/api/episodes", 30 * 1024**2),
        ("/api/uploads", 2 * 1024**2),
        ("/api/uploads/upl_1", float("inf")),
        ("/api/media", float("inf")),
        ("/api/shows/show_1/cover", float("inf")),
        ("/nothing\n/here", 2 * 1024**2),
    ],
)
def test_every_path_has_one_limit(ground: Ground, path: str, bytes_max: float) -> None:
    assert body_bytes_max(path, ground.settings) == bytes_max


@pytest.mark.parametrize(("bytes_sent", "status"), [(2 * 1024**2, 422), (2 * 1024**2 + 1, 413)])
def test_a_body_at_its_limit_is_read_and_one_byte_more_is_not(client: TestClient, bytes_sent: int, status: int) -> None:
    answer = client.post("/api/auth/sign-in", content=b" " * bytes_sent, headers={"Content-Type": "application/json"})
    assert answer.status_code == status


def test_json_that_is_none_is_told_in_a_sentence(client: TestClient) -> None:
    headers = {"Content-Type": "application/json"}
    for body in (b"{broken", b'{"a": [' * 50_000):
        answer = client.post("/api/auth/sign-in", content=body, headers=headers)
        error = answer.json()["error"]
        assert answer.status_code in {400, 422}
        assert error["message"] in {
            "Something is missing or not in the expected form: the request.",
            "We could not read what was sent.",
        }
