"""One run: from a claimed alert to the reply that is kept, station by station.

Each station writes down what it brought before the next begins, so whoever takes over from a dead process goes on with
the same evidence and the rest of the same budget. A model that fails ends the reasoning, never the reply: what was
gathered is told all the same.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from donecast.autoops import service
from donecast.autoops.case import Analyst, Case, Gate, Round, Source
from donecast.autoops.changes import service as changes
from donecast.autoops.changes.rules import Leave, Outcome, leave_for, words_for
from donecast.autoops.errors import AnalystFailed, BudgetSpent
from donecast.autoops.evidence import gathered
from donecast.autoops.meter import Meter
from donecast.autoops.rule_analyst import RuleAnalyst
from donecast.autoops.rules.reply import FixStatus, Said, reply_of, who_is_affected
from donecast.autoops.rules.states import State
from donecast.autoops.rules.values import (
    Analysis,
    Check,
    Evidence,
    FixProposal,
    Review,
    Validation,
    sobered,
    unknown_evidence,
)
from donecast.autoops.service import LEASE, Claim
from donecast.kit.errors import DonecastError
from donecast.platform.redaction import scrubbed_text
from donecast.platform.telemetry import logger
from donecast.platform.web import Ground

RENEW_SECONDS = LEASE.total_seconds() / 4


def _no_runbook(_name: str) -> str:
    """For who knows of none."""
    return ""


@dataclass(frozen=True, slots=True)
class Bench:
    """What every run works with. ``runbook_of``: the address of an alert's runbook; empty where there is none."""

    ground: Ground
    sources: Sequence[Source]
    analyst: Analyst
    gate: Gate | None
    new_meter: Callable[[], Meter] = Meter
    hosts: Sequence[str] = ()
    """Hosts that a reply may link to."""
    prefix: str = "[auto-ops]"
    rounds_max: int = 3
    runbook_of: Callable[[str], str] = _no_runbook
    outcome: Outcome = "report"
    """What a verified change may become."""
    has_approvers: bool = False
    never_checked: Sequence[str] = ()
    """What no run can look at here; each reply says so."""
    plain: Analyst = field(default_factory=RuleAnalyst)
    """Who speaks where a model does not."""


class Run:
    """One claim on its way."""

    def __init__(self, bench: Bench, claim: Claim) -> None:
        self._bench = bench
        self._claim = claim
        self._rounds = [_round_of(document) for document in self._found("round")]
        self._unchecked = [document["said"] for document in self._found("unchecked")]
        self._meter = bench.new_meter()
        for document in self._found("spent")[-1:]:
            self._meter.go_on_from(document)
        self._meter.book = lambda document: self._note(("spent", document))

    def to_reply(self) -> Claim:
        """Takes the run to where its reply is kept. Raises RunTaken."""
        with self._kept_alive():
            case = self._case()
            analysis = self._analysis(case)
            if self._claim.state == "analysed":
                self._look_for_a_change(case, analysis)
            return self._keep_reply(case, analysis)

    def _case(self) -> Case:
        kept = [Evidence.model_validate_json(json.dumps(document)) for document in self._found("evidence")]
        if self._claim.state == "claimed":
            self._step("collecting")
        if kept:
            return Case(self._claim.alert, tuple(kept))
        evidence = gathered(self._bench.sources, self._claim.alert)
        self._note(*(("evidence", item.model_dump(mode="json")) for item in evidence))
        return Case(self._claim.alert, evidence)

    def _analysis(self, case: Case) -> Analysis:
        kept = self._found("analysis")
        if kept:
            analysis = Analysis.model_validate_json(json.dumps(kept[-1]))
        else:
            try:
                said = self._bench.analyst.analyse(case, self._meter)
            except AnalystFailed as failure:
                self._note_failure(failure)
                said = self._bench.plain.analyse(case, self._meter)
                self._note(("analyst", {"name": self._bench.plain.name}))
            invented = unknown_evidence(said, case.evidence)
            if invented:
                self._note_unchecked(f"quotes of evidence that does not exist were taken out: {', '.join(invented)}")
            analysis = sobered(said, case.evidence)
            self._note(("analysis", analysis.model_dump(mode="json")))
        if self._claim.state == "collecting":
            self._step("analysed")
        return analysis

    def _look_for_a_change(self, case: Case, analysis: Analysis) -> None:
        gate = self._bench.gate
        if analysis.disposition != "code_bug" or gate is None:
            self._step("no_fix")
            return
        self._step("proposing")
        try:
            to = self._after_rounds(case, analysis, gate)
        except AnalystFailed as failure:
            self._note_failure(failure)
            to = "rejected" if self._rounds or self._claim.state == "reviewing" else "no_fix"
        self._step(to)

    def _after_rounds(self, case: Case, analysis: Analysis, gate: Gate) -> State:
        if self._rounds and _is_approved(self._rounds[-1]):  # by a process that died right after it
            self._step("reviewing")
            return "validated"
        while len(self._rounds) < self._bench.rounds_max:
            self._require_time()
            if self._claim.state == "reviewing":
                self._step("proposing")
            proposal = self._bench.analyst.propose(case, analysis, self._rounds, self._meter)
            if proposal.kind != "code" or not proposal.diff.strip():
                return "rejected" if self._rounds else "no_fix"
            self._require_time()
            self._step("reviewing")
            validation = _tried(gate, proposal, self._meter.seconds_left)
            self._rounds.append(Round(proposal, validation))
            try:
                if validation.is_verified:
                    review = self._bench.analyst.review(case, proposal.diff, validation, self._meter)
                    self._rounds[-1] = Round(proposal, validation, review)
            finally:
                self._note(("round", _round_document(self._rounds[-1])))
            if _is_approved(self._rounds[-1]):
                return "validated"
        return "rejected"

    def _require_time(self) -> None:
        """No round begins, and no change is tried, when the run has to end. Raises BudgetSpent."""
        if not self._meter.seconds_left:
            raise BudgetSpent(details={"limit": "time"})

    def _keep_reply(self, case: Case, analysis: Analysis) -> Claim:
        last = self._rounds[-1] if self._rounds else None
        spent, bench = self._meter.spent, self._bench
        leave: Leave = "never"
        if self._claim.state == "validated":
            leave = leave_for(bench.outcome, case.alert, analysis, has_approvers=bench.has_approvers)
        said = Said(
            alert_id=case.alert.id,
            run_id=self._claim.run_id,
            prefix=bench.prefix,
            analysis=analysis,
            evidence=case.evidence,
            impact=who_is_affected(case.evidence),
            proposal=last.proposal if last else None,
            fix=_fix_status(last),
            validation=last.validation if last else None,
            review=last.review if last else None,
            not_checked=(*self._unchecked, *bench.never_checked),
            runbook=bench.runbook_of(case.alert.name) if case.alert.name else "",
            rounds=len(self._rounds),
            cost_microdollars=spent.cost_microdollars,
            seconds=int(self._meter.seconds),
            analyst=next((one["name"] for one in self._found("analyst")), bench.analyst.name),
            beyond=words_for(bench.outcome, leave, self._claim.run_id),
        )
        payload = reply_of(said, bench.hosts, scrubbed_text)
        facts = {"disposition": analysis.disposition, "cost_microdollars": spent.cost_microdollars}
        now = bench.ground.clock.now()
        with bench.ground.database.transaction() as session:
            service.note(session, self._claim, "reply", payload, now)
            self._claim = service.ready_to_reply(session, self._claim, payload, facts, now)
            if leave != "never":
                changes.plan(
                    session,
                    self._claim.run_id,
                    case.alert.id,
                    bench.outcome,
                    payload,
                    now,
                    needs_approval=leave == "when_approved",
                )
        return self._claim

    @contextmanager
    def _kept_alive(self) -> Iterator[None]:
        """A model or a run of tests may take longer than a lease: it is renewed beside the work."""
        over = Event()
        keeper = Thread(target=self._renew_until, args=(over,), name="auto-ops-lease", daemon=True)
        keeper.start()
        try:
            yield
        finally:
            over.set()
            keeper.join()

    def _renew_until(self, over: Event) -> None:
        ground = self._bench.ground
        while not over.wait(RENEW_SECONDS):
            try:
                with ground.database.transaction() as session:
                    service.renew(session, self._claim, ground.clock.now())
            except (DonecastError, SQLAlchemyError) as error:
                # Taken over, or the database is away: the work's own next step finds out.
                logger().warning("a run's lease was not renewed", reason=type(error).__name__)

    def _note_failure(self, failure: AnalystFailed) -> None:
        logger().warning("the analyst failed", alert_id=self._claim.alert.id, code=failure.code)
        why = ", ".join(str(value) for value in failure.details.values())
        self._note_unchecked(f"{failure.message} ({why})" if why else failure.message)

    def _note_unchecked(self, said: str) -> None:
        self._unchecked.append(said[:300])
        self._note(("unchecked", {"said": said[:300]}))

    def _step(self, to: State) -> None:
        with self._bench.ground.database.transaction() as session:
            self._claim = service.step(session, self._claim, to, self._bench.ground.clock.now())

    def _note(self, *documents: tuple[str, dict[str, Any]]) -> None:
        now = self._bench.ground.clock.now()
        with self._bench.ground.database.transaction() as session:
            service.renew(session, self._claim, now)
            for station, document in documents:
                service.note(session, self._claim, station, document, now)
                session.flush()

    def _found(self, station: str) -> list[dict[str, Any]]:
        with self._bench.ground.database.reading() as session:
            return [document for name, document in service.found(session, self._claim.run_id) if name == station]


def _tried(gate: Gate, proposal: FixProposal, seconds_left: float) -> Validation:
    """What the gate says; where it cannot work, that is what it says."""
    try:
        return gate(proposal, seconds_left)
    except DonecastError as error:
        return Validation(checks=(Check(name="gate", passed=False, said=error.message),))


def _is_approved(one: Round) -> bool:
    return one.validation.is_verified and one.review is not None and one.review.approved


def _fix_status(last: Round | None) -> FixStatus:
    if last is None:
        return "none"
    if last.validation.is_verified and last.review is None:
        return "proposed"
    return "verified" if _is_approved(last) else "rejected"


def _round_document(one: Round) -> dict[str, Any]:
    return {
        "proposal": one.proposal.model_dump(mode="json"),
        "validation": one.validation.model_dump(mode="json"),
        "review": one.review.model_dump(mode="json") if one.review else None,
    }


def _round_of(document: dict[str, Any]) -> Round:
    return Round(
        FixProposal.model_validate_json(json.dumps(document["proposal"])),
        Validation.model_validate_json(json.dumps(document["validation"])),
        Review.model_validate_json(json.dumps(document["review"])) if document["review"] else None,
    )
