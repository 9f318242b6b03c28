"""Byte ranges (RFC 9110, section 14): parts of a stored file for players that seek.

The upper half is pure: headers in, an answer out. `file_response` turns an answer into a streamed response; any room
that hands out stored bytes uses it, whether the reader is the owner in the studio or the world at the enclosure door.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain

from starlette.responses import Response, StreamingResponse

from donecast.platform.freshness import Validators, http_date, is_unchanged

_SINGLE_RANGE = re.compile(r"bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})", re.IGNORECASE)

ReadBytes = Callable[[int, int], Iterator[bytes]]
"""Reads the bytes from ``start`` (included) to ``end`` (not included) in pieces, as `BlobStore.stream` does."""


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Bytes from ``start`` (included) to ``end`` (not included)."""

    start: int
    end: int

    @property
    def length(self) -> int:
        """How many bytes."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class RangeAnswer:
    """How a request for a stored file is answered: status, headers, and the bytes to send (None for no body)."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: ByteRange | None = None


class RangeBeyondEnd(ValueError):
    """The asked range holds no byte of the file."""


def parse_range(header: str | None, length: int) -> ByteRange | None:
    """The one range that a ``Range`` header asks for, or None when the whole file is to be sent.

    A header that is malformed, of another unit or with several ranges is ignored, which RFC 9110 allows and which no
    podcast app notices. Raises RangeBeyondEnd when the range starts past the last byte or asks for the last 0 bytes.
    """
    match = _SINGLE_RANGE.fullmatch(header.strip()) if header else None
    if match is None or not (match[1] or match[2]):
        return None
    if not match[1]:
        suffix = int(match[2])
        if suffix == 0 or length == 0:
            raise RangeBeyondEnd(header)
        return ByteRange(max(0, length - suffix), length)
    start = int(match[1])
    if match[2] and int(match[2]) < start:
        return None
    if start >= length:
        raise RangeBeyondEnd(header)
    return ByteRange(start, min(int(match[2]) + 1, length) if match[2] else length)


def range_still_valid(if_range: str | None, validators: Validators) -> bool:
    """Whether ``If-Range`` lets the range be used: it names our strong tag, or exactly our date (RFC 9110, 13.1.5)."""
    if if_range is None:
        return True
    named = if_range.strip()
    if named.startswith('"'):
        return named == validators.etag
    return validators.last_modified is not None and named == http_date(validators.last_modified)


def answer_file(request: Mapping[str, str], *, length: int, media_type: str, validators: Validators) -> RangeAnswer:
    """The answer to a GET or HEAD with these headers (names in lower case) for a file of ``length`` bytes.

    304 when the reader has it, 416 with the true length past the end, 206 for one range, else 200.
    """
    shared = {"Accept-Ranges": "bytes", **validators.headers()}
    if is_unchanged(request, validators):
        return RangeAnswer(304, shared)
    asked = None
    if range_still_valid(request.get("if-range"), validators):
        try:
            asked = parse_range(request.get("range"), length)
        except RangeBeyondEnd:
            return RangeAnswer(416, {**shared, "Content-Range": f"bytes */{length}", "Content-Length": "0"})
    body = asked or ByteRange(0, length)
    headers = {**shared, "Content-Type": media_type, "Content-Length": str(body.length)}
    if asked is None:
        return RangeAnswer(200, headers, body)
    return RangeAnswer(206, {**headers, "Content-Range": f"bytes {asked.start}-{asked.end - 1}/{length}"}, body)


def file_response(
    request: Mapping[str, str],
    read_bytes: ReadBytes,
    *,
    method: str,
    length: int,
    media_type: str,
    validators: Validators,
    headers: Mapping[str, str],
) -> Response:
    """The streamed response for a stored file; ``headers`` (caching, CORS) are added to every status.

    A HEAD gets the status and headers of the GET and no body. Pieces are sent as they are read, so the size of the
    file never shows in memory; the first is read before the status is sent: a lost file is an error, not a torn answer.
    """
    answer = answer_file(request, length=length, media_type=media_type, validators=validators)
    all_headers = {**answer.headers, **headers}
    if answer.body is None or method == "HEAD":
        return Response(status_code=answer.status, headers=all_headers)
    pieces = read_bytes(answer.body.start, answer.body.end)
    first = next(iter(pieces), b"")
    return StreamingResponse(chain([first], pieces), status_code=answer.status, headers=all_headers)
