"""The line on the wire."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from donecast.credits.rules.entries import reason_of_work
from donecast.credits.rules.guide import EXAMPLE_MINUTES
from donecast.credits.rules.wording import note_of
from donecast.kit.money import credits_text
from donecast.production.charges import MinutePrices, OrderQuote
from donecast.production.rules import OperationState, OperationView, PublishWhen, StepName, StepState, Until


class ProduceIn(BaseModel):
    """How far to go, and when the episode goes out once it is ready."""

    publish: PublishWhen = "not_yet"
    until: Until = "ready"


class OrderedOut(BaseModel):
    """Where to look how far it is."""

    operation_id: str


class MinutePricesOut(BaseModel):
    """Credits for a minute of words written out and of speech, by engine, on your plan; texts with three places.

    `transcriber` is that of who writes out words where nobody is chosen; `assembly` is what it takes to put together a
    recording of `example_minutes`.
    """

    transcribers: dict[str, str]
    transcriber: str
    voices: dict[str, str]
    example_minutes: int
    assembly: str


class QuoteLineOut(BaseModel):
    """One piece of work, in words, and what it takes at most, in credits with three places."""

    reason: str
    notes: str
    credits: str


class QuoteOut(BaseModel):
    """What the rest of the way takes at most, in credits with three places.

    `available` and `shortfall` are what is there and what is missing; `available` is null where there is no limit.
    `complete` is false while the recording is being looked at, for its length decides.
    """

    lines: list[QuoteLineOut]
    total: str
    available: str | None
    shortfall: str
    complete: bool


class StepOut(BaseModel):
    """One step; `percent` only where it is measured, `runs` counts how often it was begun."""

    name: StepName
    title: str
    state: StepState
    percent: int | None
    detail: str | None
    runs: int


class OperationErrorOut(BaseModel):
    """Why it failed, in words for the podcaster."""

    code: str
    message: str
    action: str
    retryable: bool
    details: dict[str, Any]


class OperationOut(BaseModel):
    """A piece of work on an episode."""

    id: str
    episode_id: str
    state: OperationState
    steps: list[StepOut]
    error: OperationErrorOut | None
    created_at: datetime
    updated_at: datetime


def minute_prices_out(prices: MinutePrices) -> MinutePricesOut:
    """What a minute takes, as the wire shows it."""
    return MinutePricesOut(
        transcribers={name: credits_text(amount_mc) for name, amount_mc in prices.transcribers.items()},
        transcriber=credits_text(prices.transcriber_mc),
        voices={name: credits_text(amount_mc) for name, amount_mc in prices.voices.items()},
        example_minutes=EXAMPLE_MINUTES,
        assembly=credits_text(prices.assembly_mc),
    )


def quote_out(quote: OrderQuote) -> QuoteOut:
    """The quote as the wire shows it."""
    return QuoteOut(
        lines=[
            QuoteLineOut(reason=reason_of_work(work), notes=note_of(work), credits=credits_text(line.amount_mc))
            for work, line in quote.parts
        ],
        total=credits_text(quote.total_mc),
        available=None if quote.available_mc is None else credits_text(quote.available_mc),
        shortfall=credits_text(quote.shortfall_mc),
        complete=quote.complete,
    )


def operation_out(view: OperationView) -> OperationOut:
    """The operation as the wire shows it."""
    return OperationOut(
        id=view.id,
        episode_id=view.episode_id,
        state=view.state,
        steps=[
            StepOut(
                name=step.name,
                title=step.title,
                state=step.state,
                percent=step.percent,
                detail=step.detail,
                runs=step.runs,
            )
            for step in view.steps
        ],
        error=OperationErrorOut(**view.error) if view.error else None,
        created_at=view.created_at,
        updated_at=view.updated_at,
    )
