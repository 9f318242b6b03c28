"""A stretch of a render plan: only what is heard there, everything in its place."""

from bisect import bisect_left, bisect_right
from dataclasses import replace

from donecast.core.plan import Clip, RenderPlan


def excerpt(plan: RenderPlan, start_ms: int, end_ms: int) -> RenderPlan:
    """The plan with only the clips and beds that sound between two instants of its timeline.

    Each track keeps one clip more on either side, so that every joint inside has both of its clips whole. Between the
    two instants the result sounds as the plan does; what it does outside means nothing.
    """
    tracks = (replace(track, clips=_near(track.clips, start_ms, end_ms)) for track in plan.tracks)
    return replace(
        plan,
        tracks=tuple(track for track in tracks if track.clips),
        beds=tuple(bed for bed in plan.beds if bed.start_ms < end_ms and start_ms < bed.end_ms),
    )


def _near(clips: tuple[Clip, ...], start_ms: int, end_ms: int) -> tuple[Clip, ...]:
    first = bisect_right(clips, start_ms, key=lambda clip: clip.end_ms)
    past = bisect_left(clips, end_ms, key=lambda clip: clip.at_ms)
    near = clips[max(first - 1, 0) : past + 1]
    return near if any(clip.at_ms < end_ms and start_ms < clip.end_ms for clip in near) else ()
