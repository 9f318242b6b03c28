"""What a run has spent, counted where it is spent, and the circles it turned in."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from donecast.autoops.errors import BudgetSpent, GoingInCircles
from donecast.autoops.rules.budget import (
    Budget,
    Price,
    Spent,
    Turn,
    answer_tokens_max,
    forbids_tool_call,
    loop_in,
)


def _nowhere(_document: dict[str, Any]) -> None:
    """For who keeps no book."""


@dataclass(frozen=True, slots=True)
class _Call:
    """A call of a model that is under way: what was spent before it, and the most that it can take."""

    before: Spent = field(default_factory=Spent)
    input_tokens_max: int = 0
    output_tokens_max: int = 0


@dataclass(slots=True)
class Meter:
    """One run's. ``steady_seconds`` never jumps; ``book`` writes down what is spent, before it is.

    A run that goes on after its process died begins with what stands in the book: its budget is not a new one.
    """

    budget: Budget = field(default_factory=Budget)
    price: Price = field(default_factory=Price)
    steady_seconds: Callable[[], float] = time.monotonic
    book: Callable[[dict[str, Any]], None] = _nowhere
    spent: Spent = field(default_factory=Spent)
    seconds_before: float = 0.0
    turns: list[Turn] = field(default_factory=list)
    begun: float = field(init=False)
    _call: _Call = field(init=False, default_factory=_Call)

    def __post_init__(self) -> None:
        self.begun = self.steady_seconds()

    @property
    def seconds(self) -> float:
        """That the run has taken, also in processes that died."""
        return self.seconds_before + self.steady_seconds() - self.begun

    @property
    def seconds_left(self) -> float:
        """Until the run has to end."""
        return max(0.0, self.budget.seconds_max - self.seconds)

    def go_on_from(self, document: dict[str, Any]) -> None:
        """Takes over what an earlier process wrote into the book."""
        self.seconds_before = document["seconds"]
        self.spent = Spent(**document["spent"])

    def before_model_call(self, input_tokens_max: int) -> int:
        """How many tokens the answer may have. All that it can take is spent until it says what it took.

        A call that fails or never says so may be charged in full, so it stays so. Raises BudgetSpent.
        """
        allowed = answer_tokens_max(
            self.budget, self.spent, input_tokens_max=input_tokens_max, price=self.price, seconds_gone=self.seconds
        )
        if isinstance(allowed, str):
            raise BudgetSpent(details={"limit": allowed})
        self._call = _Call(self.spent, input_tokens_max, allowed)
        self._count(input_tokens_max, allowed)
        return allowed

    def after_model_call(self, input_tokens: int, output_tokens: int) -> None:
        """Counts what the call took; 0 is not said. Raises BudgetSpent where it took more than it was allowed to."""
        self._count(input_tokens or self._call.input_tokens_max, output_tokens or self._call.output_tokens_max)
        if self.spent.tokens > self.budget.tokens_max:
            raise BudgetSpent(details={"limit": "tokens"})
        if self.spent.cost_microdollars > self.budget.cost_microdollars_max:
            raise BudgetSpent(details={"limit": "cost"})

    def before_tool_call(self) -> None:
        """Counts a question to a tool. Raises BudgetSpent."""
        limit = forbids_tool_call(self.budget, self.spent, seconds_gone=self.seconds)
        if limit is not None:
            raise BudgetSpent(details={"limit": limit})
        self.spent = self.spent.with_tool_call()
        self._write_down()

    def turn(self, turn: Turn) -> None:
        """Notes what a model did. Raises GoingInCircles."""
        self.turns.append(turn)
        why = loop_in(self.turns)
        if why is not None:
            raise GoingInCircles(details={"why": why})

    def _count(self, input_tokens: int, output_tokens: int) -> None:
        cost = self.price.of(input_tokens, output_tokens)
        self.spent = self._call.before.with_model_call(input_tokens + output_tokens, cost)
        self._write_down()

    def _write_down(self) -> None:
        self.book({"seconds": self.seconds, "spent": asdict(self.spent)})
