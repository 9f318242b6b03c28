"""How a small public text (a feed, captions, chapters, a page) is handed over: validators, 304, HEAD, gzip, CORS."""

import gzip
import re
from collections.abc import Mapping
from datetime import datetime

from starlette.responses import Response

from donecast.platform.freshness import Validators, etag_variant, is_unchanged, strong_etag

CACHE_SECONDS = 120
"""How long readers and caches may keep a public text; a correction is seen after two minutes at the latest."""

_CODING = re.compile(r"\s*(gzip|x-gzip|\*)\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*)?", re.IGNORECASE)


def accepts_gzip(header: str | None) -> bool:
    """Whether an ``Accept-Encoding`` header lets us send gzip (RFC 9110, section 12.5.3); no header means no."""
    verdicts: dict[str, bool] = {}
    for part in (header or "").split(","):
        if match := _CODING.fullmatch(part):
            name = "*" if match[1] == "*" else "gzip"
            verdicts[name] = float(match[2] or 1) > 0
    return verdicts.get("gzip", verdicts.get("*", False))


def deliver(
    request: Mapping[str, str],
    body: bytes,
    *,
    method: str,
    media_type: str,
    last_modified: datetime | None,
    compressed: bool = False,
    for_other_sites: bool = False,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The response to a GET or HEAD with these headers (names in lower case) for a whole body.

    ``compressed`` lets gzip be used where the reader takes it; equal bodies give equal compressed bytes, and each form
    has its own strong tag. ``for_other_sites`` opens the text to players on any website.
    """
    etag = strong_etag(body)
    shared = {"Cache-Control": f"public, max-age={CACHE_SECONDS}", **(headers or {})}
    if compressed:
        shared["Vary"] = "Accept-Encoding"
        if accepts_gzip(request.get("accept-encoding")):
            body = gzip.compress(body, compresslevel=6, mtime=0)
            etag = etag_variant(etag, "gzip")
            shared["Content-Encoding"] = "gzip"
    if for_other_sites:
        shared["Access-Control-Allow-Origin"] = "*"
    validators = Validators(etag, last_modified)
    shared |= validators.headers()
    if is_unchanged(request, validators):
        shared.pop("Content-Encoding", None)
        return Response(status_code=304, headers=shared)
    shared |= {"Content-Type": media_type, "Content-Length": str(len(body))}
    return Response(b"" if method == "HEAD" else body, headers=shared)
