"""What a run works with: the alert and the frozen evidence, who reasons, and what may be asked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from donecast.autoops.meter import Meter
from donecast.autoops.rules.values import Alert, Analysis, Evidence, FixProposal, Review, Validation


@dataclass(frozen=True, slots=True)
class Case:
    """One alert with everything that was gathered before anybody reasoned about it."""

    alert: Alert
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Round:
    """One proposal with what came of it. What no reviewer has seen has no review."""

    proposal: FixProposal
    validation: Validation
    review: Review | None = None


class Analyst(Protocol):
    """Who reasons. Raises AnalystFailed where nothing usable came, BudgetSpent where nothing more may be asked."""

    @property
    def name(self) -> str:
        """As the reply names it."""
        ...

    def analyse(self, case: Case, meter: Meter) -> Analysis:
        """What is the matter."""
        ...

    def propose(self, case: Case, analysis: Analysis, earlier: Sequence[Round], meter: Meter) -> FixProposal:
        """What might be changed, knowing what earlier rounds were refused for."""
        ...

    def review(self, case: Case, diff: str, validation: Validation, meter: Meter) -> Review:
        """Whether a change is good: by the diff and its validation alone, not by how it was argued for."""
        ...


Gate = Callable[[FixProposal, float], Validation]
"""Where a proposed change is tried, on a throw-away copy, for at most so many seconds."""


@dataclass(frozen=True, slots=True)
class Source:
    """Something that is looked at without a model. ``look`` raises DonecastError where there is nothing to see."""

    id: str
    name: str
    question: str
    look: Callable[[Alert], str]


@dataclass(frozen=True, slots=True)
class Tool:
    """A question that a model may ask; it only reads. ``parameters``: name and meaning of each argument, all texts.

    ``ask`` raises DonecastError with a sentence for the model.
    """

    name: str
    description: str
    parameters: Mapping[str, str]
    ask: Callable[[Mapping[str, str]], str]
