"""Caches and apps that behave well get little to read, and always the right bytes."""

import gzip
from datetime import UTC, datetime

import pytest
from starlette.responses import Response

from donecast.feeds.delivery import accepts_gzip, deliver

CHANGED = datetime(2026, 11, 20, 7, 0, tzinfo=UTC)
BODY = b"<rss>" + b"words " * 500 + b"</rss>"


def answer(request: dict[str, str], *, method: str = "GET", compressed: bool = True, body: bytes = BODY) -> Response:
    return deliver(
        request,
        body,
        method=method,
        media_type="application/rss+xml; charset=utf-8",
        last_modified=CHANGED,
        compressed=compressed,
        for_other_sites=True,
    )


@pytest.mark.parametrize(
    ("header", "accepted"),
    [
        (None, False),
        ("", False),
        ("gzip", True),
        ("gzip, deflate, br", True),
        ("br;q=1.0, gzip;q=0.5", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000, *", False),
        ("*", True),
        ("*;q=0", False),
        ("identity", False),
        ("GZIP", True),
        ("notgzip", False),
    ],
)
def test_gzip_is_used_only_where_it_is_taken(header: str | None, accepted: bool) -> None:
    assert accepts_gzip(header) is accepted


def test_a_plain_answer_has_all_it_needs() -> None:
    response = answer({})
    assert (response.status_code, response.body) == (200, BODY)
    assert response.headers["content-length"] == str(len(BODY))
    assert response.headers["content-type"] == "application/rss+xml; charset=utf-8"
    assert response.headers["last-modified"] == "Fri, 20 Nov 2026 07:00:00 GMT"
    assert response.headers["vary"] == "Accept-Encoding"
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["cache-control"] == "public, max-age=120"
    assert not response.headers["etag"].startswith("W/")
    assert "content-encoding" not in response.headers
    assert "set-cookie" not in response.headers


def test_the_compressed_form_is_the_same_text_under_another_tag() -> None:
    plain, packed = answer({}), answer({"accept-encoding": "gzip"})
    assert gzip.decompress(bytes(packed.body)) == BODY
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["content-length"] == str(len(packed.body))
    assert packed.headers["etag"] != plain.headers["etag"]
    assert packed.body == answer({"accept-encoding": "gzip"}).body


@pytest.mark.parametrize("encoding", [{}, {"accept-encoding": "gzip"}])
def test_who_has_it_already_gets_304_and_no_body(encoding: dict[str, str]) -> None:
    first = answer(encoding)
    second = answer({**encoding, "if-none-match": first.headers["etag"]})
    assert (second.status_code, second.body) == (304, b"")
    assert second.headers["etag"] == first.headers["etag"]
    assert second.headers["cache-control"] == first.headers["cache-control"]
    assert "content-length" not in second.headers
    assert answer({**encoding, "if-none-match": first.headers["etag"]}, body=BODY + b" ").status_code == 200


def test_head_has_the_headers_of_get() -> None:
    for request in ({}, {"accept-encoding": "gzip"}):
        head, get = answer(request, method="HEAD"), answer(request)
        assert dict(head.headers) == dict(get.headers)
        assert head.body == b""


def test_what_is_not_compressed_does_not_vary() -> None:
    response = answer({"accept-encoding": "gzip"}, compressed=False)
    assert response.body == BODY
    assert "vary" not in response.headers
