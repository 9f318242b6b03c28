"""A stand-in for Stripe over a real socket, faithful where it matters and rude on request.

It reads forms as Stripe does, wants the key and refuses with Stripe's errors, does what an idempotency key names once,
and signs the events that it sends. Faults are planned for the next requests whose path starts in a certain way.
"""

import hashlib
import hmac
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

from tests.support.rude_server import RudeServer, listening, send
from tests.support.stripe_account import Account, Refused, Thing, shown

KEY = "sk_test_0123456789abcdefABCDEF"
SECRET = "whsec_a-secret-of-the-stand-in"
What = Literal["status", "drop", "lose", "cut", "html", "html_500", "other_form", "list", "slow", "huge", "elsewhere"]


@dataclass(slots=True)
class Fault:
    """What goes wrong with the next ``times`` requests to a path.

    "status": an error of that status in Stripe's shape. "drop": the connection ends before anything is done. "lose": it
    ends after it was done. "cut": half of the answer comes. "html": a page, said to be well. "html_500": the same as an
    error. "other_form": JSON of no known object. "list": a JSON list. "slow": a byte now and then for ``seconds``.
    "huge": more bytes than anybody wants. "elsewhere": a redirect to another host.
    """

    path: str
    what: What
    status: int = 500
    times: int = 1
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came in."""

    method: str
    path: str
    form: Mapping[str, Any]
    headers: Mapping[str, str]


@dataclass(slots=True)
class _Kept:
    """What was asked under an idempotency key, and how it ended; no status while it goes on."""

    asked: tuple[str, str]
    status: int | None = None
    document: Thing = field(default_factory=dict)


class StandIn:
    """A running stand-in: its account, its faults, and what it was asked."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.key = KEY
        self.url = ""
        self.faults: list[Fault] = []
        self.asked: list[Asked] = []
        self.released = threading.Event()
        self.on_done: Callable[[str], None] = lambda _path: None
        self._keys: dict[str, _Kept] = {}
        self._lock = threading.Lock()

    def settings(self, **more: Any) -> dict[str, Any]:
        """Settings that lead here, with patience for a busy machine."""
        given = {
            "stripe_key": self.key,
            "stripe_webhook_secret": SECRET,
            "stripe_url": self.url,
            "stripe_deadline_seconds": 60,
            "stripe_retries_max": 1,
        }
        return {**given, **more}

    def asked_for(self, method: str, path: str) -> int:
        """How many such requests came."""
        return sum(1 for one in self.asked if one.method == method and one.path.startswith(path))

    def fault_of(self, path: str) -> Fault | None:
        """The fault that this request meets, if any."""
        with self._lock:
            for fault in self.faults:
                if fault.times > 0 and path.startswith(fault.path):
                    fault.times -= 1
                    return fault
        return None

    def answer(self, method: str, path: str, form: Mapping[str, Any], key: str | None) -> tuple[int, Thing, bool]:
        """Status, document, and whether it is what was answered before under this idempotency key."""
        if method != "POST" or key is None:
            return (*self._done(method, path, form), False)
        if len(key) > 255 or not key.isascii():
            return 400, _error("invalid_request_error", "Invalid idempotency key."), False
        mine = (path, json.dumps(form, sort_keys=True))
        with self._lock:
            kept = self._keys.get(key)
            if kept is None:
                kept = self._keys[key] = _Kept(mine)
                first = True
            else:
                first = False
        if not first:
            if kept.asked != mine:
                said = (
                    "Keys for idempotent requests can only be used with the same parameters they were first used with."
                )
                return 400, _error("idempotency_error", said), False
            if kept.status is None:
                said = "There is currently another in-progress request using this key."
                return 409, _error("idempotency_error", said, code="idempotency_key_in_use"), False
            return kept.status, kept.document, True
        kept.status, kept.document = self._done(method, path, form)
        return kept.status, kept.document, False

    def _done(self, method: str, path: str, form: Mapping[str, Any]) -> tuple[int, Thing]:
        try:
            return 200, self._do(method, path, form)
        except Refused as refused:
            return refused.status, {"error": refused.error}

    def _do(self, method: str, path: str, form: Mapping[str, Any]) -> Thing:
        account, parts = self.account, path.strip("/").split("/")[1:]
        makers: Mapping[tuple[str, ...], Callable[[Mapping[str, Any]], Thing]] = {
            ("customers",): account.make_customer,
            ("prices",): account.make_price,
            ("checkout", "sessions"): account.make_session,
            ("billing_portal", "sessions"): account.make_portal,
        }
        if method == "POST" and (maker := makers.get(tuple(parts))):
            return shown(maker(form), ())
        if method == "POST" and len(parts) == 2 and parts[0] == "subscriptions":
            return shown(account.change_subscription(parts[1], form), ())
        kinds = {
            "customers": "customer",
            "sessions": "checkout.session",
            "invoices": "invoice",
            "subscriptions": "subscription",
            "payment_intents": "payment_intent",
            "charges": "charge",
            "disputes": "dispute",
        }
        if method == "GET" and len(parts) >= 2 and parts[-2] in kinds:
            return self._expanded(account.get(kinds[parts[-2]], parts[-1]), form.get("expand", []))
        raise Refused(404, f"Unrecognized request URL ({method}: {path}).")

    def _expanded(self, thing: Thing, names: list[str]) -> Thing:
        document = shown(thing, (thing,) if "payments" in names else ())
        for name in names:
            if isinstance(document.get(name), str):
                document[name] = shown(self.account.things[document[name]], ())
        return document

    # -- events -----------------------------------------------------------------------------------------------------

    def signature(self, body: bytes, *, age_seconds: int = 0, secret: str = SECRET) -> str:
        """The header that Stripe signs a body with, so many seconds ago."""
        second = int(self.account.now().timestamp()) - age_seconds
        signed = hmac.new(secret.encode(), f"{second}.".encode() + body, hashlib.sha256).hexdigest()
        return f"t={second},v1={signed},v0={'0' * 64}"

    def deliver(self, url: str, event: Mapping[str, Any], *, age_seconds: int = 0, secret: str = SECRET) -> int:
        """Sends an event to an endpoint over a socket; the status that it answers."""
        body = json.dumps(event, indent=2).encode()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": self.signature(body, age_seconds=age_seconds, secret=secret),
        }
        request = urllib.request.Request(url, body, headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refused:
            return refused.code


def read_form(text: str) -> dict[str, Any]:
    """A form with nested names (``a[b][0][c]=1``) as nested dicts, and lists where the names are numbers or empty."""
    tree: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        path = name.replace("]", "").split("[")
        inner = tree
        *steps, last = path
        for step in steps:
            inner = inner.setdefault(step or str(len(inner)), {})
        inner[last or str(len(inner))] = value
    return {name: _listed(value) for name, value in tree.items()}


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(name.isdecimal() for name in value):
        return [_listed(value[name]) for name in sorted(value, key=int)]
    return {name: _listed(inner) for name, inner in value.items()}


def _error(kind: str, message: str, **more: Any) -> Thing:
    return {"error": {"type": kind, "message": message, **more}}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "_Server"

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def _answer(self, method: str) -> None:
        stand_in, address = self.server.stand_in, urlsplit(self.path)
        sent = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        form = read_form(sent if method == "POST" else address.query)
        headers = {name.lower(): value for name, value in self.headers.items()}
        stand_in.asked.append(Asked(method, address.path, form, headers))
        fault = stand_in.fault_of(address.path)
        if fault is not None and fault.what == "drop":
            self.close_connection = True
            return
        if fault is not None and self._is_rude(fault):
            return
        if headers.get("authorization") != f"Bearer {stand_in.key}":
            self._send(401, _error("invalid_request_error", "Invalid API Key provided: sk_test_****CDEF"))
            return
        status, document, replayed = stand_in.answer(method, address.path, form, headers.get("idempotency-key"))
        stand_in.on_done(address.path)
        if fault is not None and fault.what == "lose":
            self.close_connection = True
            return
        more = {"Idempotent-Replayed": "true"} if replayed else {}
        cut = fault is not None and fault.what == "cut"
        seconds = fault.seconds if fault is not None and fault.what == "slow" else 0.0
        self._send(status, document, more, cut=cut, seconds=seconds)

    def _is_rude(self, fault: Fault) -> bool:
        """Whether the request was answered without being looked at."""
        page = b"<html><body>Bad gateway</body></html>"
        match fault.what:
            case "status":
                kind = "rate_limit_error" if fault.status == 429 else "api_error"
                self._send(fault.status, _error(kind, "Something happened at our end."))
            case "html":
                send(self, 200, page, {"Content-Type": "text/html"})
            case "html_500":
                send(self, 502, page, {"Content-Type": "text/html"})
            case "other_form":
                self._send(200, {"object": "weather", "rain": True})
            case "list":
                send(self, 200, b"[1, 2]", {"Content-Type": "application/json"})
            case "huge":
                send(self, 200, b'{"a": "' + b"x" * (4 * 1024**2) + b'"}', {"Content-Type": "application/json"})
            case "elsewhere":
                send(self, 307, b"", {"Location": "http://127.0.0.1:9/v1/customers"})
            case _:
                return False
        return True

    def _send(
        self,
        status: int,
        document: Thing,
        more: Mapping[str, str] | None = None,
        *,
        cut: bool = False,
        seconds: float = 0.0,
    ) -> None:
        body = json.dumps(document, indent=2).encode()
        headers = {"Content-Type": "application/json", "Request-Id": "req_standin", **(more or {})}
        send(self, status, body, headers, cut=cut, seconds=seconds)
        if cut:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing: what was asked stands in ``asked``."""


class _Server(RudeServer):
    request_queue_size = 64
    stand_in: StandIn


@contextmanager
def stripe_service(account: Account | None = None) -> Iterator[StandIn]:
    """A stand-in that answers until the block ends."""
    stand_in = StandIn(account or Account())
    server = _Server(("127.0.0.1", 0), _Handler)
    server.stand_in = stand_in
    with listening(server) as stand_in.url:
        yield stand_in
