"""Logs that say who asked for what: structured, with the request id on every line, secrets never."""

import logging
import re
import secrets
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

import structlog
from structlog.contextvars import bind_contextvars, bound_contextvars, get_contextvars

from donecast.platform.redaction import scrubbed
from donecast.platform.settings import ServerSettings

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


def configure_logs(settings: ServerSettings) -> None:
    """Sets up logging once for the process: JSON lines, or pretty ones on a terminal."""
    pretty = settings.log_format == "pretty" or (settings.log_format == "auto" and sys.stderr.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: Any = structlog.dev.ConsoleRenderer() if pretty else structlog.processors.JSONRenderer()
    # Tracebacks are text before secrets are looked for, because errors quote what they were given.
    final = [structlog.processors.format_exc_info, _scrub, renderer]
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
    for noisy in ("uvicorn.access", "dbos", "alembic", "httpx", "httpx2", "python_multipart", "stripe"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def logger() -> structlog.stdlib.BoundLogger:
    """A logger that adds the bound request, account and operation to each line."""
    bound: structlog.stdlib.BoundLogger = structlog.get_logger("donecast")
    return bound


def accepted_request_id(offered: str | None) -> str:
    """The caller's own request id when it is well formed, else a fresh one."""
    if offered and _REQUEST_ID.fullmatch(offered):
        return offered
    return secrets.token_hex(8)


def current_request_id() -> str | None:
    """The request id bound to what is running now."""
    bound = get_contextvars().get("request_id")
    return str(bound) if bound else None


@contextmanager
def bound_to(**facts: str | None) -> Iterator[None]:
    """Adds facts to every log line written inside the block; None is left out."""
    with bound_contextvars(**{name: value for name, value in facts.items() if value is not None}):
        yield


def bind_account(account_id: str) -> None:
    """Adds the signed-in account to the rest of this request's log lines."""
    bind_contextvars(account_id=account_id)


def _scrub(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    clean: dict[str, Any] = scrubbed(event)
    return clean
