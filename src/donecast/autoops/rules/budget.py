"""What one run may spend, and how a run that turns in circles is seen. Costs are micro-dollars, times seconds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

Limit = Literal["tool calls", "model calls", "tokens", "cost", "time"]


@dataclass(frozen=True, slots=True)
class Budget:
    """The most of everything."""

    tool_calls_max: int = 30
    model_calls_max: int = 12
    tokens_max: int = 200_000
    cost_microdollars_max: int = 1_000_000
    seconds_max: int = 600


@dataclass(frozen=True, slots=True)
class Spent:
    """What went so far."""

    tool_calls: int = 0
    model_calls: int = 0
    tokens: int = 0
    cost_microdollars: int = 0

    def with_tool_call(self) -> "Spent":
        """One more question to a tool."""
        return replace(self, tool_calls=self.tool_calls + 1)

    def with_model_call(self, tokens: int, cost_microdollars: int) -> "Spent":
        """One more answer of a model."""
        return replace(
            self,
            model_calls=self.model_calls + 1,
            tokens=self.tokens + tokens,
            cost_microdollars=self.cost_microdollars + cost_microdollars,
        )


@dataclass(frozen=True, slots=True)
class Price:
    """Micro-dollars for a million tokens, in and out."""

    input_microdollars: int = 0
    output_microdollars: int = 0

    def of(self, input_tokens: int, output_tokens: int) -> int:
        """What a call cost, rounded up."""
        total = input_tokens * self.input_microdollars + output_tokens * self.output_microdollars
        return -(-total // 1_000_000)


def answer_tokens_max(
    budget: Budget, spent: Spent, *, input_tokens_max: int, price: Price, seconds_gone: float
) -> int | Limit:
    """How long the next answer of a model may be, in tokens; or which limit forbids to ask at all.

    Decided before the call from the most that it can take, so that no call can break the budget: a limit that is
    looked at afterwards is not one.
    """
    if seconds_gone >= budget.seconds_max:
        return "time"
    if spent.model_calls >= budget.model_calls_max:
        return "model calls"
    left = budget.tokens_max - spent.tokens - input_tokens_max
    if left < ANSWER_TOKENS_MIN:
        return "tokens"
    # One micro-dollar less, for what rounding up the halves of a call may add.
    money = budget.cost_microdollars_max - spent.cost_microdollars - price.of(input_tokens_max, 0) - 1
    affordable = money * 1_000_000 // price.output_microdollars if price.output_microdollars else left
    if money < 0 or affordable < ANSWER_TOKENS_MIN:
        return "cost"
    left = min(left, affordable)
    return min(left, ANSWER_TOKENS_MAX)


def forbids_tool_call(budget: Budget, spent: Spent, *, seconds_gone: float) -> Limit | None:
    """Which limit forbids one more question to a tool."""
    if seconds_gone >= budget.seconds_max:
        return "time"
    return "tool calls" if spent.tool_calls >= budget.tool_calls_max else None


ANSWER_TOKENS_MIN = 256
ANSWER_TOKENS_MAX = 8_192


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a model: the tool it asked with its arguments and what came of it; or prose, without a tool."""

    tool: str = ""
    arguments: str = ""
    result: str = ""
    is_error: bool = False


_SAME_PAIRS, _SAME_ERRORS, _MONOLOGUES, _ALTERNATION = 4, 3, 3, 6


def loop_in(turns: Sequence[Turn]) -> str | None:
    """Why the last turns lead nowhere, or None.

    Four times the same question with the same answer, three times the same error, three times prose where an answer
    was wanted, or six turns that go back and forth between two questions (after OpenHands' stuck detector).
    """
    last = list(turns)
    if len(last) >= _SAME_PAIRS and last[-1].tool and len(set(last[-_SAME_PAIRS:])) == 1:
        return "it asked the same question four times and got the same answer"
    errors = last[-_SAME_ERRORS:]
    if (
        len(errors) == _SAME_ERRORS
        and all(turn.is_error for turn in errors)
        and len({(turn.tool, turn.result) for turn in errors}) == 1
    ):
        return "it ran into the same error three times"
    if len(last) >= _MONOLOGUES and not any(turn.tool for turn in last[-_MONOLOGUES:]):
        return "it talked three times instead of answering"
    tail = last[-_ALTERNATION:]
    if len(tail) == _ALTERNATION and len(set(tail[::2])) == len(set(tail[1::2])) == 1 and len(set(tail)) == 2:
        return "it went back and forth between two questions"
    return None
