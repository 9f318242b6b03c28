"""How large a request's body may be, route by route: the one table."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from donecast.billing.hook import HOOK_PATH as PAYMENT_HOOK_PATH
from donecast.health.error_groups.rules import STUDIO_ERROR_BYTES_MAX
from donecast.kit.errors import DonecastError, ErrorKind
from donecast.platform.settings import Settings
from donecast.transcripts.endpoints import HOOK_BYTES_MAX

_JSON_BYTES_FOR_A_BYTE_OF_TEXT = 6  # a control character is written as \\u0000


class BodyTooLarge(DonecastError):
    """A request body is larger than this route takes."""

    code = "body_too_large"
    kind = ErrorKind.TOO_LARGE
    message = "That is more than we can take in one go."
    action = "Send recordings through the upload instead, or shorten the text."


@dataclass(frozen=True, slots=True)
class BodyLimit:
    """So many bytes for the paths that match as a whole; None: the route counts what it streams to disk by itself."""

    paths: re.Pattern[str]
    bytes_max: Callable[[Settings], int] | None


BODY_LIMITS = (
    BodyLimit(re.compile(r"/api/media|/api/uploads/[^/]+|/api/shows/[^/]+/(?:cover|marker-lesson)"), None),
    BodyLimit(re.compile(re.escape(PAYMENT_HOOK_PATH)), lambda settings: settings.payments.stripe_hook_bytes_max),
    BodyLimit(re.compile(r"/api/errors"), lambda _settings: STUDIO_ERROR_BYTES_MAX),
    BodyLimit(re.compile(r"/api/hooks/.*", re.DOTALL), lambda _settings: HOOK_BYTES_MAX),
    # An episode is made with the transcript that a person brings.
    BodyLimit(
        re.compile(r"/api/episodes.*", re.DOTALL),
        lambda settings: _JSON_BYTES_FOR_A_BYTE_OF_TEXT * settings.limits.transcript_bytes_max,
    ),
    BodyLimit(re.compile(r".*", re.DOTALL), lambda settings: settings.limits.body_bytes_max),
)
"""The first that matches counts. Every body without a limit of its route's own is read into memory."""


def body_bytes_max(path: str, settings: Settings) -> float:
    """The most bytes that a body sent to this path may have; infinite where the route itself counts."""
    limit = next(limit for limit in BODY_LIMITS if limit.paths.fullmatch(path))
    return float("inf") if limit.bytes_max is None else limit.bytes_max(settings)
