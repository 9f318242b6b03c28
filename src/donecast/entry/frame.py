"""The frame around every request: its id, the most it may send, careful headers, one line in the log, its count.

It is the outermost thing of ours, so that no answer leaves without it: not that of the studio, of a file, of a body
that is too large, nor of an error that nobody expected.
"""

import time
from asyncio import CancelledError
from typing import Final

from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from donecast.entry.answers import answer_known, answer_unknown
from donecast.entry.body_limits import BodyTooLarge, body_bytes_max
from donecast.entry.request_facts import route_of
from donecast.entry.security_headers import with_security_headers
from donecast.platform.sentry_settings import browser_errors
from donecast.platform.telemetry import RequestFacts, accepted_request_id, begin_request, logger
from donecast.platform.traffic import Outcome
from donecast.platform.web import Ground

_OUTCOMES: Final[dict[int, Outcome]] = {1: "1xx", 2: "2xx", 3: "3xx", 4: "4xx", 5: "5xx"}
_UNTOLD = frozenset({"/livez"})
"""Asked every few seconds by whoever watches; in the log they would hide everything else."""


class RequestFrame:
    """The middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "http":
            await _Passage(scope, receive, send).through(self._app)
        else:
            await self._app(scope, receive, send)


class _Passage:
    """One request on its way through the app."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        ground: Ground = scope["app"].state.ground
        self._traffic = ground.traffic
        request_id = accepted_request_id(_text(headers, b"x-request-id"), _text(headers, b"traceparent"))
        self._scope, self._receive, self._send = scope, receive, send
        self._facts = RequestFacts(request_id, scope["method"])
        self._https = ground.settings.server.base_url.startswith("https://")
        self._path: str = scope["path"]
        told_to = browser_errors(ground.settings.sentry, ground.settings.server.environment)
        self._errors_to = told_to.origin if told_to else ""
        self._bytes_max = body_bytes_max(self._path, ground.settings)
        length = headers.get(b"content-length", b"0")
        self._too_large = length.isdigit() and int(length) > self._bytes_max
        self._bytes_read = 0
        self._status: int | None = None
        self._begun = time.perf_counter()
        self._waited = 0.0
        self._took: float | None = None
        self._is_gone = False
        self._is_answered = False

    async def through(self, app: ASGIApp) -> None:
        """Lets the app answer, and answers where it cannot."""
        begin_request(self._facts)
        self._scope.setdefault("state", {})["request_id"] = self._facts.request_id
        try:
            if not self._too_large:
                await app(self._scope, self._counted, self._unless_too_large)
            if self._too_large and self._status is None:
                await self._refuse()
        except ClientDisconnect:  # nobody is left to be answered, unless it was us who stopped listening
            self._is_gone = True
            if self._too_large and self._status is None:
                await self._refuse()
        except CancelledError:
            self._is_gone = True
            raise
        except Exception as error:
            logger().error("unhandled error", route=route_of(self._scope), exc_info=error)
            self._facts.fault = error
            if self._status is None:
                await answer_unknown()(self._scope, self._receive, self._framed)
            if not self._is_answered:
                raise  # half an answer must not look whole: the server ends the connection
            # It is logged and told. Raised further, it would end the connection under the next request.
        finally:
            self._tell()

    async def _refuse(self) -> None:
        await answer_known(Request(self._scope), BodyTooLarge())(self._scope, self._receive, self._framed)

    async def _counted(self) -> Message:
        # A body may come in chunks without an announced length, so what comes is counted too.
        asked = time.perf_counter()
        message = await self._receive()
        self._waited += time.perf_counter() - asked
        self._is_gone = self._is_gone or message["type"] == "http.disconnect"
        self._bytes_read += len(message.get("body", b""))
        self._too_large = self._too_large or self._bytes_read > self._bytes_max
        return {"type": "http.disconnect"} if self._too_large else message

    async def _unless_too_large(self, message: Message) -> None:
        if self._status is not None or not self._too_large:
            await self._framed(message)

    async def _framed(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            # Until the answer begins, without the time that the caller took to send the body.
            self._took = time.perf_counter() - self._begun - self._waited
            headers = with_security_headers(
                message.get("headers", ()), self._path, https=self._https, errors_to=self._errors_to
            )
            message["headers"] = [*headers, (b"x-request-id", self._facts.request_id.encode())]
        await self._send(message)
        self._is_answered = message["type"] == "http.response.body" and not message.get("more_body", False)

    def _tell(self) -> None:
        """Counts the request, and writes its one line."""
        facts, route = self._facts, route_of(self._scope)
        took = time.perf_counter() - self._begun - self._waited if self._took is None else self._took
        self._traffic.note(route, facts.method, self._outcome(), took, facts.request_id)
        if route not in _UNTOLD:
            logger().info("request", method=facts.method, route=route, status=self._status, ms=round(1_000 * took, 1))

    def _outcome(self) -> Outcome:
        if self._facts.fault is not None:
            return "5xx"
        if self._status is not None:
            return _OUTCOMES[self._status // 100]
        # Without an answer: the caller did not wait for one, or the app forgot it, which the server answers with 500.
        return "gone" if self._is_gone else "5xx"


def _text(headers: dict[bytes, bytes], name: bytes) -> str | None:
    value = headers.get(name)
    return None if value is None else value.decode("latin-1")
