"""Pure rules of the line: its steps in order, what people read beside them, how an operation's state may change."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

StepName = Literal["check", "transcribe", "propose", "speak", "assemble", "tag", "publish"]
StepState = Literal["waiting", "running", "done", "failed", "skipped"]
OperationState = Literal["queued", "running", "done", "failed", "cancelled"]
Until = Literal["ready", "proposals"]
PublishWhen = Literal["now", "slot", "not_yet"]

TITLES: Mapping[StepName, str] = {
    "check": "Checking the recording",
    "transcribe": "Writing out the words",
    "propose": "Looking for slips and long pauses",
    "speak": "Speaking the intro and outro",
    "assemble": "Putting the episode together",
    "tag": "Adding title, chapters and cover",
    "publish": "Publishing",
}
STEPS: tuple[StepName, ...] = tuple(TITLES)
LAST_STEP_FOR_PROPOSALS: StepName = "propose"
STEPS_BEFORE_WORDS: frozenset[StepName] = frozenset({"check", "transcribe"})
ACTIVE: frozenset[str] = frozenset({"queued", "running"})


@dataclass(frozen=True, slots=True)
class Order:
    """What the line is asked to do."""

    operation_id: str
    attempt: int
    account_id: str
    episode_id: str
    until: Until
    publish_when: PublishWhen
    request_id: str | None


@dataclass(frozen=True, slots=True)
class StepView:
    """One step as people see it; ``percent`` only where it is measured; ``runs`` counts how often it was begun."""

    name: StepName
    state: StepState = "waiting"
    percent: int | None = None
    detail: str | None = None
    runs: int = 0

    @property
    def title(self) -> str:
        """What it does, in plain words."""
        return TITLES[self.name]


@dataclass(frozen=True, slots=True)
class OperationView:
    """An operation as people see it."""

    id: str
    episode_id: str
    until: Until
    state: OperationState
    steps: tuple[StepView, ...]
    error: Mapping[str, Any] | None
    created_at: datetime
    updated_at: datetime


def steps_of(until: Until) -> tuple[StepName, ...]:
    """The steps that an order passes."""
    return STEPS if until == "ready" else STEPS[: STEPS.index(LAST_STEP_FOR_PROPOSALS) + 1]


def workflow_id(operation_id: str, attempt: int) -> str:
    """The durable engine's name for one attempt at an operation."""
    return f"{operation_id}.{attempt}"


def attempt_of(workflow: str) -> tuple[str, int]:
    """Operation and attempt of a workflow, by its name."""
    operation_id, _, attempt = workflow.rpartition(".")
    return operation_id, int(attempt)


def worth_telling(told_percent: int | None, told_at: float, percent: int | None, now: float) -> bool:
    """Whether progress has moved enough to be written down: five points, or half a second (monotonic seconds)."""
    moved = (percent or 0) - (told_percent or 0)
    return moved >= 5 or now - told_at >= 0.5
