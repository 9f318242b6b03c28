"""What is heard after an edit: the laws that hold for every list, and what each kind of operation does."""

import random
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from donecast.core.arrangement import arranged
from donecast.core.edit_list import EditList
from donecast.core.operations import HOUSE_BEEP, Cut, Gain, Insert, Move, Operation, Replace
from donecast.core.span import Span, merged, total_ms
from donecast.core.timeline import Inserted, Part, Recorded, from_cuts
from donecast.core.words import Word
from tests.support.operations import covered, edit_lists
from tests.support.times import DURATION_MS_MAX

BY: dict[str, Any] = {"decided_by": "acc_1", "decided_at": "2026-01-05T12:00:00Z"}


def cut(start_ms: int, end_ms: int) -> Cut:
    return Cut(id=f"cut_{start_ms}", span=Span(start_ms, end_ms), **BY)


def covering(start_ms: int, end_ms: int, asset: str | None = None, duration_ms: int | None = None) -> Replace:
    return Replace(id=f"rep_{start_ms}", span=Span(start_ms, end_ms), asset=asset, duration_ms=duration_ms, **BY)


def insert(at_ms: int, duration_ms: int, gap_ms: int = 0, identity: str = "") -> Insert:
    return Insert(
        id=identity or f"ins_{at_ms}", at_ms=at_ms, asset="med_1", duration_ms=duration_ms, gap_ms=gap_ms, **BY
    )


def gain(start_ms: int, end_ms: int, gain_db: float) -> Gain:
    return Gain(id=f"gain_{start_ms}_{end_ms}", span=Span(start_ms, end_ms), gain_db=gain_db, **BY)


def move(start_ms: int, end_ms: int, to_ms: int) -> Move:
    return Move(id=f"move_{start_ms}", span=Span(start_ms, end_ms), to_ms=to_ms, **BY)


def recorded(start_ms: int, end_ms: int, gain_db: float = 0.0) -> Recorded:
    return Recorded(Span(start_ms, end_ms), gain_db)


def heard(*operations: Operation) -> tuple[Part, ...]:
    return EditList(1, 1_000, operations).timeline.parts


@given(edit_lists())
def test_kept_and_not_kept_are_the_source(edit_list: EditList) -> None:
    timeline, whole = edit_list.timeline, Span(0, edit_list.source_duration_ms)
    gone = merged([*covered(edit_list, Cut), *covered(edit_list, Replace)])
    assert timeline.cuts == gone
    assert merged([*timeline.kept, *gone]) == (whole,)
    assert total_ms(timeline.kept) + total_ms(gone) == whole.duration_ms


@given(edit_lists())
def test_the_parts_are_as_long_as_the_whole(edit_list: EditList) -> None:
    timeline = edit_list.timeline
    assert sum(part.duration_ms for part in timeline.parts) == timeline.duration_ms
    words = [Word("x", span.start_ms, span.end_ms) for span in timeline.kept]
    assert sum(word.end_ms - word.start_ms for word in timeline.retime(words)) == total_ms(timeline.kept)


@given(edit_lists(), st.randoms(use_true_random=False))
def test_the_order_of_the_list_does_not_matter(edit_list: EditList, chance: random.Random) -> None:
    mixed = list(edit_list.operations)
    chance.shuffle(mixed)
    assert arranged(edit_list.source_duration_ms, mixed) == edit_list.timeline


@given(edit_lists(with_moves=False), st.integers(0, DURATION_MS_MAX), st.integers(0, DURATION_MS_MAX))
def test_unless_something_is_moved_time_never_runs_backwards(edit_list: EditList, one_ms: int, other_ms: int) -> None:
    timeline = edit_list.timeline
    early_ms, late_ms = sorted([one_ms, other_ms])
    assert 0 <= timeline.to_finished_clamped(early_ms) <= timeline.to_finished_clamped(late_ms) <= timeline.duration_ms


@given(edit_lists(), st.integers(0, DURATION_MS_MAX))
def test_there_and_back_is_the_same_instant(edit_list: EditList, source_ms: int) -> None:
    timeline = edit_list.timeline
    finished_ms = timeline.to_finished(source_ms)
    assert (finished_ms is not None) == any(span.contains(source_ms) for span in timeline.kept)
    if finished_ms is not None:
        assert timeline.to_source(finished_ms) == source_ms


@given(edit_lists())
def test_nothing_is_divided_that_nothing_divides(edit_list: EditList) -> None:
    parts = edit_list.timeline.parts
    for before, after in pairwise(parts):
        if isinstance(before, Recorded) and isinstance(after, Recorded):
            assert before.span.end_ms != after.span.start_ms or before.gain_db != after.gain_db


@given(edit_lists())
def test_moving_changes_no_length(edit_list: EditList) -> None:
    unmoved = replace(edit_list, operations=tuple(one for one in edit_list.operations if not isinstance(one, Move)))
    assert edit_list.timeline.kept_ms(Span(0, edit_list.source_duration_ms)) == unmoved.timeline.kept_ms(
        Span(0, edit_list.source_duration_ms)
    )
    assert edit_list.timeline.assets <= {HOUSE_BEEP, "med_1", "med_2"}


def test_a_covered_word_is_silent_or_beeped_for_its_exact_length() -> None:
    assert heard(covering(300, 420)) == (recorded(0, 300), Inserted(None, 120), recorded(420, 1_000))
    assert heard(covering(300, 420, HOUSE_BEEP)) == (recorded(0, 300), Inserted(HOUSE_BEEP, 120), recorded(420, 1_000))


def test_a_replacing_sound_is_heard_once_however_long_it_is() -> None:
    sound = covering(300, 420, "med_1", 50)
    assert heard(sound) == (recorded(0, 300), Inserted("med_1", 50), recorded(420, 1_000))
    assert heard(sound, cut(350, 360)) == (recorded(0, 300), Inserted("med_1", 50), recorded(420, 1_000))


def test_a_replacing_sound_has_its_own_loudness_and_is_silent_where_all_of_it_is_cut() -> None:
    louder = replace(covering(300, 420, "med_1", 50), gain_db=6.0)
    assert heard(louder, gain(200, 500, -3.0))[2] == Inserted("med_1", 50, 6.0)
    assert heard(louder, cut(250, 430)) == (recorded(0, 250), recorded(430, 1_000))


def test_a_beep_and_silence_are_as_loud_as_they_are() -> None:
    for asset in (None, HOUSE_BEEP):
        with pytest.raises(ValueError, match="louder"):
            replace(covering(300, 420, asset), gain_db=3.0)


def test_what_is_cut_is_not_covered_any_more() -> None:
    assert heard(covering(300, 420, HOUSE_BEEP), cut(200, 400)) == (
        recorded(0, 200),
        Inserted(HOUSE_BEEP, 20),
        recorded(420, 1_000),
    )
    assert heard(covering(300, 420), cut(200, 500)) == (recorded(0, 200), recorded(500, 1_000))


def test_of_two_that_cover_the_same_the_earlier_counts() -> None:
    assert heard(covering(300, 420), covering(400, 450, HOUSE_BEEP)) == (
        recorded(0, 300),
        Inserted(None, 120),
        Inserted(HOUSE_BEEP, 30),
        recorded(450, 1_000),
    )


def test_a_sound_is_put_between_with_silence_on_both_sides() -> None:
    gap = Inserted(None, 500)
    assert heard(insert(400, 2_000, 500)) == (
        recorded(0, 400),
        gap,
        Inserted("med_1", 2_000),
        gap,
        recorded(400, 1_000),
    )
    assert heard(insert(0, 20)) == (Inserted("med_1", 20), recorded(0, 1_000))
    assert heard(insert(1_000, 20)) == (recorded(0, 1_000), Inserted("med_1", 20))


def test_a_sound_put_into_what_is_cut_is_heard_at_the_joint() -> None:
    assert heard(insert(400, 20), cut(300, 600)) == (recorded(0, 300), Inserted("med_1", 20), recorded(600, 1_000))


def test_changes_of_level_add_up_and_end_where_they_say() -> None:
    assert heard(gain(100, 500, 3.0), gain(400, 700, 0.1)) == (
        recorded(0, 100),
        recorded(100, 400, 3.0),
        recorded(400, 500, 3.1),
        recorded(500, 700, 0.1),
        recorded(700, 1_000),
    )
    assert heard(gain(100, 500, 3.0), gain(100, 501, -3.0)) == (
        recorded(0, 500),
        recorded(500, 501, -3.0),
        recorded(501, 1_000),
    )


def test_many_changes_of_level_together_change_no_more_than_one_may() -> None:
    assert heard(*[replace(gain(0, 1_000, 24.0), id=str(number)) for number in range(40)]) == (
        recorded(0, 1_000, 24.0),
    )
    assert heard(*[replace(gain(0, 1_000, -24.0), id=str(number)) for number in range(40)]) == (
        recorded(0, 1_000, -24.0),
    )


def test_a_stretch_is_heard_elsewhere_with_what_was_put_into_it() -> None:
    assert heard(move(600, 800, 100)) == (
        recorded(0, 100),
        recorded(600, 800),
        recorded(100, 600),
        recorded(800, 1_000),
    )
    assert heard(move(600, 800, 100), insert(700, 20), cut(750, 800)) == (
        recorded(0, 100),
        recorded(600, 700),
        Inserted("med_1", 20),
        recorded(700, 750),
        recorded(100, 600),
        recorded(800, 1_000),
    )
    assert heard(move(600, 800, 600)) == heard(move(600, 800, 800)) == (recorded(0, 1_000),)


def test_at_one_instant_what_is_inserted_comes_first_then_what_is_moved() -> None:
    assert heard(move(600, 800, 100), insert(100, 20), insert(100, 30, identity="a")) == (
        recorded(0, 100),
        Inserted("med_1", 30),
        Inserted("med_1", 20),
        recorded(600, 800),
        recorded(100, 600),
        recorded(800, 1_000),
    )


def test_words_follow_what_is_moved_and_are_pushed_by_what_is_inserted() -> None:
    words = [Word("one", 0, 100), Word("two", 300, 400), Word("three", 600, 700)]
    timeline = EditList(1, 1_000, (move(550, 1_000, 200), insert(0, 50), covering(290, 410))).timeline
    assert [(word.text, word.start_ms) for word in timeline.retime(words)] == [("one", 50), ("three", 300)]


def test_without_operations_nothing_changes() -> None:
    assert arranged(1_000, ()) == from_cuts(1_000, [])
    assert arranged(0, ()).parts == ()
