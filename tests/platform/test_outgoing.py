"""Asking other machines: bounded in bytes, time and attempts."""

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from donecast.platform.outgoing import (
    UNGUARDED,
    Answer,
    AskAgain,
    NoAnswer,
    Outgoing,
    OutgoingLimits,
    Question,
    Rest,
    retry_after_seconds,
)
from tests.support.ill_service import ill_service
from tests.support.resting import Napping
from tests.support.servers import free_port
from tests.support.stripe_server import Fault, stripe_service
from tests.support.text_services import TextService, text_service
from tests.support.toxic_proxy import SLOW_DRIP, toxic_proxy

LIMITS = OutgoingLimits(deadline_seconds=5, attempts_max=3, answer_bytes_max=64 * 1024)


def post(
    service: TextService,
    limits: OutgoingLimits = LIMITS,
    *,
    headers: Mapping[str, str] | None = None,
    judge: Callable[[Answer], AskAgain | None] = lambda _: None,
    sleep: Callable[[float], None] = time.sleep,
    is_keyed: bool = True,
) -> Answer | NoAnswer:
    question = Question("POST", f"{service.url}/chat/completions", headers or {}, json={"a": 1}, is_keyed=is_keyed)
    return Outgoing(sleep=sleep).ask_patiently(question, limits, judge)


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
    assert len(waits) == asked - 1
    assert all(0 <= wait <= 2 * usual for wait, usual in zip(waits, (1, 2), strict=False))


@pytest.mark.parametrize(
    ("manner", "asked"),
    [("cut_body", 1), ("broken_inside", 1), ("rate_limited_shortly", 3), ("rate_limited", 3)],
)
def test_what_may_have_been_paid_is_not_asked_for_again(manner: str, asked: int) -> None:
    with text_service("openai_compatible") as service:
        service.behave(manner)  # type: ignore[arg-type]
        post(service, judge=lambda _: AskAgain(), sleep=lambda _: None, is_keyed=False)
        assert len(service.asked) == asked
        post(service, judge=lambda _: AskAgain(), sleep=lambda _: None, is_keyed=True)
        assert len(service.asked) == asked + 3


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
        found = UNGUARDED.ask(Question("GET", f"{service.url}/v1/x", headers), OutgoingLimits(1, 9, 64 * 1024))
        assert found == NoAnswer(lack)  # type: ignore[arg-type]
        assert len(service.asked) == 1


def test_who_asks_once_sends_bytes_as_they_are_and_follows_nobody() -> None:
    with stripe_service() as service:
        service.faults = [Fault("/v1/y", "elsewhere")]
        limits = OutgoingLimits(5, 1, 64 * 1024)
        headers = {"Authorization": f"Bearer {service.key}"}
        made = UNGUARDED.ask(Question("POST", f"{service.url}/v1/customers", headers, content=b"email=a%40b"), limits)
        moved = UNGUARDED.ask(Question("POST", f"{service.url}/v1/y", headers, content=b""), limits)
        assert service.asked[0].form == {"email": "a@b"}
    assert isinstance(made, Answer)
    assert isinstance(moved, Answer)
    assert (made.status, moved.status) == (200, 307)


def test_nobody_there_is_asked_again_and_then_told() -> None:
    waits: list[float] = []
    question = Question("POST", f"http://127.0.0.1:{free_port()}/", json={})
    found = Outgoing(sleep=waits.append).ask_patiently(question, LIMITS, lambda _: None)
    assert found == NoAnswer("unreachable")
    assert len(waits) == 2


def test_a_service_that_sends_even_its_head_byte_by_byte_is_too_slow_when_its_time_is_over() -> None:
    with ill_service() as service, toxic_proxy(service.port, SLOW_DRIP) as proxy:
        begun = time.monotonic()
        found = UNGUARDED.ask(Question("GET", proxy.url), OutgoingLimits(1, 1, 1_000))
        took = time.monotonic() - begun
    assert found == NoAnswer("too_slow")
    assert took < 3  # its head alone takes four


@pytest.mark.parametrize("url", ["http://", "nonsense", "http://[::1", "ftp://127.0.0.1/"])
def test_an_address_that_is_none_is_unreachable(url: str) -> None:
    assert UNGUARDED.ask(Question("POST", url, json={}), OutgoingLimits(1, 1, 1_000)) == NoAnswer("unreachable")


def test_the_service_says_how_long_to_wait_and_the_deadline_has_the_last_word() -> None:
    waits: list[float] = []
    with text_service("openai_compatible") as service:
        found = post(service, judge=lambda _: AskAgain(2), sleep=waits.append)
        assert isinstance(found, Answer)
        assert waits == [2, 2]
        assert isinstance(post(service, judge=lambda _: AskAgain(6), sleep=waits.append), Answer)
        assert waits == [2, 2]


def test_it_is_asked_again_three_times_at_most_and_not_after_half_a_minute_whatever_the_limits_allow() -> None:
    waits: list[float] = []
    eager = OutgoingLimits(deadline_seconds=300, attempts_max=50, answer_bytes_max=64 * 1024)
    with text_service("openai_compatible") as service:
        post(service, eager, judge=lambda _: AskAgain(1), sleep=waits.append)
        assert (len(service.asked), waits) == (4, [1, 1, 1])
        post(service, eager, judge=lambda _: AskAgain(31), sleep=waits.append)
        assert (len(service.asked), waits) == (5, [1, 1, 1])


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7.0), (" 0 ", 0.0), ("", None), ("soon", None), ("-3", None), ("1" * 9, None), ("٣", None)],
)
def test_retry_after_is_read_in_seconds(header: str, seconds: float | None) -> None:
    assert retry_after_seconds(Answer(429, {"retry-after": header}, b"")) == seconds
    assert retry_after_seconds(Answer(429, {}, b"")) is None


def test_no_proxy_is_looked_for_on_this_machine_and_no_netrc_anywhere(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login ann password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    with text_service("openai_compatible") as service:
        assert isinstance(post(service), Answer)
        assert "Authorization" not in service.asked[0].headers


def test_a_proxy_is_used_for_what_it_cannot_read_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = f"http://127.0.0.1:{free_port()}"
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy)
    limits = OutgoingLimits(2, 1, 1_000)
    with socket.create_server(("127.0.0.1", int(proxy.rpartition(":")[2]))) as door:
        door.settimeout(2)
        asked: list[bytes] = []

        def note() -> None:
            connection, _ = door.accept()
            with connection:
                asked.append(connection.recv(1_000))

        noting = threading.Thread(target=note)
        noting.start()
        UNGUARDED.ask(Question("POST", "https://service.invalid/x", {"authorization": "secret"}, json={"a": 1}), limits)
        noting.join(5)
    assert asked[0].startswith(b"CONNECT service.invalid:443 ")
    assert b"secret" not in asked[0]


def test_a_proxy_that_cannot_be_used_is_no_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "gopher://127.0.0.1:1")
    found = UNGUARDED.ask(Question("GET", "https://service.invalid/"), OutgoingLimits(1, 1, 1_000))
    assert isinstance(found, NoAnswer)
    assert found.lack == "unreachable"
    assert "proxy" in found.why


@pytest.mark.parametrize("packed", [True, False])
def test_an_answer_that_comes_packed_is_unpacked_within_its_limit(packed: bool) -> None:
    body = b'{"words": "' + b"a" * 50_000 + b'"}'
    sent = gzip.compress(body) if packed else b"no gzip"
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(sent)}\r\n\r\n"
    with answering(head.encode() + sent) as url:
        found = UNGUARDED.ask(Question("GET", url), OutgoingLimits(5, 1, len(body)))
    with answering(head.encode() + sent) as url:
        less = UNGUARDED.ask(Question("GET", url), OutgoingLimits(5, 1, len(body) - 1))
    if packed:
        assert isinstance(found, Answer)
        assert found.body == body
        assert less == NoAnswer("too_large")
    else:
        assert found == less == NoAnswer("garbled")


def test_what_went_out_is_told_and_not_that_nothing_was_sent() -> None:
    resting = Napping(Rest("resting", 60.0), naps=frozenset({1}))
    with text_service("openai_compatible") as service:
        service.behave("cut_body")
        question = Question("POST", f"{service.url}/chat/completions", json={}, is_keyed=True)
        found = Outgoing(resting, sleep=lambda _: None).ask_patiently(question, LIMITS, lambda _: None)
    assert found == NoAnswer("cut_off")
    assert resting.outcomes == ["failed"]


def test_a_question_keeps_its_secrets_out_of_its_repr() -> None:
    question = Question("POST", "https://x", {"key": "secret"}, params={"p": "secret"}, json={"hook": "secret"})
    assert "secret" not in repr(question)


@contextmanager
def answering(answer: bytes) -> Iterator[str]:
    """Somebody who says this once, whatever is asked."""
    with socket.create_server(("127.0.0.1", 0)) as door:

        def answer_once() -> None:
            connection, _ = door.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(answer)

        thread = threading.Thread(target=answer_once, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{door.getsockname()[1]}/"
        thread.join(5)
