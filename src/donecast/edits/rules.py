"""Pure rules of edits: what decisions make of the list of cuts. What a person did is never undone by a machine."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from donecast.core.decisions import STANDING_CHOICE, Decision, Verdict
from donecast.core.edit_list import Cut, EditList, Operation, cuts, operation_from_json
from donecast.core.errors import EditListUnreadable
from donecast.core.proposals import Proposal
from donecast.core.span import Span
from donecast.core.timeline import Timeline


@dataclass(frozen=True, slots=True)
class ProposalFacts:
    """A proposal as people see it.

    ``decision`` None: nobody decided, so the person is asked. ``decided_by`` is an account or ``standing_choice``.
    ``is_cut`` says whether the newest edit list takes it out.
    """

    id: str
    proposal: Proposal
    decision: Decision | None
    decided_by: str | None
    is_cut: bool


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

    Cuts drawn by hand stay, and so do the edges that a person gave to a proposed cut. A cut whose proposal is not
    found any more stays when a person made it and goes when a standing choice did. New cuts carry ``instant``
    (ISO 8601) and ``account_id`` where the person decided.
    """
    by_id = {verdict.proposal_id: verdict for verdict in verdicts}
    kept = [operation for operation in edit_list.operations if _stays(operation, by_id)]
    present = {operation.proposal_id for operation in kept}
    added = [
        Cut(
            id=f"cut_{verdict.proposal_id}",
            span=verdict.proposal.span,
            decided_by=account_id or STANDING_CHOICE if verdict.decided_by == "person" else STANDING_CHOICE,
            decided_at=instant,
            reason=verdict.proposal.reason,
            proposal_id=verdict.proposal_id,
        )
        for verdict in by_id.values()
        if verdict.cut and verdict.proposal_id not in present
    ]
    return in_order([*kept, *added])


def _stays(operation: Operation, verdicts: Mapping[str, Verdict]) -> bool:
    if operation.proposal_id is None:
        return True
    verdict = verdicts.get(operation.proposal_id)
    return operation.decided_by != STANDING_CHOICE if verdict is None else verdict.cut


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
            operation = _signed_as_before(operation, same)
        operations.append(operation)
    return in_order(operations)


def _signed_as_before(operation: Operation, before: Operation) -> Operation:
    as_before = replace(operation, decided_by=before.decided_by, decided_at=before.decided_at)
    return before if as_before == before else operation


def in_order(operations: Iterable[Operation]) -> tuple[Operation, ...]:
    """Operations as the list keeps them: by time, then by id, so that equal edits are equal lists."""
    return tuple(sorted(operations, key=lambda operation: (operation.span, operation.id)))


def changed_decisions(before: EditList, after: EditList) -> dict[str, Decision]:
    """What a person decided about proposals by changing the list itself: cut where one came in, keep where one left."""
    cut_before, cut_after = _proposals_cut(before), _proposals_cut(after)
    added: dict[str, Decision] = dict.fromkeys(cut_after - cut_before, "cut")
    taken: dict[str, Decision] = dict.fromkeys(cut_before - cut_after, "keep")
    return {**added, **taken}


def _proposals_cut(edit_list: EditList) -> set[str]:
    return {operation.proposal_id for operation in edit_list.operations if operation.proposal_id is not None}


def cuts_digest(edit_list: EditList) -> str:
    """SHA-256 (hex) of what is cut; who decided it, why and in how many pieces does not matter."""
    spans_ms = [[span.start_ms, span.end_ms] for span in cuts(edit_list)]
    return hashlib.sha256(json.dumps(spans_ms, separators=(",", ":")).encode()).hexdigest()


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
