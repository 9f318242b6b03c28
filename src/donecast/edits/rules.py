"""Pure rules of edits: what decisions make of the list of cuts. What a person did is never undone by a machine."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from donecast.core.cleanup_rules import Cover
from donecast.core.decisions import STANDING_CHOICE, Decision, Verdict
from donecast.core.edit_list import EditList, operation_from_json
from donecast.core.errors import EditListUnreadable
from donecast.core.operations import HOUSE_BEEP, Cut, Insert, Operation, Replace, place_of
from donecast.core.proposals import Proposal
from donecast.core.sound_cues import CueSound
from donecast.core.span import Span
from donecast.core.timeline import Timeline, from_cuts, parts_to_json

_COVERS: Mapping[Cover, str | None] = {"beep": HOUSE_BEEP, "silence": None}


@dataclass(frozen=True, slots=True)
class ProposalFacts:
    """A proposal as people see it.

    ``decision`` None: nobody decided, so the person is asked. ``decided_by`` is an account or ``standing_choice``.
    ``cut`` is the stretch that the newest edit list takes out, or covers, for it; None when that leaves it in. A person
    may have moved its edges, so it need not be the stretch that was found.
    """

    id: str
    proposal: Proposal
    decision: Decision | None
    decided_by: str | None
    cut: Span | None

    @property
    def span(self) -> Span:
        """What is taken out, or would be."""
        return self.cut or self.proposal.span


@dataclass(frozen=True, slots=True)
class Joints:
    """The places where something is cut, in order of time: what is cut there, and what remains of the recording."""

    version: int
    timeline: Timeline

    @property
    def cuts(self) -> tuple[Span, ...]:
        """One for each joint, in the recording's time; cuts that touch are one."""
        return self.timeline.cuts


def operations_of_verdicts(
    edit_list: EditList, verdicts: Iterable[Verdict], *, account_id: str | None, instant: str
) -> tuple[Operation, ...]:
    """The operations that follow when each proposal is cut or not as its verdict says.

    What was done by hand stays, and so do the edges that a person gave to a proposed cut. A cut whose proposal is not
    found any more stays when a person made it and goes when a standing choice did. New cuts carry ``instant``
    (ISO 8601) and ``account_id`` where the person decided. Words whose sound is gone are never cut for it.
    """
    by_id = {verdict.proposal_id: verdict for verdict in verdicts}
    kept = [operation for operation in edit_list.operations if _stays(operation, by_id)]
    present = {operation.proposal_id for operation in kept}
    taken = {operation.id for operation in kept}
    added = []
    for verdict in by_id.values():
        if verdict.cut and verdict.proposal_id not in present and not verdict.proposal.lacks_its_sound:
            operation = _operation(
                verdict.proposal.span,
                verdict.proposal.instead,
                id=_free_id(f"cut_{verdict.proposal_id}", taken),
                decided_by=account_id or STANDING_CHOICE if verdict.decided_by == "person" else STANDING_CHOICE,
                decided_at=instant,
                reason=verdict.proposal.reason,
                proposal_id=verdict.proposal_id,
            )
            added.append(operation)
    return in_order([*kept, *added])


def imagined(span: Span, instead: Cover | CueSound | None) -> Operation:
    """An operation that nobody decided, to hear what it would do: a cut, or what is heard instead."""
    return _operation(span, instead, id="imagined", decided_by=STANDING_CHOICE, decided_at="")


def operations_with_edges(
    edit_list: EditList, proposal_id: str, proposal: Proposal, span: Span, *, account_id: str, instant: str
) -> tuple[Operation, ...]:
    """The operations when a proposal is accepted from and to where a person says, and nowhere else.

    Its stretch is cut or covered there, or its sound is heard instead of it.
    """
    others = [operation for operation in edit_list.operations if operation.proposal_id != proposal_id]
    before = [operation for operation in edit_list.operations if operation.proposal_id == proposal_id]
    changed = _operation(
        span,
        proposal.instead,
        id=before[0].id if before else _free_id(f"cut_{proposal_id}", {operation.id for operation in others}),
        decided_by=account_id,
        decided_at=instant,
        reason=proposal.reason,
        proposal_id=proposal_id,
    )
    return in_order([*others, signed_as_before(changed, before[0]) if len(before) == 1 else changed])


def cuts_of_proposals(edit_list: EditList) -> dict[str, Span]:
    """By proposal, the first stretch that the list cuts or replaces for it."""
    cuts: dict[str, Span] = {}
    for operation in edit_list.operations:
        if operation.proposal_id is not None and not isinstance(operation, Insert):
            cuts.setdefault(operation.proposal_id, operation.span)
    return cuts


def _operation(span: Span, instead: Cover | CueSound | None, **decided: Any) -> Operation:
    if instead is None:
        return Cut(span=span, **decided)
    if isinstance(instead, CueSound):
        return Replace(
            span=span, asset=instead.asset, duration_ms=instead.duration_ms, gain_db=instead.gain_db, **decided
        )
    return Replace(span=span, asset=_COVERS[instead], **decided)


def _is_heard_in(operation: Replace, instead: Cover | CueSound) -> bool:
    if isinstance(instead, CueSound):
        return CueSound(operation.asset or "", operation.duration_ms or 0, operation.gain_db) == instead
    return operation.asset == _COVERS[instead]


def _free_id(wanted: str, taken: Collection[str]) -> str:
    """The id, made longer where a person gave it to something else."""
    while wanted in taken:
        wanted += "_"
    return wanted


def _stays(operation: Operation, verdicts: Mapping[str, Verdict]) -> bool:
    if operation.proposal_id is None:
        return True
    verdict = verdicts.get(operation.proposal_id)
    if verdict is None:
        return operation.decided_by != STANDING_CHOICE
    instead = verdict.proposal.instead
    # A show that covers its words in another way now, or calls another sound with them, does so everywhere, but for
    # those places that a person decided about.
    otherwise = isinstance(operation, Replace) and instead is not None and not _is_heard_in(operation, instead)
    return verdict.cut and not (otherwise and operation.decided_by == STANDING_CHOICE)


def operations_of_person(
    edit_list: EditList,
    documents: Sequence[Any],
    *,
    known_proposals: Collection[str],
    account_id: str,
    instant: str,
) -> tuple[Operation, ...]:
    """The operations that a person sends to replace those of the list, checked against the core's schema.

    Who decided and when is ours to say: what is unchanged keeps what stands there, the rest is the person's, now.
    Raises EditListUnreadable with a sentence.
    """
    before = {operation.id: operation for operation in edit_list.operations}
    known = {*known_proposals, *(operation.proposal_id for operation in edit_list.operations)}
    operations = []
    for document in documents:
        if not isinstance(document, Mapping):
            raise EditListUnreadable("Each operation of the list of cuts must be an object.")
        completed = {"reason": "", "proposal_id": None, **document, "decided_by": account_id, "decided_at": instant}
        operation = operation_from_json(completed)
        if operation.proposal_id is not None and operation.proposal_id not in known:
            raise EditListUnreadable("A cut names a proposal that this episode does not have.")
        same = before.get(operation.id)
        if same is not None:
            operation = signed_as_before(operation, same)
        operations.append(operation)
    return in_order(operations)


def signed_as_before(operation: Operation, before: Operation) -> Operation:
    """The earlier operation where only who decided, and when, differs."""
    as_before = replace(operation, decided_by=before.decided_by, decided_at=before.decided_at)
    return before if as_before == before else operation


def in_order(operations: Iterable[Operation]) -> tuple[Operation, ...]:
    """Operations as the list keeps them: by time, then by id, so that equal edits are equal lists."""
    return tuple(sorted(operations, key=place_of))


def changed_decisions(before: EditList, after: EditList) -> dict[str, Decision]:
    """What a person decided about proposals by changing the list itself: cut where one came in, keep where one left."""
    cut_before, cut_after = _proposals_cut(before), _proposals_cut(after)
    added: dict[str, Decision] = dict.fromkeys(cut_after - cut_before, "cut")
    taken: dict[str, Decision] = dict.fromkeys(cut_before - cut_after, "keep")
    return {**added, **taken}


def _proposals_cut(edit_list: EditList) -> set[str]:
    return {operation.proposal_id for operation in edit_list.operations if operation.proposal_id is not None}


def heard_digest(edit_list: EditList) -> str:
    """SHA-256 (hex) of what is heard; who decided it, why and in how many pieces does not matter."""
    heard = edit_list.timeline
    # Unedited is unedited, however long the recording is.
    parts = () if heard == from_cuts(heard.source_duration_ms, []) else parts_to_json(heard.parts)
    return hashlib.sha256(json.dumps(parts, separators=(",", ":")).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a version of the edit list came from; ``restores`` is the version that it is again, after undo or redo."""

    version: int
    restores: int | None
    by_person: bool


@dataclass(frozen=True, slots=True)
class History:
    """The newest version, and the one that undo or redo would restore; None where there is nothing to take back.

    ``shown`` is the step that undo would take back: the newest version, or the one that the newest restores.
    """

    version: int
    shown: int
    undo_to: int | None
    redo_to: int | None


def history(origins: Sequence[Origin]) -> History:
    """What undo and redo would do after all these versions, which begin with the first and leave none out.

    Undo takes back a person's steps one after the other, and stops at what a standing choice decided. Redo brings back
    what was undone last, until something new is done.
    """
    if not origins:
        return History(0, 0, None, None)

    def content(version: int) -> int:
        restored = origins[version - 1].restores if version else None
        return version if restored is None else restored

    newest = origins[-1]
    now = content(newest.version)
    undo_to = content(now - 1) if now and origins[now - 1].by_person else None
    redo_to = None
    if newest.restores is not None:
        undone = [one.version for one in origins if one.restores is None and content(one.version - 1) == now]
        redo_to = max(undone, default=None)
    return History(newest.version, now, undo_to, redo_to)
