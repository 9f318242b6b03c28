"""What moves the line, and the stream that tells how far it is."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import anyio
from fastapi import APIRouter, Request
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from donecast.accounts.access import CurrentAccount
from donecast.episodes.voice_endpoints import VoiceEnginesHere
from donecast.platform.web import Ground, GroundHere, ReadingSession, UnitRoute, WritingSession
from donecast.platform.work_unit import run_unit
from donecast.production import service
from donecast.production.charges import minute_prices, quote_order
from donecast.production.rules import Until
from donecast.production.schemas import (
    MinutePricesOut,
    OperationOut,
    OrderedOut,
    ProduceIn,
    QuoteOut,
    minute_prices_out,
    operation_out,
    quote_out,
)

router = APIRouter(prefix="/api", tags=["production"], route_class=UnitRoute)

_LOOK_AGAIN_SECONDS = 0.4
_HEARTBEAT_SECONDS = 15
_REMEMBERED = timedelta(minutes=10)


@router.get("/prices")
def read_minute_prices(account: CurrentAccount, ground: GroundHere, voices: VoiceEnginesHere) -> MinutePricesOut:
    """What each engine takes for a minute on your plan, and what a short recording comes to."""
    return minute_prices_out(minute_prices(ground, voices, account.id))


@router.get("/episodes/{episode_id}/quote")
def quote(
    episode_id: str, account: CurrentAccount, ground: GroundHere, voices: VoiceEnginesHere, until: Until = "ready"
) -> QuoteOut:
    """What producing the episode takes at most, before anything is begun; what was done already costs nothing."""
    return quote_out(quote_order(ground, voices, account.id, episode_id, until))


@router.post("/episodes/{episode_id}/produce", status_code=202)
def produce(
    episode_id: str,
    request: Request,
    account: CurrentAccount,
    ground: GroundHere,
    voices: VoiceEnginesHere,
    body: ProduceIn | None = None,
) -> OrderedOut:
    """Puts the episode on the line; while it is there already, answers that operation.

    Where it takes more credits than there are, 402 says how many are missing, and nothing is begun.
    """
    wish = body or ProduceIn()
    quote_order(ground, voices, account.id, episode_id, wish.until).require_enough()
    # Only now: a request that holds two connections may wait for itself.
    operation_id = run_unit(
        ground.database,
        lambda session: service.order(
            session,
            ground.clock,
            account_id=account.id,
            episode_id=episode_id,
            until=wish.until,
            publish_when=wish.publish,
            request_id=request.state.request_id,
        ),
    )
    return OrderedOut(operation_id=operation_id)


@router.get("/operations/{operation_id}")
def read_operation(operation_id: str, account: CurrentAccount, session: ReadingSession) -> OperationOut:
    """How far it is."""
    return operation_out(service.view(session, account.id, operation_id))


@router.post("/operations/{operation_id}/cancel", status_code=202)
def cancel_operation(
    operation_id: str, account: CurrentAccount, ground: GroundHere, session: WritingSession
) -> OperationOut:
    """Asks it to stop."""
    return operation_out(service.cancel(session, ground.clock, account.id, operation_id))


@router.post("/operations/{operation_id}/retry", status_code=202)
def retry_operation(
    operation_id: str,
    request: Request,
    account: CurrentAccount,
    ground: GroundHere,
    voices: VoiceEnginesHere,
) -> OperationOut:
    """Tries it again; what was finished is neither done nor paid twice."""
    with ground.database.reading() as session:
        before = service.view(session, account.id, operation_id)
    quote_order(ground, voices, account.id, before.episode_id, before.until).require_enough()
    request_id = request.state.request_id
    return run_unit(
        ground.database,
        lambda session: operation_out(
            service.retry(session, ground.clock, account.id, operation_id, request_id=request_id)
        ),
    )


@router.get("/events", response_class=EventSourceResponse)
async def events(request: Request, account: CurrentAccount, ground: GroundHere) -> EventSourceResponse:
    """One stream for all of a person's operations: each event is an operation's full state, so no history is needed."""
    return EventSourceResponse(
        _operations(request, ground, account.id),
        ping=_HEARTBEAT_SECONDS,
        headers={"X-Accel-Buffering": "no", "Cache-Control": "no-store"},
    )


async def _operations(request: Request, ground: Ground, account_id: str) -> AsyncIterator[ServerSentEvent]:
    since, told = ground.clock.now() - _REMEMBERED, dict[str, str]()
    while not await request.is_disconnected():
        for operation in await run_in_threadpool(_changed, ground, account_id, since):
            data = operation.model_dump_json()
            if told.get(operation.id) != data:
                told[operation.id] = data
                moment = int(operation.updated_at.timestamp() * 1_000_000)
                yield ServerSentEvent(data=data, event="operation", id=f"{moment}-{operation.id}")
            # Equal instants are possible, so the last one is looked at again and told apart by its content.
            since = max(since, operation.updated_at)
        await anyio.sleep(_LOOK_AGAIN_SECONDS)


def _changed(ground: Ground, account_id: str, since: datetime) -> list[OperationOut]:
    with ground.database.reading() as session:
        return [operation_out(view) for view in service.changed_since(session, account_id, since)]
