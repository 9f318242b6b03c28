"""What the routes about Auto-Ops answer: runs in a line each, and one with all that it found and said."""

import json
from collections.abc import Sequence
from typing import Any, cast

from pydantic import AwareDatetime, BaseModel

from donecast.autoops.rules.states import State
from donecast.autoops.rules.values import Alert, Analysis, Evidence, FixProposal, Review, Severity, Validation
from donecast.autoops.service import Seen


class RunRowOut(BaseModel):
    """An alert and how far its run is; ``run_id`` is empty before it begins. The next page begins behind ``cursor``."""

    run_id: str
    name: str
    subject: str
    first_line: str
    severity: Severity
    state: State
    disposition: str
    repeats: int
    cost_microdollars: int
    received_at: AwareDatetime
    cursor: str


class RunPageOut(BaseModel):
    """Some runs, newest first. ``next_cursor`` is null on the last page; ``is_set_up``: whether there is a bot."""

    runs: list[RunRowOut]
    next_cursor: str | None
    is_set_up: bool


class RoundOut(BaseModel):
    """A change that was proposed, what the gate found, and what the reviewer said."""

    proposal: FixProposal
    validation: Validation
    review: Review | None


class SpentOut(BaseModel):
    """What a run took, and the most that it may take."""

    tool_calls: int
    tool_calls_max: int
    model_calls: int
    model_calls_max: int
    tokens: int
    tokens_max: int
    cost_microdollars: int
    cost_microdollars_max: int
    seconds: int
    seconds_max: int


class RunOut(BaseModel):
    """Everything of one run. ``reply``: what stands in the thread, a paragraph each; empty before it is kept."""

    row: RunRowOut
    text: str
    evidence: list[Evidence]
    analysis: Analysis | None
    rounds: list[RoundOut]
    not_checked: list[str]
    spent: SpentOut
    reply: list[str]
    replied_at: AwareDatetime | None
    error: str


class AutoOpsSettingOut(BaseModel):
    """A setting under its variable's name; of a secret only whether it is set."""

    name: str
    value: str


class AutoOpsSettingsOut(BaseModel):
    """All settings of Auto-Ops."""

    settings: list[AutoOpsSettingOut]


def run_row_out(seen: Seen) -> RunRowOut:
    """One line of the list."""
    alert = _alert(seen)
    return RunRowOut(
        run_id=seen.run_id or "",
        name=alert.name or "",
        subject=alert.subject,
        first_line=alert.text.strip().split("\n", 1)[0][:300],
        severity=alert.severity,
        state=seen.state,
        disposition=seen.disposition or "",
        repeats=seen.repeats,
        cost_microdollars=seen.cost_microdollars,
        received_at=seen.received_at,
        cursor=seen.cursor,
    )


def run_out(seen: Seen, records: Sequence[tuple[str, dict[str, Any]]], spent: SpentOut) -> RunOut:
    """One run with what its stations brought."""

    def brought(station: str) -> list[dict[str, Any]]:
        return [document for name, document in records if name == station]

    return RunOut(
        row=run_row_out(seen),
        text=_alert(seen).text,
        evidence=[Evidence.model_validate_json(json.dumps(one)) for one in brought("evidence")],
        analysis=next((Analysis.model_validate_json(json.dumps(one)) for one in brought("analysis")[-1:]), None),
        rounds=[RoundOut.model_validate_json(json.dumps(one)) for one in brought("round")],
        not_checked=[str(one["said"]) for one in brought("unchecked")],
        spent=spent,
        reply=_paragraphs(seen.reply or {}),
        replied_at=seen.touched_at if seen.state == "replied" else None,
        error=seen.error or "",
    )


def _alert(seen: Seen) -> Alert:
    return Alert.model_validate_json(json.dumps(seen.document))


def _paragraphs(reply: dict[str, Any]) -> list[str]:
    """The words of a message of Slack's, without its marks."""
    texts = [text for block in reply.get("blocks", ()) for text in (block.get("elements") or [block.get("text")])]
    said = [cast(str, text["text"]) for text in texts if text]
    return [one.replace("*", "").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") for one in said]
