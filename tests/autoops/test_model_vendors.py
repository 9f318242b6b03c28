"""Both ways to a model, over real sockets: the question as its vendor reads it, one call each, rudeness survived."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from donecast.autoops.case import Case
from donecast.autoops.errors import AnalystFailed, BudgetSpent
from donecast.autoops.meter import Meter
from donecast.autoops.model_analyst import ModelAnalyst
from donecast.autoops.model_vendors import open_model, price_of
from donecast.autoops.rules.budget import Budget, Price
from donecast.platform.auto_ops_settings import AutoOpsSettings
from donecast.platform.breaker_rules import RULES
from donecast.platform.outgoing import AlwaysClosed, Breaker
from donecast.platform.web import Ground
from tests.support.alerts import ANALYSIS, alert, evidence
from tests.support.rude_server import RudeServer, listening, send

_CASE = Case(alert("ValueError in GET /feeds"), (evidence("errors", "ValueError"),))


@dataclass(slots=True)
class Vendor:
    """A stand-in for Gemini and for OpenAI; ``manner`` is how it answers."""

    manner: str = "well"
    paths: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)


def _answer(path: str) -> dict[str, Any]:
    if "generateContent" in path:
        call = {"functionCall": {"name": "answer", "args": ANALYSIS}}
        return {
            "candidates": [{"content": {"role": "model", "parts": [call]}, "finishReason": "STOP"}],
            "usageMetadata": {"promptTokenCount": 1_000, "candidatesTokenCount": 200, "totalTokenCount": 1_200},
            "modelVersion": "a-model",
        }
    function = {"name": "answer", "arguments": json.dumps(ANALYSIS)}
    message = {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "c1", "type": "function", "function": function}],
    }
    return {
        "id": "1",
        "object": "chat.completion",
        "created": 1,
        "model": "a-model",
        "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}],
        "usage": {"prompt_tokens": 1_000, "completion_tokens": 200, "total_tokens": 1_200},
    }


@contextmanager
def vendor(manner: str) -> Iterator[tuple[Vendor, str]]:
    """The stand-in and its address."""
    it = Vendor(manner)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            it.paths.append(self.path)
            it.keys.append(self.headers["x-goog-api-key"] or self.headers["Authorization"] or "")
            it.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            body = json.dumps(_answer(self.path)).encode()
            headers = {"Content-Type": "application/json"}
            match it.manner:
                case "well":
                    send(self, 200, body, headers)
                case "silent":
                    told = {name: value for name, value in _answer(self.path).items() if name != "usage"}
                    send(self, 200, json.dumps(told).encode(), headers)
                case "html":
                    send(self, 200, b"<html>Sorry</html>", {"Content-Type": "text/html"})
                case "empty":
                    send(self, 200, b"{}", headers)
                case "cut":
                    send(self, 200, body, headers, cut=True)
                case "drips":
                    it.over.wait(20)
                case status:
                    send(self, int(status), b'{"error": {"code": 1, "message": "no", "status": "no"}}', headers)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with listening(RudeServer(("127.0.0.1", 0), Handler)) as address:
        try:
            yield it, address
        finally:
            it.over.set()


def analyst(kind: str, address: str, breaker: Breaker | None = None) -> ModelAnalyst:
    """In front of the stand-in."""
    given: dict[str, Any] = (
        {"auto_ops_gemini_url": address, "auto_ops_gemini_api_key": "a-key", "auto_ops_model": "gemini-3.8-flash"}
        if kind == "gemini"
        else {"auto_ops_openai_url": f"{address}/v1", "auto_ops_openai_api_key": "a-key", "auto_ops_model": "local"}
    )
    return ModelAnalyst(open_model(AutoOpsSettings(**given)), breaker=breaker or AlwaysClosed())


@pytest.mark.parametrize("kind", ["gemini", "openai"])
def test_an_answer_comes_back_as_a_value_and_is_counted(kind: str) -> None:
    meter = Meter(price=Price(1_000_000, 2_000_000))
    with vendor("well") as (it, address):
        said = analyst(kind, address).analyse(_CASE, meter)
    assert said.disposition == "code_bug"
    assert (meter.spent.model_calls, meter.spent.tokens, meter.spent.cost_microdollars) == (1, 1_200, 1_400)
    assert it.keys[0].endswith("a-key")
    assert "a-key" not in it.paths[0]
    assert "ValueError in GET /feeds" in json.dumps(it.asked)


def test_a_server_that_never_says_what_it_used_is_not_asked_without_end() -> None:
    meter = Meter(Budget(tokens_max=60_000))
    with vendor("silent") as (it, address):
        for _ in range(20):
            try:
                analyst("openai", address).analyse(_CASE, meter)
            except BudgetSpent:
                break
    assert 1 <= len(it.paths) < 12
    assert 0 < meter.spent.tokens <= meter.budget.tokens_max


@pytest.mark.parametrize("manner", ["500", "429", "401", "404", "html", "empty", "cut"])
@pytest.mark.parametrize("kind", ["gemini", "openai"])
def test_whoever_does_not_answer_as_it_should_is_not_asked_again_and_again(kind: str, manner: str) -> None:
    meter = Meter()
    with vendor(manner) as (it, address), pytest.raises(AnalystFailed):
        analyst(kind, address).analyse(_CASE, meter)
    assert len(it.paths) <= 3
    assert len(it.paths) == 1 or manner in {"html", "empty", "cut"}


@pytest.mark.parametrize("manner", ["500", "html", "cut"])
@pytest.mark.parametrize("kind", ["gemini", "openai"])
def test_a_model_that_is_out_of_order_is_left_alone_and_asked_again_once_it_is_released(
    ground: Ground, kind: str, manner: str
) -> None:
    breaker = ground.breakers.of("auto_ops_model")
    with vendor(manner) as (it, address):
        for _ in range(RULES.calls_min):
            with pytest.raises(AnalystFailed):
                analyst(kind, address, breaker).analyse(_CASE, Meter())
        asked = len(it.paths)
        meter = Meter()
        with pytest.raises(AnalystFailed) as refused:
            analyst(kind, address, breaker).analyse(_CASE, meter)
        assert (len(it.paths), meter.spent.model_calls) == (asked, 0)
        assert refused.value.message == "The model is left alone for a while, because it failed again and again."
        ground.breakers.isolate("auto_ops_model", "acc_admin")
        with pytest.raises(AnalystFailed, match="The model is switched off for now"):
            analyst(kind, address, breaker).analyse(_CASE, meter)
        it.manner = "well"
        ground.breakers.release("auto_ops_model")
        assert analyst(kind, address, breaker).analyse(_CASE, Meter()).disposition == "code_bug"


@pytest.mark.parametrize("manner", ["401", "404", "429"])
@pytest.mark.parametrize("kind", ["gemini", "openai"])
def test_a_model_that_refuses_is_not_out_of_order(ground: Ground, kind: str, manner: str) -> None:
    with vendor(manner) as (it, address):
        for _ in range(RULES.calls_min + 1):
            with pytest.raises(AnalystFailed):
                analyst(kind, address, ground.breakers.of("auto_ops_model")).analyse(_CASE, Meter())
    assert len(it.paths) == RULES.calls_min + 1


@pytest.mark.parametrize("kind", ["gemini", "openai"])
def test_an_answer_that_never_ends_is_left_when_the_time_is_up(kind: str) -> None:
    meter = Meter(Budget(seconds_max=1))
    with vendor("drips") as (_, address), pytest.raises((BudgetSpent, AnalystFailed)):
        analyst(kind, address).analyse(_CASE, meter)
    assert meter.seconds < 5


def test_what_a_model_costs_is_known_or_said_to_be_unknown() -> None:
    known = price_of("gemini-3.8-flash")
    assert known is not None
    assert known.output_microdollars > known.input_microdollars > 0
    assert price_of("a-model-at-home") is None
