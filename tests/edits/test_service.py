"""Proposals and edit lists as they are kept: found again, decided, versioned."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from sqlalchemy import text

from donecast.core.decisions import StandingChoices
from donecast.core.edit_list import EditList
from donecast.core.errors import EditListUnreadable, StaleVersion
from donecast.core.operations import HOUSE_BEEP, Cut, Replace
from donecast.core.proposals import Proposal, proposal_key
from donecast.core.span import Span
from donecast.edits import service
from donecast.edits.errors import NoSuchProposal
from donecast.edits.rules import History
from tests.support.scene import RECORDING_MS, Scene

SURE = Proposal("flubber", Span(1_000, 3_000), "You said flubber", 0.95, automatic=True)
UNSURE = Proposal("filler", Span(4_000, 4_300), "um", 0.5, automatic=False)
REPEAT = Proposal("repeat", Span(6_000, 6_500), "Said twice", 0.6, automatic=False)


@pytest.fixture
def episode_id(scene: Scene) -> str:
    made: str = scene.new_episode()["id"]
    return made


def take(
    scene: Scene, episode_id: str, proposals: Sequence[Proposal], choices: StandingChoices | None = None
) -> EditList:
    with scene.ground.database.transaction() as session:
        return service.take_proposals(
            session,
            scene.clock,
            episode_id=episode_id,
            source_duration_ms=RECORDING_MS,
            proposals=proposals,
            choices=choices or StandingChoices(),
        )


def decide(scene: Scene, episode_id: str, version: int, proposal: Proposal, decision: str) -> EditList:
    with scene.ground.database.transaction() as session:
        return service.decide(
            session,
            scene.clock,
            episode_id=episode_id,
            account_id=scene.ann.account.id,
            source_duration_ms=RECORDING_MS,
            version=version,
            decisions={proposal_key(proposal): decision},  # type: ignore[dict-item]
        )


def shown(scene: Scene, episode_id: str) -> list[tuple[str, str | None, bool]]:
    with scene.ground.database.reading() as session:
        found = service.proposals_of(session, episode_id, RECORDING_MS)
    return [(facts.proposal.kind, facts.decision, facts.cut is not None) for facts in found]


def deciders(scene: Scene, episode_id: str) -> list[tuple[str | None, str | None]]:
    with scene.ground.database.reading() as session:
        found = service.proposals_of(session, episode_id, RECORDING_MS)
    return [(facts.decision, facts.decided_by) for facts in found]


def history(scene: Scene, episode_id: str) -> History:
    with scene.ground.database.reading() as session:
        return service.history_of(session, episode_id)


def back(scene: Scene, episode_id: str, step: Callable[..., EditList] = service.undo) -> EditList:
    """Undo or redo of Ann's."""
    version = history(scene, episode_id).version
    with scene.ground.database.transaction() as session:
        return step(
            session,
            scene.clock,
            episode_id=episode_id,
            account_id=scene.ann.account.id,
            source_duration_ms=RECORDING_MS,
            version=version,
        )


def test_sure_findings_are_cut_and_the_others_asked_about(scene: Scene, episode_id: str) -> None:
    edit_list = take(scene, episode_id, [REPEAT, SURE, UNSURE])
    assert [cut.span for cut in edit_list.operations if isinstance(cut, Cut)] == [SURE.span]
    assert shown(scene, episode_id) == [("flubber", "cut", True), ("filler", None, False), ("repeat", None, False)]
    with scene.ground.database.reading() as session:
        assert service.open_questions(session, [episode_id, "ep_x"]) == {episode_id: 2}
        assert service.newest_versions(session, [episode_id, "ep_x"]) == {episode_id: 1}
        assert service.timeline_of(session, episode_id, RECORDING_MS).cuts == (SURE.span,)


def test_standing_choices_may_ask_or_keep(scene: Scene, episode_id: str) -> None:
    edit_list = take(scene, episode_id, [SURE, REPEAT], StandingChoices(flubber="ask", repeat="keep"))
    assert (edit_list.version, edit_list.operations) == (0, ())
    assert shown(scene, episode_id) == [("flubber", None, False), ("repeat", "keep", False)]


def test_finding_the_same_again_changes_nothing(scene: Scene, episode_id: str) -> None:
    first = take(scene, episode_id, [SURE, UNSURE])
    scene.clock.advance(timedelta(hours=1))
    assert take(scene, episode_id, [SURE, UNSURE]) == first
    with scene.ground.database.reading() as session:
        rows = session.execute(text("SELECT count(*), max(decided_at) FROM proposals")).one()
    assert rows[0] == 2
    assert "12:00" in str(rows[1])


def test_what_is_not_found_any_more_goes_unless_a_person_decided_it(scene: Scene, episode_id: str) -> None:
    take(scene, episode_id, [SURE, UNSURE, REPEAT])
    decide(scene, episode_id, 1, UNSURE, "cut")
    after = take(scene, episode_id, [])
    assert shown(scene, episode_id) == [("filler", "cut", True)]
    assert [cut.span for cut in after.operations if isinstance(cut, Cut)] == [UNSURE.span]
    assert after.version == 3


def test_a_persons_word_outranks_the_standing_choice_for_good(scene: Scene, episode_id: str) -> None:
    take(scene, episode_id, [SURE])
    decide(scene, episode_id, 1, SURE, "keep")
    assert take(scene, episode_id, [SURE]).version == 2
    assert shown(scene, episode_id) == [("flubber", "keep", False)]


def test_confirming_what_is_cut_is_a_step_of_its_own_and_stays(scene: Scene, episode_id: str) -> None:
    take(scene, episode_id, [SURE])
    assert decide(scene, episode_id, 1, SURE, "cut").version == 2
    assert decide(scene, episode_id, 2, SURE, "cut").version == 2
    assert take(scene, episode_id, []).operations != ()
    assert shown(scene, episode_id) == [("flubber", "cut", True)]


def test_undo_opens_a_question_again(scene: Scene, episode_id: str) -> None:
    take(scene, episode_id, [UNSURE])
    for decision in ("cut", "keep"):
        version = history(scene, episode_id).version
        assert decide(scene, episode_id, version, UNSURE, decision).version == version + 1
        assert deciders(scene, episode_id) == [(decision, scene.ann.account.id)]
        back(scene, episode_id)
        assert deciders(scene, episode_id) == [(None, None)]
        with scene.ground.database.reading() as session:
            assert service.open_questions(session, [episode_id]) == {episode_id: 1}
        back(scene, episode_id, service.redo)
        assert deciders(scene, episode_id) == [(decision, scene.ann.account.id)]
        back(scene, episode_id)
    assert history(scene, episode_id).undo_to is None


def test_undo_gives_a_standing_choice_back_what_it_decided(scene: Scene, episode_id: str) -> None:
    take(scene, episode_id, [SURE])
    decide(scene, episode_id, 1, SURE, "keep")
    back(scene, episode_id)
    assert deciders(scene, episode_id) == [("cut", "standing_choice")]
    take(scene, episode_id, [SURE], StandingChoices(flubber="keep"))
    assert deciders(scene, episode_id) == [("keep", "standing_choice")]


def test_undo_of_a_choice_that_moves_no_cut_leaves_the_earlier_ones(scene: Scene, episode_id: str) -> None:
    take(scene, episode_id, [UNSURE, REPEAT])
    first = decide(scene, episode_id, 0, UNSURE, "cut")
    decide(scene, episode_id, 1, REPEAT, "keep")
    assert back(scene, episode_id).operations == first.operations
    assert shown(scene, episode_id) == [("filler", "cut", True), ("repeat", None, False)]
    assert back(scene, episode_id).operations == ()
    assert shown(scene, episode_id) == [("filler", None, False), ("repeat", None, False)]


def test_what_is_no_longer_found_is_left_alone_by_redo(scene: Scene, episode_id: str) -> None:
    take(scene, episode_id, [UNSURE, REPEAT])
    decide(scene, episode_id, 0, UNSURE, "keep")
    back(scene, episode_id)
    take(scene, episode_id, [REPEAT])
    back(scene, episode_id, service.redo)
    assert shown(scene, episode_id) == [("repeat", None, False)]


def test_every_version_is_kept(scene: Scene, episode_id: str) -> None:
    take(scene, episode_id, [SURE, UNSURE])
    for version, decision in ((1, "keep"), (2, "cut"), (3, "keep")):
        assert decide(scene, episode_id, version, SURE, decision).version == version + 1
    with scene.ground.database.reading() as session:
        rows = session.execute(text("SELECT version, created_by FROM edit_lists ORDER BY version")).all()
    ann = scene.ann.account.id
    assert [tuple(row) for row in rows] == [(1, "standing_choice"), (2, ann), (3, ann), (4, ann)]


def test_a_window_that_is_behind_is_told_so(scene: Scene, episode_id: str) -> None:
    take(scene, episode_id, [SURE, UNSURE])
    decide(scene, episode_id, 1, UNSURE, "cut")
    with pytest.raises(StaleVersion):
        decide(scene, episode_id, 1, SURE, "keep")
    with pytest.raises(StaleVersion):
        decide(scene, episode_id, 7, SURE, "keep")
    assert shown(scene, episode_id) == [("flubber", "cut", True), ("filler", "cut", True)]


def move_edges(scene: Scene, episode_id: str, version: int, proposal_id: str, start_ms: int, end_ms: int) -> EditList:
    with scene.ground.database.transaction() as session:
        return service.set_edges(
            session,
            scene.clock,
            episode_id=episode_id,
            account_id=scene.ann.account.id,
            source_duration_ms=RECORDING_MS,
            version=version,
            proposal_id=proposal_id,
            span=Span(start_ms, end_ms),
        )


def places(scene: Scene, episode_id: str) -> list[tuple[int, int]]:
    with scene.ground.database.reading() as session:
        found = service.proposals_of(session, episode_id, RECORDING_MS)
    return [(facts.span.start_ms, facts.span.end_ms) for facts in found]


def test_moved_edges_are_the_persons_and_stay_when_all_is_found_again(scene: Scene, episode_id: str) -> None:
    take(scene, episode_id, [SURE, UNSURE])
    moved = move_edges(scene, episode_id, 1, proposal_key(SURE), 1_200, 2_900)
    assert moved.version == 2
    assert places(scene, episode_id) == [(1_200, 2_900), (4_000, 4_300)]
    assert deciders(scene, episode_id) == [("cut", scene.ann.account.id), (None, None)]
    assert take(scene, episode_id, [SURE, UNSURE]).version == 2
    assert take(scene, episode_id, [UNSURE]).version == 2
    assert places(scene, episode_id)[0] == (1_200, 2_900)
    assert move_edges(scene, episode_id, 2, proposal_key(SURE), 1_200, 2_900).version == 2


def test_moved_edges_are_one_step_back(scene: Scene, episode_id: str) -> None:
    take(scene, episode_id, [SURE, UNSURE])
    move_edges(scene, episode_id, 1, proposal_key(UNSURE), 4_050, 4_400)
    assert shown(scene, episode_id)[1] == ("filler", "cut", True)
    back(scene, episode_id)
    assert shown(scene, episode_id)[1] == ("filler", None, False)
    assert places(scene, episode_id)[1] == (4_000, 4_300)
    back(scene, episode_id, service.redo)
    assert places(scene, episode_id)[1] == (4_050, 4_400)


def test_what_is_kept_lies_where_it_was_found(scene: Scene, episode_id: str) -> None:
    take(scene, episode_id, [SURE])
    move_edges(scene, episode_id, 1, proposal_key(SURE), 1_200, 2_900)
    decide(scene, episode_id, 2, SURE, "keep")
    assert places(scene, episode_id) == [(1_000, 3_000)]


def test_a_covered_word_is_covered_between_its_new_edges(scene: Scene, episode_id: str) -> None:
    darn = Proposal("censor", Span(8_000, 8_300), "On your list", 0.9, automatic=True, cover="beep")
    take(scene, episode_id, [darn])
    (operation,) = move_edges(scene, episode_id, 1, proposal_key(darn), 7_950, 8_400).operations
    assert isinstance(operation, Replace)
    assert (operation.asset, operation.span, operation.duration_ms) == (HOUSE_BEEP, Span(7_950, 8_400), None)


def test_edges_of_another_version_or_of_nothing_are_refused(scene: Scene, episode_id: str) -> None:
    take(scene, episode_id, [SURE])
    with pytest.raises(StaleVersion):
        move_edges(scene, episode_id, 0, proposal_key(SURE), 1_200, 2_900)
    with pytest.raises(NoSuchProposal):
        move_edges(scene, episode_id, 1, "prop_x", 1_200, 2_900)
    with pytest.raises(EditListUnreadable):
        move_edges(scene, episode_id, 1, proposal_key(SURE), 1_200, RECORDING_MS + 1)
    assert places(scene, episode_id) == [(1_000, 3_000)]
