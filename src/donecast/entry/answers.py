"""What a caller is told when something does not work: one form for every failure, in sentences for a podcaster."""

from collections.abc import Mapping
from math import ceil
from typing import Any, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from donecast.entry.request_facts import note_request
from donecast.kit.errors import DonecastError, ErrorKind
from donecast.kit.left_alone import ServiceLeftAlone
from donecast.platform.error_tracking import capture_exception
from donecast.platform.telemetry import current_request_id, logger
from donecast.site import endpoints as site

STATUS: Mapping[ErrorKind, int] = {
    ErrorKind.INVALID: 400,
    ErrorKind.UNAUTHENTICATED: 401,
    ErrorKind.PAYMENT_REQUIRED: 402,
    ErrorKind.FORBIDDEN: 403,
    ErrorKind.NOT_FOUND: 404,
    ErrorKind.CONFLICT: 409,
    ErrorKind.TOO_LARGE: 413,
    ErrorKind.UNSUPPORTED: 415,
    ErrorKind.RANGE: 416,
    ErrorKind.RATE_LIMITED: 429,
    ErrorKind.BROKEN: 500,
    ErrorKind.UNAVAILABLE: 503,
}
_RETRY_AFTER_SECONDS = {429: 60, 503: 5}
"""For those who do not know better: an error that knows says so as ``after_seconds`` in its details."""
_FIELDS_TOLD_MAX = 20
_LOOK_AT_ADDRESS = "Check the address."
_RELOAD = "Load the page again and try once more."
_WORDS_OF_HTTP: Mapping[int, tuple[str, str, str]] = {
    400: ("bad_request", "We could not read what was sent.", _RELOAD),
    404: ("not_found", "There is nothing at this address.", _LOOK_AT_ADDRESS),
    405: ("method_not_allowed", "This address does not take that kind of request.", _LOOK_AT_ADDRESS),
    406: ("not_acceptable", "We cannot answer in the form that was asked for.", _RELOAD),
    412: ("precondition_failed", "The program that sends this file speaks another version of the upload.", _RELOAD),
    415: ("unsupported_media_type", "We do not take anything of this kind here.", "Send it in another form."),
    416: ("range_not_satisfiable", "This file is shorter than the part that was asked for.", _RELOAD),
}
_ANY_REFUSAL = ("refused", "We could not do that.", _RELOAD)


def add_answers(app: FastAPI) -> None:
    """Lets the app answer every failure in our form; what nobody expected is answered by the frame."""
    app.add_exception_handler(DonecastError, answer_known)
    app.add_exception_handler(RequestValidationError, _answer_malformed)
    app.add_exception_handler(HTTPException, _answer_http)


def answer_known(request: Request, error: Exception) -> JSONResponse:
    """The answer to an error of ours."""
    known = cast(DonecastError, error)
    status = STATUS[known.kind]
    note_request(request.scope, status)
    capture_exception(known)
    if isinstance(known, ServiceLeftAlone):
        # A refusal that protects us is no fault: why the service rests was logged when it began to.
        logger().info("refused while a service rests", code=known.code, after_seconds=known.after_seconds)
    elif known.kind is ErrorKind.UNAVAILABLE:
        # While something is away every request ends so: where in the program is kept once, with its group of errors.
        because = known.__cause__ or known.__context__
        logger().error("request failed", code=known.code, why=known.message, because=because and repr(because))
    elif status >= 500:
        logger().error("request failed", code=known.code, exc_info=known)
    after_seconds = known.details.get("after_seconds")
    return _answer(
        status,
        known.code,
        known.message,
        known.action,
        retryable=known.retryable,
        details=known.details,
        after_seconds=ceil(after_seconds) if isinstance(after_seconds, int | float) else None,
    )


def answer_unknown() -> JSONResponse:
    """The answer to an error that nobody expected; it tells nothing of the inside."""
    return _answer(
        500,
        "broken",
        DonecastError.message,
        "Please try again in a moment. If it stays, report it with the number below.",
    )


def _answer_malformed(_request: Request, error: Exception) -> JSONResponse:
    problems = cast(RequestValidationError, error).errors()
    where = [{"field": _field(item), "problem": item["msg"]} for item in problems[:_FIELDS_TOLD_MAX]]
    named = ", ".join(dict.fromkeys(item["field"] for item in where if item["field"])) or "the request"
    return _answer(
        422,
        "malformed",
        f"Something is missing or not in the expected form: {named}.",
        "Correct the named fields and send it again.",
        details={"fields": where},
    )


def _field(problem: Mapping[str, Any]) -> str:
    """The path of a field; empty for a position in a text that is no JSON at all, which is none."""
    if problem["type"] == "json_invalid":
        return ""
    # Of a field that may be of several types the library names each that it tried, such as literal['a'].
    return ".".join(str(part) for part in problem["loc"][1:] if "[" not in str(part))


def _answer_http(request: Request, error: Exception) -> Response:
    refused = cast(HTTPException, error)
    by_a_person = "text/html" in request.headers.get("Accept", "") and not request.url.path.startswith("/api/")
    if refused.status_code == 404 and by_a_person:
        return site.not_found_response(request)
    code, message, action = _WORDS_OF_HTTP.get(refused.status_code, _ANY_REFUSAL)
    answer = _answer(refused.status_code, code, message, action)
    answer.headers.update(refused.headers or {})
    return answer


def _answer(
    status: int,
    code: str,
    message: str,
    action: str,
    *,
    retryable: bool = False,
    details: Mapping[str, Any] | None = None,
    after_seconds: int | None = None,
) -> JSONResponse:
    body = {
        "code": code,
        "message": message,
        "retryable": retryable,
        "action": action,
        "request_id": current_request_id(),
        "details": dict(details or {}),
    }
    seconds = after_seconds if after_seconds is not None else _RETRY_AFTER_SECONDS.get(status)
    headers = None if seconds is None else {"Retry-After": str(max(1, seconds))}
    return JSONResponse({"error": body}, status, headers)
