"""What is known of a request while it passes through the app."""

from typing import Any, Final

from starlette.types import Scope

from donecast.platform.error_tracking import set_business_context, set_request_context

UNMATCHED: Final = "unmatched"
"""The one name for all addresses that no route answers."""


def route_of(scope: Scope) -> str:
    """The template of the route that answers, never an address with somebody's ids; `UNMATCHED` where none does."""
    chosen: Any = scope.get("fastapi", {}).get("effective_route_context") or scope.get("route")
    if chosen is not None:
        return str(chosen.path_format)
    if "endpoint" not in scope:
        return UNMATCHED
    return str(scope.get("root_path") or scope["path"])  # what is mounted; a route without parameters


def note_request(scope: Scope, status: int | None = None) -> None:
    """Notes where a request went, as far as it is known by now, for whoever is told of an error in it."""
    named = scope.get("path_params", {})
    set_request_context(route=route_of(scope), status=status)
    set_business_context(
        show_id=named.get("show_id"),
        episode_id=named.get("episode_id"),
        operation_id=named.get("operation_id"),
        action=getattr(scope.get("endpoint"), "__name__", None),
    )
