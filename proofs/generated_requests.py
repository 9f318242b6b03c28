"""Requests that nobody thought of: generated from the API's description, and sent to a real server.

Each case that schemathesis draws, well formed or not, is sent as it is; with ids of rows that exist and belong to who
asks, so that it gets further than "not found"; and several times with one of its values replaced by a hostile one.
"""

import json
import random
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote, urlencode

import httpx2
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import HypothesisException
from schemathesis import GenerationMode
from schemathesis.core.result import Ok

from proofs.hostile_values import HOSTILE_HEADERS, HOSTILE_VALUES, spoiled
from proofs.households import Household, Households
from proofs.wishes import QUERIES, WISHES

Manner = Literal["as drawn", "own ids", "hostile value"]
MANNERS: tuple[Manner, ...] = ("as drawn", "own ids", "hostile value")
_OF_EACH_CASE: tuple[Manner, ...] = ("as drawn", "own ids", *(("hostile value",) * 6))
_ANSWER_BYTES_MAX = 64 * 1024
_SECONDS_MAX = 60
_MEANS_WELL = 0.6
"""How often a request with real ids starts from a form that its route takes."""
_TUS_HEADERS = {
    "Tus-Resumable": "1.0.0",
    "Upload-Offset": "0",
    "Upload-Length": "100",
    "Upload-Metadata": "filename YS53YXY=",
    "Content-Type": "application/offset+octet-stream",
}
"""Of the resumable upload protocol, as a well-behaved client sends them."""
_DEEP_JSON = b"[" * 100_000
_WEAR = {"GET": 0, "HEAD": 0, "POST": 1, "PUT": 1, "PATCH": 1, "DELETE": 10}
"""How much a request uses up what its sender owns."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """An answer that nobody meant, and how to ask for it again."""

    route: str
    status: int
    code: str
    request: str


@dataclass(slots=True)
class Tally:
    """What came of the requests to one route; statuses by manner."""

    route: str
    seconds: float = 0.0
    cases: int = 0
    statuses: Counter[tuple[Manner, int]] = field(default_factory=Counter)
    unavailable: Counter[str] = field(default_factory=Counter)
    troubles: list[Trouble] = field(default_factory=list)


@dataclass(slots=True)
class Request:
    """One request, before it is sent."""

    method: str
    path: str
    path_values: dict[str, Any]
    query: dict[str, Any]
    headers: dict[str, str]
    body: Any = None
    media_type: str | None = None

    @property
    def target(self) -> str:
        """Path and query."""
        path = self.path
        for name, value in self.path_values.items():
            path = path.replace(f"{{{name}}}", value if _is_quoted(value) else quote(str(value), safe=""))
        pairs = {name: value if isinstance(value, list) else [value] for name, value in self.query.items()}
        return path + (f"?{urlencode(pairs, doseq=True, errors='surrogatepass')}" if pairs else "")

    def content(self) -> dict[str, Any]:
        """The body, as the client's arguments."""
        if self.body is None:
            return {}
        if isinstance(self.body, bytes):
            return {"content": self.body}
        if self.media_type == "multipart/form-data" and isinstance(self.body, Mapping):
            parts = [(str(name), _part(name, value)) for name, value in self.body.items()]
            return {"files": parts} if parts else {"content": b""}
        # By hand, for it may hold what no JSON should: NaN, half a surrogate pair.
        return {"content": json.dumps(self.body, default=str).encode()}


class Attack:
    """The requests to one route."""

    def __init__(self, url: str, households: Households, operation: Any, chance_seed: int) -> None:
        self._client = httpx2.Client(base_url=url, timeout=_SECONDS_MAX, follow_redirects=False)
        self._households = households
        self._operation = operation
        self._method, self._path = operation.method.upper(), operation.path
        self._route = f"{self._method} {self._path}"
        self._seed = chance_seed
        self._chance = random.Random(f"{chance_seed} {operation.label}")
        self._things: Household = households.one(uses_up=0)
        self._tally = Tally(operation.label)

    def run(self, wanted: int) -> Tally:
        """Sends so many requests, and answers what came of them."""
        begun, left = time.monotonic(), wanted
        last: Request | None = None
        with self._client:
            for case in self._cases(-(-wanted // len(_OF_EACH_CASE))):
                self._tally.cases += 1
                for manner in _OF_EACH_CASE[: max(0, left)]:
                    last = self._send(case, manner)
                    left -= 1
            # A route that takes nothing has one case only; then it is asked in all sorts of ways.
            while left > 0:
                last = self._send(last or Request(self._method, self._path, {}, {}, {}), "hostile value")
                left -= 1
        self._tally.seconds = time.monotonic() - begun
        return self._tally

    def _cases(self, wanted: int) -> Iterator[Request]:
        # What only takes ids cannot be malformed, which takes long to find out.
        has_form = self._operation.body or self._operation.query or self._operation.headers
        shares = (
            {GenerationMode.POSITIVE: 0.6, GenerationMode.NEGATIVE: 0.4} if has_form else {GenerationMode.POSITIVE: 1}
        )
        for mode, share in shares.items():
            found: list[Request] = []
            _draw(self._operation, mode, max(1, int(wanted * share)), self._seed, found.append)
            yield from found

    def _send(self, drawn: Request, manner: Manner) -> Request:
        request = Request(
            drawn.method,
            drawn.path,
            dict(drawn.path_values),
            dict(drawn.query),
            dict(drawn.headers),
            drawn.body,
            drawn.media_type,
        )
        if manner != "as drawn":
            self._fill_in(request)
        if manner == "hostile value":
            self._spoil(request)
        self._things = self._households.one(uses_up=_WEAR[self._method])
        request.headers |= self._things.credentials(self._path, self._chance)
        self._note(request, manner)
        return drawn

    def _note(self, request: Request, manner: Manner) -> None:
        try:
            status, code = _ask(self._client, request)
        except (UnicodeEncodeError, httpx2.LocalProtocolError, httpx2.InvalidURL):
            # No client can send this; what it stands for is sent without it.
            request.headers = {name: value for name, value in request.headers.items() if name == "Authorization"}
            request.query = {}
            status, code = _ask(self._client, request)
        self._tally.statuses[manner, status] += 1
        if status == 503 and code != "":
            self._tally.unavailable[code] += 1
        elif status >= 500 or status == 0:
            body = str(request.body)[:300]
            words = f"{request.method} {request.target[:300]} {request.headers} {request.media_type} {body}"
            self._tally.troubles.append(Trouble(self._route, status, code, words))

    def _fill_in(self, request: Request) -> None:
        ids = self._things.ids_for(self._path, self._chance)
        request.path_values = {name: ids.get(name, value) for name, value in request.path_values.items()}
        for name in _names_in(self._path):
            request.path_values.setdefault(name, ids.get(name, "1"))
        if self._chance.random() < _MEANS_WELL:
            request.query = {**QUERIES.get(self._route, request.query)}
            if not isinstance(request.body, Mapping) or request.media_type == "application/json":
                request.body = WISHES.get(self._route, request.body)
        request.query = {name: ids.get(name, value) for name, value in request.query.items()}
        request.body = _with_ids(request.body, ids, self._chance)
        if self._path.startswith("/api/uploads"):
            request.headers |= _TUS_HEADERS
        if request.media_type == "multipart/form-data" and self._chance.random() < 0.3:
            request.body = {**self._things.form(self._path)}

    def _spoil(self, request: Request) -> None:
        places: list[str] = ["headers"]
        places += ["body"] * 4 if request.body is not None and not isinstance(request.body, bytes) else []
        places += ["query"] * 2 if request.method == "GET" else ["query"]
        places += ["path"] if request.path_values else []
        match self._chance.choice(places):
            case "headers":
                name = self._chance.choice(list(HOSTILE_HEADERS))
                request.headers[name] = self._chance.choice(HOSTILE_HEADERS[name])
            case "query":
                name = self._chance.choice([*self._query_names(), "nonsense"])
                request.query[name] = self._chance.choice(HOSTILE_VALUES)
            case "path":
                name = self._chance.choice(list(request.path_values))
                value = str(self._chance.choice(HOSTILE_VALUES))[:2_000]
                request.path_values[name] = quote(value, safe="", errors="surrogatepass")
            case _ if self._chance.random() < 0.02:
                request.body = _DEEP_JSON
            case _:
                request.body = spoiled(request.body, self._chance)

    def _query_names(self) -> list[str]:
        return [parameter.name for parameter in self._operation.query]


def _draw(operation: Any, mode: GenerationMode, count: int, chance_seed: int, take: Callable[[Request], None]) -> None:
    try:
        strategy = operation.as_strategy(generation_mode=mode)

        @seed(chance_seed)
        @settings(
            max_examples=count,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(strategy)
        def drawn(case: Any) -> None:
            body = None if type(case.body).__name__ == "NotSet" else case.body
            headers = {str(name): str(value) for name, value in (case.headers or {}).items()}
            if case.media_type and body is not None and case.media_type != "multipart/form-data":
                headers["Content-Type"] = case.media_type
            query, path_values = dict(case.query or {}), dict(case.path_parameters or {})
            take(Request(operation.method.upper(), operation.path, path_values, query, headers, body, case.media_type))

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            drawn()
    except HypothesisException:
        return  # nothing can be malformed where nothing is asked for


def _ask(client: httpx2.Client, request: Request) -> tuple[int, str]:
    """Status and error code; status 0 when there was no answer."""
    try:
        with client.stream(request.method, request.target, headers=request.headers, **request.content()) as answer:
            if answer.headers.get("content-type", "").startswith("text/event-stream"):
                return answer.status_code, ""
            heard = b""
            for piece in answer.iter_bytes():
                heard += piece
                if len(heard) > _ANSWER_BYTES_MAX:
                    break
    except httpx2.TransportError as error:
        if isinstance(error, httpx2.LocalProtocolError):
            raise
        return 0, type(error).__name__
    return answer.status_code, _code_of(heard) if answer.status_code >= 500 else ""


def _code_of(body: bytes) -> str:
    try:
        return str(json.loads(body)["error"]["code"])
    except (ValueError, KeyError, TypeError):
        return ""


def _with_ids(value: Any, ids: Mapping[str, str], chance: random.Random) -> Any:
    """The body with real ids where it names some, and mostly with a version that is current."""
    if isinstance(value, Mapping):
        return {name: _with_id(str(name), inner, ids, chance) for name, inner in value.items()}
    if isinstance(value, list):
        return [_with_ids(inner, ids, chance) for inner in value]
    return value


def _with_id(name: str, value: Any, ids: Mapping[str, str], chance: random.Random) -> Any:
    known = "media_id" if name == "clip_id" else name
    if known in ids and isinstance(value, str) and chance.random() < 0.9:
        return ids[known]
    if name in {"version", "edit_list_version"} and chance.random() < 0.8:
        return 0
    return _with_ids(value, ids, chance)


def _names_in(path: str) -> list[str]:
    return [part.partition("}")[0] for part in path.split("{")[1:]]


def _part(name: object, value: Any) -> tuple[str | None, bytes]:
    content = value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")
    return ("sound.wav" if name == "file" else None), content


def _is_quoted(value: Any) -> bool:
    return isinstance(value, str) and value.isascii() and "%" in value


def operations_of(document: Path) -> dict[str, Any]:
    """Every operation of a kept description, by its name."""
    schema = schemathesis.openapi.from_dict(json.loads(document.read_text("utf-8")))
    found: list[Any] = [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]
    return {operation.label: operation for operation in found}
