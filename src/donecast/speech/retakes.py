"""Retakes found by their sound: what follows a marker, looked for in what was said before it."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from donecast.core.retake import Retake
from donecast.core.span import Span
from donecast.speech.crew import run_crew
from donecast.speech.feed import Feed
from donecast.speech.sound_likeness import FRAME_MS, Likeness, likeness, spoken_frames

_REACH_MS = 15_000
"""How far back a first attempt may begin: people stop soon after a mistake."""
_AFTER_MS = 6_000
_AGAIN_FRAMES_MAX = 250
_TOGETHER_MS_MAX = 1_000
"""Markers so close have no attempt between them."""
_PAUSE_FRAMES_MIN = 15
_BEFORE_PAUSE_SHARE_MAX = 0.15
_MARKERS_PER_JOB = 20


def find_retakes(
    feed: Path,
    markers: Sequence[Span],
    *,
    duration_ms: int,
    processes: int | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> tuple[Retake, ...]:
    """What the sound says about each marker (sorted, apart from each other) in a feed of ``duration_ms``, in order.

    Markers close together are one. Costs about 0.2 s of processor time for each marker. Raises what a crew raises.
    """
    together = _together(markers)
    edges = [0, *(marker.end_ms for marker in together)]
    ends = [*(marker.start_ms for marker in together[1:]), duration_ms]
    windows = [
        [
            max(before_ms, marker.start_ms - _REACH_MS),
            marker.start_ms,
            marker.end_ms,
            min(after_ms, marker.end_ms + _AFTER_MS),
        ]
        for marker, before_ms, after_ms in zip(together, edges, ends, strict=False)
    ]
    shares = [windows[first : first + _MARKERS_PER_JOB] for first in range(0, len(windows), _MARKERS_PER_JOB)]
    answers = run_crew(
        "donecast.speech.jobs:retakes",
        [{"feed": str(feed.absolute()), "windows": share} for share in shares],
        [sum(window[-1] - window[0] for window in share) for share in shares],
        readable=[feed],
        processes=processes,
        cancelled=cancelled,
    )
    found = [retake for answer in answers for retake in answer["found"]]
    return tuple(Retake(marker, *measured) for marker, measured in zip(together, found, strict=True))


def retake_in(feed: Feed, window: Sequence[int]) -> tuple[int, int, int]:
    """Start, score and rest of the likeliest first attempt, as in `Retake`.

    ``window``: from where on to look, the marker's start and end, how far what follows it goes.
    """
    from_ms, marker_ms, marker_end_ms, until_ms = window
    if not from_ms < marker_ms <= marker_end_ms < until_ms:
        return marker_ms, 0, 0
    frames, vectors = spoken_frames(feed.read(Span(from_ms, until_ms)))
    before = frames < (marker_ms - from_ms) // FRAME_MS
    after = frames >= (marker_end_ms - from_ms) // FRAME_MS
    found = likeness(vectors[before], vectors[after][:_AGAIN_FRAMES_MAX])
    if not found.score:
        return marker_ms, 0, 0
    rest = int(before.sum()) - 1 - int(found.first[-1])
    return from_ms + _start_frame(found, frames[before]) * FRAME_MS, round(found.score), rest * FRAME_MS


def _start_frame(found: Likeness, frames: NDArray[np.intp]) -> int:
    """The match's beginning; after a pause where little was alike before it, for people begin again after pauses."""
    places = frames[found.first]
    after_pause = np.flatnonzero(np.diff(places) >= _PAUSE_FRAMES_MIN) + 1
    worthwhile = after_pause[found.gained[after_pause - 1] <= _BEFORE_PAUSE_SHARE_MAX * found.score]
    return int(places[worthwhile[-1]] if len(worthwhile) else places[0])


def _together(markers: Sequence[Span]) -> list[Span]:
    joined: list[Span] = []
    for marker in markers:
        if joined and marker.start_ms - joined[-1].end_ms < _TOGETHER_MS_MAX:
            joined[-1] = Span(joined[-1].start_ms, max(joined[-1].end_ms, marker.end_ms))
        else:
            joined.append(marker)
    return joined
