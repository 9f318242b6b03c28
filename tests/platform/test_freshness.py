"""A reader who has the newest version is told so in one line; one who has not never is."""

from datetime import UTC, datetime, timedelta

import pytest

from donecast.platform.freshness import (
    Validators,
    etag_variant,
    http_date,
    is_unchanged,
    parse_http_date,
    strong_etag,
)

CHANGED = datetime(2026, 11, 20, 7, 0, 0, 900_000, tzinfo=UTC)
VALIDATORS = Validators('"abc"', CHANGED)


@pytest.mark.parametrize(
    "header", ['"abc"', 'W/"abc"', '"x", "abc"', '"x",W/"abc" , "y"', "*", ' "abc" ', '"a,b", "abc"']
)
def test_a_known_tag_means_nothing_changed(header: str) -> None:
    assert is_unchanged({"if-none-match": header}, VALIDATORS)


@pytest.mark.parametrize("header", ['"abd"', "abc", '"ABC"', '""', '"abc-gzip"', '"x*"', 'W/"ab"'])
def test_another_tag_means_send_it(header: str) -> None:
    assert not is_unchanged({"if-none-match": header}, VALIDATORS)


def test_the_tag_decides_alone_when_both_are_sent() -> None:
    """The date has a resolution of one second; two changes inside it differ only by tag."""
    request = {"if-none-match": '"older"', "if-modified-since": http_date(CHANGED)}
    assert not is_unchanged(request, VALIDATORS)


@pytest.mark.parametrize(
    ("seconds", "unchanged"), [(-86_400, False), (-1, False), (0, True), (1, True), (86_400, True)]
)
def test_the_date_means_held_at_that_moment(seconds: int, unchanged: bool) -> None:
    request = {"if-modified-since": http_date(CHANGED + timedelta(seconds=seconds))}
    assert is_unchanged(request, VALIDATORS) is unchanged


def test_without_validators_from_the_reader_everything_is_sent() -> None:
    assert not is_unchanged({}, VALIDATORS)
    assert not is_unchanged({"if-modified-since": http_date(CHANGED)}, Validators('"abc"'))


@pytest.mark.parametrize("text", ["", "yesterday", "Fri, 99 Nov 2026 07:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 -1400"])
def test_a_date_that_is_none_is_ignored(text: str) -> None:
    assert parse_http_date(text) is None
    assert not is_unchanged({"if-modified-since": text}, VALIDATORS)


def test_dates_survive_the_way_there_and_back() -> None:
    assert parse_http_date(http_date(CHANGED)) == CHANGED.replace(microsecond=0)


def test_tags_name_bytes() -> None:
    assert strong_etag(b"one") == strong_etag(b"one")
    assert strong_etag(b"one") != strong_etag(b"two")
    assert etag_variant('"abc"', "gzip") == '"abc-gzip"'
    assert VALIDATORS.headers() == {"ETag": '"abc"', "Last-Modified": "Fri, 20 Nov 2026 07:00:00 GMT"}
