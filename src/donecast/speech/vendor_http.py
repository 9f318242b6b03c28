"""Asking a vendor of speech over HTTP: the way out of `platform.outgoing`, with this room's errors.

One request is one try; who is patient stands in `elsewhere` and `voice_vendor`. Redirects are not followed, for the
key goes with each request.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from donecast.platform.outgoing import (
    UNGUARDED,
    Answer,
    Method,
    Outgoing,
    OutgoingLimits,
    Question,
    looks_like_json,
)
from donecast.speech.vendor_errors import (
    SpeechBadAnswer,
    SpeechRateLimited,
    SpeechResting,
    SpeechTransient,
    SpeechUnsure,
)

ANSWER_BYTES_MAX = 64 * 1024**2
"""Six hours of quick talk with every word's times, twice over, are some 20 MB."""
_SILENCE_SECONDS = 30.0
_PIECE_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class VendorHttp:
    """One vendor's address, the headers that every request carries, and the way there."""

    base_url: str
    headers: Mapping[str, str] = field(repr=False)
    way: Outgoing = UNGUARDED
    answer_bytes_max: int = ANSWER_BYTES_MAX

    def ask(
        self,
        method: Method,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: object = None,
        content: Iterable[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
        seconds_max: float = 60.0,
        silence_seconds_max: float = _SILENCE_SECONDS,
        is_answer: Callable[[bytes], bool] = looks_like_json,
    ) -> Answer:
        """One request and its whole answer, whatever its status. ``content`` is sent as it is read.

        ``is_answer``: see `outgoing.Question`. Raises SpeechResting or SpeechRateLimited while the vendor is left
        alone, SpeechTransient when the request was certainly not carried out, SpeechUnsure when it may have been,
        SpeechBadAnswer for an answer that is too long or garbled, and what reading ``content`` raises.
        """
        question = Question(
            method=method,
            url=f"{self.base_url.rstrip('/')}{path}",
            headers={"Accept-Encoding": "gzip", **self.headers, **(headers or {})},
            params=params,
            json=json,
            content=content,
            is_answer=is_answer,
        )
        limits = OutgoingLimits(seconds_max, 1, self.answer_bytes_max, silence_seconds_max)
        found = self.way.ask(question, limits)
        if isinstance(found, Answer):
            return found
        details = {"why": found.why or found.lack}
        match found.lack:
            case "asked_too_much":
                raise SpeechRateLimited(details={"retry_after_seconds": found.after_seconds})
            case "resting" | "isolated":
                raise SpeechResting.after(found.after_seconds)
            case "too_large":
                raise SpeechBadAnswer(details={"why": f"longer than {self.answer_bytes_max} bytes"})
            case "garbled":
                raise SpeechBadAnswer(details={"why": "garbled on the way"})
            case "unreachable" | "not_sent":
                raise SpeechTransient(details=details)
            case _:
                raise SpeechUnsure(details=details)


def document_of(answer: Answer) -> Any:
    """The JSON of a body. Raises SpeechBadAnswer."""
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise SpeechBadAnswer(details={"why": "not JSON", "status": answer.status}) from error


def any_body(body: bytes) -> bool:  # noqa: ARG001
    """Of a file that is no JSON, only its reader knows whether it is one."""
    return True


def file_pieces(path: Path, on_sent: Callable[[float], None]) -> Iterator[bytes]:
    """A file's bytes, a MiB at a time; ``on_sent`` gets the share that was taken, and may raise to stop."""
    size, sent = max(1, path.stat().st_size), 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            yield piece
            sent += len(piece)
            on_sent(min(1.0, sent / size))
