"""Who decides about a proposal, and the edit list that follows. The human always wins."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from donecast.core.edit_list import Cut, EditList, Operation
from donecast.core.proposals import Proposal, ProposalKind, proposal_key

Choice = Literal["cut", "ask", "keep"]
Decision = Literal["cut", "keep"]
Decider = Literal["person", "standing_choice"]

STANDING_CHOICE: Decider = "standing_choice"


@dataclass(frozen=True, slots=True)
class StandingChoices:
    """What a person wants done without being asked, per kind of proposal.

    ``cut`` cuts what is automatic and asks about the rest, ``ask`` asks about all, ``keep`` leaves all in.
    """

    flubber: Choice = "cut"
    filler: Choice = "cut"
    long_pause: Choice = "cut"
    repeat: Choice = "ask"

    def __post_init__(self) -> None:
        for kind, choice in asdict(self).items():
            if choice not in get_args(Choice):
                raise ValueError(f"for {kind} one can choose cut, ask or keep, not {choice!r}")

    def for_kind(self, kind: ProposalKind) -> Choice:
        """The choice for one kind of proposal."""
        match kind:
            case "flubber":
                return self.flubber
            case "filler":
                return self.filler
            case "long_pause":
                return self.long_pause
            case "repeat":
                return self.repeat

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


def standing_choices_from_json(document: Mapping[str, Any]) -> StandingChoices:
    """Reads what `StandingChoices.to_json` wrote; a kind that is not named keeps its default. Raises ValueError."""
    unknown = set(document) - set(get_args(ProposalKind))
    if unknown:
        raise ValueError(f"nothing is chosen for {sorted(unknown)}")
    return StandingChoices(**document)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What happens to one proposal. ``decided_by`` None: nobody decided yet, so it stays in; ``cut`` is then False."""

    proposal_id: str
    proposal: Proposal
    cut: bool
    decided_by: Decider | None

    @property
    def is_open(self) -> bool:
        """Whether a person is still to be asked."""
        return self.decided_by is None


def decide(
    proposals: Iterable[Proposal], choices: StandingChoices, decisions: Mapping[str, Decision]
) -> tuple[Verdict, ...]:
    """One verdict per proposal, in their order. ``decisions`` (by `proposal_key`) outrank every standing choice."""
    verdicts = []
    for proposal in proposals:
        key = proposal_key(proposal)
        decision, choice = decisions.get(key), choices.for_kind(proposal.kind)
        if decision is not None:
            verdicts.append(Verdict(key, proposal, decision == "cut", "person"))
        elif choice == "keep":
            verdicts.append(Verdict(key, proposal, cut=False, decided_by=STANDING_CHOICE))
        elif choice == "cut" and proposal.automatic:
            verdicts.append(Verdict(key, proposal, cut=True, decided_by=STANDING_CHOICE))
        else:
            verdicts.append(Verdict(key, proposal, cut=False, decided_by=None))
    return tuple(verdicts)


def open_questions(verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
    """Those about which a person is still to be asked."""
    return tuple(verdict for verdict in verdicts if verdict.is_open)


def build_edit_list(
    previous: EditList | None,
    verdicts: Sequence[Verdict],
    *,
    source_duration_ms: int,
    decided_at: str,
    person: str,
) -> EditList:
    """The edit list after these verdicts: version 1 without a previous one, else one higher, else the very same.

    Everything a person did stays: cuts drawn by hand, and a proposal's cut whose edges they moved. A cut leaves when
    its proposal is no longer cut, or when a standing choice made it and it is no longer proposed. ``decided_at`` is an
    ISO 8601 instant and ``person`` an account id; both go into new operations only.
    """
    by_id = {verdict.proposal_id: verdict for verdict in verdicts}
    operations = [op for op in (previous.operations if previous else ()) if _stays(op, by_id)]
    present = {operation.proposal_id for operation in operations}
    taken = {operation.id for operation in operations}
    for verdict in verdicts:
        if not verdict.cut or verdict.proposal_id in present:
            continue
        identity = f"cut_{verdict.proposal_id.removeprefix('prop_')}"
        while identity in taken:
            identity += "_"
        taken.add(identity)
        operations.append(
            Cut(
                id=identity,
                span=verdict.proposal.span,
                decided_by=person if verdict.decided_by == "person" else STANDING_CHOICE,
                decided_at=decided_at,
                reason=verdict.proposal.reason,
                proposal_id=verdict.proposal_id,
            )
        )
    operations.sort(key=lambda operation: (operation.span, operation.id))
    if previous is None:
        return EditList(1, source_duration_ms, tuple(operations))
    if set(operations) == set(previous.operations):
        return previous
    return EditList(previous.version + 1, source_duration_ms, tuple(operations))


def _stays(operation: Operation, verdicts: Mapping[str, Verdict]) -> bool:
    if operation.proposal_id is None:
        return True
    verdict = verdicts.get(operation.proposal_id)
    if verdict is None:
        return operation.decided_by != STANDING_CHOICE
    return verdict.cut


def implied_decisions(before: EditList, after: EditList) -> dict[str, Decision]:
    """What a person's own edit says about proposals: a cut they took out is kept, one they put in is cut.

    Recording these keeps the next round of proposals from undoing the person's work.
    """
    was = {operation.proposal_id for operation in before.operations} - {None}
    now = {operation.proposal_id for operation in after.operations} - {None}
    decisions: dict[str, Decision] = {}
    for proposal_id in was ^ now:
        if proposal_id is not None:
            decisions[proposal_id] = "cut" if proposal_id in now else "keep"
    return decisions
