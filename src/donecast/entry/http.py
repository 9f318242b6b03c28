"""The web app: routers, middleware, and the one place where kinds of errors become status codes."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any, Protocol, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import donecast
from donecast.accounts import endpoints as accounts
from donecast.accounts import notice_endpoints as notices
from donecast.accounts.audit import endpoints as audit
from donecast.billing import endpoints as billing
from donecast.billing.hook import HOOK_PATH as PAYMENT_HOOK_PATH
from donecast.credits import admin_endpoints as credits_admin
from donecast.credits import endpoints as own_credits
from donecast.drafts import endpoints as drafts
from donecast.entry.wiring import (
    guarded,
    open_payments,
    open_previewer,
    open_remotes,
    open_voice_engines,
    open_writing_desk,
)
from donecast.episodes import endpoints as episodes
from donecast.feeds import endpoints as feeds
from donecast.health import endpoints as health
from donecast.interns import endpoints as interns
from donecast.kit.errors import DonecastError, ErrorKind
from donecast.listens import endpoints as listens
from donecast.platform.settings import Settings
from donecast.platform.telemetry import accepted_request_id, bound_to, current_request_id, logger
from donecast.platform.web import Ground
from donecast.production import endpoints as production
from donecast.recordings import cue_endpoints as sound_cues
from donecast.recordings import endpoints as recordings
from donecast.recordings import template_endpoints as templates
from donecast.shows import endpoints as shows
from donecast.site import endpoints as site
from donecast.transcripts.endpoints import HOOK_BYTES_MAX, hooks_of

_STATUS = {
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
_RETRY_AFTER_SECONDS = {429: "60", 503: "5"}
_ROUTES_WITH_OWN_LIMITS = re.compile(r"/api/media|/api/uploads/[^/]+|/api/shows/[^/]+/(?:cover|marker-lesson)")
"""They stream what comes to disk and count it there; every other body is read into memory."""
_HOOKS = "/api/hooks/"
_TRANSCRIPT_ROUTES = "/api/episodes"
_JSON_BYTES_FOR_A_BYTE_OF_TEXT = 6  # a control character is written as \\u0000
_ROUTERS = (
    accounts.router,
    audit.router,
    notices.router,
    own_credits.router,
    credits_admin.router,
    billing.router,
    billing.hooks,
    shows.router,
    templates.router,
    sound_cues.router,
    recordings.router,
    episodes.router,
    drafts.router,
    interns.router,
    production.router,
    listens.router,
    feeds.router,
    site.router,
    health.router,
)


class BodyTooLarge(DonecastError):
    """A request body is larger than this route takes."""

    code = "body_too_large"
    kind = ErrorKind.TOO_LARGE
    message = "That is more than we can take in one go."
    action = "Send recordings through the upload instead, or shorten the text."


class StudioNotBuilt(DonecastError):
    """The studio's files are missing from this installation."""

    code = "studio_not_built"
    kind = ErrorKind.UNAVAILABLE
    message = "The studio has not been built on this machine yet."
    action = "Start DoneCast with `./dev up`, which builds it."


class Beside(Protocol):
    """Something that lives as long as the app, such as the worker of `donecast up`."""

    def start(self) -> None:
        """Begins with the app."""
        ...

    def stop(self) -> None:
        """Ends with the app."""
        ...


def create_app(ground: Ground, beside: Beside | None = None) -> FastAPI:
    """The whole web side on the given ground."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if beside:
            await run_in_threadpool(beside.start)
        yield
        await run_in_threadpool(app.state.previewer.close)
        if beside:
            await run_in_threadpool(beside.stop)

    app = FastAPI(
        title="DoneCast",
        version="1",
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=_operation_id,
        lifespan=lifespan,
    )
    furnish(app, ground)
    for router in _ROUTERS:
        app.include_router(router)
    for remote in open_remotes(ground.settings, guarded(ground)).values():
        if remote.calls_back:
            app.include_router(hooks_of(remote))
    app.mount("/studio", Studio(_studio_folder()))
    app.add_exception_handler(DonecastError, _answer_known)
    app.add_exception_handler(RequestValidationError, _answer_malformed)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(Exception, _answer_unknown)
    app.add_middleware(RequestFrame)
    return app


def furnish(app: FastAPI, ground: Ground) -> None:
    """Gives the routes what they work with. Which routes there are, only the vendors that call back decide."""
    app.state.ground = ground
    app.state.previewer = open_previewer(ground)
    app.state.writing_desk = open_writing_desk(ground)
    app.state.payments = open_payments(ground.settings.payments, guarded(ground))
    app.state.voice_engines = open_voice_engines(ground.settings, guarded(ground))
    app.state.attempts = MovingWindowRateLimiter(MemoryStorage())


def _studio_folder() -> Path:
    packaged, in_tree = Path(donecast.__file__).parent / "_studio", Path(donecast.__file__).parents[2] / "frontend/dist"
    return packaged if packaged.exists() else in_tree


class Studio:
    """The built studio: hashed assets are kept for ever, every other path is the one page, which never is."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files = StaticFiles(directory=folder, check_dir=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One file of the studio."""
        path = self._files.get_path(scope)
        if not (self._folder / "index.html").exists():
            raise StudioNotBuilt
        is_file = path not in {"", "."} and (self._folder / path).is_file()
        if not is_file and path.startswith("assets/"):
            raise HTTPException(404)
        response = await self._files.get_response(path if is_file else "index.html", scope)
        kept = is_file and path.startswith("assets/")
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if kept else "no-cache"
        await response(scope, receive, send)


class RequestFrame:
    """Gives each request an id, binds it to the logs, adds security headers, and notes slow answers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers_in = dict(scope["headers"])
        request_id = accepted_request_id(headers_in.get(b"x-request-id", b"").decode("latin-1"))
        scope.setdefault("state", {})["request_id"] = request_id

        bytes_max = _body_bytes_max(scope["path"], scope["app"].state.ground.settings)
        length = headers_in.get(b"content-length", b"0")
        too_large = length.isdigit() and int(length) > bytes_max
        bytes_read, answered = 0, False

        async def counted() -> Message:
            # A body may come in chunks without an announced length, so what comes is counted too.
            nonlocal bytes_read, too_large
            message = await receive()
            bytes_read += len(message.get("body", b""))
            too_large = too_large or bytes_read > bytes_max
            return {"type": "http.disconnect"} if too_large else message

        async def framed(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_frame_headers(request_id))
            await send(message)

        async def framed_unless_too_large(message: Message) -> None:
            nonlocal answered
            if answered or not too_large:
                answered = True
                await framed(message)

        with bound_to(request_id=request_id):
            if not too_large:
                await self._app(scope, counted, framed_unless_too_large)
            if too_large and not answered:
                await _answer_known(Request(scope), BodyTooLarge())(scope, receive, framed)


def _body_bytes_max(path: str, settings: Settings) -> float:
    if _ROUTES_WITH_OWN_LIMITS.fullmatch(path):
        return float("inf")
    if path == PAYMENT_HOOK_PATH:
        return settings.payments.stripe_hook_bytes_max
    if path.startswith(_HOOKS):
        return HOOK_BYTES_MAX
    if path.startswith(_TRANSCRIPT_ROUTES):
        return _JSON_BYTES_FOR_A_BYTE_OF_TEXT * settings.limits.transcript_bytes_max
    return settings.limits.body_bytes_max


def _frame_headers(request_id: str) -> dict[str, str]:
    return {
        "X-Request-ID": request_id,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "strict-origin-when-cross-origin",
    }


def _operation_id(route: Any) -> str:
    return cast(str, route.name)


def _answer(request: Request, status: int, body: dict[str, Any]) -> JSONResponse:
    body["request_id"] = getattr(request.state, "request_id", None) or current_request_id()
    retry_after = _RETRY_AFTER_SECONDS.get(status)
    return JSONResponse({"error": body}, status, headers={"Retry-After": retry_after} if retry_after else None)


def _answer_known(request: Request, error: Exception) -> JSONResponse:
    known = cast(DonecastError, error)
    status = _STATUS[known.kind]
    if status >= 500:
        logger().error("request failed", code=known.code, path=request.url.path, exc_info=known)
    return _answer(
        request,
        status,
        {
            "code": known.code,
            "message": known.message,
            "retryable": known.retryable,
            "action": known.action,
            "details": known.details,
        },
    )


def _answer_malformed(request: Request, error: Exception) -> JSONResponse:
    problems = cast(RequestValidationError, error).errors()
    where = [{"field": ".".join(map(str, item["loc"][1:])), "problem": item["msg"]} for item in problems]
    named = ", ".join(item["field"] for item in where if item["field"]) or "the request"
    return _answer(
        request,
        422,
        {
            "code": "malformed",
            "message": f"Something is missing or not in the expected form: {named}.",
            "retryable": False,
            "action": "Correct the named fields and send it again.",
            "details": {"fields": where},
        },
    )


def _answer_http(request: Request, error: Exception) -> Response:
    refused = cast(HTTPException, error)
    by_a_person = "text/html" in request.headers.get("Accept", "") and not request.url.path.startswith("/api/")
    if refused.status_code == 404 and by_a_person:
        return site.not_found_response(request)
    messages = {
        404: ("not_found", "There is nothing at this address."),
        405: ("method_not_allowed", "This address does not take that kind of request."),
    }
    phrase = HTTPStatus(refused.status_code).phrase
    code, message = messages.get(refused.status_code, (phrase.lower().replace(" ", "_"), f"{phrase}."))
    answer = _answer(
        request,
        refused.status_code,
        {"code": code, "message": message, "retryable": False, "action": "Check the address.", "details": {}},
    )
    answer.headers.update(refused.headers or {})
    return answer


def _answer_unknown(request: Request, error: Exception) -> JSONResponse:
    logger().error("unhandled error", path=request.url.path, exc_info=error)
    answer = _answer(
        request,
        500,
        {
            "code": "broken",
            "message": DonecastError.message,
            "retryable": False,
            "action": "Please try again in a moment. If it stays, report it with the number below.",
            "details": {},
        },
    )
    # This answer is made outside the frame, which the error has already left.
    answer.headers.update(_frame_headers(request.state.request_id))
    return answer
