"""What every endpoint stands on: the adapters of this process, and one transaction for each request."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request
from sqlalchemy.orm import Session

from donecast.kit.clock import Clock
from donecast.platform.blobs import BlobStore
from donecast.platform.breakers import Breakers
from donecast.platform.database import Database
from donecast.platform.error_tracking import ErrorTracker
from donecast.platform.failure_reports import FailureReports
from donecast.platform.settings import Settings
from donecast.platform.temporary import TemporaryFiles
from donecast.platform.traffic import Traffic


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
    with ground_of(request).database.transaction() as session:
        yield session


def reading_session(request: Request) -> Iterator[Session]:
    """A session for requests that change nothing."""
    with ground_of(request).database.reading() as session:
        yield session


GroundHere = Annotated[Ground, Depends(ground_of)]
WritingSession = Annotated[Session, Depends(writing_session, scope="function")]
ReadingSession = Annotated[Session, Depends(reading_session, scope="function")]
