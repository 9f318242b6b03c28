"""What every endpoint stands on: the adapters of this process, and one transaction for each request."""

from collections.abc import Callable, Coroutine, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, cast

import anyio
from fastapi import Depends, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import AfterValidator, AwareDatetime
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from donecast.kit.clock import Clock, in_utc
from donecast.platform.blobs import BlobStore
from donecast.platform.breakers import Breakers
from donecast.platform.database import Database, DatabaseBusy
from donecast.platform.error_tracking import ErrorTracker
from donecast.platform.failure_reports import FailureReports
from donecast.platform.settings import Settings
from donecast.platform.temporary import TemporaryFiles
from donecast.platform.traffic import Traffic
from donecast.platform.work_unit import NOT_AGAIN, Attempts, commit_mark


@dataclass(frozen=True, slots=True)
class Ground:
    """The real things of this process, chosen once by ``entry/wiring.py``."""

    settings: Settings
    clock: Clock
    database: Database
    blobs: BlobStore
    temporary: TemporaryFiles
    breakers: Breakers
    errors: ErrorTracker
    failures: FailureReports
    traffic: Traffic


def ground_of(request: Request) -> Ground:
    """The adapters of the app that got the request."""
    return cast(Ground, request.app.state.ground)


def writing_session(request: Request) -> Iterator[Session]:
    """The request's one transaction, committed before the answer leaves and undone when the endpoint raises."""
    database = ground_of(request).database
    request.state.commit_mark = None
    with database.transaction() as session:
        yield session
        request.state.commit_mark = commit_mark(database, session)


class UnitRoute(APIRoute):
    """A route whose endpoint is a unit of work where it has a `WritingSession`: see `work_unit.run_unit`.

    Such an endpoint does nothing but read its request, whose body is in memory, and write in its session; it runs
    again from its first dependency on. What else changes something runs units of its own.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The endpoint with its dependencies."""
        once = super().get_route_handler()
        return partial(_run_again, once) if _writes(self.dependant) else once


async def _run_again(once: Callable[[Request], Coroutine[Any, Any, Response]], request: Request) -> Response:
    attempts, response = Attempts(ground_of(request).database), None
    while True:
        try:
            # What FastAPI ends before the answer leaves: here it ends, and commits, within the attempt.
            async with AsyncExitStack() as stack:
                request.scope["fastapi_function_astack"] = stack
                response = await once(request)
        except NOT_AGAIN:
            raise
        except DatabaseBusy as error:
            mark = getattr(request.state, "commit_mark", None)
            if response is not None and await run_in_threadpool(attempts.was_committed, mark):
                return response
            pause = attempts.pause_after(error)
        else:
            return response
        response = None
        await anyio.sleep(pause)


def _writes(dependant: Dependant) -> bool:
    return dependant.call is writing_session or any(_writes(one) for one in dependant.dependencies)


def reading_session(request: Request) -> Iterator[Session]:
    """A session for requests that change nothing."""
    with ground_of(request).database.reading() as session:
        yield session


InstantIn = Annotated[AwareDatetime, AfterValidator(in_utc)]
"""An instant that somebody sends, with its time zone; it arrives in UTC."""
GroundHere = Annotated[Ground, Depends(ground_of)]
WritingSession = Annotated[Session, Depends(writing_session, scope="function")]
ReadingSession = Annotated[Session, Depends(reading_session, scope="function")]
