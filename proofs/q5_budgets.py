"""Budgets hold, whatever a model does: it loops, talks prose, cuts JSON, says `"approved": "false"`, returns 2 MB.

Each bad habit plays a whole run by itself, over a real database and the real agents; then models that mix all habits by
chance play many more; some models never say what they used. Every call and every question is counted outside the
program, at the model and at the tools. No run may take more than 30 questions, 12 calls, 200,000 tokens or a dollar;
nothing that is no approval may approve; and every run has to end with a reply that is kept. A clock that a call moves
by a minute shows that the ten minutes hold.
"""

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.models.function import AgentInfo, FunctionModel
from pydantic_ai.models.wrapper import WrapperModel
from pydantic_ai.settings import ModelSettings
from pydantic_ai.usage import RequestUsage

from donecast.autoops import service
from donecast.autoops.case import Source, Tool
from donecast.autoops.meter import Meter
from donecast.autoops.model_analyst import ModelAnalyst
from donecast.autoops.rules.budget import Budget, Price
from donecast.autoops.rules.repeats import fingerprint
from donecast.autoops.rules.values import Check, Validation
from donecast.autoops.run import Bench, Run
from donecast.entry.wiring import lay_ground
from donecast.platform.settings import load_settings
from donecast.platform.telemetry import configure_logs
from donecast.platform.web import Ground
from proofs.harness import base_settings, folder, table
from tests.support.alerts import ANALYSIS, alert

DURATION = "about 3 minutes"
_MIXED = 200
_BUDGET = Budget()
_PRICE = Price(input_microdollars=3_000_000, output_microdollars=15_000_000)
_PROPOSAL = {
    **{"kind": "code", "plan": "Mend it.", "diff": "diff --git a/src/a.py b/src/a.py\n", "risk": "low"},
    **{"tests": ["tests/test_a.py::test_a"], "rollback": "Revert it.", "confidence": 0.8},
}
_VERIFIED = Validation(checks=(Check(name="passes_after", passed=True),))
_MB2 = "x" * 2_000_000
Says = Callable[[str, int, random.Random], tuple[str, Any]]
"""What a model does when an object of this kind is wanted, in its so many-th call: a tool with arguments, or prose."""


def _good(kind: str, _count: int, _chance: random.Random) -> tuple[str, Any]:
    return "answer", {"Analysis": ANALYSIS, "FixProposal": _PROPOSAL, "Review": {"approved": False}}[kind]


HABITS: dict[str, Says] = {
    "asks the same for ever": lambda *_: ("look", {"what": "logs"}),
    "asks something else for ever": lambda _kind, count, _: ("look", {"what": f"number {count}"}),
    "goes back and forth": lambda _kind, count, _: ("look", {"what": "ab"[count % 2]}),
    "asks five things at once for ever": lambda _kind, count, _: ("look*5", {"what": f"number {count}"}),
    "asks forty things at once": lambda _kind, count, _: ("look*40", {"what": f"number {count}"}),
    "talks prose": lambda _kind, count, _: ("", f"Let me think about it once more ({count})."),
    "cuts its JSON": lambda *_: ("answer", '{"summary": "The clock sho'),
    "says approved as text": lambda kind, count, chance: (
        ("answer", {"approved": "false"}) if kind == "Review" else _good(kind, count, chance)
    ),
    "says approved: true as text": lambda kind, count, chance: (
        ("answer", {"approved": "true"}) if kind == "Review" else _good(kind, count, chance)
    ),
    "returns 2 MB of prose": lambda *_: ("", _MB2),
    "returns 2 MB in its answer": lambda kind, count, chance: (
        "answer",
        {**_good(kind, count, chance)[1], "summary": _MB2},
    ),
    "asks tools that are not there": lambda _kind, count, _: ("delete_everything", {"number": count}),
    "asks with wrong arguments": lambda _kind, count, _: ("look", {"which": count}),
    "never approves": _good,
    "answers with nothing": lambda *_: ("answer", {}),
    "adds fields": lambda kind, count, chance: ("answer", {**_good(kind, count, chance)[1], "run": "rm -rf /"}),
}


class Silent(WrapperModel):
    """The same model, which never says what it used, as some servers do."""

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        """One answer."""
        response = await self.wrapped.request(messages, model_settings, model_request_parameters)
        response.usage = RequestUsage()
        return response


@dataclass(slots=True)
class Witness:
    """What really happened, counted at the model and at the tool."""

    calls: int = 0
    questions: int = 0
    tokens: int = 0
    microdollars: int = 0
    now: float = 0.0
    shown: list[int] = field(default_factory=list)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./dev prove Q5")
    parser.add_argument("--mixed", type=int, default=_MIXED, help="so many models that mix all habits")
    count = parser.parse_args(arguments).mixed
    rows: list[tuple[object, ...]] = []
    wrong: list[str] = []
    worst: Counter[str] = Counter()
    with folder() as data:
        settings = load_settings({**base_settings(data / "data"), "environment": "test", "log_level": "ERROR"})
        configure_logs(settings.server)
        ground = lay_ground(settings)
        ground.database.migrate()
        named = [(name, says, silent) for name, says in HABITS.items() for silent in (False, True)]
        for number, (name, says, silent) in enumerate(named):
            witness, said = _play(ground, number, says, is_silent=silent)
            shown = f"{name}, and never says what it used" if silent else name
            wrong += _beyond(shown, witness, said)
            rows.append((shown, witness.calls, witness.questions, witness.tokens, f"${witness.microdollars / 1e6:.2f}"))
            _note(worst, witness)
        for number in range(count):
            chance = random.Random(number)
            witness, said = _play(ground, 1_000 + number, _mixed(chance), is_silent=number % 4 == 0)
            wrong += _beyond(f"mixed {number}", witness, said)
            _note(worst, witness)
        witness, said = _play(ground, 999_999, HABITS["asks something else for ever"], seconds_a_call=70.0)
        wrong += _beyond("slow", witness, said)
        if witness.now >= _BUDGET.seconds_max + 70:
            wrong.append(f"a slow model was asked for {witness.now:.0f} s")
        rows.append((f"takes 70 s for each answer: ended after {witness.now:.0f} s", witness.calls, *("",) * 3))
        ground.database.dispose()
    print(table(rows, ("a model that", "calls", "questions", "tokens", "cost")))
    for sentence in wrong:
        print(f"WRONG: {sentence}")
    print(
        f"{'NOT WELL' if wrong else 'well'}: {len(named) + count + 1} runs, at most {worst['questions']} of 30 "
        f"questions, {worst['calls']} of 12 calls, {worst['tokens']} of 200000 tokens, "
        f"${worst['microdollars'] / 1e6:.2f} of $1; {len(wrong)} went beyond"
    )
    return 1 if wrong else 0


def _mixed(chance: random.Random) -> Says:
    habits: Sequence[Says] = [*HABITS.values(), *[_good] * 6]
    return lambda kind, count, _: chance.choice(habits)(kind, count, chance)


def _play(
    ground: Ground, number: int, says: Says, seconds_a_call: float = 0.0, *, is_silent: bool = False
) -> tuple[Witness, str]:
    """One whole run; answers what was counted, and all words of its reply."""
    witness = Witness()

    def model(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        kind = "Review" if len(info.function_tools) == 0 else _kind_of(info)
        name, given = says(kind, witness.calls, random.Random(number))
        tokens_in = sum(len(repr(message)) for message in messages) // 4
        text = given if isinstance(given, str) else json.dumps(given)
        tokens_out = min(len(text) // 4 + 20, int((info.model_settings or {}).get("max_tokens", 10**9)))
        witness.calls += 1
        witness.tokens += tokens_in + tokens_out
        witness.microdollars += _PRICE.of(tokens_in, tokens_out)
        witness.now += seconds_a_call
        usage = RequestUsage(input_tokens=tokens_in, output_tokens=tokens_out)
        if not name:
            return ModelResponse([TextPart(given)], usage=usage)
        name, _, times = name.partition("*")
        return ModelResponse([ToolCallPart(name, given) for _ in range(int(times or 1))], usage=usage)

    def look(given: Any) -> str:
        witness.questions += 1
        return f"seen {given.get('what')} " * 50

    tool = Tool("look", "Looks.", {"what": "at what"}, look)
    asked = FunctionModel(model)
    bench = Bench(
        ground,
        [Source("errors", "errors", "Which errors?", lambda _: "KeyError: no bean")],
        ModelAnalyst(Silent(asked) if is_silent else asked, [tool], "scripted"),
        lambda _, __: _VERIFIED,
        new_meter=lambda: Meter(_BUDGET, _PRICE, steady_seconds=lambda: witness.now),
        rounds_max=6,
    )
    told = alert(f"KeyError {number}")
    told = told.model_copy(
        update={"ts": f"{1_796_000_000 + number}.000001", "fingerprint": fingerprint(str(number), f"x{number}")}
    )
    with ground.database.transaction() as session:
        service.take_in(session, told, ground.clock.now())
        claim = service.claim_next(session, ground.clock.now())
    if claim is None:
        return witness, ""
    ready = Run(bench, claim).to_reply()
    with ground.database.transaction() as session:
        service.replied(session, ready, "1.0", ground.clock.now())
    return witness, json.dumps(ready.reply)


def _kind_of(info: AgentInfo) -> str:
    fields = info.output_tools[0].parameters_json_schema["properties"]
    return "FixProposal" if "diff" in fields else "Analysis"


def _beyond(name: str, witness: Witness, said: str) -> list[str]:
    limits = {
        "calls": (witness.calls, _BUDGET.model_calls_max),
        "questions": (witness.questions, _BUDGET.tool_calls_max),
        "tokens": (witness.tokens, _BUDGET.tokens_max),
        "microdollars": (witness.microdollars, _BUDGET.cost_microdollars_max),
    }
    wrong = [f"{name}: {count} {what} of {most}" for what, (count, most) in limits.items() if count > most]
    if not said:
        wrong.append(f"{name}: no reply")
    if "verified: its test" in said:
        wrong.append(f"{name}: something was approved")
    return wrong


def _note(worst: Counter[str], witness: Witness) -> None:
    for what in ("calls", "questions", "tokens", "microdollars"):
        worst[what] = max(worst[what], getattr(witness, what))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
