"""Assembly: where everything stands in an episode, and what refuses to be left out."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given

from donecast.core.assembly import (
    HOUSE_MUSIC,
    RECORDING,
    AssemblyChoices,
    EpisodePlan,
    MediaSource,
    MusicRule,
    RecordingSource,
    Segment,
    SourceFacts,
    Template,
    assemble,
    ready_templates,
    spoken_key,
    to_render_plan,
)
from donecast.core.chapters import Chapter
from donecast.core.delivery import Delivery
from donecast.core.errors import MissingAsset, NothingLeft
from donecast.core.operations import HOUSE_BEEP
from donecast.core.plan import Clip, Ducking, LoudnessTarget, OutputFormat, RenderPlan, Treatment, render_plan_from_json
from donecast.core.span import Span
from donecast.core.timeline import Inserted, Recorded, Timeline, from_cuts
from tests.support.times import timelines

GOLDEN = Path(__file__).parents[1] / "golden" / "episode-plan.json"
JUST_ME = ready_templates()[0]
FACTS = {
    RECORDING: SourceFacts("rec", 60_000, -22.0),
    spoken_key("intro"): SourceFacts("intro", 3_000, -18.0),
    spoken_key("outro"): SourceFacts("outro", 2_500, -50.0),
    HOUSE_MUSIC: SourceFacts("bed", 30_000, -20.0, 2),
    "med_jingle": SourceFacts("jingle", 4_000, None),
}
TIMELINE = from_cuts(60_000, [Span(10_000, 12_000), Span(40_000, 45_000)])


def plain(*segments: Segment, music: tuple[MusicRule, ...] = ()) -> Template:
    return Template("Plain", segments, music)


def media(identity: str, offset_ms: int = 0, kind: str = "intro") -> Segment:
    return Segment(identity, kind, identity.title(), MediaSource("med_jingle", "Jingle"), offset_ms)  # type: ignore[arg-type]


def content(offset_ms: int = 0) -> Segment:
    return Segment("content", "content", "The episode", RecordingSource(), offset_ms)


def places(plan: EpisodePlan) -> dict[str, tuple[int, int]]:
    return {segment.id: (segment.start_ms, segment.end_ms) for segment in plan.segments}


def test_a_ready_template_opens_with_music_and_closes_with_it() -> None:
    plan = assemble(JUST_ME, TIMELINE, FACTS)
    assert places(plan) == {"intro": (4_000, 7_000), "content": (8_500, 61_500), "outro": (63_000, 65_500)}
    assert [(bed.start_ms, bed.end_ms) for bed in plan.music] == [(0, 11_000), (60_000, 71_500)]
    assert plan.duration_ms == 71_500
    assert plan.content_start_ms == 8_500


def test_the_kept_spans_abut_in_the_content() -> None:
    clips = next(segment.clips for segment in assemble(JUST_ME, TIMELINE, FACTS).segments if segment.kind == "content")
    assert [(clip.source_start_ms, clip.source_end_ms, clip.at_ms) for clip in clips] == [
        (0, 10_000, 8_500),
        (12_000, 40_000, 18_500),
        (45_000, 60_000, 46_500),
    ]


def test_segments_are_matched_to_the_recording_within_twelve_decibels() -> None:
    plan = assemble(plain(media("jingle"), *JUST_ME.segments), TIMELINE, FACTS)
    gains = {segment.id: segment.clips[0].gain_db for segment in plan.segments}
    assert gains == {"jingle": 0.0, "intro": -4.0, "content": 0.0, "outro": 12.0}


def test_music_lies_fifteen_decibels_under_speech_and_swells_by_what_ducking_takes() -> None:
    rule = MusicRule(HOUSE_MUSIC, ("content",))
    ducked = assemble(plain(content(), music=(rule,)), TIMELINE, FACTS).music[0]
    steady = assemble(plain(content(), music=(replace(rule, ducking=None),)), TIMELINE, FACTS).music[0]
    assert ducked.gain_db == pytest.approx(-2.0 + 3.01 - 15.0 + 9.0)  # one channel is heard on both sides
    assert ducked.ducking == Ducking()
    assert steady.gain_db == pytest.approx(-2.0 + 3.01 - 15.0)


def test_music_of_unknown_loudness_keeps_its_own_level() -> None:
    rule = MusicRule("med_jingle", ("content",), ducking=None)
    assert assemble(plain(content(), music=(rule,)), TIMELINE, FACTS).music[0].gain_db == -15.0


def test_one_rule_under_neighbours_is_one_stretch_and_under_others_one_each() -> None:
    segments = (media("a"), media("b"), content(), media("c", kind="outro"))
    rule = MusicRule(HOUSE_MUSIC, ("a", "b", "c"), ducking=None)
    plan = assemble(plain(*segments, music=(rule,)), TIMELINE, FACTS)
    assert [(bed.start_ms, bed.end_ms) for bed in plan.music] == [(0, 8_000), (61_000, 65_000)]


def test_fades_shrink_to_fit_a_short_stretch() -> None:
    rule = MusicRule(HOUSE_MUSIC, ("a",), end_offset_ms=-1_500)
    bed = assemble(plain(media("a"), content(), music=(rule,)), TIMELINE, FACTS).music[0]
    assert (bed.fade_in_ms, bed.fade_out_ms) == (1_000, 1_500)


def test_music_that_would_end_before_it_begins_is_not_there() -> None:
    rule = MusicRule(HOUSE_MUSIC, ("a",), end_offset_ms=-4_000)
    assert assemble(plain(media("a"), content(), music=(rule,)), TIMELINE, FACTS).music == ()


def test_a_negative_offset_overlaps_and_gets_a_track_of_its_own() -> None:
    template = plain(media("a"), media("b", -1_000), content(-2_000))
    plan = assemble(template, TIMELINE, FACTS)
    assert places(plan) == {"a": (0, 4_000), "b": (3_000, 7_000), "content": (5_000, 58_000)}
    tracks = to_render_plan(plan).tracks
    assert [(track.role, len(track.clips)) for track in tracks] == [("content", 3), ("segment", 1), ("segment", 1)]


def test_what_reaches_before_the_beginning_moves_everything_later() -> None:
    template = plain(media("a"), content(-6_000))
    assert places(assemble(template, TIMELINE, FACTS)) == {"a": (2_000, 6_000), "content": (0, 53_000)}


def test_a_part_can_be_left_out_of_one_episode_with_its_music() -> None:
    plan = assemble(JUST_ME, TIMELINE, FACTS, AssemblyChoices(left_out=frozenset({"intro"})))
    assert places(plan) == {"content": (0, 53_000), "outro": (54_500, 57_000)}
    assert len(plan.music) == 1
    without_music = assemble(JUST_ME, TIMELINE, FACTS, AssemblyChoices(with_music=False))
    assert without_music.music == ()
    assert places(without_music)["intro"] == (0, 3_000)


@pytest.mark.parametrize(
    ("missing", "named"),
    [
        (spoken_key("outro"), 'the spoken part "Outro"'),
        (HOUSE_MUSIC, 'the music "House music"'),
        (RECORDING, "recording"),
    ],
)
def test_what_is_missing_refuses_the_plan_by_name(missing: str, named: str) -> None:
    facts = {key: value for key, value in FACTS.items() if key != missing}
    with pytest.raises(MissingAsset, match=named):
        assemble(JUST_ME, TIMELINE, facts)


def test_a_missing_file_is_called_by_its_name() -> None:
    with pytest.raises(MissingAsset, match='the file "Jingle"'):
        assemble(plain(media("a"), content()), TIMELINE, {RECORDING: FACTS[RECORDING]})


def test_cutting_everything_is_refused() -> None:
    with pytest.raises(NothingLeft, match="nothing left"):
        assemble(JUST_ME, from_cuts(60_000, [Span(0, 60_000)]), FACTS)


def test_a_timeline_of_another_recording_is_refused() -> None:
    with pytest.raises(ValueError, match="reaches past"):
        assemble(JUST_ME, from_cuts(60_001, []), FACTS)


def test_what_is_put_into_the_recording_stands_beside_it_as_loud_as_it() -> None:
    parts = (
        Recorded(Span(0, 10_000), -3.0),
        Inserted("med_jingle", 3_000),
        Inserted(None, 500),
        Inserted(HOUSE_BEEP, 900),
    )
    facts = {**FACTS, "med_jingle": SourceFacts("jingle", 4_000, -26.0), HOUSE_BEEP: SourceFacts("beep", 400, -22.0)}
    timeline = Timeline(60_000, (*parts, Recorded(Span(20_000, 60_000))))
    plan = to_render_plan(assemble(plain(content()), timeline, facts))
    assert plan.duration_ms == timeline.duration_ms == 54_400
    recording, others = plan.tracks
    assert recording.clips == (Clip("rec", 0, 10_000, 0, -3.0), Clip("rec", 20_000, 60_000, 14_400))
    assert [(clip.source_hash, clip.at_ms, clip.end_ms, clip.gain_db) for clip in others.clips] == [
        ("jingle", 10_000, 13_000, 4.0),
        ("beep", 13_500, 13_900, -6.0),
        ("beep", 13_900, 14_300, -6.0),
        ("beep", 14_300, 14_400, -6.0),
    ]


def test_a_long_beep_has_tone_on_both_sides_of_its_joints() -> None:
    facts = {**FACTS, HOUSE_BEEP: SourceFacts("beep", 10_000, -22.0)}
    parts = (Recorded(Span(0, 10_000)), Inserted(HOUSE_BEEP, 20_000), Recorded(Span(30_000, 60_000)))
    plan = to_render_plan(assemble(plain(content()), Timeline(60_000, parts), facts))
    beeps = [(clip.source_start_ms, clip.source_end_ms, clip.at_ms) for clip in plan.tracks[1].clips]
    assert beeps == [(1_000, 9_000, 10_000), (1_000, 9_000, 18_000), (1_000, 5_000, 26_000)]


def test_a_sound_can_be_louder_or_quieter_than_the_talk() -> None:
    parts = (Recorded(Span(0, 10_000)), Inserted("med_clap", 3_000, -6.0), Recorded(Span(10_500, 60_000)))
    facts = {**FACTS, "med_clap": SourceFacts("clap", 3_000, -26.0)}
    plan = to_render_plan(assemble(plain(content()), Timeline(60_000, parts), facts))
    assert [(clip.at_ms, clip.gain_db) for clip in plan.tracks[1].clips] == [(10_000, -2.0)]


def test_a_sound_that_is_gone_refuses_the_plan() -> None:
    timeline = Timeline(60_000, (Recorded(Span(0, 60_000)), Inserted("med_gone", 10)))
    with pytest.raises(MissingAsset, match="put into the recording") as caught:
        assemble(plain(content()), timeline, FACTS)
    assert "keep what was said" in caught.value.action


def test_chapters_name_the_parts_and_begin_where_the_episode_begins() -> None:
    template = plain(*JUST_ME.segments, media("swoosh", kind="transition"), music=JUST_ME.music)
    assert assemble(template, TIMELINE, FACTS).chapters == (
        Chapter(0, "Intro"),
        Chapter(8_500, "The episode"),
        Chapter(63_000, "Outro"),
    )


@given(timelines.filter(lambda timeline: timeline.kept))
def test_every_plan_holds_its_parts_and_survives_json_with_its_digest(timeline: Timeline) -> None:
    plan = assemble(JUST_ME, timeline, FACTS)
    assert min(bed.start_ms for bed in plan.music) == 0
    start_ms, end_ms = places(plan)["content"]
    assert end_ms - start_ms == timeline.duration_ms
    rendered = to_render_plan(plan)
    assert rendered.duration_ms == plan.duration_ms
    again = render_plan_from_json(json.loads(json.dumps(rendered.to_json())))
    assert again == rendered
    assert again.digest == to_render_plan(assemble(JUST_ME, timeline, dict(reversed(FACTS.items())))).digest


def test_music_or_a_stereo_source_makes_the_episode_stereo() -> None:
    template = plain(media("a"), content())
    assert to_render_plan(assemble(JUST_ME, TIMELINE, FACTS)).output.channels == 2
    mono = to_render_plan(assemble(template, TIMELINE, FACTS))
    assert (mono.output.channels, mono.loudness.lufs) == (1, -19.0)
    stereo_facts = {**FACTS, "med_jingle": SourceFacts("jingle", 4_000, None, 2)}
    assert to_render_plan(assemble(template, TIMELINE, stereo_facts)).loudness.lufs == -16.0


def test_only_the_recording_is_treated_and_only_where_that_is_chosen() -> None:
    plan = assemble(JUST_ME, TIMELINE, FACTS)
    chosen = Treatment(noise_reduction=True)
    tracks = to_render_plan(plan, treatment=chosen).tracks
    assert {track.role: track.treatment for track in tracks} == {"content": chosen, "segment": Treatment()}
    untouched = to_render_plan(plan)
    assert all(track.treatment.is_none for track in untouched.tracks)
    assert untouched.digest != to_render_plan(plan, treatment=chosen).digest


@pytest.mark.parametrize(("recording", "jingle", "gain_db"), [(1, 1, 4.0), (2, 2, 4.0), (1, 2, 7.01), (2, 1, 0.99)])
def test_parts_are_as_loud_as_the_recording_however_many_channels_each_has(
    recording: int, jingle: int, gain_db: float
) -> None:
    facts = {
        RECORDING: SourceFacts("rec", 60_000, -20.0, recording),
        "med_jingle": SourceFacts("jingle", 4_000, -24.0, jingle),
    }
    plan = assemble(plain(media("a"), content()), TIMELINE, facts)
    assert plan.segments[0].clips[0].gain_db == gain_db
    assert plan.channels == max(recording, jingle)


def test_music_under_one_channel_is_measured_against_it_as_it_is_heard() -> None:
    louder = {**FACTS, RECORDING: SourceFacts("rec", 60_000, -22.0, 2)}
    mono, stereo = (assemble(JUST_ME, TIMELINE, facts).music[0].gain_db for facts in (FACTS, louder))
    assert mono - stereo == pytest.approx(3.01)


def test_an_episode_is_delivered_as_asked() -> None:
    wish = Delivery(codec="aac", bitrate_kbps=96, lufs_stereo=-14.0, lufs_mono=-17.0, true_peak_dbtp_max=-2.0)
    stereo = to_render_plan(assemble(JUST_ME, TIMELINE, FACTS), wish)
    assert stereo.output == OutputFormat("aac", 96, channels=2)
    assert stereo.loudness == LoudnessTarget(-14.0, -2.0)
    mono = to_render_plan(assemble(plain(media("a"), content()), TIMELINE, FACTS), wish)
    assert mono.loudness == LoudnessTarget(-17.0, -2.0)


def test_the_golden_plan_of_a_ready_template() -> None:
    """A changed plan is a changed sound: look at the difference before writing the file again."""
    golden = json.loads(GOLDEN.read_text("utf-8"))
    plan: RenderPlan = to_render_plan(assemble(JUST_ME, TIMELINE, FACTS))
    assert json.loads(json.dumps(plan.to_json())) == golden


def test_a_source_without_length_cannot_be_placed() -> None:
    with pytest.raises(ValueError, match="cannot be placed"):
        SourceFacts("x", 0)
