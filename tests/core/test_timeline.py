"""Original time and finished time: one mapping, both ways."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from donecast.core.span import Span, merged, total_ms
from donecast.core.timeline import (
    Inserted,
    Recorded,
    Timeline,
    from_cuts,
    from_kept,
    parts_from_json,
    parts_to_json,
    shifted,
)
from donecast.core.words import Word
from tests.support.times import DURATION_MS_MAX, cut_recordings, spoken_words, timelines

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "timelines.json").read_text("utf-8"))


@given(cut_recordings())
def test_kept_and_cut_are_the_source(recording: tuple[int, list[Span]]) -> None:
    duration_ms, cuts = recording
    timeline = from_cuts(duration_ms, cuts)
    assert merged([*timeline.kept, *timeline.cuts]) == (Span(0, duration_ms),)
    assert timeline.duration_ms + total_ms(timeline.cuts) == duration_ms
    assert timeline.cuts == merged(cuts)


@given(timelines, st.integers(0, DURATION_MS_MAX))
def test_source_to_finished_and_back_is_the_same_instant(timeline: Timeline, source_ms: int) -> None:
    finished_ms = timeline.to_finished(source_ms)
    is_kept = any(span.contains(source_ms) for span in timeline.kept)
    assert (finished_ms is not None) == is_kept
    if finished_ms is not None:
        assert timeline.to_source(finished_ms) == source_ms
        assert timeline.to_finished_clamped(source_ms) == finished_ms


@given(timelines.filter(lambda timeline: timeline.kept), st.data())
def test_finished_to_source_and_back_is_the_same_instant(timeline: Timeline, data: st.DataObject) -> None:
    finished_ms = data.draw(st.integers(0, timeline.duration_ms - 1))
    source_ms, end_ms = timeline.to_source(finished_ms), timeline.to_source(timeline.duration_ms)
    assert source_ms is not None
    assert end_ms is not None
    assert timeline.to_finished(source_ms) == finished_ms
    assert timeline.to_finished_clamped(end_ms) == timeline.duration_ms


@given(timelines, st.integers(0, DURATION_MS_MAX), st.integers(0, DURATION_MS_MAX))
def test_time_never_runs_backwards(timeline: Timeline, first_ms: int, second_ms: int) -> None:
    early_ms, late_ms = sorted([first_ms, second_ms])
    assert timeline.to_finished_clamped(early_ms) <= timeline.to_finished_clamped(late_ms)
    assert 0 <= timeline.to_finished_clamped(late_ms) <= timeline.duration_ms


@given(st.integers(0, DURATION_MS_MAX), spoken_words())
def test_without_cuts_nothing_changes(duration_ms: int, words: tuple[Word, ...]) -> None:
    end_ms = max([duration_ms, *(word.end_ms for word in words)])
    timeline = from_cuts(end_ms, [])
    assert timeline.duration_ms == end_ms
    assert timeline.retime(words) == words


@given(timelines, spoken_words())
def test_retimed_words_stay_in_order_and_inside(timeline: Timeline, words: tuple[Word, ...]) -> None:
    retimed = timeline.retime(words)
    assert [word.start_ms for word in retimed] == sorted(word.start_ms for word in retimed)
    assert all(word.end_ms <= timeline.duration_ms for word in retimed)
    assert len(retimed) <= len(words)


@pytest.mark.parametrize(
    ("cut", "expected"),
    [
        (Span(0, 100), (900, 1_000)),  # before the word: it moves
        (Span(1_000, 1_050), (1_000, 1_050)),  # exactly half: it stays, clipped
        (Span(1_000, 1_051), None),  # more than half: it goes
        (Span(1_040, 1_060), (1_000, 1_080)),  # out of its middle: it closes up
        (Span(1_080, 1_500), (1_000, 1_080)),
        (Span(2_000, 3_000), (1_000, 1_100)),
    ],
)
def test_a_word_vanishes_when_more_than_half_of_it_is_cut(cut: Span, expected: tuple[int, int] | None) -> None:
    retimed = from_cuts(5_000, [cut]).retime([Word("hello", 1_000, 1_100)])
    assert [(word.start_ms, word.end_ms) for word in retimed] == ([expected] if expected else [])


@pytest.mark.parametrize("case", GOLDEN["cases"], ids=lambda case: case["name"])
def test_golden_timelines(case: dict[str, Any]) -> None:
    """The studio's preview reads the same file, so preview and render agree."""
    timeline = from_cuts(case["source_duration_ms"], [Span(*cut) for cut in case["cuts"]])
    assert [[span.start_ms, span.end_ms] for span in timeline.kept] == case["kept"]
    assert timeline.duration_ms == case["duration_ms"]
    for source_ms, finished_ms, clamped_ms in case["to_finished"]:
        assert timeline.to_finished(source_ms) == finished_ms, source_ms
        assert timeline.to_finished_clamped(source_ms) == clamped_ms, source_ms
    for finished_ms, source_ms in case["to_source"]:
        assert timeline.to_source(finished_ms) == source_ms, finished_ms


def test_instants_off_the_finished_timeline_are_refused() -> None:
    timeline = from_cuts(1_000, [Span(0, 500)])
    for finished_ms in (-1, 501):
        with pytest.raises(ValueError, match="not on a finished timeline"):
            timeline.to_source(finished_ms)
    with pytest.raises(ValueError, match="not on a finished timeline"):
        from_cuts(1_000, [Span(0, 1_000)]).to_source(0)


@pytest.mark.parametrize("kept", [(Span(4, 8), Span(0, 5)), (Span(0, 5), Span(4, 8)), (Span(0, 101),)])
def test_spans_heard_twice_or_outside_are_refused(kept: tuple[Span, ...]) -> None:
    with pytest.raises(ValueError, match="heard twice or outside"):
        from_kept(100, kept)


def test_a_timeline_survives_json() -> None:
    parts = (
        Recorded(Span(5, 10), -1.5),
        Inserted(None, 3),
        Inserted("med_1", 4),
        Inserted("med_1", 4, 6.0),
        Recorded(Span(0, 2)),
    )
    assert parts_from_json(json.loads(json.dumps(parts_to_json(parts)))) == parts


def test_where_something_else_is_heard_there_is_no_instant_of_the_recording() -> None:
    timeline = Timeline(100, (Recorded(Span(0, 50)), Inserted("med_1", 10), Recorded(Span(50, 100))))
    assert [timeline.to_source(finished_ms) for finished_ms in (49, 50, 59, 60, 110)] == [49, None, None, 50, 100]
    assert timeline.heard(Span(40, 60)) == (Span(40, 50), Span(60, 70))
    assert timeline.assets == {"med_1"}


def test_a_word_torn_apart_stands_where_most_of_it_is_heard() -> None:
    timeline = Timeline(100, (Recorded(Span(0, 50)), Inserted("med_1", 10), Recorded(Span(50, 100))))
    (word,) = timeline.retime([Word("torn", 40, 70)])
    assert (word.start_ms, word.end_ms) == (60, 80)


def test_words_can_be_moved_to_where_the_content_starts() -> None:
    assert shifted([Word("a", 10, 20)], 5_000) == (Word("a", 5_010, 5_020),)
