"""What decisions make of the list of cuts. What a person did is never undone by a machine."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from donecast.core.decisions import STANDING_CHOICE, Verdict
from donecast.core.edit_list import EditList, operation_to_json
from donecast.core.errors import EditListUnreadable
from donecast.core.operations import HOUSE_BEEP, Cut, Operation, Replace, place_of
from donecast.core.proposals import Proposal, proposal_key
from donecast.core.sound_cues import CueSound
from donecast.core.span import Span
from donecast.edits.rules import changed_decisions, in_order, operations_of_person, operations_of_verdicts

NOW = "2026-11-23T12:00:00.000Z"
EARLIER = "2026-11-22T12:00:00.000Z"


def verdict(start_ms: int, *, cut: bool, by: Any = STANDING_CHOICE) -> Verdict:
    proposal = Proposal("filler", Span(start_ms, start_ms + 100), "um", 0.9, automatic=True)
    return Verdict(proposal_key(proposal), proposal, cut, by)


def cut_of(one: Verdict, *, by: str = STANDING_CHOICE, span: Span | None = None) -> Cut:
    return Cut(
        id=f"cut_{one.proposal_id}",
        span=span or one.proposal.span,
        decided_by=by,
        decided_at=EARLIER,
        reason="um",
        proposal_id=one.proposal_id,
    )


def listed(*operations: Operation) -> EditList:
    return EditList(4, 10_000, in_order(operations))


BY_HAND = Cut(id="mine", span=Span(5_000, 6_000), decided_by="acc_1", decided_at=EARLIER)


def test_cuts_are_added_where_a_verdict_says_so_and_signed_by_who_decided() -> None:
    standing, person, kept = verdict(100, cut=True), verdict(300, cut=True, by="person"), verdict(500, cut=False)
    after = operations_of_verdicts(listed(BY_HAND), [person, kept, standing], account_id="acc_1", instant=NOW)
    assert [(place_of(cut)[0], cut.decided_by, cut.decided_at) for cut in after] == [
        (100, STANDING_CHOICE, NOW),
        (300, "acc_1", NOW),
        (5_000, "acc_1", EARLIER),
    ]


def test_a_cut_goes_when_its_proposal_is_kept() -> None:
    one = verdict(100, cut=False, by="person")
    assert operations_of_verdicts(listed(cut_of(one)), [one], account_id="acc_1", instant=NOW) == ()


def test_edges_that_a_person_moved_stay_moved() -> None:
    one = verdict(100, cut=True)
    moved = cut_of(one, by="acc_1", span=Span(90, 260))
    assert operations_of_verdicts(listed(moved), [one], account_id=None, instant=NOW) == (moved,)


def test_what_is_not_found_any_more_goes_unless_a_person_cut_it() -> None:
    gone, decided = verdict(100, cut=True), verdict(300, cut=True)
    before = listed(cut_of(gone), cut_of(decided, by="acc_1"))
    assert operations_of_verdicts(before, [], account_id=None, instant=NOW) == (cut_of(decided, by="acc_1"),)


def test_a_word_is_covered_as_the_show_wants_it_now() -> None:
    proposal = Proposal("censor", Span(100, 200), "On your list", 0.9, automatic=True, cover="beep")
    one = Verdict(proposal_key(proposal), proposal, True, STANDING_CHOICE)
    beeped = operations_of_verdicts(listed(), [one], account_id=None, instant=EARLIER)
    assert [(type(operation), operation.asset) for operation in beeped if isinstance(operation, Replace)] == [
        (Replace, HOUSE_BEEP)
    ]
    silent = replace(one, proposal=replace(proposal, cover="silence"))
    (after,) = operations_of_verdicts(listed(*beeped), [silent], account_id=None, instant=NOW)
    assert isinstance(after, Replace)
    assert (after.asset, after.span) == (None, proposal.span)
    assert operations_of_verdicts(listed(after), [silent], account_id=None, instant=NOW) == (after,)
    own = replace(after, decided_by="acc_1", asset="med_1", duration_ms=50)
    assert operations_of_verdicts(listed(own), [silent], account_id=None, instant=NOW) == (own,)


def test_a_word_calls_the_sound_that_the_show_wants_now() -> None:
    proposal = Proposal(
        "sound_cue", Span(100, 200), "You said it", 0.95, automatic=True, sound=CueSound("med_1", 900, 3.0)
    )
    one = Verdict(proposal_key(proposal), proposal, True, STANDING_CHOICE)
    (put,) = operations_of_verdicts(listed(), [one], account_id=None, instant=EARLIER)
    assert isinstance(put, Replace)
    assert (put.span, put.asset, put.duration_ms, put.gain_db) == (proposal.span, "med_1", 900, 3.0)
    assert operations_of_verdicts(listed(put), [one], account_id=None, instant=NOW) == (put,)
    louder = replace(one, proposal=replace(proposal, sound=CueSound("med_1", 900, 6.0)))
    (after,) = operations_of_verdicts(listed(put), [louder], account_id=None, instant=NOW)
    assert isinstance(after, Replace)
    assert (after.gain_db, after.decided_at) == (6.0, NOW)
    own = replace(put, decided_by="acc_1")
    assert operations_of_verdicts(listed(own), [louder], account_id=None, instant=NOW) == (own,)


def test_words_whose_sound_is_gone_are_never_cut_for_it() -> None:
    proposal = Proposal("sound_cue", Span(100, 200), "Its sound is gone", 0.95, automatic=False)
    one = Verdict(proposal_key(proposal), proposal, True, "person")
    assert operations_of_verdicts(listed(), [one], account_id="acc_1", instant=NOW) == ()


def test_an_id_that_a_person_took_is_not_taken_twice() -> None:
    one = verdict(100, cut=True)
    by_hand = replace(BY_HAND, id=f"cut_{one.proposal_id}")
    after = operations_of_verdicts(listed(by_hand), [one], account_id=None, instant=NOW)
    assert {operation.proposal_id for operation in listed(*after).operations} == {None, one.proposal_id}


@given(st.lists(st.tuples(st.integers(0, 90), st.booleans()), max_size=12, unique_by=lambda item: item[0]))
def test_deciding_twice_is_deciding_once(choices: list[tuple[int, bool]]) -> None:
    verdicts = [verdict(100 * start, cut=cut) for start, cut in choices]
    once = operations_of_verdicts(listed(BY_HAND), verdicts, account_id=None, instant=EARLIER)
    twice = operations_of_verdicts(EditList(5, 10_000, once), verdicts, account_id=None, instant=NOW)
    assert once == twice
    assert {cut.proposal_id for cut in once} == {one.proposal_id for one in verdicts if one.cut} | {None}
    assert BY_HAND in once


def sent(edit_list: EditList, *documents: Any, known: tuple[str, ...] = ()) -> tuple[Operation, ...]:
    return operations_of_person(edit_list, documents, known_proposals=known, account_id="acc_2", instant=NOW)


def test_unchanged_operations_keep_their_signature_whatever_is_sent() -> None:
    document = {**operation_to_json(BY_HAND), "decided_by": "forger", "decided_at": NOW}
    assert sent(listed(BY_HAND), document) == (BY_HAND,)


def test_changed_and_new_operations_are_signed_by_the_sender() -> None:
    changed = {**operation_to_json(BY_HAND), "end_ms": 6_500}
    new = {"kind": "cut", "id": "new", "start_ms": 1, "end_ms": 2}
    after = sent(listed(BY_HAND), changed, new)
    assert [(cut.id, cut.decided_by, cut.decided_at) for cut in after] == [
        ("new", "acc_2", NOW),
        ("mine", "acc_2", NOW),
    ]


def test_a_proposal_must_be_known_or_already_in_the_list() -> None:
    one = verdict(100, cut=True)
    document = operation_to_json(cut_of(one))
    assert sent(listed(), document, known=(one.proposal_id,))[0].proposal_id == one.proposal_id
    assert sent(listed(cut_of(one)), document) == (cut_of(one),)
    with pytest.raises(EditListUnreadable, match="names a proposal that this episode does not have"):
        sent(listed(), document)


@pytest.mark.parametrize("document", [None, "cut", 3, ["cut"]])
def test_what_is_not_an_operation_is_refused(document: Any) -> None:
    with pytest.raises(EditListUnreadable, match="must be an object"):
        sent(listed(), document)


def test_changing_the_list_decides_about_its_proposals() -> None:
    stays, comes, leaves = verdict(100, cut=True), verdict(300, cut=True), verdict(500, cut=True)
    before, after = listed(cut_of(stays), cut_of(leaves)), listed(cut_of(stays), cut_of(comes), BY_HAND)
    assert changed_decisions(before, after) == {comes.proposal_id: "cut", leaves.proposal_id: "keep"}
    assert changed_decisions(after, after) == {}
