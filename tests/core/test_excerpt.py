"""A stretch of a plan holds what sounds there, in its place, and little more."""

from donecast.core.excerpt import excerpt
from donecast.core.plan import Bed, Clip, LoudnessTarget, OutputFormat, RenderPlan, Track


def _plan() -> RenderPlan:
    content = tuple(
        Clip("speech", number * 2_000, number * 2_000 + 1_000, 5_000 + number * 1_000) for number in range(100)
    )
    intro = (Clip("intro", 0, 5_500, 0),)
    beds = (Bed("music", 0, 8_000, -6.0), Bed("end", 100_000, 105_000, -6.0))
    return RenderPlan(
        105_000, (Track("content", content), Track("segment", intro)), beds, LoudnessTarget(), OutputFormat()
    )


def test_an_excerpt_keeps_the_clips_that_sound_and_one_more_on_either_side() -> None:
    part = excerpt(_plan(), 50_200, 52_100)
    assert [clip.at_ms for clip in part.tracks[0].clips] == [49_000, 50_000, 51_000, 52_000, 53_000]
    assert part.tracks[0].clips == _plan().tracks[0].clips[44:49]
    assert len(part.tracks) == 1
    assert part.beds == ()
    assert part.duration_ms == 105_000


def test_an_instant_at_a_joint_keeps_both_sides_of_it() -> None:
    clips = excerpt(_plan(), 50_000, 51_000).tracks[0].clips
    assert [clip.at_ms for clip in clips] == [49_000, 50_000, 51_000]


def test_beginning_and_end_and_what_lies_under_them() -> None:
    begin, end = excerpt(_plan(), -2_000, 3_000), excerpt(_plan(), 104_000, 106_000)
    assert [[clip.source_hash for clip in track.clips] for track in begin.tracks] == [["intro"]]
    assert [bed.source_hash for bed in begin.beds] == ["music"]
    assert [clip.at_ms for clip in end.tracks[0].clips] == [103_000, 104_000]
    assert [bed.source_hash for bed in end.beds] == ["end"]
    assert len(end.tracks) == 1


def test_the_whole_is_an_excerpt_of_itself() -> None:
    assert excerpt(_plan(), 0, 105_000) == _plan()
