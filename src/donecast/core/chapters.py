"""Chapters on finished time, and their document in the podcast namespace's JSON chapters format, version 1.2."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from donecast.core.span import Span
from donecast.core.timeline import Timeline

# Podcasting 2.0, jsonChapters.md
CHAPTERS_VERSION = "1.2.0"


@dataclass(frozen=True, slots=True, order=True)
class Chapter:
    """A named place in time; ``end_ms`` None means up to the next chapter."""

    start_ms: int
    title: str
    end_ms: int | None = None
    url: str | None = None
    image_url: str | None = None

    def __post_init__(self) -> None:
        if self.start_ms < 0 or (self.end_ms is not None and self.end_ms <= self.start_ms):
            raise ValueError(f"chapter {self.title!r} has no place in time")


def on_finished_time(chapters: Iterable[Chapter], timeline: Timeline) -> tuple[Chapter, ...]:
    """Chapters of the recording moved onto finished time, sorted.

    A chapter whose whole stretch is cut vanishes; one that begins inside a cut begins at the joint.
    """
    ordered = sorted(chapters)
    following_ms = [*(chapter.start_ms for chapter in ordered[1:]), timeline.source_duration_ms]
    result = []
    for chapter, next_ms in zip(ordered, following_ms[: len(ordered)], strict=True):
        source_end_ms = next_ms if chapter.end_ms is None else chapter.end_ms
        runs = timeline.heard(Span(chapter.start_ms, source_end_ms)) if source_end_ms > chapter.start_ms else ()
        if runs:
            end_ms = None if chapter.end_ms is None else max(runs[-1].end_ms, runs[0].end_ms)
            result.append(replace(chapter, start_ms=runs[0].start_ms, end_ms=end_ms))
    return tuple(sorted(result))


def moved(chapters: Iterable[Chapter], by_ms: int) -> tuple[Chapter, ...]:
    """The same chapters later by ``by_ms``, for example by where the content starts in the episode."""
    return tuple(
        replace(chapter, start_ms=chapter.start_ms + by_ms, end_ms=chapter.end_ms and chapter.end_ms + by_ms)
        for chapter in chapters
    )


def with_topics(template: Sequence[Chapter], topics: Sequence[Chapter], content_start_ms: int) -> tuple[Chapter, ...]:
    """An episode's chapters where its content has some of its own: they take the place of its one chapter as a whole.

    ``topics`` are on the finished time of the content alone; the first begins where the content does.
    """
    if not topics:
        return tuple(template)
    ordered = sorted(template)
    # What begins the episode begins at 0, also where the content itself begins a little later.
    whole = next((chapter for chapter in reversed(ordered) if chapter.start_ms <= content_start_ms), None)
    others = [chapter for chapter in ordered if chapter is not whole]
    first_ms = content_start_ms if whole is None else whole.start_ms
    inside = moved(sorted(topics), content_start_ms)
    return tuple(sorted([*others, replace(inside[0], start_ms=first_ms), *inside[1:]]))


def chapters_json(chapters: Sequence[Chapter]) -> dict[str, Any]:
    """The chapters document: seconds with three decimals, optional fields only where they are known."""
    entries = []
    for chapter in sorted(chapters):
        entry: dict[str, Any] = {"startTime": chapter.start_ms / 1000, "title": chapter.title}
        if chapter.end_ms is not None:
            entry["endTime"] = chapter.end_ms / 1000
        if chapter.url is not None:
            entry["url"] = chapter.url
        if chapter.image_url is not None:
            entry["img"] = chapter.image_url
        entries.append(entry)
    return {"version": CHAPTERS_VERSION, "chapters": entries}
