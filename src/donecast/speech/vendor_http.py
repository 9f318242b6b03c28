"""Asking a vendor over HTTP within limits: of bytes, of time, and of what may be made of a lost answer.

One request is one try; who is patient stands in `elsewhere`. Redirects are not followed, for the key goes with each
request.
"""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from donecast.speech.vendor_errors import SpeechBadAnswer, SpeechTransient, SpeechUnsure

ANSWER_BYTES_MAX = 64 * 1024**2
"""Six hours of quick talk with every word's times, twice over, are some 20 MB."""
_CONNECT_SECONDS = 10.0
_SILENCE_SECONDS = 30.0
_PIECE_BYTES = 1024 * 1024
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and a whole body; ``content_type`` in lower case, without parameters, empty when none was said.

    ``location``: where a redirect points, as it was said.
    """

    status: int
    body: bytes
    retry_after: str | None = None
    content_type: str = ""
    location: str = ""

    def document(self) -> Any:
        """The body's JSON. Raises SpeechBadAnswer."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise SpeechBadAnswer(details={"why": "not JSON", "status": self.status}) from error

    @property
    def retry_after_seconds(self) -> float | None:
        """What the header Retry-After says, where it is a number of seconds."""
        said = (self.retry_after or "").strip()
        return float(said) if said.isdecimal() else None


@dataclass(frozen=True, slots=True)
class VendorHttp:
    """One vendor's address, and the headers that every request carries."""

    base_url: str
    headers: Mapping[str, str] = field(repr=False)
    answer_bytes_max: int = ANSWER_BYTES_MAX

    def ask(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: object = None,
        content: Iterable[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
        seconds_max: float = 60.0,
        silence_seconds_max: float = _SILENCE_SECONDS,
    ) -> Answer:
        """One request and its whole answer, whatever its status. ``content`` is sent as it is read.

        Raises SpeechTransient when the request was certainly not sent, SpeechUnsure when it may have been carried out,
        SpeechBadAnswer for an answer that is too long or garbled on the way, and what reading ``content`` raises.
        """
        deadline = time.monotonic() + seconds_max
        timeout = httpx.Timeout(silence_seconds_max, connect=_CONNECT_SECONDS)
        sent = None if content is None else _until(deadline, content)
        try:
            with (
                httpx.Client(base_url=self.base_url, headers=dict(self.headers), timeout=timeout) as client,
                client.stream(method, path, params=params, json=json, content=sent, headers=headers) as response,
            ):
                body = self._body(response, deadline)
                content_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
                return Answer(
                    response.status_code,
                    body,
                    response.headers.get("retry-after"),
                    content_type,
                    response.headers.get("location", ""),
                )
        except _NOT_SENT as error:
            raise SpeechTransient(details={"why": type(error).__name__}) from error
        except httpx.DecodingError as error:
            raise SpeechBadAnswer(details={"why": "garbled on the way"}) from error
        except httpx.TransportError as error:
            raise SpeechUnsure(details={"why": type(error).__name__}) from error

    def _body(self, response: httpx.Response, deadline: float) -> bytes:
        body = bytearray()
        for piece in response.iter_bytes():
            body += piece
            if len(body) > self.answer_bytes_max:
                raise SpeechBadAnswer(details={"why": f"longer than {self.answer_bytes_max} bytes"})
            if time.monotonic() > deadline:  # a byte now and then would never be silence
                raise SpeechUnsure(details={"why": "the answer did not end in time"})
        return bytes(body)


def file_pieces(path: Path, on_sent: Callable[[float], None]) -> Iterator[bytes]:
    """A file's bytes, a MiB at a time; ``on_sent`` gets the share that was taken, and may raise to stop."""
    size, sent = max(1, path.stat().st_size), 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            yield piece
            sent += len(piece)
            on_sent(min(1.0, sent / size))


def _until(deadline: float, content: Iterable[bytes]) -> Iterator[bytes]:
    for piece in content:
        if time.monotonic() > deadline:
            raise SpeechTransient(details={"why": "sending took too long"})
        yield piece
