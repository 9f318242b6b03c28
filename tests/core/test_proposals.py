"""Proposals: fillers, repeats, long pauses, and how findings live together."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from donecast.core.proposals import CleanupRules, Proposal, proposal_key, propose
from donecast.core.span import Span
from donecast.core.timeline import from_cuts
from donecast.core.words import Transcript, Word
from tests.support.spoken import Spoken, spoken
from tests.support.times import spans, spoken_words

RULES = CleanupRules()


def proposed(speech: Spoken, kind: str, rules: CleanupRules = RULES) -> list[Proposal]:
    return [proposal for proposal in propose(speech.transcript, speech.pauses, rules) if proposal.kind == kind]


def test_a_filler_that_the_engine_reports_is_sure() -> None:
    speech = spoken("so {um} we went home")
    (filler,) = proposed(speech, "filler")
    assert filler.automatic
    assert filler.span == speech.word("um").span
    assert filler.reason == 'Filler: "um"'


@pytest.mark.parametrize("text", ["um", "Uh,", "er...", "Erm", "ah", "Hmm."])
def test_a_filler_that_is_only_written_down_is_a_suggestion(text: str) -> None:
    (filler,) = proposed(spoken(f"so {text} we went home"), "filler")
    assert not filler.automatic


@pytest.mark.parametrize("text", ["umbrella", "era", "her", "aha", "I", "like", "well"])
def test_ordinary_words_are_no_fillers(text: str) -> None:
    assert proposed(spoken(f"so {text} we went home"), "filler") == []


def test_words_of_the_list_are_covered_for_their_exact_length() -> None:
    speech = spoken("what the Heck, Scunthorpe heckler holy cow said the cow")
    rules = CleanupRules(censored=("heck", "holy cow", "cow"), cover_with="silence")
    found = proposed(speech, "censor", rules)
    assert [one.reason.rpartition(": ")[2] for one in found] == ['"Heck"', '"holy cow"', '"cow"']
    assert found[0].span == speech.word("Heck,").span
    assert {(one.cover, one.automatic) for one in found} == {("silence", True)}
    assert proposed(speech, "censor") == []


def test_a_word_to_be_covered_is_not_lost_inside_another_finding() -> None:
    speech = spoken("we went to the heck flubber we went to the house")
    found = propose(speech.transcript, speech.pauses, CleanupRules(censored=("heck",)))
    assert {"flubber", "censor"} <= {one.kind for one in found}


def test_poor_words_only_suggest_what_to_cover() -> None:
    speech = spoken("what the heck")
    poor = replace(speech.transcript, quality="basic")
    (found,) = propose(poor, speech.pauses, CleanupRules(censored=("heck",)))
    assert (found.kind, found.automatic) == ("censor", False)


def test_fillers_in_a_row_are_one_proposal() -> None:
    speech = spoken("so {um} {uh} {um} we went home")
    (filler,) = proposed(speech, "filler")
    assert filler.span == Span(speech.word("um").start_ms, speech.word("um", 1).end_ms)


@pytest.mark.parametrize("phrase", ["like", "you know", "I mean", "You know,"])
def test_phrases_count_only_between_pauses_and_are_never_sure(phrase: str) -> None:
    (filler,) = proposed(spoken(f"it was _300 {phrase} _300 a long way"), "filler")
    assert not filler.automatic
    assert proposed(spoken(f"it was {phrase} a long way"), "filler") == []
    assert proposed(spoken(f"it was _300 {phrase} a long way"), "filler") == []


def test_measured_silence_around_a_filler_shrinks_to_a_breath_on_either_side() -> None:
    speech = spoken("it was _900 {um} _700 a long way")
    (filler,) = proposed(speech, "filler")
    before, after = speech.word("was").end_ms, speech.word("a").start_ms
    assert filler.span == Span(before + 200, after - 200)


def test_a_gap_that_nobody_measured_is_not_taken_for_silence() -> None:
    words = (Word("so", 0, 300), Word("um", 1_500, 1_800, kind="filler"), Word("yes", 3_000, 3_300))
    (filler,) = propose(Transcript(words, "en", 4_000, "e", "1", "good"), [], RULES)
    assert filler.span == Span(1_500, 1_800)


@pytest.mark.parametrize(
    ("script", "rest"),
    [
        ("we saw the the cat", "we saw the cat"),
        ("we saw the the the cat", "we saw the cat"),
        ("I went I went home", "I went home"),
        ("on the one on the one hand", "on the one hand"),
        ("we were, we were late", "we were late"),
    ],
)
def test_a_stutter_is_suggested_and_its_last_saying_stays(script: str, rest: str) -> None:
    speech = spoken(script)
    (repeat,) = proposed(speech, "repeat")
    assert not repeat.automatic
    assert speech.heard_without([repeat.span]) == rest


@pytest.mark.parametrize(
    "script", ["a very very long road", "no no no", "he had had enough", "call five five five", "the _1500 the cat"]
)
def test_what_is_said_twice_on_purpose_is_no_stutter(script: str) -> None:
    assert proposed(spoken(script), "repeat") == []


def test_two_people_saying_the_same_word_is_no_stutter() -> None:
    words = (Word("good", 0, 300, None, "Anna"), Word("good", 340, 640, None, "Ben"))
    assert propose(Transcript(words, "en", 1_000, "e", "1", "good"), [], RULES) == ()


@pytest.mark.parametrize(
    ("pause_ms", "left_ms"), [(1_800, None), (1_801, 600), (3_000, 600), (6_000, 600), (6_001, 601), (60_000, 6_000)]
)
def test_a_long_pause_shrinks_to_its_target_and_never_loses_more_than_nine_tenths(
    pause_ms: int, left_ms: int | None
) -> None:
    pause = Span(1_000, 1_000 + pause_ms)
    transcript = Transcript((), "en", 100_000, "e", "1", "good")
    found = propose(transcript, [pause], RULES)
    if left_ms is None:
        assert found == ()
        return
    (proposal,) = found
    assert proposal.automatic
    assert pause_ms - proposal.span.duration_ms == left_ms
    before_ms, after_ms = proposal.span.start_ms - pause.start_ms, pause.end_ms - proposal.span.end_ms
    assert 0 <= after_ms - before_ms <= 1
    assert f"becomes {left_ms / 1000:.1f} seconds" in proposal.reason


def test_a_pause_in_which_words_were_heard_is_only_a_suggestion() -> None:
    words = (Word("whispered", 3_000, 3_600, 0.9),)
    (proposal,) = propose(Transcript(words, "en", 9_000, "e", "1", "good"), [Span(1_000, 6_000)], RULES)
    assert not proposal.automatic


def test_what_lies_inside_a_sure_cut_is_not_proposed_again() -> None:
    speech = spoken("Hi. We {um} took the the bus _2500 <flubber> _300 we took the train home")
    assert [proposal.kind for proposal in propose(speech.transcript, speech.pauses, RULES)] == ["flubber"]


def test_a_sure_finding_is_not_lost_inside_a_mere_suggestion() -> None:
    speech = spoken("we went to {um} see the film called <flubber> with her dog", marker_confidence=0.4)
    rules = CleanupRules(flubber_fallback_ms=3_000)
    found = propose(speech.transcript, speech.pauses, rules)
    assert [(proposal.kind, proposal.automatic) for proposal in found] == [("flubber", False), ("filler", True)]


def test_everything_together_leaves_the_sentence_that_was_meant() -> None:
    speech = spoken(
        "Welcome back. {um} _400 Today we talk about bees. _3000 Bees live in a hive with a king _500 <flubber> _600 "
        "Bees live in a hive with a queen. The the end."
    )
    found = propose(speech.transcript, speech.pauses, RULES)
    assert [proposal.kind for proposal in found] == ["filler", "long_pause", "flubber", "repeat"]
    sure = [proposal.span for proposal in found if proposal.automatic]
    assert speech.heard_without(sure) == (
        "Welcome back. Today we talk about bees. Bees live in a hive with a queen. The the end."
    )


@given(spoken_words(), st.lists(spans(), max_size=6))
def test_proposals_are_sorted_inside_the_recording_and_the_same_every_time(
    words: tuple[Word, ...], pauses: list[Span]
) -> None:
    duration_ms = max([20_000, *(word.end_ms for word in words)])
    transcript = Transcript(words, "en", duration_ms, "e", "1", "basic")
    found = propose(transcript, pauses, RULES)
    assert found == propose(transcript, list(reversed(pauses)), RULES)
    assert [p.span.start_ms for p in found] == sorted(p.span.start_ms for p in found)
    assert all(p.span.end_ms <= duration_ms and 0.0 <= p.confidence <= 1.0 for p in found)
    assert len({proposal_key(p) for p in found}) == len(found)
    timeline = from_cuts(duration_ms, [p.span for p in found if p.automatic])
    assert timeline.duration_ms > 0


def test_keys_are_stable_and_depend_on_kind_and_place() -> None:
    proposal = Proposal("filler", Span(10, 20), "a", 0.5, automatic=False)
    assert proposal_key(proposal) == "prop_997048d9af1227a89d02"
    assert proposal_key(proposal) == proposal_key(Proposal("filler", Span(10, 20), "b", 0.9, automatic=True))
    assert proposal_key(proposal) != proposal_key(Proposal("repeat", Span(10, 20), "a", 0.5, automatic=False))
    assert proposal_key(proposal) != proposal_key(Proposal("filler", Span(10, 21), "a", 0.5, automatic=False))


@pytest.mark.parametrize(
    "change",
    [
        {"marker_likeness_min": 1.1},
        {"pause_removed_share_max": -0.1},
        {"pause_ms_target": 2_000},
        {"flubber_keyword": "!?"},
    ],
)
def test_rules_outside_their_range_are_refused(change: dict[str, float | str]) -> None:
    with pytest.raises(ValueError, match=r"must lie|cannot shrink|no letters"):
        CleanupRules(**change)  # type: ignore[arg-type]
