"""Decisions: standing choices act on what is sure, and the human always wins."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from donecast.core.decisions import (
    StandingChoices,
    decide,
    open_questions,
    standing_choices_from_json,
)
from donecast.core.proposals import Proposal, proposal_key
from donecast.core.span import Span

SURE = Proposal("flubber", Span(100, 900), "You said it", 0.95, automatic=True)
PAUSE = Proposal("long_pause", Span(2_000, 3_000), "A pause", 0.95, automatic=True)
UNSURE = Proposal("filler", Span(5_000, 5_200), "Sounds like it", 0.5, automatic=False)
ALL = (SURE, PAUSE, UNSURE)


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
