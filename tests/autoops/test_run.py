"""A run from its alert to the reply that is kept: rounds, budgets, a model that fails, a process that dies."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from donecast.autoops import repository, service
from donecast.autoops.case import Source
from donecast.autoops.meter import Meter
from donecast.autoops.rule_analyst import RuleAnalyst
from donecast.autoops.rules.budget import Budget
from donecast.autoops.rules.states import ATTEMPTS_MAX
from donecast.autoops.rules.values import Alert, Check, FixProposal, Validation
from donecast.autoops.run import Run
from donecast.autoops.service import Claim
from donecast.engine.errors import EngineTimeout
from tests.autoops.conftest import BAD, FAULT, FIX, GOOD, NO, PROPOSAL, YES, Scene, bench, claimed, gate_that_says
from tests.support.alerts import ANALYSIS, breaker_alert, scripted


def words(claim: Claim) -> str:
    """All that its reply says."""
    return "\n".join(
        text["text"]
        for block in (claim.reply or {})["blocks"]
        for text in ([block["text"]] if "text" in block else block["elements"])
    )


def stations(scene: Scene, claim: Claim) -> list[str]:
    """What the run wrote down, without what it spent."""
    with scene.ground.database.reading() as session:
        return [station for station, _ in service.found(session, claim.run_id) if station != "spent"]


def test_rules_answer_with_the_evidence_and_whom_it_hits_and_propose_nothing(scene: Scene) -> None:
    runbook = "# breaker_open\n\n## Who is affected\n\nOnly episodes that\nneed it.\n\n## Look first\n"
    sources = [
        Source("breakers", "breakers", "Which are left alone?", lambda _: "gemini: open, left alone"),
        Source("runbook", "runbook", "What does it say?", lambda _: runbook),
    ]
    gate, asked = gate_that_says(GOOD)
    at = bench(scene, RuleAnalyst(), gate, sources=sources, runbook_of=lambda name: f"docs/runbooks/{name}.md")
    ready = Run(at, claimed(scene, breaker_alert())).to_reply()
    assert ready.state == "reply_pending"
    for part in (
        "Outside service · high · likely",
        "Only episodes that need it.",
        "gemini: open, left alone",
        "docs/runbooks/breaker_open.md",
        "none proposed",
    ):
        assert part in words(ready)
    assert asked == []
    assert stations(scene, ready) == ["evidence", "evidence", "analysis", "reply"]


def test_a_fault_is_mended_in_the_third_round_and_the_reviewer_never_hears_the_argument(scene: Scene) -> None:
    analyst, shown = scripted(FAULT, FIX, FIX, NO, FIX, YES)
    gate, asked = gate_that_says(BAD, GOOD)
    ready = Run(bench(scene, analyst, gate), claimed(scene)).to_reply()
    assert "verified: its test failed before and passes after" in words(ready)
    assert "3 rounds" in words(ready)
    assert len(asked) == 3
    assert "it does not apply" in shown[2]
    assert "It hides the error." in shown[4]
    assert all("Trust me" not in review for review in (shown[3], shown[5]))
    assert stations(scene, ready) == ["evidence", "analysis", "round", "round", "round", "reply"]


@pytest.mark.parametrize("rounds", [1, 3, 6])
def test_no_more_rounds_than_are_allowed(scene: Scene, rounds: int) -> None:
    steps = [FAULT, *([FIX, NO] * 7)]
    analyst, _ = scripted(*steps)
    gate, asked = gate_that_says(GOOD)
    at = bench(scene, analyst, gate, rounds_max=rounds, new_meter=lambda: Meter(Budget(model_calls_max=50)))
    ready = Run(at, claimed(scene)).to_reply()
    assert len(asked) == rounds
    assert "tried and rejected" in words(ready)
    assert "It hides the error." in words(ready)


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ((FAULT, FIX, "I think it is fine."), "going in circles"),
        ((FAULT, FIX, ("answer", {"approved": "true"})), "could not be used"),
        ((FAULT, FIX, ("answer", '{"approved": tr')), "could not be used"),
    ],
)
def test_what_is_no_approval_approves_nothing(scene: Scene, steps: Sequence[Any], said: str) -> None:
    analyst, _ = scripted(*steps)
    ready = Run(bench(scene, analyst, gate_that_says(GOOD)[0]), claimed(scene)).to_reply()
    assert "verified: its" not in words(ready)
    assert "proposed, not verified" in words(ready)
    assert said in words(ready)


def test_a_model_that_fails_leaves_the_rules_to_answer(scene: Scene) -> None:
    analyst, _ = scripted("Let me think about it.")
    ready = Run(bench(scene, analyst), claimed(scene)).to_reply()
    assert "Fault in the program" in words(ready)
    assert "going in circles" in words(ready)
    assert "· rules ·" in words(ready)


def test_a_gate_that_cannot_work_verifies_nothing_and_the_reply_comes_all_the_same(scene: Scene) -> None:
    def gate(_: FixProposal, __: float) -> Validation:
        raise EngineTimeout

    analyst, _ = scripted(FAULT, FIX, FIX, FIX)
    ready = Run(bench(scene, analyst, gate), claimed(scene)).to_reply()
    assert "tried and rejected" in words(ready)


def test_the_gate_gets_the_time_that_is_left_and_no_round_begins_without_any(scene: Scene) -> None:
    gone, given = [100.0], list[float]()

    def gate(_: FixProposal, seconds_left: float) -> Validation:
        given.append(seconds_left)
        gone[0] += seconds_left
        return Validation(checks=(Check(name="time", passed=False, said="the run's time is used up"),))

    analyst, shown = scripted(FAULT, FIX)
    at = bench(scene, analyst, gate, new_meter=lambda: Meter(steady_seconds=lambda: gone[0], seconds_before=400.0))
    ready = Run(at, claimed(scene)).to_reply()
    assert given == [200.0]
    assert len(shown) == 2
    assert "tried and rejected" in words(ready)
    assert "used up what it may spend. (time)" in words(ready)


def test_no_change_is_tried_when_the_model_took_all_the_time(scene: Scene) -> None:
    analyst, shown = scripted(FAULT, FIX)
    gate, asked = gate_that_says(GOOD)

    def steady_seconds() -> float:
        return 600.0 if len(shown) > 1 else 0.0  # the second answer takes until the end

    ready = Run(bench(scene, analyst, gate, new_meter=lambda: Meter(steady_seconds=steady_seconds)), claimed(scene))
    said = words(ready.to_reply())
    assert asked == []
    assert "used up what it may spend. (time)" in said


def test_invented_evidence_is_taken_out_and_told(scene: Scene) -> None:
    invented = {**ANALYSIS, "hypotheses": [{"claim": "It is so.", "confidence": 0.9, "evidence_for": ["made_up"]}]}
    analyst, _ = scripted(("answer", invented), ("answer", {**PROPOSAL, "kind": "none", "diff": ""}))
    ready = Run(bench(scene, analyst, gate_that_says(GOOD)[0]), claimed(scene)).to_reply()
    assert "a guess" in words(ready)
    assert "made_up" in words(ready)


def test_no_secret_of_the_evidence_or_the_model_stands_in_the_reply(scene: Scene) -> None:
    key = "sk_live_4eC39HqLyjWDarjtT1zdp7dc"
    said = {**ANALYSIS, "summary": f"The key {key} is wrong.", "disposition": "config"}
    sources = [Source("errors", "errors", "Which?", lambda _: f"Authorization: Bearer {key}")]
    analyst, shown = scripted(("answer", said))
    ready = Run(bench(scene, analyst, sources=sources), claimed(scene)).to_reply()
    assert key not in words(ready)
    assert key not in shown[0]
    with scene.ground.database.reading() as session:
        assert key not in repr(service.found(session, ready.run_id)[0])


def test_whoever_takes_over_goes_on_with_the_same_evidence_and_the_rest_of_the_budget(scene: Scene) -> None:
    looked: list[Alert] = []

    def look(alert: Alert) -> str:
        looked.append(alert)
        return "KeyError"

    sources = [Source("errors", "errors", "Which?", look)]
    analyst, _ = scripted(FAULT, FIX, NO, FIX, YES)
    gate, asked = gate_that_says(GOOD)

    def dying(proposal: FixProposal, seconds_left: float) -> Validation:
        if len(asked) == 1:
            raise KeyboardInterrupt
        return gate(proposal, seconds_left)

    first = claimed(scene)
    with pytest.raises(KeyboardInterrupt):
        Run(bench(scene, analyst, dying, sources=sources), first).to_reply()
    assert scene.claim() is None
    scene.clock.advance(timedelta(minutes=3))
    second = scene.claim()
    assert second is not None
    assert (second.run_id, second.state) == (first.run_id, "analysed")
    analyst, _ = scripted(FIX, YES)
    run = Run(bench(scene, analyst, gate, sources=sources), second)
    ready = run.to_reply()
    assert len(looked) == 1
    assert "2 rounds" in words(ready)
    with scene.ground.database.reading() as session:
        spent = [document for station, document in service.found(session, ready.run_id) if station == "spent"]
    assert spent[-1]["spent"]["model_calls"] == 4 + 2


@pytest.mark.parametrize("round_is_approved", [True, False])
def test_a_crash_right_after_a_round_was_written_down_does_not_do_it_again(
    scene: Scene, *, round_is_approved: bool
) -> None:
    claim = claimed(scene)
    analyst, _ = scripted(FAULT, FIX, YES if round_is_approved else NO)
    at = bench(scene, analyst, gate_that_says(GOOD)[0], rounds_max=1)
    ready = Run(at, claim).to_reply()
    with scene.ground.database.transaction() as session:
        repository.change(
            session, ready.alert.id, ready.fence, ("reply_pending",), {"state": "reviewing", "reply": None}
        )
    scene.clock.advance(timedelta(minutes=3))
    again = scene.claim()
    assert again is not None
    silent, shown = scripted("nobody asks")
    done = Run(replace(at, analyst=silent), again).to_reply()
    assert shown == []
    assert ("verified: its" in words(done)) is round_is_approved


def test_a_run_that_breaks_is_tried_three_times_once_more_by_rules_and_no_more(scene: Scene) -> None:
    scene.workspace.say("KeyError in GET /clock")
    scene.read_all()
    tries = 0
    while (claim := scene.claim()) is not None:
        tries += 1
        with scene.ground.database.transaction() as session:
            service.fail(session, claim, "broke", scene.clock.now())
        scene.clock.advance(timedelta(minutes=2))
    assert tries == ATTEMPTS_MAX + 1
