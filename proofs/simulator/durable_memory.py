"""What a durable engine remembers over crashes: workflows, who has begun them, and what their finished steps answered.

As the real one: a step that was interrupted runs again, one that had ended answers from memory, and between its end and
its being remembered there is a moment.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Literal

from donecast.kit.errors import DonecastError
from donecast.platform.durable import Step
from proofs.simulator.fate import Fate

_ATTEMPTS = 3


@dataclass(slots=True)
class Workflow:
    """One attempt at an operation; ``executor`` has begun it."""

    name: str
    state: Literal["queued", "begun", "ended"] = "queued"
    executor: str | None = None
    answers: list[str] = field(default_factory=list)


@dataclass(slots=True)
class DurableMemory:
    """Outlives every process. The dispatcher's engine, by the methods that it uses."""

    fate: Fate
    workflows: dict[str, Workflow] = field(default_factory=dict)

    def start(self, workflow_name: str, workflow_id: str, argument: str) -> None:
        """See `DurableEngine`."""
        del workflow_name, argument
        self.fate.at("workflow queued")
        self.workflows.setdefault(workflow_id, Workflow(workflow_id))
        self.fate.at("workflow is queued")

    def take_over(self, dead_worker_id: str) -> list[str]:
        """See `DurableEngine`."""
        begun = [one for one in self.workflows.values() if (one.state, one.executor) == ("begun", dead_worker_id)]
        for one in begun:
            self.fate.at("workflow taken over")
            one.state, one.executor = "queued", None
        return [one.name for one in begun]

    def is_lost(self, workflow_id: str, workers: Collection[str]) -> bool:
        """See `DurableEngine`."""
        found = self.workflows.get(workflow_id)
        if found is not None and found.state == "begun":
            return found.executor not in workers
        return found is None or found.state == "ended"

    def next_for(self, worker_id: str) -> Workflow | None:
        """What a worker does next, which is then its own."""
        for one in self.workflows.values():
            if one.state == "queued":
                one.state, one.executor = "begun", worker_id
                return one
        return None

    def begun_by(self, worker_id: str) -> list[Workflow]:
        """What a worker had begun, and goes on with when it starts again."""
        return [one for one in self.workflows.values() if (one.state, one.executor) == ("begun", worker_id)]


@dataclass(slots=True)
class RememberingRunner:
    """See `StepRunner`: the steps of one run of one workflow."""

    memory: DurableMemory
    workflow: Workflow
    at: int = 0

    def step(self, name: str, action: Step) -> str:
        """See `StepRunner`."""
        number, self.at = self.at, self.at + 1
        answers, fate = self.workflow.answers, self.memory.fate
        if number < len(answers):
            return answers[number]
        fate.at(f"{name} begins")
        answer = _patiently(action)
        fate.at(f"{name} ends")
        if number < len(answers):  # whoever took this work over was quicker
            return answers[number]
        answers.append(answer)
        fate.at(f"{name} is remembered")
        return answer


def _patiently(action: Step) -> str:
    for attempt in range(_ATTEMPTS):
        try:
            return action()
        except DonecastError as error:
            if not error.retryable or attempt + 1 == _ATTEMPTS:
                raise
    raise AssertionError("unreachable")
