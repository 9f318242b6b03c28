"""Stand-ins for services that write: Gemini and OpenAI's chat completions, over a real socket, as rude as wanted."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, get_args

from donecast.entry.wiring import open_writer, unguarded
from donecast.kit.errors import DonecastError
from donecast.platform.vendor_settings import AiTextSettings
from donecast.writing.errors import (
    WriterAnswerBad,
    WriterFailed,
    WriterKeyRefused,
    WriterModelUnknown,
    WriterQuotaSpent,
    WriterRateLimited,
    WriterRejected,
    WriterRequestRefused,
    WriterUnavailable,
)
from donecast.writing.writer import TextWriter

Dialect = Literal["gemini", "openai_compatible"]
Manner = Literal[
    "polite",
    "unknown_key",
    "rate_limited",
    "rate_limited_shortly",
    "quota_spent",
    "broken_inside",
    "cut_body",
    "garbage",
    "another_form",
    "nothing_in_it",
    "huge_body",
    "hang",
    "drip",
    "declined",
    "cut_at_its_limit",
    "unknown_model",
    "too_long_for_it",
    "elsewhere",
    "counts_nothing",
]
MANNERS: tuple[Manner, ...] = get_args(Manner)
KEY = "AIza-a-secret-key-0123456789"
MODEL = "a-model-of-ours"
ENGINES = ("extractive", "gemini", "openai_compatible")
INPUT_TOKENS, OUTPUT_TOKENS = 1_200, 80
_PATHS: Mapping[Dialect, str] = {
    "gemini": f"/v1beta/models/{MODEL}:generateContent",
    "openai_compatible": "/v1/chat/completions",
}
ATTEMPTS_MAX = 2

# Manner -> what the person is told (None: an answer), and how often the service is asked.
OUTCOMES: dict[Manner, tuple[type[DonecastError] | None, int]] = {
    "polite": (None, 1),
    "counts_nothing": (None, 1),
    "unknown_key": (WriterKeyRefused, 1),
    "unknown_model": (WriterModelUnknown, 1),
    "quota_spent": (WriterQuotaSpent, 1),
    "rate_limited": (WriterRateLimited, 1),
    "rate_limited_shortly": (WriterRateLimited, ATTEMPTS_MAX),
    "broken_inside": (WriterFailed, 1),
    "cut_body": (WriterFailed, 1),
    "garbage": (WriterAnswerBad, 1),
    "another_form": (WriterAnswerBad, 1),
    "nothing_in_it": (WriterAnswerBad, 1),
    "huge_body": (WriterAnswerBad, 1),
    "cut_at_its_limit": (WriterAnswerBad, 1),
    "elsewhere": (WriterAnswerBad, 1),
    "hang": (WriterUnavailable, 1),
    "drip": (WriterUnavailable, 1),
    "declined": (WriterRejected, 1),
    "too_long_for_it": (WriterRequestRefused, 1),
}
_Reply = tuple[int, dict[str, Any] | bytes, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came in."""

    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]


@dataclass(slots=True)
class TextService:
    """A running stand-in: what it says next, how it behaves, and what it was asked."""

    dialect: Dialect
    url: str = ""
    says: str = "{}"
    manners: list[Manner] = field(default_factory=lambda: ["polite"])
    asked: list[Asked] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    def behave(self, *manners: Manner) -> None:
        """How it answers, one manner for each request; the last one stays."""
        self.manners = list(manners)

    def next_manner(self) -> Manner:
        """The manner of the request that is being answered."""
        return self.manners.pop(0) if len(self.manners) > 1 else self.manners[0]

    def settings(self, **more: Any) -> AiTextSettings:
        """Settings that lead here, with little patience."""
        given = {
            "ai_text_engine": self.dialect,
            "ai_text_url": self.url,
            "ai_text_key": KEY,
            "ai_text_model": MODEL,
            "ai_text_deadline_seconds": 3,
            "ai_text_attempts_max": 2,
            "ai_text_answer_bytes_max": 64 * 1024,
            "ai_text_price_input": "0.30",
            "ai_text_price_output": "2.50",
        }
        return AiTextSettings(_env_file=None, **{**given, **more})  # type: ignore[call-arg]


@dataclass(frozen=True, slots=True)
class Desk:
    """An engine, and the service that it asks; the extractive one asks none."""

    engine: str
    service: TextService | None

    def writer(self, **settings: Any) -> TextWriter:
        """The engine with other settings."""
        if self.service is None:
            return open_writer(AiTextSettings(_env_file=None, **settings), unguarded)  # type: ignore[call-arg]
        return open_writer(self.service.settings(**settings), unguarded)

    def say(self, text: str) -> None:
        """Lets the service say this; the engine of our own says what it finds."""
        if self.service is not None:
            self.service.says = text


@contextmanager
def text_service(dialect: Dialect) -> Iterator[TextService]:
    """A stand-in on a free port of loopback until the block ends."""
    service = TextService(dialect)

    class Handler(_Handler):
        pass

    Handler.service = service
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    version = "v1beta" if dialect == "gemini" else "v1"
    service.url = f"http://127.0.0.1:{server.server_address[1]}/{version}"
    try:
        yield service
    finally:
        service.released.set()
        server.shutdown()
        server.server_close()
        thread.join(10)


class _Handler(BaseHTTPRequestHandler):
    service: TextService
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Says nothing."""

    def do_POST(self) -> None:
        """One request, answered in the next manner."""
        length = int(self.headers.get("Content-Length", "0"))
        body = json.loads(self.rfile.read(length))
        self.service.asked.append(Asked(self.path, dict(self.headers.items()), body))
        self.close_connection = True
        if self.path != _PATHS[self.service.dialect]:
            self._send(404, {"error": {"message": "no such path"}}, {})
            return
        manner = self.service.next_manner()
        if manner == "hang":
            self.service.released.wait(30)
        elif manner in {"drip", "cut_body", "huge_body"}:
            self._misbehave(manner)
        else:
            self._send(*_reply(self.service, manner))

    def _misbehave(self, manner: Manner) -> None:
        self.send_response(200)
        if manner == "huge_body":
            self.send_header("Connection", "close")
            self.end_headers()
            self._write(b" " * 1024, times=20_000)
            return
        self.send_header("Content-Length", "10000")
        self.end_headers()
        self._write(b'{"candidates": [{"choi')
        while manner == "drip" and not self.service.released.wait(0.2):
            if not self._write(b" "):
                return

    def _write(self, data: bytes, times: int = 1) -> bool:
        """Whether whoever asked is still there."""
        try:
            for _ in range(times):
                self.wfile.write(data)
        except OSError:
            return False
        return True

    def _send(self, status: int, body: dict[str, Any] | bytes, headers: Mapping[str, str]) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self._write(data)


def _reply(service: TextService, manner: Manner) -> _Reply:
    trouble = {"error": {"message": f"stack trace, key {KEY}", "status": "INTERNAL", "code": KEY}}
    alike: dict[Manner, _Reply] = {
        "garbage": (200, b"<html>502 Bad Gateway</html>", {}),
        "another_form": (200, {"hello": ["world"], "choices": {"0": 1}, "candidates": "none"}, {}),
        "broken_inside": (500, trouble, {}),
        "elsewhere": (307, b"", {"Location": service.url + "/elsewhere"}),
        "rate_limited_shortly": _limited(service.dialect, 1),
        "rate_limited": _limited(service.dialect, 30),
    }
    in_dialect = _gemini if service.dialect == "gemini" else _openai
    return alike[manner] if manner in alike else in_dialect(service.says, manner)


def _limited(dialect: Dialect, seconds: int) -> _Reply:
    if dialect == "openai_compatible":
        error = {"message": "Rate limit reached", "type": "requests", "code": "rate_limit_exceeded"}
        return 429, {"error": error}, {"Retry-After": str(seconds)}
    details = [
        {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [{"quotaId": "RequestsPerMinute"}]},
        {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": f"{seconds}s"},
    ]
    return 429, {"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "details": details}}, {}


def _gemini(says: str, manner: Manner) -> _Reply:
    def error(code: int, status: str, **detail: object) -> _Reply:
        message = f"API key not valid: {KEY}"
        return code, {"error": {"code": code, "message": message, "status": status, "details": [detail]}}, {}

    match manner:
        case "unknown_key":
            return error(400, "INVALID_ARGUMENT", reason="API_KEY_INVALID")
        case "quota_spent":
            return error(429, "RESOURCE_EXHAUSTED", violations=[{"quotaId": "GenerateRequestsPerDayPerProject"}])
        case "unknown_model":
            return error(404, "NOT_FOUND")
        case "too_long_for_it":
            return error(400, "INVALID_ARGUMENT")
        case "declined":
            return 200, {"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": {"promptTokenCount": 9}}, {}
    finish = "MAX_TOKENS" if manner == "cut_at_its_limit" else "STOP"
    parts = [
        {"text": "thinking aloud", "thought": True},
        {"text": says[: len(says) // 2]},
        {"text": says[len(says) // 2 :]},
    ]
    content = {} if manner == "nothing_in_it" else {"content": {"role": "model", "parts": parts}}
    usage = {"promptTokenCount": INPUT_TOKENS, "candidatesTokenCount": OUTPUT_TOKENS - 30, "thoughtsTokenCount": 30}
    document: dict[str, Any] = {"candidates": [{**content, "finishReason": finish, "index": 0}]}
    return 200, document if manner == "counts_nothing" else {**document, "usageMetadata": usage}, {}


def _openai(says: str, manner: Manner) -> _Reply:
    def error(status: int, code: str) -> _Reply:
        message = f"Incorrect API key provided: {KEY}"
        return status, {"error": {"message": message, "type": "invalid_request_error", "code": code}}, {}

    match manner:
        case "unknown_key":
            return error(401, "invalid_api_key")
        case "quota_spent":
            return error(429, "insufficient_quota")
        case "unknown_model":
            return error(404, "model_not_found")
        case "too_long_for_it":
            return error(400, "context_length_exceeded")
    finish = {"declined": "content_filter", "cut_at_its_limit": "length"}.get(manner, "stop")
    message = {"role": "assistant", "content": None if manner == "nothing_in_it" else says}
    usage = {"prompt_tokens": INPUT_TOKENS, "completion_tokens": OUTPUT_TOKENS, "total_tokens": 1_280}
    document: dict[str, Any] = {"choices": [{"index": 0, "message": message, "finish_reason": finish}]}
    return 200, document if manner == "counts_nothing" else {**document, "usage": usage}, {}
