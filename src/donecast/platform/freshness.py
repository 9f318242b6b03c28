"""Conditional requests (RFC 9110, section 13): what we sent before, and whether the reader still has it.

Pure: headers in, a verdict out. Used by every room that serves something a reader may already hold.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from donecast.kit.clock import in_utc

_ENTITY_TAG = re.compile(r'(W/)?("[\x21\x23-\x7e\x80-\xff]*")')


@dataclass(frozen=True, slots=True)
class Validators:
    """What names one version of a thing: a strong entity tag with its quotes, and the instant of its last change."""

    etag: str
    last_modified: datetime | None = None

    def headers(self) -> dict[str, str]:
        """``ETag`` and, where it is known, ``Last-Modified``."""
        headers = {"ETag": self.etag}
        if self.last_modified is not None:
            headers["Last-Modified"] = http_date(self.last_modified)
        return headers


def strong_etag(body: bytes) -> str:
    """The entity tag of a body: SHA-256 of its bytes, cut to 128 bits, in quotes."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def etag_variant(etag: str, variant: str) -> str:
    """The tag of the same thing in another coding, such as gzip: other bytes need another strong tag."""
    return f'{etag[:-1]}-{variant}"'


def http_date(instant: datetime) -> str:
    """The instant as HTTP writes it, whole seconds, GMT."""
    return format_datetime(instant.astimezone(UTC).replace(microsecond=0), usegmt=True)


def is_unchanged(request: Mapping[str, str], validators: Validators) -> bool:
    """Whether a GET or HEAD with these headers (names in lower case) may be answered 304.

    ``If-None-Match`` decides alone when it is there (weak comparison, lists, ``*``); else ``If-Modified-Since`` at or
    after our last change.
    """
    none_match = request.get("if-none-match")
    if none_match is not None:
        return _names(none_match, validators.etag)
    since = request.get("if-modified-since")
    if since is None or validators.last_modified is None:
        return False
    held = parse_http_date(since)
    return held is not None and held >= validators.last_modified.astimezone(UTC).replace(microsecond=0)


def parse_http_date(text: str) -> datetime | None:
    """The instant that a header names, or None when it names none."""
    try:
        return in_utc(parsedate_to_datetime(text))
    except ValueError:
        return None


def _names(header: str, etag: str) -> bool:
    """Whether an ``If-None-Match`` list holds the tag, weak or strong (RFC 9110, section 13.1.2)."""
    if header.strip() == "*":
        return True
    return any(opaque == etag for _, opaque in _ENTITY_TAG.findall(header))
