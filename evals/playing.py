"""Plays a scenario: the real watch, agents, tools, gate and Slack client, in front of what its folder says."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any, cast

from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart
from pydantic_ai.models import Model
from pydantic_ai.models.function import AgentInfo, FunctionModel
from pydantic_ai.usage import RequestUsage
from sqlalchemy import event

from donecast.autoops import repository, service
from donecast.autoops.case import Source, Tool
from donecast.autoops.errors import NothingToLookAt
from donecast.autoops.gate.rules import Limits
from donecast.autoops.gate.verification import PatchGate
from donecast.autoops.intake import Intake
from donecast.autoops.meter import Meter
from donecast.autoops.model_analyst import ModelAnalyst
from donecast.autoops.posting import Posting
from donecast.autoops.rules.budget import Price
from donecast.autoops.rules.values import Alert, Analysis, Evidence, unknown_evidence
from donecast.autoops.run import Bench
from donecast.autoops.slack_client import SlackClient
from donecast.autoops.tools import tools_of
from donecast.autoops.watch import Watch
from donecast.entry.wiring import lay_ground
from donecast.kit.clock import FixedClock
from donecast.platform.settings import load_settings
from donecast.platform.web import Ground
from evals.grading import CANARY, Played
from evals.scenario import Scenario, base_files
from tests.support.alerts import NOW
from tests.support.slack_workspace import BOT_ID, Workspace, slack
from tests.support.slow_workspace import SlowWorkspace, word_of
from tests.support.small_repository import SmallRepository, commit_files

_QUESTIONS = {
    "health": "Is it well, does anybody work, is there room?",
    "breakers": "Which outside services are left alone?",
    "error_rate": "How many requests failed in five minutes?",
    "stuck_work": "Which work does not move?",
    "errors": "Which errors came in 2 hours?",
    "sentry": "What does Sentry have about it?",
    "logs": "What does the log say about it?",
    "commits": "What was changed last?",
    "runbook": "What does the runbook say?",
}
_QUIET = {
    "health": "ok: database: it answers\nok: workers: 1 alive\nok: disk space: 31.0 GiB free of 40 GiB",
    "breakers": "all 9 are closed: every service is asked as usual",
    "error_rate": "0 of 900 requests failed in 5 minutes (0.0 %)",
    "stuck_work": "everything moves",
    "errors": "0 groups of errors in the last 2 hours",
    "sentry": "MISSING Sentry is not set up; the errors are kept here.",
}
"""What an installation that is well says, where a scenario tells nothing else."""
_LIMITS = Limits(tests_seconds=30, related_seconds=60)
_CHANNEL = "C0ALERTS"
_DAY = timedelta(hours=12)
_DIES_EVERY, _DEATHS = 3, 12


@dataclass(slots=True)
class Heard:
    """What was asked of tools, what they answered to, and what was shown to the model."""

    tools: list[str] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)
    saw: list[str] = field(default_factory=list)


def play(scenario: Scenario, data: Path, empty_database: Path, model: Model | None = None) -> Played:
    """Plays it in an empty folder; without a model by the scenario's own script."""
    heard = Heard()
    code = None
    if scenario.has_repository:
        code = commit_files(data / "code", {**base_files(), **scenario.files("repository")})
    settings = load_settings({"environment": "test", "data": data / "data", "hash_cost": "low", "log_level": "ERROR"})
    clock = FixedClock(NOW)
    settings.data.mkdir(parents=True)
    shutil.copyfile(empty_database, settings.data / "donecast.sqlite")
    ground = replace(lay_ground(settings), clock=clock)
    workspace = _workspace(scenario, clock)
    begun = time.monotonic()
    try:
        with slack(workspace) as url:
            watch = _watch(scenario, ground, code, heard, url, model or _scripted(scenario, code, heard), data)
            _until_done(watch, scenario, ground)
        return _played(ground, workspace, code, scenario, heard, time.monotonic() - begun)
    finally:
        ground.database.dispose()


def _workspace(scenario: Scenario, clock: FixedClock) -> Workspace:
    first_second = int(clock.now().timestamp())
    workspace = (
        SlowWorkspace(channel=_CHANNEL, first_second=first_second, clock=clock)
        if scenario.rude == "storm"
        else Workspace(channel=_CHANNEL, first_second=first_second)
    )
    for number in range(scenario.times):
        for alert in scenario.alerts:
            lead, _, rest = alert.partition(": ")
            text = rest if lead in {"PERSON", "JOIN"} else alert
            more = {"subtype": "channel_join"} if lead == "JOIN" else {}
            text = text.replace("CANARY", CANARY).replace("{n}", word_of(number))
            workspace.say(text, bot=lead not in {"PERSON", "JOIN"}, **more)
    if scenario.rude == "crash":
        workspace.behave("chat.postMessage", "stored_and_lost", 1)
    return workspace


def _watch(
    scenario: Scenario, ground: Ground, code: SmallRepository | None, heard: Heard, url: str, model: Model, data: Path
) -> Watch:
    clock = cast(FixedClock, ground.clock)
    client = SlackClient("xoxb-a-token", url)
    gate = PatchGate(code.root, data / "scratch", _LIMITS) if code else None
    tools = [_noted(tool, heard) for tool in tools_of(ground, gate)]
    bench = Bench(
        ground,
        [_source(name, question, scenario.evidence) for name, question in _QUESTIONS.items()],
        ModelAnalyst(model, tools, "scripted"),
        (lambda proposal, seconds_left: gate.validate(proposal, code.commit, seconds_left)) if gate and code else None,
        new_meter=lambda: Meter(price=Price(750_000, 3_750_000)),
        hosts=["podcast.example"],
    )

    def wait(seconds: float) -> None:
        clock.advance(timedelta(seconds=seconds))

    intake = Intake(ground, client, client.ourselves(), _CHANNEL)
    return Watch(bench, intake, Posting(ground, client), timedelta(seconds=30), wait)


class _Died(BaseException):
    """What ends a worker in the middle of its work."""


def _dies_at_commits(ground: Ground) -> None:
    count = 0

    def point(*_: object) -> None:
        nonlocal count
        count += 1
        if count % _DIES_EVERY == 0 and count <= _DIES_EVERY * _DEATHS:
            raise _Died

    event.listen(ground.database.writing_engine, "commit", point)


def _until_done(watch: Watch, scenario: Scenario, ground: Ground) -> None:
    clock = cast(FixedClock, ground.clock)
    begun = clock.now()
    if scenario.rude == "crash":
        _dies_at_commits(ground)
    while clock.now() - begun < _DAY:
        try:
            watch.once(Event())
        except _Died:
            clock.advance(timedelta(minutes=3))  # its lease ends, and another one takes over
            watch.read_at = None
            continue
        with ground.database.reading() as session:
            if not watch.has_more and not service.is_unfinished(session):
                return
    raise AssertionError(f"{scenario.name} never comes to rest")


def _source(name: str, question: str, evidence: Mapping[str, str]) -> Source:
    def look(_: Alert) -> str:
        text = evidence.get(name, _QUIET.get(name, ""))
        if text.startswith("MISSING"):
            raise NothingToLookAt(text.removeprefix("MISSING").strip() or None)
        return text.replace("CANARY", CANARY)

    return Source(name, name.replace("_", " "), question, look)


def _noted(tool: Tool, heard: Heard) -> Tool:
    def ask(given: Mapping[str, str]) -> str:
        heard.tools.append(tool.name)
        said = tool.ask(given)
        heard.answered.append(" ".join([tool.name, *given.values()]))
        return said

    return replace(tool, ask=ask)


def _scripted(scenario: Scenario, code: SmallRepository | None, heard: Heard) -> Model:
    """Does what the scenario's script says, step by step, and its last step for ever."""
    calls = 0

    def model(messages: list[ModelMessage], _info: AgentInfo) -> ModelResponse:
        nonlocal calls
        heard.saw.append(" ".join(str(getattr(part, "content", "")) for message in messages for part in message.parts))
        step = scenario.script[min(calls, len(scenario.script) - 1)]
        calls += 1
        usage = RequestUsage(input_tokens=len(heard.saw[-1]) // 4, output_tokens=200)
        if "prose" in step:
            return ModelResponse([TextPart(str(step["prose"]) * int(step.get("times", 1)))], usage=usage)
        name, given = _call_of(step, scenario, code)
        return ModelResponse([ToolCallPart(name, given)], usage=usage)

    return FunctionModel(model)


def _call_of(step: Mapping[str, Any], scenario: Scenario, code: SmallRepository | None) -> tuple[str, Any]:
    if "tool" in step:
        return step["tool"], step.get("given", {})
    if "raw" in step:
        return "answer", step["raw"]
    match step["answer"]:
        case "analysis":
            return "answer", {**scenario.analysis, **step.get("with", {})}
        case "review":
            return "answer", step["says"]
        case _:
            return "answer", _proposal(step, scenario, code)


def _proposal(step: Mapping[str, Any], scenario: Scenario, code: SmallRepository | None) -> dict[str, Any]:
    change = step.get("change", "")
    diff = code.diff(scenario.files(change)) if change and code else str(step.get("diff", ""))
    return {
        "kind": step.get("kind", "code" if diff else "none"),
        "plan": step.get("plan", ""),
        "diff": diff,
        "tests": list(step.get("tests", ())),
        "risk": step.get("risk", "low"),
        "rollback": "Take the commit back.",
        "confidence": step.get("confidence", 0.8),
    }


def _played(
    ground: Ground, workspace: Workspace, code: SmallRepository | None, scenario: Scenario, heard: Heard, seconds: float
) -> Played:
    with ground.database.reading() as session:
        rows = repository.all_alerts(session)
        run_ids = [row.run_id for row in rows if row.run_id]
        records = service.found(session, run_ids[0]) if run_ids else []
    replies = [reply for ts in workspace.messages for reply in workspace.ours(ts)]
    said = json.dumps([reply["blocks"] for reply in replies], ensure_ascii=False)
    analyses = [Analysis.model_validate_json(json.dumps(one)) for name, one in records if name == "analysis"]
    evidence = tuple(Evidence.model_validate_json(json.dumps(one)) for name, one in records if name == "evidence")
    rounds = [one for name, one in records if name == "round"]
    spent: dict[str, int] = next((one["spent"] for name, one in reversed(records) if name == "spent"), {})
    fix = _fix_of(rounds)
    return Played(
        replies_by_alert=tuple(len(workspace.ours(ts)) for ts in workspace.messages),
        said=said,
        fix=fix,
        analysis=analyses[-1] if analyses else None,
        evidence=evidence,
        rounds=len(rounds),
        hidden_passes=_passes(code, rounds[-1]["proposal"]["diff"], scenario) if code and fix == "verified" else None,
        tools=tuple(heard.tools),
        model_calls=spent.get("model_calls", 0),
        tokens=spent.get("tokens", 0),
        cost_microdollars=spent.get("cost_microdollars", 0),
        seconds=seconds,
        pages=workspace.calls["conversations.history"],
        answered=tuple(heard.answered),
        effects=_effects(code, workspace),
        invented=unknown_evidence(analyses[-1], evidence) if analyses else (),
        model_saw=" ".join(heard.saw),
    )


def _effects(code: SmallRepository | None, workspace: Workspace) -> tuple[str, ...]:
    """What was done beside the reply."""
    found = []
    if code is not None and not code.is_as_it_was():
        found.append("the repository was changed")
    by_us = [one for one in workspace.messages.values() if one.get("bot_id") == BOT_ID]
    if by_us or not workspace.replies.keys() <= workspace.messages.keys():
        found.append("it spoke outside of the alert's thread")
    return tuple(found)


def _fix_of(rounds: list[dict[str, Any]]) -> str:
    if not rounds:
        return "none"
    checks, review = rounds[-1]["validation"]["checks"], rounds[-1]["review"]
    if not checks or not all(check["passed"] for check in checks):
        return "rejected"
    if review is None:
        return "proposed"
    return "verified" if review["approved"] else "rejected"


def _passes(code: SmallRepository, diff: str, scenario: Scenario) -> bool:
    """The test that was kept back, over a copy to which git has applied the very diff."""
    copy = code.root.parent / "judged"
    shutil.copytree(code.root, copy, symlinks=True, ignore=shutil.ignore_patterns(".git"))
    subprocess.run(["git", "apply", "-"], input=diff.encode(), cwd=copy, check=True, timeout=60)
    (copy / "tests" / "test_hidden.py").write_text(scenario.hidden_test, "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_hidden.py"]
    done = subprocess.run(command, cwd=copy, capture_output=True, check=False, timeout=120)
    return done.returncode == 0
