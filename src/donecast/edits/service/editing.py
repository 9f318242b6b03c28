"""What is found, decided and changed, and the edit list that follows, in versions."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, cast

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from donecast.core.arrangement import arranged
from donecast.core.decisions import STANDING_CHOICE, Decision, StandingChoices, Verdict
from donecast.core.decisions import decide as decide_all
from donecast.core.edit_list import EditList, apply, edit_list_from_json, to_json
from donecast.core.errors import StaleVersion
from donecast.core.operations import Operation
from donecast.core.proposals import Proposal, proposal_key
from donecast.core.span import Span
from donecast.core.timeline import Timeline
from donecast.edits import repository
from donecast.edits.errors import NoSuchProposal, NothingToRedo, NothingToUndo, SoundMissing
from donecast.edits.models import EditListRow, ProposalRow
from donecast.edits.rules import (
    History,
    Joints,
    Origin,
    ProposalFacts,
    changed_decisions,
    cuts_of_proposals,
    heard_digest,
    history,
    in_order,
    operations_of_person,
    operations_of_verdicts,
    operations_with_edges,
    signed_as_before,
)
from donecast.edits.service.rows import by_person, facts_of, new_row, note, proposal_of_row, settle, verdict_of
from donecast.kit.clock import Clock


def take_proposals(
    session: Session,
    clock: Clock,
    *,
    episode_id: str,
    source_duration_ms: int,
    proposals: Sequence[Proposal],
    choices: StandingChoices,
) -> EditList:
    """Keeps what was found in a recording and decides it by the standing choices; answers the newest edit list.

    Done again with the same findings, nothing changes. A person's decisions stay, also about what is not found again.
    """
    rows = {row.id: row for row in repository.proposals(session, episode_id)}
    decided_before = {row.id: cast(Decision, row.decision) for row in rows.values() if by_person(row)}
    verdicts = decide_all(proposals, choices, decided_before)
    for verdict in verdicts:
        row = rows.get(verdict.proposal_id)
        if row is None:
            session.add(new_row(episode_id, verdict, clock))
        elif by_person(row):
            note(row, verdict.proposal)
        else:
            settle(row, verdict, clock)
    found = {proposal_key(proposal) for proposal in proposals}
    missing = [row for row in rows.values() if row.id not in found]
    decided = [verdict_of(row) for row in missing if by_person(row)]
    if len(decided) < len(missing):
        repository.delete_proposals(session, episode_id, [row.id for row in missing if not by_person(row)])
    current = edit_list_of(session, episode_id, source_duration_ms)
    operations = operations_of_verdicts(current, [*verdicts, *decided], account_id=None, instant=_instant(clock))
    return _append(session, clock, episode_id, current, apply(current, operations, current.version), STANDING_CHOICE)


def proposals_of(session: Session, episode_id: str, source_duration_ms: int) -> tuple[ProposalFacts, ...]:
    """What was found, in order of time, with what was decided."""
    cuts = cuts_of_proposals(edit_list_of(session, episode_id, source_duration_ms))
    return tuple(facts_of(row, cuts) for row in repository.proposals(session, episode_id))


def proposal_of(session: Session, episode_id: str, proposal_id: str, source_duration_ms: int) -> ProposalFacts:
    """One of an episode's proposals. Raises NoSuchProposal."""
    row = repository.proposal(session, episode_id, proposal_id)
    if row is None:
        raise NoSuchProposal(details={"proposal_ids": [proposal_id]})
    return facts_of(row, cuts_of_proposals(edit_list_of(session, episode_id, source_duration_ms)))


def decide(
    session: Session,
    clock: Clock,
    *,
    episode_id: str,
    account_id: str,
    source_duration_ms: int,
    version: int,
    decisions: Mapping[str, Decision],
) -> EditList:
    """Writes down a person's decisions about proposals; answers the edit list that follows.

    Raises StaleVersion when ``version`` is not the newest, NoSuchProposal, SoundMissing.
    """
    rows = {row.id: row for row in repository.proposals(session, episode_id)}
    current = edit_list_of(session, episode_id, source_duration_ms)
    if version != current.version:
        raise StaleVersion(details={"expected_version": version, "version": current.version})
    unknown = sorted(decisions.keys() - rows.keys())
    if unknown:
        raise NoSuchProposal(details={"proposal_ids": unknown})
    soundless = [
        one for one, decision in decisions.items() if decision == "cut" and proposal_of_row(rows[one]).lacks_its_sound
    ]
    if soundless:
        raise SoundMissing(details={"proposal_ids": sorted(soundless)})
    decided = _decide_rows(rows, decisions, account_id, clock)
    verdicts = [
        Verdict(identity, proposal_of_row(rows[identity]), decision == "cut", "person")
        for identity, decision in decisions.items()
    ]
    others = [verdict_of(row) for row in rows.values() if row.id not in decisions]
    operations = operations_of_verdicts(current, [*verdicts, *others], account_id=account_id, instant=_instant(clock))
    after = apply(current, operations, version)
    if decided and after == current:
        # A choice that moves no cut is a step too, or the next undo would take back an older one.
        after = EditList(version + 1, source_duration_ms, current.operations)
    return _append(session, clock, episode_id, current, after, account_id, decided=decided)


def set_edges(
    session: Session,
    clock: Clock,
    *,
    episode_id: str,
    account_id: str,
    source_duration_ms: int,
    version: int,
    proposal_id: str,
    span: Span,
) -> EditList:
    """Accepts a proposal from and to where a person says, as one step of theirs; answers the new list.

    Raises StaleVersion, NoSuchProposal, SoundMissing, and EditListUnreadable where ``span`` reaches outside the
    recording.
    """
    rows = {row.id: row for row in repository.proposals(session, episode_id)}
    current = edit_list_of(session, episode_id, source_duration_ms)
    if version != current.version:
        raise StaleVersion(details={"expected_version": version, "version": current.version})
    if proposal_id not in rows:
        raise NoSuchProposal(details={"proposal_ids": [proposal_id]})
    proposal = proposal_of_row(rows[proposal_id])
    if proposal.lacks_its_sound:
        raise SoundMissing(details={"proposal_ids": [proposal_id]})
    operations = operations_with_edges(
        current, proposal_id, proposal, span, account_id=account_id, instant=_instant(clock)
    )
    after = apply(current, operations, version)
    decided = _decide_rows(rows, {proposal_id: "cut"}, account_id, clock) if after != current else {}
    return _append(session, clock, episode_id, current, after, account_id, decided=decided)


def replace(
    session: Session,
    clock: Clock,
    *,
    episode_id: str,
    account_id: str,
    source_duration_ms: int,
    version: int,
    operations: Sequence[Any],
) -> EditList:
    """Replaces all operations by those that a person sends (`core.edit_list.JSON_SCHEMA`); answers the new list.

    Raises StaleVersion, EditListUnreadable.
    """
    rows = {row.id: row for row in repository.proposals(session, episode_id)}
    current = edit_list_of(session, episode_id, source_duration_ms)
    wanted = operations_of_person(
        current, operations, known_proposals=rows.keys(), account_id=account_id, instant=_instant(clock)
    )
    after = apply(current, wanted, version)
    choices = {identity: choice for identity, choice in changed_decisions(current, after).items() if identity in rows}
    decided = _decide_rows(rows, choices, account_id, clock)
    return _append(session, clock, episode_id, current, after, account_id, decided=decided)


def change(
    session: Session,
    clock: Clock,
    *,
    episode_id: str,
    account_id: str,
    source_duration_ms: int,
    version: int,
    added: Sequence[Operation],
    removed: Collection[str],
) -> EditList:
    """Adds operations, in the place of those with their ids, and takes others out by id, as one step of a person.

    Raises StaleVersion, EditListUnreadable.
    """
    current = edit_list_of(session, episode_id, source_duration_ms)
    before = {operation.id: operation for operation in current.operations}
    new = {one.id: signed_as_before(one, before[one.id]) if one.id in before else one for one in added}
    kept = [operation for operation in current.operations if operation.id not in {*removed, *new}]
    after = apply(current, in_order([*kept, *new.values()]), version)
    return _append(session, clock, episode_id, current, after, account_id)


def undo(
    session: Session, clock: Clock, *, episode_id: str, account_id: str, source_duration_ms: int, version: int
) -> EditList:
    """Takes back the last step that a person did, as a new version; who had decided before it, has again.

    Raises StaleVersion, NothingToUndo.
    """
    return _restore(session, clock, episode_id, account_id, source_duration_ms, version, "before")


def redo(
    session: Session, clock: Clock, *, episode_id: str, account_id: str, source_duration_ms: int, version: int
) -> EditList:
    """Does again what was undone last, as a new version. Raises StaleVersion, NothingToRedo."""
    return _restore(session, clock, episode_id, account_id, source_duration_ms, version, "after")


def history_of(session: Session, episode_id: str) -> History:
    """What undo and redo would do now."""
    origins = repository.origins(session, episode_id)
    return history([Origin(number, restores, author != STANDING_CHOICE) for number, restores, author in origins])


def _restore(
    session: Session,
    clock: Clock,
    episode_id: str,
    account_id: str,
    source_duration_ms: int,
    version: int,
    side: Literal["before", "after"],
) -> EditList:
    """What was before the step that is shown, or after the one that was undone: its cuts and what was decided."""
    current = edit_list_of(session, episode_id, source_duration_ms)
    if version != current.version:
        raise StaleVersion(details={"expected_version": version, "version": current.version})
    found = history_of(session, episode_id)
    target, step = (found.undo_to, found.shown) if side == "before" else (found.redo_to, found.redo_to)
    if target is None or step is None:
        raise NothingToUndo if side == "before" else NothingToRedo
    row = repository.edit_list_of_version(session, episode_id, target)
    operations = edit_list_from_json(row.document).operations if row else ()
    done = repository.edit_list_of_version(session, episode_id, step)
    rows = {row.id: row for row in repository.proposals(session, episode_id)}
    for identity, sides in done.decided.items() if done else ():
        if identity in rows:
            _write_decided(rows[identity], sides[side])
    after = EditList(version + 1, source_duration_ms, operations)
    return _append(session, clock, episode_id, current, after, account_id, restores=target)


def edit_list_of(session: Session, episode_id: str, source_duration_ms: int) -> EditList:
    """The newest edit list; version 0, which changes nothing, while nothing was edited."""
    row = repository.newest_edit_list(session, episode_id)
    return edit_list_from_json(row.document) if row else EditList(0, source_duration_ms)


def timeline_of(session: Session, episode_id: str, source_duration_ms: int) -> Timeline:
    """What remains of the recording after the newest edit list."""
    return edit_list_of(session, episode_id, source_duration_ms).timeline


def timeline_with(
    session: Session, episode_id: str, source_duration_ms: int, operation: Operation, *, instead_of: str | None = None
) -> Timeline:
    """What would remain with one operation more, in the place of those of that id, or of the proposal of that id."""
    edit_list = edit_list_of(session, episode_id, source_duration_ms)
    others = [one for one in edit_list.operations if instead_of is None or instead_of not in {one.id, one.proposal_id}]
    return arranged(source_duration_ms, [*others, operation])


def joints_of(session: Session, episode_id: str, source_duration_ms: int, version: int | None = None) -> Joints:
    """Where the newest edit list cuts. Raises StaleVersion when ``version`` is given and another."""
    current = edit_list_of(session, episode_id, source_duration_ms)
    if version not in {None, current.version}:
        raise StaleVersion(details={"expected_version": version, "version": current.version})
    return Joints(current.version, current.timeline)


def newest_versions(session: Session, episode_ids: Collection[str]) -> dict[str, int]:
    """The newest version of each episode's edit list; episodes that were never edited are left out."""
    return repository.newest_versions(session, episode_ids)


def heard_digests(session: Session, versions: Collection[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """By episode and version, what tells whether two of them sound alike."""
    unedited = heard_digest(EditList(0, 0))
    return dict.fromkeys(versions, unedited) | repository.heard_digests(session, versions)


def open_questions(session: Session, episode_ids: Collection[str]) -> dict[str, int]:
    """About how many proposals of each episode the person is still to be asked; without any, it is left out."""
    return repository.undecided_counts(session, episode_ids)


def _append(
    session: Session,
    clock: Clock,
    episode_id: str,
    before: EditList,
    after: EditList,
    author: str,
    *,
    restores: int | None = None,
    decided: Mapping[str, Any] | None = None,
) -> EditList:
    if after.version == before.version:
        return before
    row = EditListRow(
        episode_id=episode_id,
        version=after.version,
        document=to_json(after),
        created_at=clock.now(),
        created_by=author,
        restores=restores,
        heard_digest=heard_digest(after),
        decided=dict(decided or {}),
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        # Two windows saved in the same moment; the version is the key, so only one of them got it.
        raise StaleVersion(details={"expected_version": before.version, "version": after.version}) from error
    return after


def _decide_rows(
    rows: Mapping[str, ProposalRow], decisions: Mapping[str, Decision], account_id: str, clock: Clock
) -> dict[str, Any]:
    """Writes down a person's decisions; answers what that changed, as it is kept with the step."""
    instant = clock.now().isoformat()
    changed: dict[str, Any] = {}
    for identity, decision in decisions.items():
        row = rows[identity]
        if (row.decision, row.decided_by) != (decision, account_id):
            before = [row.decision, row.decided_by, row.decided_at.isoformat() if row.decided_at else None]
            changed[identity] = {"before": before, "after": [decision, account_id, instant]}
            _write_decided(row, changed[identity]["after"])
    return changed


def _write_decided(row: ProposalRow, decided: Sequence[str | None]) -> None:
    row.decision, row.decided_by, instant = decided
    row.decided_at = datetime.fromisoformat(instant) if instant else None


def _instant(clock: Clock) -> str:
    return clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
