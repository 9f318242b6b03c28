"""Where somebody speaks and where nobody does, for a whole feed: its parts are listened to in child processes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from donecast.core.span import Span, complement, merged
from donecast.speech.crew import run_crew
from donecast.speech.feed import Feed

PAUSE_MS_MIN = 200
_PART_MS = 120_000  # a multiple of the detector's 32 ms, so that parts and whole agree


@dataclass(frozen=True, slots=True)
class Activity:
    """Spans of speech, sorted and apart from each other, within a recording of ``duration_ms``."""

    duration_ms: int
    speech: tuple[Span, ...]

    @property
    def silence(self) -> tuple[Span, ...]:
        """All instants without speech, however short."""
        return complement(self.speech, Span(0, self.duration_ms)) if self.duration_ms else ()

    @property
    def pauses(self) -> tuple[Span, ...]:
        """Silence of at least `PAUSE_MS_MIN`, leading and trailing silence included."""
        return tuple(span for span in self.silence if span.duration_ms >= PAUSE_MS_MIN)


def pauses(
    feed: Path,
    *,
    processes: int | None = None,
    on_progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> tuple[Span, ...]:
    """Non-speech of 200 ms or more in a speech feed, sorted; see `listen`."""
    return listen(feed, processes=processes, on_progress=on_progress, cancelled=cancelled).pauses


def speech_segments(feed: Path, *, processes: int | None = None) -> tuple[Span, ...]:
    """Where somebody speaks, sorted; see `listen`."""
    return listen(feed, processes=processes).speech


def listen(
    feed: Path,
    *,
    processes: int | None = None,
    on_progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Activity:
    """Listens to a whole feed, one child process per core; costs about 0.08 of its length.

    Raises FeedUnreadable, TranscriptionFailed, TranscriptionCancelled, and what ``on_progress`` (0 to 1) raises.
    """
    with Feed(feed) as opened:
        duration_ms = opened.duration_ms
    edges = [*range(0, duration_ms, _PART_MS), duration_ms]
    parts = [Span(start, end) for start, end in pairwise(edges)]
    answers = run_crew(
        "donecast.speech.jobs:listen",
        [{"feed": str(feed.absolute()), "part": [part.start_ms, part.end_ms]} for part in parts],
        [part.duration_ms for part in parts],
        readable=[feed],
        processes=processes,
        on_progress=on_progress,
        cancelled=cancelled,
    )
    return Activity(duration_ms, merged(Span(*span) for answer in answers for span in answer["speech"]))


def activity_between(pauses: Sequence[Span], duration_ms: int) -> Activity:
    """The activity that has exactly these pauses."""
    return Activity(duration_ms, complement(pauses, Span(0, duration_ms)) if duration_ms else ())
