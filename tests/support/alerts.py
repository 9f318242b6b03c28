"""Alerts and scripted models for tests and proofs of Auto-Ops."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart
from pydantic_ai.models.function import AgentInfo, FunctionModel
from pydantic_ai.usage import RequestUsage

from donecast.autoops.case import Tool
from donecast.autoops.model_analyst import ModelAnalyst
from donecast.autoops.rules.values import Alert, Evidence

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
ANALYSIS: dict[str, Any] = {
    "summary": "The clock shows one digit of the seconds.",
    "hypotheses": [{"claim": "The format lacks a zero.", "confidence": 0.9, "evidence_for": ["errors"]}],
    "severity": "high",
    "disposition": "code_bug",
    "needs_human": False,
    "first_step": "Look at the clock.",
}


def breaker_alert(service: str = "gemini", state: str = "opened") -> str:
    """What our own operations say in Slack."""
    return (
        f"[donecast] ALERT breaker_open {state} id=al_01m8q05fgeay01h3srtg9tsy6h subject={service} severity=page\n"
        f"{service} is left alone, for it failed again and again."
    )


def alert(text: str, **facts: Any) -> Alert:
    """An alert of these words."""
    return Alert(channel="C0ALERTS", ts="1796000001.000001", text=text, received_at=NOW, **facts)


def evidence(source: str, excerpt: str, missing: str = "") -> Evidence:
    """Something that was gathered."""
    return Evidence(
        id=source, source=source, question="What is there?", excerpt=excerpt, sha256="0" * 64, missing=missing
    )


Step = str | tuple[str, Any]
"""Prose, or a tool's name with its arguments; ``answer`` gives the object that is asked for."""


def scripted(*steps: Step, tools: Sequence[Tool] = ()) -> tuple[ModelAnalyst, list[str]]:
    """An analyst whose model does these things in turn, the last of them for ever; and what it was shown."""
    shown: list[str] = []

    def model(messages: list[ModelMessage], _info: AgentInfo) -> ModelResponse:
        shown.append(repr(messages))
        step = steps[min(len(shown), len(steps)) - 1]
        usage = RequestUsage(input_tokens=100, output_tokens=50)
        if isinstance(step, str):
            return ModelResponse([TextPart(step)], usage=usage)
        name, arguments = step
        return ModelResponse([ToolCallPart(name, arguments)], usage=usage)

    return ModelAnalyst(FunctionModel(model), tools, "scripted"), shown
