"""The one door to services on the network: a deadline, inside a circuit breaker, inside patience.

What comes back is a value, an answer or the lack of one; what it means is for the adapter of the service to say, and so
is whether asking again may help. Questions are never redirected, for a key goes with them. Proxies of the environment
are used for https alone, where they see no key; what ``.netrc`` says is not, for it puts another name on questions.
"""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal, Protocol
from urllib.parse import urlsplit

import httpx

from donecast.platform.breaker_rules import Admission, Outcome
from donecast.platform.error_tracking import add_breadcrumb
from donecast.platform.redaction import scrubbed_url
from donecast.platform.retrying import jittered_pauses
from donecast.platform.telemetry import logger

_CONNECT_SECONDS = 10.0
_SECONDS_LEFT_MIN = 0.05
RETRIES_MAX = 3
RETRY_WITHIN_SECONDS = 30.0
"""So many times a question is asked again at most, and never so long after it was asked first, whatever limits say."""
_NOT_CARRIED_OUT = frozenset({429, 503})
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

Lack = Literal[
    "unreachable", "not_sent", "too_slow", "cut_off", "garbled", "too_large", "resting", "asked_too_much", "isolated"
]
"""``unreachable``, or ``not_sent`` in time by us: the question was certainly not taken; nor from ``resting`` on,
where the service is left alone. All others may have been carried out."""
Method = Literal["GET", "POST", "PUT", "DELETE"]


@dataclass(frozen=True, slots=True)
class OutgoingLimits:
    """The most that one wish may take: its attempts and the waits between them included.

    ``silence_seconds``: the longest time without a byte; without it the deadline is the limit.
    """

    deadline_seconds: float
    attempts_max: int
    answer_bytes_max: int
    silence_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service said; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Why there is none. ``after_seconds``: while the service is left alone, when it is asked again, if by itself.

    ``why`` is the transport's own word for it, for the log.
    """

    lack: Lack
    after_seconds: float | None = None
    why: str = field(default="", compare=False)

    @property
    def is_left_alone(self) -> bool:
        """Whether the service is left alone at present, so that nothing was sent."""
        return self.lack in {"resting", "asked_too_much", "isolated"}


@dataclass(frozen=True, slots=True)
class AskAgain:
    """That asking again may help, and after how long, where the service says so."""

    after_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Rest:
    """That a service is left alone, and for how many seconds more; None until a person ends it."""

    because: Literal["resting", "asked_too_much", "isolated"]
    seconds: float | None


class Breaker(Protocol):
    """Who knows whether a service is well; see `breakers.SharedBreaker`."""

    def admit(self, seconds_max: float) -> Admission | Rest:
        """Whether a call of at most so many seconds may be made now."""
        ...

    def record(self, admission: Admission, outcome: Outcome, quiet_seconds: float = 0.0) -> None:
        """How an admitted call ended; for how long the service asks not to be asked."""
        ...


class AlwaysClosed:
    """Lets every call through and counts nothing: for what is asked once, by a person who waits for it."""

    def admit(self, seconds_max: float) -> Admission | Rest:  # noqa: ARG002
        """See `Breaker`."""
        return Admission(0)

    def record(self, admission: Admission, outcome: Outcome, quiet_seconds: float = 0.0) -> None:
        """See `Breaker`."""


_ALWAYS_CLOSED = AlwaysClosed()


@dataclass(frozen=True, slots=True)
class Question:
    """One request. Of ``json`` and ``content`` at most one; ``content`` is sent as it is read.

    ``is_keyed``: it has a key by which the service knows it again, so that being asked twice is paid once.
    ``is_answer`` says of a body that came with 200 whether the service could have meant it; what it says no to counts
    against the service.
    """

    method: Method
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    params: Mapping[str, str] | None = field(default=None, repr=False)
    json: object = field(default=None, repr=False)
    content: bytes | Iterable[bytes] | None = field(default=None, repr=False)
    is_answer: Callable[[bytes], bool] = lambda _: True
    is_keyed: bool = False

    @property
    def may_be_repeated(self) -> bool:
        """Whether asking twice comes to the same as asking once (RFC 9110, 9.2.2)."""
        return self.is_keyed or self.method != "POST"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """The way to one service, with its circuit breaker."""

    breaker: Breaker = _ALWAYS_CLOSED
    sleep: Callable[[float], None] = time.sleep

    def ask(self, question: Question, limits: OutgoingLimits) -> Answer | NoAnswer:
        """One attempt. Raises what reading the question's content raises."""
        return self._ask(question, limits, time.monotonic() + limits.deadline_seconds)

    def ask_patiently(
        self, question: Question, limits: OutgoingLimits, judge: Callable[[Answer], AskAgain | None]
    ) -> Answer | NoAnswer:
        """The last answer to a question that may be asked again.

        Asked again, after growing pauses or the one that the service names, when nobody could be reached, when the
        answer broke off, and when ``judge`` says so. What may not be repeated may be paid by then: it is asked again
        only when it was certainly not carried out, for nobody could be reached, or came 429 or 503. At most 3 times,
        never past the deadline or half a minute, and never while the service is left alone: then the last that was
        heard comes back. Raises ValueError without an attempt.
        """
        begun = time.monotonic()
        deadline = begun + limits.deadline_seconds
        last_retry = min(deadline, begun + RETRY_WITHIN_SECONDS)
        attempts_max = min(limits.attempts_max, 1 + RETRIES_MAX)
        pauses = jittered_pauses()
        heard: Answer | NoAnswer | None = None
        for attempt in range(attempts_max):
            found = self._ask(question, limits, deadline)
            if isinstance(found, NoAnswer) and found.is_left_alone:
                return heard or found
            heard = found
            again = _again(question, found, judge)
            wait = next(pauses) if again is None or again.after_seconds is None else again.after_seconds
            if again is None or attempt + 1 == attempts_max or time.monotonic() + wait >= last_retry:
                return found
            self.sleep(wait)
        raise ValueError("at least one attempt is needed")

    def _ask(self, question: Question, limits: OutgoingLimits, deadline: float) -> Answer | NoAnswer:
        seconds_left = max(_SECONDS_LEFT_MIN, deadline - time.monotonic())
        admission = self.breaker.admit(seconds_left)
        if isinstance(admission, Rest):
            return NoAnswer(admission.because, admission.seconds)
        begun, found = time.monotonic(), None
        try:
            found = _exchange(question, limits, seconds_left, deadline)
            if isinstance(found, NoAnswer):
                logger().warning("no answer", host=_host(question.url), lack=found.lack, why=found.why)
            return found
        finally:
            quiet = _quiet_seconds(found) if isinstance(found, Answer) and found.status == 429 else 0.0
            seconds = time.monotonic() - begun
            _leave_breadcrumb(question, found, seconds)
            outcome = _outcome(found, question, seconds, limits)
            self.breaker.record(admission, outcome, quiet)


UNGUARDED = Outgoing()
"""A way without a circuit breaker."""


def retry_after_seconds(answer: Answer) -> float | None:
    """The seconds of a Retry-After header (RFC 9110, 10.2.3); a date, which no such service sends, is None."""
    named = answer.headers.get("retry-after", "").strip()
    return float(named) if named.isascii() and named.isdigit() and len(named) <= 6 else None


def media_type_of(headers: Mapping[str, str]) -> str:
    """What kind of body it is said to be, in lower case without parameters; empty when nothing was said."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def looks_like_json(body: bytes) -> bool:
    """Whether it begins and ends as a JSON document of these services does: no page, no half of one."""
    plain = body.strip()
    return (plain[:1], plain[-1:]) in {(b"{", b"}"), (b"[", b"]")}


def may_use_proxies(url: str) -> bool:
    """Whether the environment's proxies count: where they pass on what they cannot read."""
    return url.lower().startswith("https:")


def lack_of(error: Exception) -> Lack:
    """What is missing after an error of the transport."""
    match error:
        case httpx.ConnectTimeout() | httpx.PoolTimeout() | httpx.ConnectError() | httpx.ProxyError():
            return "unreachable"
        case httpx.UnsupportedProtocol() | httpx.InvalidURL():
            return "unreachable"
        case httpx.TimeoutException():
            return "too_slow"
        case httpx.DecodingError():
            return "garbled"
        case _:  # whoever knows no better must not say that nothing was carried out
            return "cut_off"


def _again(question: Question, found: Answer | NoAnswer, judge: Callable[[Answer], AskAgain | None]) -> AskAgain | None:
    if isinstance(found, Answer):
        return judge(found) if question.may_be_repeated or found.status in _NOT_CARRIED_OUT else None
    # Who was too slow once took the work, and maybe the money; who says too much says it again.
    may_be_asked = found.lack == "unreachable" or (found.lack == "cut_off" and question.may_be_repeated)
    return AskAgain() if may_be_asked else None


def _outcome(found: Answer | NoAnswer | None, question: Question, seconds: float, limits: OutgoingLimits) -> Outcome:
    match found:
        case None | NoAnswer("not_sent"):
            return "abandoned"
        case NoAnswer():
            return "failed"
        case Answer() if found.status >= 500 or (found.status < 300 and not question.is_answer(found.body)):
            return "failed"
        case Answer() if found.status >= 400:
            return "refused"
        case _:
            # How long sending takes is a matter of the line and of the length.
            sends_much = question.content is not None and not isinstance(question.content, bytes)
            return "slow" if seconds > limits.deadline_seconds / 2 and not sends_much else "well"


def _leave_breadcrumb(question: Question, found: Answer | NoAnswer | None, seconds: float) -> None:
    came = str(found.status) if isinstance(found, Answer) else found.lack if found is not None else "abandoned"
    words = f"{question.method} {scrubbed_url(question.url)}: {came}"
    add_breadcrumb("http", words, milliseconds=round(seconds * 1_000, 3))


def _host(url: str) -> str:
    with suppress(ValueError):
        return urlsplit(url).hostname or ""
    return ""


def _quiet_seconds(answer: Answer) -> float:
    return retry_after_seconds(answer) or 0.0


def _exchange(question: Question, limits: OutgoingLimits, seconds_left: float, deadline: float) -> Answer | NoAnswer:
    silence = seconds_left if limits.silence_seconds is None else min(seconds_left, limits.silence_seconds)
    timeout = httpx.Timeout(silence, connect=min(silence, _CONNECT_SECONDS))
    content = question.content
    sent = _until(deadline, content) if content is not None and not isinstance(content, bytes) else content
    # Packed only for who asks for it: what is unpacked can be a thousand times as much as came.
    headers = {"Accept-Encoding": "identity", **question.headers}
    try:
        client = httpx.Client(trust_env=may_use_proxies(question.url), timeout=timeout, verify=_trusted())
    except (ImportError, ValueError) as error:  # what the environment says of proxies cannot be used
        return NoAnswer("unreachable", why=f"proxy of the environment: {error}")
    cutter = _Cutter()
    options: dict[str, Any] = {"params": question.params, "json": question.json, "content": sent, "headers": headers}
    try:
        with (
            client,
            cutter.at(deadline),
            client.stream(question.method, question.url, **options, extensions={"trace": cutter.trace}) as response,
        ):
            return _read(response, limits.answer_bytes_max, deadline)
    except _SendingTooSlow:
        return NoAnswer("not_sent", why="sending took too long")
    except (httpx.TransportError, httpx.DecodingError, httpx.InvalidURL) as error:
        return NoAnswer("too_slow" if cutter.has_cut else lack_of(error), why=type(error).__name__)


@cache
def _trusted() -> ssl.SSLContext:
    """Whom we believe to be who they say; reading it takes longer than many a call."""
    return httpx.create_ssl_context()


def _read(response: httpx.Response, bytes_max: int, deadline: float) -> Answer | NoAnswer:
    """The body as it comes, piece by piece: a service that sends a byte a second is too slow as well."""
    collected = bytearray()
    for piece in response.iter_bytes():
        collected += piece
        if len(collected) > bytes_max:
            return NoAnswer("too_large")
        if time.monotonic() >= deadline:
            return NoAnswer("too_slow")
    return Answer(response.status_code, dict(response.headers), bytes(collected))


class _Cutter:
    """Ends a connection when its time is over: who sends the head of an answer byte by byte is never silent.

    Only once the question is sent: until then it certainly was not taken, which is worth knowing.
    """

    def __init__(self) -> None:
        self.has_cut = False
        self._stream: Any = None
        self._is_sent = self._is_over = False
        self._lock = threading.Lock()

    def trace(self, event: str, facts: Mapping[str, Any]) -> None:
        """What the transport tells of each of its acts; the last stream that it opened is the one that counts."""
        if event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            self._stream = facts["return_value"]
        elif event.endswith(".send_request_body.complete"):
            self._look(is_sent=True)

    @contextmanager
    def at(self, deadline: float) -> Iterator[None]:
        """Cuts at a moment of the monotonic clock, unless the block ends before."""
        timer = threading.Timer(max(0.0, deadline - time.monotonic()), self._look, kwargs={"is_over": True})
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _look(self, *, is_sent: bool = False, is_over: bool = False) -> None:
        with self._lock:
            self._is_sent, self._is_over = self._is_sent or is_sent, self._is_over or is_over
            if self._is_sent and self._is_over and self._stream is not None:
                self.has_cut = True
                with suppress(OSError):  # it has ended by itself
                    self._stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)


class _SendingTooSlow(Exception):
    """The question could not be sent in time, so it was not taken."""


def _until(deadline: float, content: Iterable[bytes]) -> Iterator[bytes]:
    for piece in content:
        if time.monotonic() > deadline:
            raise _SendingTooSlow
        yield piece
