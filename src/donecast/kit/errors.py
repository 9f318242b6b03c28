"""The one family of errors that people may read.

    DonecastError            code, kind, message, retryable, action, details
    +-- every feature's errors.py derives its own: a class per reason

A kind says what sort of trouble it is; ``entry/answers.py`` alone turns kinds into status codes.
"""

from collections.abc import Mapping
from enum import Enum


class ErrorKind(Enum):
    """What sort of trouble it is, in words of the domain and not of HTTP."""

    INVALID = "invalid"
    UNAUTHENTICATED = "unauthenticated"
    PAYMENT_REQUIRED = "payment_required"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    TOO_LARGE = "too_large"
    UNSUPPORTED = "unsupported"
    RANGE = "range"
    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"
    BROKEN = "broken"


class DonecastError(Exception):
    """Base of every error a person may see.

    ``message`` says what is wrong and ``action`` what to do next, both as sentences a podcaster understands;
    ``retryable`` is true when doing the same thing again may work. ``details`` is for programs and never secret.
    """

    code: str = "broken"
    kind: ErrorKind = ErrorKind.BROKEN
    message: str = "Something went wrong on our side."
    action: str = "Please try again in a moment."
    retryable: bool = False

    def __init__(
        self, message: str | None = None, *, action: str | None = None, details: Mapping[str, object] | None = None
    ) -> None:
        self.message = message or type(self).message
        self.action = action or type(self).action
        self.details: dict[str, object] = dict(details or {})
        super().__init__(self.message)

    def __reduce__(self) -> tuple[object, ...]:
        """Errors travel between processes and through the durable engine's storage."""
        return (_rebuild, (type(self), self.message, self.action, self.details))


class Stopped(DonecastError):
    """A person asked to stop; nobody's fault."""

    code = "cancelled"
    kind = ErrorKind.CONFLICT
    message = "You stopped this."
    action = "Start it again whenever you like; your recording is kept."


def _rebuild(cls: type[DonecastError], message: str, action: str, details: dict[str, object]) -> DonecastError:
    return cls(message, action=action, details=details)
