"""The line on the wire."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from donecast.production.rules import OperationState, OperationView, PublishWhen, StepName, StepState, Until


class ProduceIn(BaseModel):
    """How far to go, and when the episode goes out once it is ready."""

    publish: PublishWhen = "not_yet"
    until: Until = "ready"


class OrderedOut(BaseModel):
    """Where to look how far it is."""

    operation_id: str


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
