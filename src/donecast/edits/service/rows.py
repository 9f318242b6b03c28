"""From rows of proposals to values, and what is written into them."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, cast

from donecast.core.cleanup_rules import Cover
from donecast.core.decisions import STANDING_CHOICE, Decision, Verdict
from donecast.core.proposals import Proposal, ProposalKind
from donecast.core.sound_cues import CueSound
from donecast.core.span import Span
from donecast.edits.models import ProposalRow
from donecast.edits.rules import ProposalFacts
from donecast.kit.clock import Clock


def new_row(episode_id: str, verdict: Verdict, clock: Clock) -> ProposalRow:
    """The row of what was not found before, with what the standing choice makes of it."""
    proposal = verdict.proposal
    row = ProposalRow(
        episode_id=episode_id,
        id=verdict.proposal_id,
        kind=proposal.kind,
        start_ms=proposal.span.start_ms,
        end_ms=proposal.span.end_ms,
    )
    settle(row, verdict, clock)
    return row


def note(row: ProposalRow, proposal: Proposal) -> None:
    """Writes what was found; what was decided about it stays."""
    row.reason, row.confidence, row.automatic = proposal.reason, proposal.confidence, proposal.automatic
    row.cover = proposal.cover
    row.sound = asdict(proposal.sound) if proposal.sound else None


def settle(row: ProposalRow, verdict: Verdict, clock: Clock) -> None:
    """Writes what was found, and what the standing choice makes of it, unless that already stands there."""
    note(row, verdict.proposal)
    decision = None if verdict.is_open else ("cut" if verdict.cut else "keep")
    if row.decision != decision:
        row.decision = decision
        row.decided_by = None if decision is None else STANDING_CHOICE
        row.decided_at = None if decision is None else clock.now()


def verdict_of(row: ProposalRow) -> Verdict:
    """What was decided about it, and by whom."""
    decider = None if row.decision is None else ("person" if by_person(row) else STANDING_CHOICE)
    return Verdict(row.id, proposal_of_row(row), row.decision == "cut", cast(Any, decider))


def by_person(row: ProposalRow) -> bool:
    """Whether a person decided about it, whom no standing choice overrules."""
    return row.decided_by not in {None, STANDING_CHOICE}


def facts_of(row: ProposalRow, cuts: Mapping[str, Span]) -> ProposalFacts:
    """It as people see it; ``cuts`` are the stretches that the edit list cuts or replaces, by proposal."""
    decision = cast(Decision | None, row.decision)
    return ProposalFacts(row.id, proposal_of_row(row), decision, row.decided_by, cuts.get(row.id))


def proposal_of_row(row: ProposalRow) -> Proposal:
    """What was found."""
    kind = cast(ProposalKind, row.kind)
    span = Span(row.start_ms, row.end_ms)
    cover, sound = cast(Cover | None, row.cover), CueSound(**row.sound) if row.sound else None
    return Proposal(kind, span, row.reason, row.confidence, row.automatic, cover, sound)
