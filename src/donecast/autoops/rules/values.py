"""What passes between the stations of a run: frozen, versioned, and strict about what a model wrote.

Strict means that nothing is bent into shape: the text ``"false"`` is not a verdict, a number is not a text, and a field
that nobody knows is refused, so that a model cannot say more than we read. Only a list may stand for a tuple.
"""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Severity = Literal["critical", "high", "medium", "low"]
Disposition = Literal["known_issue", "code_bug", "config", "provider", "capacity", "security", "noise", "unknown"]
Confidence = Annotated[float, Field(ge=0.0, le=1.0)]
Sentence = Annotated[str, Field(min_length=1, max_length=600)]
EvidenceId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]

SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low")
"""Worst first."""
EXCERPT_CHARACTERS_MAX = 16_000
DIFF_CHARACTERS_MAX = 60_000


class Value(BaseModel):
    """Parent of them all."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class Alert(Value):
    """One message of the alert channel, as it was read. ``ts`` is Slack's key: a text, never a number."""

    version: Literal[1] = 1
    source: Literal["slack"] = "slack"
    channel: str
    ts: str = Field(pattern=r"^\d{1,12}\.\d{1,9}$")
    permalink: str = ""
    author: str = ""
    text: str = Field(max_length=40_000)
    name: str | None = None
    """The alert's name where it says one, such as ``breaker_open``: also the name of its runbook."""
    subject: str = ""
    """What it is about: a service, an episode, a route; part of the fingerprint."""
    severity: Severity = "medium"
    severity_from: Literal["alert", "words", "default"] = "default"
    request_ids: tuple[str, ...] = Field(default=(), strict=False)
    operation_ids: tuple[str, ...] = Field(default=(), strict=False)
    fingerprint: str = ""
    received_at: datetime

    @property
    def id(self) -> str:
        """The same for the same message, whoever read it and how often."""
        return f"{self.channel}:{self.ts}"


class Evidence(Value):
    """One thing that was looked at without a model, frozen before anybody reasons about it."""

    version: Literal[1] = 1
    id: EvidenceId
    source: str
    question: str
    """What was asked, with its arguments."""
    excerpt: str = Field(max_length=EXCERPT_CHARACTERS_MAX)
    sha256: str
    """Of the answer without its secrets, before it was cut to the excerpt."""
    is_cut: bool = False
    redacted_count: int = Field(default=0, ge=0)
    missing: str = ""
    """Why there is nothing to see, where there is nothing: a source that is down is a fact as well."""


class Hypothesis(Value):
    """One explanation, with what speaks for and against it."""

    claim: Sentence
    confidence: Confidence
    evidence_for: tuple[EvidenceId, ...] = Field(default=(), strict=False, max_length=12)
    evidence_against: tuple[EvidenceId, ...] = Field(default=(), strict=False, max_length=12)


class Analysis(Value):
    """What is the matter, as far as the evidence goes."""

    version: Literal[1] = 1
    summary: Sentence
    hypotheses: tuple[Hypothesis, ...] = Field(strict=False, max_length=6)
    missing: tuple[Sentence, ...] = Field(default=(), strict=False, max_length=8)
    severity: Severity
    disposition: Disposition
    needs_human: bool
    first_step: Sentence
    """What a person does first."""

    @property
    def confidence(self) -> float:
        """That of its best explanation; without one it knows nothing."""
        return max((hypothesis.confidence for hypothesis in self.hypotheses), default=0.0)


class FixProposal(Value):
    """What might be changed. Without a diff it is a plan for a person."""

    version: Literal[1] = 1
    kind: Literal["code", "config", "runbook", "none"]
    plan: Annotated[str, Field(max_length=3_000)]
    diff: Annotated[str, Field(max_length=DIFF_CHARACTERS_MAX)] = ""
    tests: tuple[Annotated[str, Field(max_length=300)], ...] = Field(default=(), strict=False, max_length=20)
    """Names of tests that fail before the change and pass after it."""
    risk: Literal["low", "medium", "high"]
    rollback: Sentence
    confidence: Confidence


class Review(Value):
    """What a second look at the change and its validation says. It never saw how the change was argued for."""

    version: Literal[1] = 1
    approved: bool
    findings: tuple[Sentence, ...] = Field(default=(), strict=False, max_length=20)
    risks: tuple[Sentence, ...] = Field(default=(), strict=False, max_length=10)


class Check(Value):
    """One stage of the validation of a change, and how it went."""

    name: str
    passed: bool
    said: Annotated[str, Field(max_length=4_000)] = ""


class Validation(Value):
    """What the patch gate found. A change is verified only when its test failed before and passes after it."""

    version: Literal[1] = 1
    checks: tuple[Check, ...] = Field(strict=False)

    @property
    def is_verified(self) -> bool:
        """Whether every stage passed; no stage at all verifies nothing."""
        return bool(self.checks) and all(check.passed for check in self.checks)


def unknown_evidence(analysis: Analysis, evidence: tuple[Evidence, ...]) -> tuple[str, ...]:
    """Ids that an analysis quotes and that nobody gathered: invented evidence, in the order it is quoted."""
    known = {item.id for item in evidence}
    quoted = [
        name for hypothesis in analysis.hypotheses for name in (*hypothesis.evidence_for, *hypothesis.evidence_against)
    ]
    return tuple(dict.fromkeys(name for name in quoted if name not in known))


def sobered(analysis: Analysis, evidence: tuple[Evidence, ...]) -> Analysis:
    """The analysis no surer than its evidence allows.

    Quotes of evidence that does not exist are taken out; an explanation that nothing speaks for is at most a guess
    (0.3), and so is every one where most sources were silent. A guess needs a person.
    """
    known = {item.id for item in evidence if not item.missing}
    silent = sum(bool(item.missing) for item in evidence)
    mostly_silent = 2 * silent > len(evidence)
    hypotheses = []
    for hypothesis in analysis.hypotheses:
        kept = tuple(name for name in hypothesis.evidence_for if name in known)
        against = tuple(name for name in hypothesis.evidence_against if name in known)
        is_guess = not kept or mostly_silent
        confidence = min(hypothesis.confidence, GUESS_CONFIDENCE) if is_guess else hypothesis.confidence
        changes = {"evidence_for": kept, "evidence_against": against, "confidence": confidence}
        hypotheses.append(hypothesis.model_copy(update=changes))
    sober = analysis.model_copy(update={"hypotheses": tuple(hypotheses)})
    return sober.model_copy(update={"needs_human": sober.needs_human or sober.confidence <= GUESS_CONFIDENCE})


GUESS_CONFIDENCE = 0.3
