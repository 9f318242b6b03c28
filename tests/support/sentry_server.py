"""A stand-in for Sentry's API over a real socket: issues, their events, a change of one; faithful where it matters.

It wants a token and its scope, caps pages at a hundred whatever is asked, always sends both links, takes ``query`` left
out for ``is:unresolved``, and counts in texts. What goes wrong is planned by ``manner``, for all questions or a kind.
"""

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

from tests.support.rude_server import RudeServer, listening, send

READ_TOKEN, WRITE_TOKEN = "sntrys_read_0123456789abcdef", "sntrys_write_0123456789abcdef"
ORGANISATION = "donecast"
Kind = Literal["issues", "issue", "events", "event", "change"]
Manner = Literal[
    "polite",
    "token_dead",
    "scope_missing",
    "not_found",
    "rate_limited",
    "limited_by_reset",
    "broken",
    "page",
    "cut",
    "other_form",
    "list_of_numbers",
    "slow",
    "hang",
    "drop",
    "huge",
    "elsewhere",
    "endless",
]
_PERIOD = re.compile(r"(\d+)([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_CAP = 100
_STATUSES = {"resolved", "unresolved", "ignored", "resolvedInNextRelease"}


@dataclass(frozen=True, slots=True)
class Asked:
    """One question as it came in."""

    kind: Kind
    method: str
    path: str
    query: dict[str, str]
    body: Any


@dataclass(slots=True)
class SentryStandIn:
    """A running stand-in. ``tokens``: what each token may do. ``slow_seconds``: for "slow"; "hang" says nothing."""

    url: str = ""
    issues: dict[str, dict[str, Any]] = field(default_factory=dict)
    events: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    tokens: dict[str, set[str]] = field(
        default_factory=lambda: {READ_TOKEN: {"event:read"}, WRITE_TOKEN: {"event:read", "event:write"}}
    )
    manner: Manner = "polite"
    rude_to: Kind | None = None
    slow_seconds: float = 20.0
    retry_after_seconds: int = 30
    asked: list[Asked] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    def settings(self, *, may_write: bool = True, **more: object) -> dict[str, Any]:
        """Settings that lead here."""
        write = {"sentry_write_token": WRITE_TOKEN} if may_write else {}
        return {"sentry_base_url": self.url, "sentry_org_token": READ_TOKEN, **write, **more}

    def asked_for(self, kind: Kind) -> int:
        """How many questions of a kind came."""
        return sum(1 for one in self.asked if one.kind == kind)

    def add_issue(self, number: int, *, seen: datetime, **over: Any) -> dict[str, Any]:
        """An issue with as many events as are looked at, the last of them at ``seen``."""
        identity = str(4_000_000_000 + number)
        kind, value = over.pop("type", "ValueError"), over.pop("value", f"Bean number {number} is not green")
        tags: dict[str, str] = over.pop("tags", {})
        user: dict[str, str] = over.pop("user", {"id": f"acc_{number % 7}", "email": f"person{number % 7}@example.com"})
        first: datetime = over.pop("first_seen", seen - timedelta(days=3))
        count = int(over.get("count", number % 40 + 1))
        self.issues[identity] = {
            "id": identity,
            "shortId": f"DONECAST-{number:X}",
            "title": f"{kind}: {value}",
            "culprit": f"donecast.episodes.service in make_{number % 9}",
            "permalink": f"{self.url}/organizations/{ORGANISATION}/issues/{identity}/",
            "level": "error",
            "status": "unresolved",
            "substatus": "ongoing",
            "count": str(count),
            "userCount": number % 7 + 1,
            "firstSeen": _written(first),
            "lastSeen": _written(seen),
            "metadata": {"type": kind, "value": value, "filename": "service.py", "function": "make"},
            "project": {"id": "1", "slug": "donecast", "name": "DoneCast"},
            "assignedTo": None,
            "isSubscribed": False,
            **over,
        }
        self.events[identity] = [
            _event(self.issues[identity], place, seen - timedelta(minutes=7 * place), tags, user)
            for place in range(min(count, 12))
        ]
        return self.issues[identity]

    def meets(self, kind: Kind) -> Manner:
        """How this question is treated."""
        return self.manner if self.rude_to in {None, kind} else "polite"

    def page(self, query: dict[str, str]) -> tuple[list[dict[str, Any]], str]:
        """Issues, and the header with the links to the pages around them."""
        period = _PERIOD.fullmatch(query.get("statsPeriod", "14d"))
        assert period is not None, query
        since = datetime.now(UTC) - timedelta(**{_UNITS[period.group(2)]: int(period.group(1))})
        found = [
            issue
            for issue in self.issues.values()
            if datetime.fromisoformat(issue["lastSeen"]) >= since
            and self._matches(issue, query.get("query", "is:unresolved"))
        ]
        found.sort(key=lambda issue: issue["lastSeen"], reverse=True)
        limit = min(int(query.get("limit", "100")), _CAP)
        offset = int(query.get("cursor", "0:0:0").split(":")[1])
        path = f"{self.url}/api/0/organizations/{ORGANISATION}/issues/"
        more = offset + limit < len(found) or self.manner == "endless"
        links = (
            f'<{path}?cursor=0:{max(0, offset - limit)}:1>; rel="previous"; '
            f'results="{str(offset > 0).lower()}"; cursor="0:{max(0, offset - limit)}:1", '
            f'<{path}?cursor=0:{offset + limit}:0>; rel="next"; '
            f'results="{str(more).lower()}"; cursor="0:{offset + limit}:0"'
        )
        trend = query.get("groupStatsPeriod", "24h")
        return [{**issue, "stats": {trend: _bars(issue, trend)}} for issue in found[offset : offset + limit]], links

    def change(self, identity: str, body: Any) -> dict[str, Any]:
        """The issue after a change."""
        issue = self.issues[identity]
        if "status" in body:
            assert body["status"] in _STATUSES, body
            issue["status"] = body["status"]
            issue["statusDetails"] = body.get("statusDetails", {})
        if "assignedTo" in body:
            address = body["assignedTo"]
            issue["assignedTo"] = {"type": "user", "id": "7", "name": address, "email": address} if address else None
        return issue

    def _matches(self, issue: dict[str, Any], query: str) -> bool:
        for key, quoted, bare in re.findall(r'(?:([\w.]+):)?(?:"([^"]*)"|(\S+))', query):
            value = quoted or bare
            if key == "is":
                if issue["status"] != value:
                    return False
            elif key:
                tags = [tag for event in self.events[issue["id"]] for tag in _searched(event)]
                if (key, value) not in tags:
                    return False
            elif value.lower() not in issue["title"].lower():
                return False
        return True


def _written(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _searched(event: dict[str, Any]) -> list[tuple[str, str]]:
    user = event["user"] or {}
    return [(tag["key"], tag["value"]) for tag in event["tags"]] + [
        ("user.id", user.get("id", "")),
        ("user.email", user.get("email", "")),
    ]


def _bars(issue: dict[str, Any], trend: str) -> list[list[int]]:
    step, number = (3_600, 24) if trend == "24h" else (86_400, 14)
    end = int(time.time()) // step * step
    return [[end - step * (number - 1 - place), (place * int(issue["count"])) % 5] for place in range(number)]


def _event(
    issue: dict[str, Any], place: int, at: datetime, tags: dict[str, str], user: dict[str, str]
) -> dict[str, Any]:
    identity = f"{int(issue['id']):016x}{place:016x}"
    said = {"environment": "production", "level": issue["level"], "request_id": f"req-{issue['id']}-{place}", **tags}
    frames = [
        {
            "filename": "starlette/routing.py",
            "module": "starlette.routing",
            "function": "app",
            "lineNo": 73,
            "inApp": False,
        },
        {"filename": "donecast/episodes/service.py", "function": "make", "lineNo": 120 + place, "inApp": True},
    ]
    crumbs = [
        {
            "timestamp": _written(at - timedelta(seconds=2)),
            "category": "http",
            "level": "info",
            "message": "GET /api/episodes",
        },
        {
            "timestamp": _written(at - timedelta(seconds=1)),
            "category": "query",
            "level": "info",
            "message": "SELECT episodes",
        },
    ]
    return {
        "id": identity,
        "eventID": identity,
        "groupID": issue["id"],
        "title": issue["title"],
        "message": issue["metadata"]["value"],
        "dateCreated": _written(at),
        "user": {**user, "ip_address": None} if user else None,
        "tags": [{"key": key, "value": value} for key, value in said.items()],
        "release": {"version": "donecast@0.1.0+abc"},
        "entries": [
            {"type": "exception", "data": {"values": [{"type": "ValueError", "stacktrace": {"frames": frames}}]}},
            {"type": "breadcrumbs", "data": {"values": crumbs}},
        ],
    }


_TOO_OFTEN = "You are attempting to use this endpoint too frequently."
_REFUSALS: dict[Manner, tuple[int, str, dict[str, str]]] = {
    "token_dead": (401, "Invalid token", {}),
    "scope_missing": (403, "You do not have permission to perform this action.", {}),
    "not_found": (404, "The requested resource does not exist", {}),
    "rate_limited": (429, _TOO_OFTEN, {}),
    "limited_by_reset": (429, _TOO_OFTEN, {"X-Sentry-Rate-Limit-Remaining": "0"}),
    "broken": (500, "Internal Error", {}),
}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "_Server"

    def do_GET(self) -> None:
        self._take("GET")

    def do_PUT(self) -> None:
        self._take("PUT")

    def _take(self, method: str) -> None:
        stand_in, address = self.server.stand_in, urlsplit(self.path)
        content = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        query = {name: values[0] for name, values in parse_qs(address.query, keep_blank_values=True).items()}
        parts = address.path.strip("/").split("/")
        kind = _kind_of(method, parts)
        if kind is None or parts[:4] != ["api", "0", "organizations", ORGANISATION]:
            self._send(404, {"detail": "The requested resource does not exist"})
            return
        # A change of all issues at once is what a change without ids would be.
        assert not (method == "PUT" and kind == "issues"), self.path
        stand_in.asked.append(Asked(kind, method, address.path, query, json.loads(content) if content else None))
        if self._is_rude(stand_in.meets(kind)):
            return
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        scopes = stand_in.tokens.get(token)
        if scopes is None:
            self._send(401, {"detail": "Invalid token"})
        elif ("event:write" if method == "PUT" else "event:read") not in scopes:
            self._send(403, {"detail": "You do not have permission to perform this action."})
        elif kind == "issues":
            page, links = stand_in.page(query)
            self._send(200, page, {"Link": links})
        elif parts[5] not in stand_in.issues:
            self._send(404, {"detail": "The requested resource does not exist"})
        elif kind == "change":
            self._send(200, stand_in.change(parts[5], json.loads(content)))
        elif kind == "issue":
            self._send(200, stand_in.issues[parts[5]])
        else:
            events = stand_in.events[parts[5]]
            short = [{**event, "entries": None} if query.get("full") != "true" else event for event in events]
            self._send(200, events[0] if kind == "event" else short[: int(query.get("per_page", "100"))])

    def _is_rude(self, manner: Manner) -> bool:
        if manner in _REFUSALS:
            status, said, headers = _REFUSALS[manner]
            more = {
                "rate_limited": {"Retry-After": str(self.server.stand_in.retry_after_seconds)},
                "limited_by_reset": {"X-Sentry-Rate-Limit-Reset": str(int(time.time()) + 40)},
            }
            self._send(status, {"detail": said}, {**headers, **more.get(manner, {})})
            return True
        match manner:
            case "page":
                send(self, 200, b"<html>Sign in to the hotel's network</html>", {"Content-Type": "text/html"})
            case "cut":
                send(self, 200, json.dumps([{"id": "1", "title": "x" * 200}]).encode(), {}, cut=True)
                self.close_connection = True
            case "other_form":
                self._send(200, {"rain": True})
            case "list_of_numbers":
                self._send(200, [1, 2, 3])
            case "slow":
                send(self, 200, json.dumps([{"id": "1"}] * 20).encode(), {}, seconds=self.server.stand_in.slow_seconds)
            case "hang":
                self.server.stand_in.released.wait(60)
                self.close_connection = True
            case "drop":
                self.close_connection = True
            case "huge":
                send(self, 200, b'["' + b"x" * (17 * 1024**2) + b'"]', {"Content-Type": "application/json"})
            case "elsewhere":
                send(self, 302, b"", {"Location": "http://127.0.0.1:9/auth/login/"})
            case _:
                return False
        return True

    def _send(self, status: int, document: Any, more: dict[str, str] | None = None) -> None:
        limits = {"X-Sentry-Rate-Limit-Limit": "40", "X-Sentry-Rate-Limit-Remaining": "39"}
        send(
            self, status, json.dumps(document).encode(), {"Content-Type": "application/json", **limits, **(more or {})}
        )

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing: what was asked stands in ``asked``."""


def _kind_of(method: str, parts: list[str]) -> Kind | None:
    rest = parts[4:]
    match method, len(rest), rest[-1]:
        case "GET", 1, "issues":
            return "issues"
        case "GET" | "PUT", 2, _ if rest[0] == "issues":
            return "change" if method == "PUT" else "issue"
        case "GET", 3, "events":
            return "events"
        case "GET", 4, "latest":
            return "event"
        case _:
            return "issues" if rest == ["issues"] else None


class _Server(RudeServer):
    request_queue_size = 64
    stand_in: SentryStandIn


@contextmanager
def sentry_service() -> Iterator[SentryStandIn]:
    """A stand-in that answers until the block ends."""
    stand_in = SentryStandIn()
    server = _Server(("127.0.0.1", 0), _Handler)
    server.stand_in = stand_in
    with listening(server) as stand_in.url:
        try:
            yield stand_in
        finally:
            stand_in.released.set()
