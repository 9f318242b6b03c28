"""Chapters on finished time, and their document."""

import pytest

from donecast.core.chapters import Chapter, chapters_json, moved, on_finished_time, with_topics
from donecast.core.span import Span
from donecast.core.timeline import from_cuts


def test_chapters_move_with_the_cuts_before_them() -> None:
    timeline = from_cuts(10_000, [Span(1_000, 2_000), Span(6_000, 9_000)])
    chapters = [Chapter(6_500, "Late"), Chapter(0, "Early"), Chapter(1_500, "Middle", end_ms=3_000)]
    assert on_finished_time(chapters, timeline) == (
        Chapter(0, "Early"),
        Chapter(1_000, "Middle", end_ms=2_000),
        Chapter(5_000, "Late"),
    )


def test_no_chapters_stay_none() -> None:
    assert on_finished_time([], from_cuts(10_000, [])) == ()


def test_a_chapter_that_is_cut_as_a_whole_vanishes() -> None:
    timeline = from_cuts(10_000, [Span(2_000, 6_000)])
    chapters = [Chapter(0, "A"), Chapter(2_500, "B"), Chapter(5_000, "C"), Chapter(9_000, "D")]
    assert [chapter.title for chapter in on_finished_time(chapters, timeline)] == ["A", "C", "D"]


def test_chapters_can_be_moved_to_where_the_content_starts() -> None:
    assert moved([Chapter(0, "A"), Chapter(500, "B", end_ms=700)], 1_000) == (
        Chapter(1_000, "A"),
        Chapter(1_500, "B", end_ms=1_700),
    )


def test_topics_take_the_place_of_the_content_as_a_whole() -> None:
    template = (Chapter(0, "Hello"), Chapter(2_000, "The episode"), Chapter(9_000, "Goodbye"))
    topics = [Chapter(3_000, "Slugs"), Chapter(150, "Beans")]
    assert with_topics(template, topics, 2_000) == (
        Chapter(0, "Hello"),
        Chapter(2_000, "Beans"),
        Chapter(5_000, "Slugs"),
        Chapter(9_000, "Goodbye"),
    )
    assert with_topics(template, [], 2_000) == template


def test_topics_of_content_that_begins_the_episode_begin_at_its_first_instant() -> None:
    assert with_topics([Chapter(0, "The episode")], [Chapter(400, "Beans")], 300) == (Chapter(0, "Beans"),)


def test_the_document_to_the_letter() -> None:
    chapters = [
        Chapter(61_250, "Bees", url="https://example.org", image_url="https://example.org/b.jpg"),
        Chapter(0, "Hi"),
    ]
    assert chapters_json(chapters) == {
        "version": "1.2.0",
        "chapters": [
            {"startTime": 0.0, "title": "Hi"},
            {"startTime": 61.25, "title": "Bees", "url": "https://example.org", "img": "https://example.org/b.jpg"},
        ],
    }
    assert chapters_json([Chapter(0, "A", end_ms=1_500)])["chapters"][0]["endTime"] == 1.5


@pytest.mark.parametrize(("start_ms", "end_ms"), [(-1, None), (5, 5)])
def test_a_chapter_without_a_place_is_refused(start_ms: int, end_ms: int | None) -> None:
    with pytest.raises(ValueError, match="no place"):
        Chapter(start_ms, "A", end_ms)
