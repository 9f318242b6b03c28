"""Players that seek get exactly the bytes they ask for, and an honest answer when there are none."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import Response, StreamingResponse

from donecast.platform.freshness import Validators, http_date, strong_etag
from donecast.platform.ranges import ByteRange, RangeBeyondEnd, answer_file, file_response, parse_range

CHANGED = datetime(2026, 11, 20, 7, 0, 0, 123_456, tzinfo=UTC)
VALIDATORS = Validators('"abc"', CHANGED)


def read(data: bytes, start: int, end: int, piece: int = 7) -> Iterator[bytes]:
    """Stands in for a store: the same bytes in small pieces."""
    for position in range(start, end, piece):
        yield data[position : min(position + piece, end)]


def body_of(response: Response) -> bytes:
    if not isinstance(response, StreamingResponse):
        return bytes(response.body)

    async def collect() -> bytes:
        pieces = [piece async for piece in response.body_iterator]
        return b"".join(piece if isinstance(piece, bytes) else bytes(str(piece), "latin-1") for piece in pieces)

    return asyncio.run(collect())


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-0", ByteRange(0, 1)),
        ("bytes=0-99", ByteRange(0, 100)),
        ("bytes=10-19", ByteRange(10, 20)),
        ("bytes=90-", ByteRange(90, 100)),
        ("bytes=-1", ByteRange(99, 100)),
        ("bytes=-500", ByteRange(0, 100)),
        ("bytes=95-5000", ByteRange(95, 100)),
        ("Bytes = 1-2", ByteRange(1, 3)),
    ],
)
def test_a_single_range_names_its_bytes(header: str, expected: ByteRange) -> None:
    assert parse_range(header, 100) == expected


@pytest.mark.parametrize(
    "header", [None, "", "bytes=", "bytes=-", "bytes=5-4", "bytes=a-b", "seconds=0-1", "bytes=0-1,5-6", "bytes=--1"]
)
def test_what_is_not_a_single_range_means_the_whole_file(header: str | None) -> None:
    assert parse_range(header, 100) is None


@pytest.mark.parametrize(("header", "length"), [("bytes=100-", 100), ("bytes=200-300", 100), ("bytes=-0", 100)])
def test_a_range_past_the_end_is_refused(header: str, length: int) -> None:
    with pytest.raises(RangeBeyondEnd):
        parse_range(header, length)


def test_an_empty_file_has_no_range_at_all() -> None:
    for header in ("bytes=0-", "bytes=-5", "bytes=0-0"):
        with pytest.raises(RangeBeyondEnd):
            parse_range(header, 0)


def test_the_refusal_names_the_true_length() -> None:
    answer = answer_file({"range": "bytes=500-"}, length=100, media_type="audio/mpeg", validators=VALIDATORS)
    assert (answer.status, answer.body) == (416, None)
    assert answer.headers["Content-Range"] == "bytes */100"


def test_a_whole_file_says_that_it_can_be_sought_in() -> None:
    answer = answer_file({}, length=100, media_type="audio/mpeg", validators=VALIDATORS)
    assert (answer.status, answer.body) == (200, ByteRange(0, 100))
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["Content-Length"] == "100"
    assert answer.headers["Content-Type"] == "audio/mpeg"
    assert "Content-Range" not in answer.headers


@pytest.mark.parametrize("if_range", ['"abc"', http_date(CHANGED)])
def test_if_range_with_our_validator_keeps_the_range(if_range: str) -> None:
    answer = answer_file(
        {"range": "bytes=0-1", "if-range": if_range}, length=9, media_type="audio/mpeg", validators=VALIDATORS
    )
    assert answer.status == 206


@pytest.mark.parametrize("if_range", ['"other"', 'W/"abc"', "Thu, 20 Nov 2025 07:00:00 GMT", "nonsense"])
def test_if_range_with_anything_else_sends_the_whole_file(if_range: str) -> None:
    """Even a range past the end: the reader's idea of the file is of another version."""
    answer = answer_file(
        {"range": "bytes=50-", "if-range": if_range}, length=9, media_type="audio/mpeg", validators=VALIDATORS
    )
    assert (answer.status, answer.body) == (200, ByteRange(0, 9))


def test_a_reader_who_has_the_file_is_told_so_before_ranges_are_looked_at() -> None:
    answer = answer_file(
        {"range": "bytes=0-1", "if-none-match": '"abc"'}, length=9, media_type="audio/mpeg", validators=VALIDATORS
    )
    assert (answer.status, answer.body) == (304, None)
    assert "Content-Length" not in answer.headers


@given(data=st.binary(min_size=1, max_size=300), start=st.integers(0, 400), end=st.integers(0, 400))
def test_every_range_streams_the_bytes_python_would_slice(data: bytes, start: int, end: int) -> None:
    response = file_response(
        {"range": f"bytes={start}-{end}"},
        lambda first, last: read(data, first, last),
        method="GET",
        length=len(data),
        media_type="audio/mpeg",
        validators=Validators(strong_etag(data)),
        headers={},
    )
    if end < start:
        assert (response.status_code, body_of(response)) == (200, data)
    elif start >= len(data):
        assert (response.status_code, body_of(response)) == (416, b"")
    else:
        expected = data[start : end + 1]
        assert (response.status_code, body_of(response)) == (206, expected)
        assert response.headers["content-length"] == str(len(expected))
        assert response.headers["content-range"] == f"bytes {start}-{start + len(expected) - 1}/{len(data)}"


@given(length=st.integers(1, 10**12), suffix=st.integers(1, 10**12))
def test_a_suffix_is_the_end_of_the_file(length: int, suffix: int) -> None:
    assert parse_range(f"bytes=-{suffix}", length) == ByteRange(max(0, length - suffix), length)


def test_head_answers_like_get_without_the_bytes() -> None:
    def refuse(_start: int, _end: int) -> Iterator[bytes]:
        raise AssertionError("a HEAD must not touch the file")

    shared = {"length": 50, "media_type": "audio/mpeg", "validators": VALIDATORS, "headers": {"X-Room": "listens"}}
    for request in ({}, {"range": "bytes=3-9"}, {"range": "bytes=99-"}):
        head = file_response(request, refuse, method="HEAD", **shared)  # type: ignore[arg-type]
        get = file_response(request, lambda first, last: read(bytes(50), first, last), method="GET", **shared)  # type: ignore[arg-type]
        assert head.status_code == get.status_code
        assert dict(head.headers) == dict(get.headers)
        assert body_of(head) == b""


def test_a_lost_file_fails_before_the_status_is_sent() -> None:
    def lost(start: int, end: int) -> Iterator[bytes]:
        yield Path("/nowhere/at/all").read_bytes()[start:end]

    with pytest.raises(FileNotFoundError):
        file_response({}, lost, method="GET", length=5, media_type="audio/mpeg", validators=VALIDATORS, headers={})
