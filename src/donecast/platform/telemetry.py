"""Logs that say who asked for what: structured, with the request id on every line, secrets never."""

import logging
import re
import secrets
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import structlog
from structlog.contextvars import bound_contextvars, get_contextvars

from donecast.platform.redaction import scrubbed
from donecast.platform.settings import ServerSettings

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?", re.DOTALL)
"""W3C Trace Context: version, trace id, parent id, flags; a later version may say more."""
_NO_TRACE = "0" * 32
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


@dataclass(slots=True)
class RequestFacts:
    """What is known of the request that is being answered. One for each request, seen by all that work for it.

    ``fault`` is an error that nobody expected, once it was logged.
    """

    request_id: str
    method: str = ""
    account_id: str | None = None
    fault: Exception | None = None


# Threads that work for a request get a copy of its context, so what they learn is written into one shared object.
_request: ContextVar[RequestFacts | None] = ContextVar("donecast_request", default=None)


def configure_logs(settings: ServerSettings) -> None:
    """Sets up logging once for the process: JSON lines, or pretty ones on a terminal."""
    pretty = settings.log_format == "pretty" or (settings.log_format == "auto" and sys.stderr.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        _add_request,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: Any = structlog.dev.ConsoleRenderer() if pretty else structlog.processors.JSONRenderer()
    # Tracebacks are text before secrets are looked for, because errors quote what they were given.
    final = [structlog.processors.format_exc_info, _scrub, _disarm, renderer]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *final]
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level)
    server = logging.getLogger("uvicorn.error")
    server.filters[:] = [_ToldAlready()]
    for noisy in ("uvicorn.access", "dbos", "alembic", "httpx", "httpx2", "python_multipart", "stripe"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # It warns of each try of Sentry's SDK; what did not get there is counted, and told by us.
    logging.getLogger("urllib3").setLevel(logging.ERROR)


def logger() -> structlog.stdlib.BoundLogger:
    """A logger that adds the bound request, account and operation to each line."""
    bound: structlog.stdlib.BoundLogger = structlog.get_logger("donecast")
    return bound


def accepted_request_id(offered: str | None, traceparent: str | None = None) -> str:
    """The caller's own request id, else the id of its trace, where they are well formed; else a fresh one."""
    if offered and _REQUEST_ID.fullmatch(offered):
        return offered
    trace = _TRACEPARENT.fullmatch(traceparent) if traceparent else None
    if trace and trace[1] != _NO_TRACE:
        return trace[1]
    return secrets.token_hex(8)


def begin_request(facts: RequestFacts) -> None:
    """Binds a request to everything that its task does from now on, and to the server's words about its end."""
    _request.set(facts)


def current_request() -> RequestFacts | None:
    """The request that is being answered here, or None."""
    return _request.get()


def current_request_id() -> str | None:
    """The id of the request that what is running now works for, also when it asked for work that is done later."""
    bound = get_contextvars().get("request_id")
    if bound:
        return str(bound)
    request = _request.get()
    return request.request_id if request else None


@contextmanager
def bound_to(**facts: str | None) -> Iterator[None]:
    """Adds facts to every log line written inside the block; None is left out."""
    with bound_contextvars(**{name: value for name, value in facts.items() if value is not None}):
        yield


def bind_account(account_id: str) -> None:
    """Adds the signed-in account to the rest of this request's log lines."""
    request = _request.get()
    if request is not None:
        request.account_id = account_id


def _add_request(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    request = _request.get()
    if request is not None:
        event.setdefault("request_id", request.request_id)
        if request.account_id is not None:
            event.setdefault("account_id", request.account_id)
    return event


def _scrub(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    clean: dict[str, Any] = scrubbed(event)
    return clean


def _disarm(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Shows what would move the cursor, colour the terminal or begin a line that looks like another one of ours."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = _shown(value) if name == "exception" else _shown(value).replace("\n", "\\n")
    return event


def _shown(text: str) -> str:
    return _CONTROLS.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


class _ToldAlready(logging.Filter):
    """Leaves out the server's second account of an error that was logged with its request."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is news."""
        request = _request.get()
        error = record.exc_info[1] if record.exc_info else None
        return request is None or error is None or request.fault is not error
