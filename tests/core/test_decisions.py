"""Decisions: standing choices act on what is sure, and the human always wins."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from donecast.core.decisions import (
    STANDING_CHOICE,
    StandingChoices,
    Verdict,
    build_edit_list,
    decide,
    implied_decisions,
    open_questions,
    standing_choices_from_json,
)
from donecast.core.edit_list import Cut, EditList, apply
from donecast.core.proposals import Proposal, proposal_key
from donecast.core.span import Span

NOON, LATER = "2026-01-05T12:00:00Z", "2026-01-06T12:00:00Z"
SURE = Proposal("flubber", Span(100, 900), "You said it", 0.95, automatic=True)
PAUSE = Proposal("long_pause", Span(2_000, 3_000), "A pause", 0.95, automatic=True)
UNSURE = Proposal("filler", Span(5_000, 5_200), "Sounds like it", 0.5, automatic=False)
ALL = (SURE, PAUSE, UNSURE)


def build(previous: EditList | None, verdicts: tuple[Verdict, ...], at: str = NOON) -> EditList:
    return build_edit_list(previous, verdicts, source_duration_ms=10_000, decided_at=at, person="acc_1")


@pytest.mark.parametrize(
    ("proposal", "choice", "cut", "is_open"),
    [
        (SURE, "cut", True, False),
        (SURE, "ask", False, True),
        (SURE, "keep", False, False),
        (UNSURE, "cut", False, True),
        (UNSURE, "ask", False, True),
        (UNSURE, "keep", False, False),
    ],
)
def test_a_standing_choice_acts_on_what_is_sure_and_asks_about_the_rest(
    proposal: Proposal, choice: str, cut: bool, is_open: bool
) -> None:
    choices = standing_choices_from_json({proposal.kind: choice})
    (verdict,) = decide([proposal], choices, {})
    assert (verdict.cut, verdict.is_open) == (cut, is_open)
    assert bool(open_questions([verdict])) == is_open


@given(st.sampled_from(ALL), st.sampled_from(["cut", "ask", "keep"]), st.booleans())
def test_the_human_always_wins(proposal: Proposal, choice: str, wants_cut: bool) -> None:
    choices = standing_choices_from_json({proposal.kind: choice})
    (verdict,) = decide([proposal], choices, {proposal_key(proposal): "cut" if wants_cut else "keep"})
    assert verdict.cut == wants_cut
    assert verdict.decided_by == "person"


def test_standing_choices_survive_json_and_refuse_nonsense() -> None:
    choices = StandingChoices(filler="keep", repeat="cut")
    assert standing_choices_from_json(choices.to_json()) == choices
    with pytest.raises(ValueError, match="cut, ask or keep"):
        standing_choices_from_json({"filler": "maybe"})
    with pytest.raises(ValueError, match="nothing is chosen"):
        standing_choices_from_json({"coughs": "cut"})


def test_the_first_edit_list_holds_what_is_cut_and_who_decided() -> None:
    edit_list = build(None, decide(ALL, StandingChoices(), {proposal_key(UNSURE): "cut"}))
    assert edit_list.version == 1
    assert [(op.span, op.decided_by) for op in edit_list.operations] == [
        (SURE.span, STANDING_CHOICE),
        (PAUSE.span, STANDING_CHOICE),
        (UNSURE.span, "acc_1"),
    ]
    assert {op.reason for op in edit_list.operations} == {"You said it", "A pause", "Sounds like it"}


def test_deciding_the_same_again_changes_nothing() -> None:
    verdicts = decide(ALL, StandingChoices(), {})
    first = build(None, verdicts)
    assert build(first, verdicts, LATER) is first


def test_taking_a_cut_back_removes_it_alone() -> None:
    first = build(None, decide(ALL, StandingChoices(), {}))
    second = build(first, decide(ALL, StandingChoices(), {proposal_key(PAUSE): "keep"}), LATER)
    assert second.version == 2
    assert second.operations == first.operations[:1]


def test_cuts_drawn_by_hand_stay_whatever_is_decided() -> None:
    by_hand = Cut("hand", Span(7_000, 8_000), "acc_1", NOON, "Off topic")
    first = apply(EditList(1, 10_000), [by_hand], 1)
    assert build(first, decide(ALL, StandingChoices("keep", "keep", "keep", "keep"), {})) is first
    assert by_hand in build(first, decide(ALL, StandingChoices(), {})).operations


def test_a_cut_whose_edges_a_person_moved_keeps_its_edges() -> None:
    verdicts = decide(ALL, StandingChoices(), {})
    first = build(None, verdicts)
    moved = replace(first.operations[0], span=Span(150, 850), decided_by="acc_1")
    second = apply(first, [moved, *first.operations[1:]], 1)
    assert build(second, verdicts, LATER) is second


def test_new_rules_drop_what_is_no_longer_proposed_unless_a_person_did_it() -> None:
    decisions = {proposal_key(UNSURE): "cut"}
    first = build(None, decide(ALL, StandingChoices(), decisions))  # type: ignore[arg-type]
    second = build(first, (), LATER)
    assert [op.span for op in second.operations] == [UNSURE.span]


def test_an_id_taken_by_hand_is_not_taken_twice() -> None:
    key = proposal_key(SURE).removeprefix("prop_")
    first = EditList(1, 10_000, (Cut(f"cut_{key}", Span(1, 2), "acc_1", NOON),))
    assert len(build(first, decide([SURE], StandingChoices(), {})).operations) == 2


def test_an_edit_by_hand_says_what_it_means_for_proposals() -> None:
    first = build(None, decide(ALL, StandingChoices(), {}))
    without_pause = apply(first, first.operations[:1], 1)
    assert implied_decisions(first, without_pause) == {proposal_key(PAUSE): "keep"}
    assert implied_decisions(without_pause, first) == {proposal_key(PAUSE): "cut"}
    assert implied_decisions(first, first) == {}
