"""Who decides about a proposal, and the edit list that follows. The human always wins."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from donecast.core.proposals import Proposal, ProposalKind, proposal_key

Choice = Literal["cut", "ask", "keep"]
Decision = Literal["cut", "keep"]
Decider = Literal["person", "standing_choice"]

STANDING_CHOICE: Decider = "standing_choice"


@dataclass(frozen=True, slots=True)
class StandingChoices:
    """What a person wants done without being asked, per kind of proposal.

    ``cut`` cuts what is automatic (or covers it, if it is a word to be covered) and asks about the rest, ``ask`` asks
    about all, ``keep`` leaves all in. Of words that call a sound, each says for itself whether it acts.
    """

    flubber: Choice = "cut"
    filler: Choice = "cut"
    long_pause: Choice = "cut"
    repeat: Choice = "ask"
    censor: Choice = "cut"

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
            case "censor":
                return self.censor
            case "sound_cue":
                return "cut"

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


def standing_choices_from_json(document: Mapping[str, Any]) -> StandingChoices:
    """Reads what `StandingChoices.to_json` wrote; a kind that is not named keeps its default. Raises ValueError."""
    unknown = set(document) - set(StandingChoices.__dataclass_fields__)
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
