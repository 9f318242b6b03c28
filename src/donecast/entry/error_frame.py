"""The edge of a request: what is known of it is noted, and an error that nobody caught is told on its way out."""

from starlette.types import ASGIApp, Receive, Scope, Send

from donecast.entry.request_facts import note_request
from donecast.platform.error_tracking import add_breadcrumb, capture_exception
from donecast.platform.telemetry import current_request_id
from donecast.platform.web import Ground


class ErrorFrame:
    """Lays a trail for each request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        ground: Ground = scope["app"].state.ground
        with ground.errors.tracked("request", request_id=current_request_id(), method=scope["method"]):
            add_breadcrumb("request", f"{scope['method']} {scope['path']}")
            try:
                await self._app(scope, receive, send)
            except Exception as error:
                note_request(scope, 500)
                capture_exception(error)
                raise
            note_request(scope)
