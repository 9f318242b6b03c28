"""Asking other machines: bounded in bytes, time and attempts."""

import time
from pathlib import Path

import pytest

from donecast.platform.outgoing import (
    Answer,
    AskAgain,
    NoAnswer,
    OutgoingLimits,
    ask_once,
    post_json,
    retry_after_seconds,
)
from tests.support.servers import free_port
from tests.support.stripe_server import Fault, stripe_service
from tests.support.text_services import TextService, text_service

LIMITS = OutgoingLimits(deadline_seconds=5, attempts_max=3, answer_bytes_max=64 * 1024)


def post(service: TextService, limits: OutgoingLimits = LIMITS, **more: object) -> Answer | NoAnswer:
    options = {"headers": {}, "judge": lambda _: None, **more}
    return post_json(f"{service.url}/chat/completions", {"a": 1}, limits=limits, **options)  # type: ignore[arg-type]


def test_an_answer_comes_as_it_is() -> None:
    with text_service("openai_compatible") as service:
        service.says = "beans"
        found = post(service, headers={"X-Mark": "m"})
        assert service.asked[0].headers["X-Mark"] == "m"
    assert isinstance(found, Answer)
    assert found.status == 200
    assert b"beans" in found.body
    assert found.headers["content-type"] == "application/json"


def test_an_answer_may_be_as_large_as_its_limit_and_no_larger() -> None:
    with text_service("openai_compatible") as service:
        whole = post(service)
        assert isinstance(whole, Answer)
        size = len(whole.body)
        assert isinstance(post(service, OutgoingLimits(5, 1, size)), Answer)
        assert post(service, OutgoingLimits(5, 1, size - 1)) == NoAnswer("too_large")


@pytest.mark.parametrize(
    ("manner", "lack", "asked"),
    [("cut_body", "cut_off", 3), ("huge_body", "too_large", 1), ("hang", "too_slow", 1), ("drip", "too_slow", 1)],
)
def test_each_lack_has_its_name(manner: str, lack: str, asked: int) -> None:
    waits: list[float] = []
    with text_service("openai_compatible") as service:
        service.behave(manner)  # type: ignore[arg-type]
        deadline = 1 if lack == "too_slow" else 5
        started = time.monotonic()
        found = post(service, OutgoingLimits(deadline, 3, 64 * 1024), sleep=waits.append)
        assert found == NoAnswer(lack)  # type: ignore[arg-type]
        assert time.monotonic() - started < deadline + 1
        assert len(service.asked) == asked
    assert waits == [0.5, 1.0][: asked - 1]


@pytest.mark.parametrize(
    ("fault", "lack"),
    [
        (Fault("/", "drop"), "cut_off"),
        (Fault("/", "cut"), "cut_off"),
        (Fault("/", "huge"), "too_large"),
        (Fault("/", "slow", seconds=5), "too_slow"),
    ],
)
def test_who_asks_once_asks_once(fault: Fault, lack: str) -> None:
    with stripe_service() as service:
        service.faults = [fault]
        headers = {"Authorization": f"Bearer {service.key}"}
        found = ask_once("GET", f"{service.url}/v1/x", b"", headers=headers, limits=OutgoingLimits(1, 9, 64 * 1024))
        assert found == NoAnswer(lack)  # type: ignore[arg-type]
        assert len(service.asked) == 1


def test_who_asks_once_sends_bytes_as_they_are_and_follows_nobody() -> None:
    with stripe_service() as service:
        service.faults = [Fault("/v1/y", "elsewhere")]
        limits = OutgoingLimits(5, 1, 64 * 1024)
        headers = {"Authorization": f"Bearer {service.key}"}
        made = ask_once("POST", f"{service.url}/v1/customers", b"email=a%40b", headers=headers, limits=limits)
        moved = ask_once("POST", f"{service.url}/v1/y", b"", headers=headers, limits=limits)
        assert service.asked[0].form == {"email": "a@b"}
    assert isinstance(made, Answer)
    assert isinstance(moved, Answer)
    assert (made.status, moved.status) == (200, 307)


def test_nobody_there_is_asked_again_and_then_told() -> None:
    waits: list[float] = []
    url = f"http://127.0.0.1:{free_port()}/"
    found = post_json(url, {}, headers={}, limits=LIMITS, judge=lambda _: None, sleep=waits.append)
    assert found == NoAnswer("unreachable")
    assert len(waits) == 2


@pytest.mark.parametrize("url", ["http://", "nonsense", "http://[::1", "ftp://127.0.0.1/"])
def test_an_address_that_is_none_is_unreachable(url: str) -> None:
    limits = OutgoingLimits(1, 1, 1_000)
    assert post_json(url, {}, headers={}, limits=limits, judge=lambda _: None) == NoAnswer("unreachable")


def test_the_service_says_how_long_to_wait_and_the_deadline_has_the_last_word() -> None:
    waits: list[float] = []
    with text_service("openai_compatible") as service:
        found = post(service, judge=lambda _: AskAgain(2), sleep=waits.append)
        assert isinstance(found, Answer)
        assert waits == [2, 2]
        assert isinstance(post(service, judge=lambda _: AskAgain(6), sleep=waits.append), Answer)
        assert waits == [2, 2]


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7.0), (" 0 ", 0.0), ("", None), ("soon", None), ("-3", None), ("1" * 9, None), ("٣", None)],
)
def test_retry_after_is_read_in_seconds(header: str, seconds: float | None) -> None:
    assert retry_after_seconds(Answer(429, {"retry-after": header}, b"")) == seconds
    assert retry_after_seconds(Answer(429, {}, b"")) is None


def test_no_proxy_and_no_netrc_is_looked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login ann password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    with text_service("openai_compatible") as service:
        assert isinstance(post(service), Answer)
        assert "Authorization" not in service.asked[0].headers
