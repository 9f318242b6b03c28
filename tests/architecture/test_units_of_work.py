"""Every route that writes in the request's own session is a unit of work, done again when it could not be had."""

from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from donecast.platform.web import ReadingSession, UnitRoute, WritingSession, writing_session


def no_units(app: FastAPI) -> set[str]:
    """The endpoints that get a `WritingSession`, by themselves or by what they depend on, on another kind of route."""
    routes = [context.original_route for context in iter_route_contexts(app.routes)]
    return {
        route.name
        for route in routes
        if isinstance(route, APIRoute) and writes(route.dependant) and not isinstance(route, UnitRoute)
    }


def writes(dependant: Dependant) -> bool:
    return dependant.call is writing_session or any(map(writes, dependant.dependencies))


def test_whatever_writes_in_its_request_is_a_unit_of_work(routes: FastAPI) -> None:
    assert no_units(routes) == set(), "its router needs route_class=UnitRoute"
    kinds = [context.original_route for context in iter_route_contexts(routes.routes)]
    assert sum(isinstance(route, UnitRoute) for route in kinds) > 40


def test_a_route_that_writes_on_a_plain_router_is_noticed() -> None:
    def account(session: WritingSession) -> str:
        return str(session)

    plain, units, app = APIRouter(prefix="/plain"), APIRouter(prefix="/units", route_class=UnitRoute), FastAPI()
    for router in (plain, units):

        @router.post("/own")
        def writes_itself(session: WritingSession) -> None: ...

        @router.post("/lent")
        def writes_through_another(account: Annotated[str, Depends(account)]) -> None: ...

        @router.get("/read")
        def reads(session: ReadingSession) -> None: ...

    app.include_router(units)
    assert no_units(app) == set()
    app.include_router(plain)
    assert no_units(app) == {"writes_itself", "writes_through_another"}
