"""Asking a service on the network: bounded in time and in bytes, tried again where that may help.

What comes back is a value, an answer or the lack of one; what it means is for the adapter of the service to say, and so
is whether asking again may help. Questions are never redirected, for a key goes with them; files are, and carry none.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, Literal
from urllib.parse import urljoin, urlsplit

import httpx

_BACKOFF_SECONDS = 0.5
_BACKOFF_SECONDS_MAX = 8.0
_SECONDS_LEFT_MIN = 0.05
_REDIRECTS_MAX = 5
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

Lack = Literal["unreachable", "too_slow", "cut_off", "too_large"]


@dataclass(frozen=True, slots=True)
class OutgoingLimits:
    """The most that one wish may take: its attempts and the waits between them included."""

    deadline_seconds: float
    attempts_max: int
    answer_bytes_max: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service said; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Why there is none: nobody there, too slow, broken off inside, or more bytes than we take."""

    lack: Lack


@dataclass(frozen=True, slots=True)
class AskAgain:
    """That asking again may help, and after how long, where the service says so."""

    after_seconds: float | None = None


def post_json(
    url: str,
    body: Mapping[str, Any],
    *,
    headers: Mapping[str, str],
    limits: OutgoingLimits,
    judge: Callable[[Answer], AskAgain | None],
    sleep: Callable[[float], None] = time.sleep,
) -> Answer | NoAnswer:
    """The last answer to a JSON document sent to ``url``.

    Asked again, after growing pauses or the one that the service names, when nobody answered, when the answer broke
    off, and when ``judge`` says so; never past the deadline: then what there is comes back. Proxies and ``.netrc`` are
    not looked for, so that a key goes nowhere else. Only a service that sends the head of its answer byte by byte can
    outlast the deadline. Raises ValueError without an attempt.
    """
    deadline = time.monotonic() + limits.deadline_seconds
    # A connection kept from the last attempt may be closed at the other end in the very moment of the next one.
    fresh = httpx.Limits(max_keepalive_connections=0)
    with httpx.Client(trust_env=False, follow_redirects=False, limits=fresh) as client:
        for attempt in range(limits.attempts_max):
            found = _ask(client, "POST", url, {"json": body}, headers, limits, deadline)
            again = _again(found, judge)
            wait = (
                _BACKOFF_SECONDS * 2**attempt if again is None or again.after_seconds is None else again.after_seconds
            )
            is_last = attempt + 1 == limits.attempts_max
            if again is None or is_last or time.monotonic() + wait >= deadline:
                return found
            sleep(wait)
    raise ValueError("at least one attempt is needed")


def ask_once(
    method: Literal["GET", "POST", "DELETE"],
    url: str,
    content: bytes,
    *,
    headers: Mapping[str, str],
    limits: OutgoingLimits,
) -> Answer | NoAnswer:
    """One attempt, for those whose own rules say when there is another; else as ``post_json``."""
    deadline = time.monotonic() + limits.deadline_seconds
    with httpx.Client(trust_env=False, follow_redirects=False) as client:
        return _ask(client, method, url, {"content": content}, headers, limits, deadline)


def retry_after_seconds(answer: Answer) -> float | None:
    """The seconds of a Retry-After header (RFC 9110, 10.2.3); a date, which no such service sends, is None."""
    named = answer.headers.get("retry-after", "").strip()
    return float(named) if named.isascii() and named.isdigit() and len(named) <= 6 else None


def _again(found: Answer | NoAnswer, judge: Callable[[Answer], AskAgain | None]) -> AskAgain | None:
    if isinstance(found, Answer):
        return judge(found)
    # Who was too slow once took the work, and maybe the money; who says too much says it again.
    return AskAgain() if found.lack in {"unreachable", "cut_off"} else None


def _ask(
    client: httpx.Client,
    method: str,
    url: str,
    sent: Mapping[str, Any],
    headers: Mapping[str, str],
    limits: OutgoingLimits,
    deadline: float,
) -> Answer | NoAnswer:
    seconds_left = max(_SECONDS_LEFT_MIN, deadline - time.monotonic())
    # Unpacked bytes could be a thousand times as many as came.
    plainly = {**headers, "Accept-Encoding": "identity"}
    try:
        with client.stream(method, url, **sent, headers=plainly, timeout=seconds_left) as response:
            return _read(response, limits.answer_bytes_max, deadline)
    except httpx.ConnectTimeout:
        return NoAnswer("unreachable")
    except httpx.TimeoutException:
        return NoAnswer("too_slow")
    except (httpx.RemoteProtocolError, httpx.ReadError):
        return NoAnswer("cut_off")
    except (httpx.TransportError, httpx.InvalidURL):
        return NoAnswer("unreachable")


def _read(response: httpx.Response, bytes_max: int, deadline: float) -> Answer | NoAnswer:
    """The body as it comes, piece by piece: a service that sends a byte a second is too slow as well."""
    collected = bytearray()
    for piece in response.iter_raw():
        collected += piece
        if len(collected) > bytes_max:
            return NoAnswer("too_large")
        if time.monotonic() >= deadline:
            return NoAnswer("too_slow")
    return Answer(response.status_code, dict(response.headers), bytes(collected))


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """The most that fetching one file may take. ``silence_seconds`` is the longest time without a byte."""

    bytes_max: int
    silence_seconds: float
    attempts_max: int


@dataclass(frozen=True, slots=True)
class Fetched:
    """How it ended: the status of the last answer, 200 where the file is there, and what kind it was said to be."""

    status: int
    media_type: str


def fetch(
    url: str,
    sink: BinaryIO,
    *,
    limits: FetchLimits,
    on_bytes: Callable[[int], None],
    sleep: Callable[[float], None] = time.sleep,
) -> Fetched | NoAnswer:
    """A file of a public address into ``sink``, which is empty and can be sought; ``on_bytes`` gets how much is there.

    Where the connection breaks, the next attempt goes on from there, or from the start where the server cannot. A body
    without a length that breaks off looks whole: the caller knows how long it must be. Redirects are followed to
    https:// and to this machine alone. Raises OSError when ``sink`` takes no more, and what ``on_bytes`` raises.
    """
    found: Fetched | NoAnswer = NoAnswer("unreachable")
    fruitless = 0
    through_proxies = urlsplit(url).hostname not in _LOOPBACK
    with httpx.Client(trust_env=through_proxies, follow_redirects=False, timeout=limits.silence_seconds) as client:
        for attempt in range(limits.attempts_max):
            if attempt:
                sleep(min(_BACKOFF_SECONDS_MAX, _BACKOFF_SECONDS * 2**fruitless))
            before = sink.tell()
            found = _fetch_on(client, url, sink, limits, on_bytes)
            if isinstance(found, Fetched) and found.status < 500 and found.status != 429:
                break
            if isinstance(found, NoAnswer) and found.lack == "too_large":
                break
            fruitless = 0 if sink.tell() > before else fruitless + 1
    return found


def _fetch_on(
    client: httpx.Client, url: str, sink: BinaryIO, limits: FetchLimits, on_bytes: Callable[[int], None]
) -> Fetched | NoAnswer:
    headers = {"Accept-Encoding": "identity"}
    if sink.tell():
        headers["Range"] = f"bytes={sink.tell()}-"
    try:
        for _ in range(_REDIRECTS_MAX):
            with client.stream("GET", url, headers=headers) as response:
                there = _next_address(url, response)
                if there is None:
                    return _take(response, sink, limits, on_bytes)
                url = there
    except httpx.ConnectTimeout:
        return NoAnswer("unreachable")
    except httpx.TimeoutException:
        return NoAnswer("too_slow")
    except (httpx.RemoteProtocolError, httpx.ReadError):
        return NoAnswer("cut_off")
    except (httpx.TransportError, httpx.InvalidURL):
        pass
    return NoAnswer("unreachable")


def _take(
    response: httpx.Response, sink: BinaryIO, limits: FetchLimits, on_bytes: Callable[[int], None]
) -> Fetched | NoAnswer:
    """The body behind what there is already, or in its place where the server begins anew."""
    status, media_type = (
        response.status_code,
        response.headers.get("content-type", "").partition(";")[0].strip().lower(),
    )
    goes_on = status == 206 and response.headers.get("content-range", "").startswith(f"bytes {sink.tell()}-")
    cannot = status in {206, 416} and not goes_on
    if cannot or status == 200:
        sink.seek(0)
        sink.truncate()
    if cannot or status not in {200, 206}:
        return Fetched(500 if cannot else status, media_type)
    for piece in response.iter_raw():
        if sink.tell() + len(piece) > limits.bytes_max:
            return NoAnswer("too_large")
        sink.write(piece)
        on_bytes(sink.tell())
    return Fetched(200, media_type)


def _next_address(url: str, response: httpx.Response) -> str | None:
    """Where a redirect leads, if one may go there; else the redirect itself is the answer."""
    if response.status_code not in {301, 302, 303, 307, 308} or "location" not in response.headers:
        return None
    there = urljoin(url, response.headers["location"])
    address = urlsplit(there)
    return there if address.scheme == "https" or address.hostname in _LOOPBACK else None
