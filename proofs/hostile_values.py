"""Values that programs stumble over, and how one gets into a document."""

import random
from collections.abc import Mapping
from typing import Any

HOSTILE_VALUES: tuple[Any, ...] = (
    *("", " ", "\x00", "a\x00b", "\ud800", "\udfff a", "\u202e", "🫘" * 300, "A" * 100_000, "'; DROP TABLE shows; --"),
    *("../../etc/passwd", "%00", "%n%s", "{{7*7}}", "<script>", "١٢٣", "1e400", "0x10", "-0", "+1", "1_000", "٣.٥"),
    *("NaN", "Infinity", "null", "true", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999-14:00"),
    *("2026-02-30T25:61:61Z", "2026-11-30", "24:00", "Mars/Olympus", "xx-YY", "data:,x", "file:///etc/passwd", "\r\n"),
    *(0, -1, 1, 2**31, 2**32, 2**53 + 1, 2**63 - 1, 2**63, -(2**63) - 1, 10**30, 10**4_200),
    *(0.1, -0.0, 1e308, 1e-320, float("nan"), float("inf"), True, False, None, [], {}, [[]], [None], {"": ""}),
    *([1] * 5_000, ["a"] * 2_000, {str(number): number for number in range(2_000)}),
)
_MANY_RANGES = "bytes=" + ",".join(f"{number}-{number}" for number in range(300))
HOSTILE_HEADERS: Mapping[str, tuple[str, ...]] = {
    "Range": ("bytes=0-0", "bytes=-1", "bytes=99999999999999999999-", "bytes=5-2", "lines=1-2", "bytes=", _MANY_RANGES),
    "If-None-Match": ("*", '"', 'W/"x"', "x" * 5_000, ",,,"),
    "If-Range": ('"x"', "Mon, 30 Feb 2026 25:00:00 GMT", "*"),
    "If-Modified-Since": ("Mon, 30 Nov 2026 12:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "0", "yesterday"),
    "X-Request-ID": ("a", "a" * 65, "ä", "a b", "../..", "a\tb"),
    "traceparent": ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00-zz-01", "-" * 500),
    "Content-Type": ("text/plain", "application/json; charset=utf-16", "multipart/form-data", "x" * 500, "é"),
    "Content-Length": ("-1", "1e3", "٣"),
    "Content-Encoding": ("gzip", "nonsense"),
    "Accept": ("text/html", "*/*;q=NaN", ",", "application/rss+xml"),
    "Accept-Language": ("de", "x" * 3_000, ";;;q=2"),
    "Authorization": ("Bearer", "Bearer \x7f", "Basic eDp5", "bearer x y z", "Bearer " + "a" * 5_000),
    "Cookie": ("donecast_session=x", "=;=;=", "a" * 4_000, "donecast_session=" + "%00" * 50),
    "Host": ("evil.example", "[::1", "localhost:99999", "a" * 300),
    "X-Forwarded-For": ("1.2.3.4", "::ffff:127.0.0.1, ::", "not an address", "1.2.3.4," * 500),
    "Forwarded": ("for=_x;proto=gopher", 'for="[::1]:x"'),
    "Origin": ("null", "https://evil.example", "file://"),
    "Upload-Offset": ("-1", "0", "99999999999999999999", "x"),
    "Upload-Length": ("0", "-5", "9" * 19, "1.5"),
    "Upload-Metadata": ("filename", "filename !!!", "a " * 3_000, "filename //8=", "category YQ==,category YQ=="),
    "Tus-Resumable": ("1.0.0", "0.0.1", ""),
    "Stripe-Signature": ("t=1,v1=00", "t=x", "v1=,t=", "t=99999999999999999999,v1=a"),
}


def spoiled(document: Any, chance: random.Random) -> Any:
    """The same with one value, anywhere in it, that is hostile; or with a name that nobody asked for."""
    if isinstance(document, Mapping) and document and chance.random() < 0.9:
        name = chance.choice(list(document))
        return {**document, name: spoiled(document[name], chance)}
    if isinstance(document, list) and document and chance.random() < 0.8:
        at = chance.randrange(len(document))
        return [*document[:at], spoiled(document[at], chance), *document[at + 1 :]]
    if isinstance(document, Mapping):
        return {**document, "nonsense": chance.choice(HOSTILE_VALUES)}
    return chance.choice(HOSTILE_VALUES)
