"""The analyst for installations without a model: it says what is known, and never more. It proposes no change."""

from collections.abc import Sequence

from donecast.autoops.case import Case, Round
from donecast.autoops.meter import Meter
from donecast.autoops.rules.signs import sign_of, speaking_for
from donecast.autoops.rules.values import Analysis, FixProposal, Hypothesis, Review, Validation

_CONFIRMED, _ALLEGED = 0.7, 0.5


class RuleAnalyst:
    """See `case.Analyst`; it spends nothing."""

    name = "rules"

    def analyse(self, case: Case, meter: Meter) -> Analysis:  # noqa: ARG002
        """By the signs that the alert and the evidence bear; without any, honestly unknown."""
        alert = case.alert
        silent = tuple(f"{item.source}: {item.missing}"[:600] for item in case.evidence if item.missing)[:8]
        sign = sign_of(alert, case.evidence)
        if sign is None:
            return Analysis(
                summary=_summary(case, "What is behind it is not known."),
                hypotheses=(),
                missing=silent,
                severity=alert.severity,
                disposition="unknown",
                needs_human=True,
                first_step="Look at what was gathered, and at the runbook if there is one.",
            )
        speaking = speaking_for(sign, alert, case.evidence)
        hypothesis = Hypothesis(
            claim=sign.claim,
            confidence=_CONFIRMED if speaking else _ALLEGED,
            evidence_for=tuple(item.id for item in speaking)[:12],
        )
        return Analysis(
            summary=_summary(case, sign.claim),
            hypotheses=(hypothesis,),
            missing=silent,
            severity=alert.severity,
            disposition=sign.disposition,
            needs_human=sign.needs_human,
            first_step=sign.first_step,
        )

    def propose(self, case: Case, analysis: Analysis, earlier: Sequence[Round], meter: Meter) -> FixProposal:  # noqa: ARG002
        """Nothing."""
        return FixProposal(kind="none", plan="", risk="low", rollback="Nothing was changed.", confidence=0.0)

    def review(self, case: Case, diff: str, validation: Validation, meter: Meter) -> Review:  # noqa: ARG002
        """Approves of nothing."""
        return Review(approved=False, findings=("No reviewer is set up.",))


def _summary(case: Case, claim: str) -> str:
    alert = case.alert
    told = alert.name.replace("_", " ").capitalize() if alert.name else alert.text.strip().split("\n", 1)[0][:300]
    about = f" ({alert.subject})" if alert.subject else ""
    return f"{told}{about}: {claim}"[:600]
