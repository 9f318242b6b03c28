"""Fetching a large file from a public address, on from where it broke off; it carries no key."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO
from urllib.parse import urljoin, urlsplit

import httpx

from donecast.platform.outgoing import LOOPBACK, NoAnswer, lack_of, may_use_proxies, media_type_of
from donecast.platform.retrying import jittered_pauses

_REDIRECTS_MAX = 5


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
    pauses = jittered_pauses()
    with httpx.Client(trust_env=may_use_proxies(url), timeout=limits.silence_seconds) as client:
        for attempt in range(limits.attempts_max):
            if attempt:
                sleep(next(pauses))
            before = sink.tell()
            found = _fetch_on(client, url, sink, limits, on_bytes)
            if isinstance(found, Fetched) and found.status < 500 and found.status != 429:
                break
            if isinstance(found, NoAnswer) and found.lack == "too_large":
                break
            if sink.tell() > before:
                pauses = jittered_pauses()
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
    except (httpx.TransportError, httpx.InvalidURL) as error:
        return NoAnswer(lack_of(error))
    return NoAnswer("unreachable")


def _take(
    response: httpx.Response, sink: BinaryIO, limits: FetchLimits, on_bytes: Callable[[int], None]
) -> Fetched | NoAnswer:
    """The body behind what there is already, or in its place where the server begins anew."""
    status, media_type = response.status_code, media_type_of(response.headers)
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
    return there if address.scheme == "https" or address.hostname in LOOPBACK else None
