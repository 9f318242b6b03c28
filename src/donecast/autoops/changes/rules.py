"""What becomes of a verified change: a report, or more, and only with somebody's leave where it matters. Pure."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Literal

from donecast.autoops.rules.signs import sign_of
from donecast.autoops.rules.values import Alert, Analysis

Outcome = Literal["report", "branch", "pull_request"]
Leave = Literal["never", "at_once", "when_approved"]
Verdict = Literal["approved", "refused"]

APPROVAL_LASTS = timedelta(hours=4)
_GRAVE = frozenset({"critical", "high"})
_YES = frozenset({"white_check_mark", "heavy_check_mark"})
_NO = frozenset({"x", "no_entry", "no_entry_sign", "negative_squared_cross_mark"})
_WORDS: dict[Outcome, str] = {"report": "", "branch": "a local branch", "pull_request": "a draft pull request"}


def leave_for(outcome: Outcome, alert: Alert, analysis: Analysis, *, has_approvers: bool) -> Leave:
    """Whether a verified change may go beyond the report.

    What is grave, about security, or needs a person anyway, waits for an approval; where nobody may give one it stays
    a report. The alert's own words count beside the analysis, for a model can be talked into calling a thing small.
    """
    if outcome == "report":
        return "never"
    sign = sign_of(alert, ())
    is_grave = bool({alert.severity, analysis.severity} & _GRAVE)
    is_security = "security" in {analysis.disposition, sign.disposition if sign else None}
    if is_grave or is_security or analysis.needs_human:
        return "when_approved" if has_approvers else "never"
    return "at_once"


def verdict_in(signs: Mapping[str, Sequence[str]], approvers: Collection[str]) -> tuple[Verdict, str] | None:
    """What those who may decide say by the signs under a reply, and who; a no outweighs every yes.

    ``signs``: who set each. None: nobody who may has said anything.
    """
    answers: tuple[tuple[frozenset[str], Verdict], ...] = ((_NO, "refused"), (_YES, "approved"))
    for names, verdict in answers:
        for name, users in signs.items():
            who = next((user for user in users if user in approvers), None)
            if name in names and who is not None:
                return verdict, who
    return None


def words_for(outcome: Outcome, leave: Leave, run_id: str) -> str:
    """What the reply says about what comes of the change; empty where it stays a report."""
    what = _WORDS[outcome]
    if leave == "at_once":
        return f"It becomes {what}: {branch_of(run_id)}."
    if leave == "when_approved":
        hours = int(APPROVAL_LASTS.total_seconds() // 3_600)
        return (
            f"Who may approve: set :white_check_mark: under this message within {hours} hours, and it becomes {what}, "
            f"{branch_of(run_id)}; :x: refuses it."
        )
    return ""


def branch_of(run_id: str) -> str:
    """The branch of a run."""
    return f"auto-ops/{run_id}"
