"""Assembly: a template, an edited recording and facts about the sources become an episode plan, then a render plan.

Everything is placed on the episode's own time, in whole milliseconds, before a single sample is touched. What the
template asks for and cannot have refuses the plan by name; nothing is ever left out silently.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from donecast.core.chapters import Chapter
from donecast.core.delivery import Delivery
from donecast.core.errors import MissingAsset, NothingLeft
from donecast.core.loudness import heard_lufs, matching_gain_db
from donecast.core.operations import HOUSE_BEEP
from donecast.core.plan import Bed, Clip, Ducking, RenderPlan, Track, Treatment
from donecast.core.ready_templates import ready_templates
from donecast.core.template import (
    HOUSE_MUSIC,
    MediaSource,
    MusicRule,
    RecordingSource,
    Segment,
    SegmentKind,
    Source,
    SpokenSource,
    Template,
    filled_in,
    spoken_texts,
    template_from_json,
    template_to_json,
)
from donecast.core.timeline import Recorded, Timeline

__all__ = [
    "HOUSE_MUSIC",
    "RECORDING",
    "AssemblyChoices",
    "EpisodePlan",
    "MediaSource",
    "MusicRule",
    "PlacedMusic",
    "PlacedSegment",
    "RecordingSource",
    "Segment",
    "SegmentKind",
    "Source",
    "SourceFacts",
    "SpokenSource",
    "Template",
    "assemble",
    "filled_in",
    "ready_templates",
    "spoken_key",
    "spoken_texts",
    "template_from_json",
    "template_to_json",
    "to_render_plan",
]

# The key of the episode's own recording among the facts.
RECORDING = "recording"
CROSSFADE_MS = 10
BEEP_BELOW_SPEECH_DB = 6.0
"""A pure tone as loud as speech hurts."""
_BEEP_ROOM_MS = 1_000
"""Whole periods of its tone."""


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What assembly must know of a source: its bytes' SHA-256, length, integrated loudness (LUFS or None), channels."""

    content_hash: str
    duration_ms: int
    loudness_lufs: float | None = None
    channels: int = 1

    def __post_init__(self) -> None:
        if self.duration_ms <= 0:
            raise ValueError(f"a source of {self.duration_ms} ms cannot be placed")


@dataclass(frozen=True, slots=True)
class AssemblyChoices:
    """What a person decides for one episode: parts to leave out this time, and whether there is music."""

    left_out: frozenset[str] = frozenset()
    with_music: bool = True


@dataclass(frozen=True, slots=True)
class PlacedSegment:
    """A segment on the episode's time; its clips carry their places and gains."""

    id: str
    kind: SegmentKind
    title: str
    start_ms: int
    end_ms: int
    clips: tuple[Clip, ...]
    inserted: tuple[Clip, ...] = ()
    """What the edit list puts between the clips of the recording."""


@dataclass(frozen=True, slots=True)
class PlacedMusic:
    """Music on the episode's time. ``gain_db`` is what its own samples are multiplied by where nobody speaks."""

    source_hash: str
    start_ms: int
    end_ms: int
    gain_db: float
    fade_in_ms: int
    fade_out_ms: int
    ducking: Ducking | None


@dataclass(frozen=True, slots=True)
class EpisodePlan:
    """The episode before it is heard: what stands where. Times in milliseconds of the finished episode.

    ``channels``: one when every source has one and there is no music, else two.
    """

    duration_ms: int
    segments: tuple[PlacedSegment, ...]
    channels: int
    music: tuple[PlacedMusic, ...] = ()
    chapters: tuple[Chapter, ...] = field(default=())

    @property
    def content_start_ms(self) -> int:
        """Where the edited recording begins: add it to a timeline's finished time to get the episode's."""
        return next(segment.start_ms for segment in self.segments if segment.kind == "content")

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values for a log, a preview or a comparison."""
        return asdict(self)


def spoken_key(segment_id: str) -> str:
    """The key of a spoken segment among the facts, once its text has been spoken."""
    return f"spoken:{segment_id}"


def assemble(
    template: Template, timeline: Timeline, facts: Mapping[str, SourceFacts], choices: AssemblyChoices | None = None
) -> EpisodePlan:
    """Places every segment and all music of a template around an edited recording.

    ``facts`` are keyed by `RECORDING`, by `spoken_key` and by asset id. The recording keeps its own level, the others
    are matched to it. When music or an overlap reaches before the first segment, everything moves later, so the
    earliest sound is at 0. Raises MissingAsset naming what has no facts, NothingLeft when all is cut.
    """
    choices = choices or AssemblyChoices()
    if not timeline.kept:
        raise NothingLeft
    recording = facts.get(RECORDING)
    if recording is None:
        raise MissingAsset("The recording of this episode is not there.", action="Choose the recording again.")
    if timeline.kept[-1].end_ms > recording.duration_ms:
        raise ValueError(f"{timeline.kept[-1]} reaches past a recording of {recording.duration_ms} ms")
    inserted = {asset: _inserted_facts(asset, facts) for asset in sorted(timeline.assets)}
    wanted = [
        segment for segment in template.segments if segment.kind == "content" or segment.id not in choices.left_out
    ]
    ends_ms = 0
    spans: dict[str, tuple[int, int]] = {}
    for segment in wanted:
        start_ms = ends_ms + segment.offset_ms if spans else 0
        duration_ms = timeline.duration_ms if segment.kind == "content" else _facts_of(segment, facts).duration_ms
        ends_ms = start_ms + duration_ms
        spans[segment.id] = (start_ms, ends_ms)
    rules = template.music if choices.with_music else ()
    stretches = [(rule, stretch) for rule in rules for stretch in _stretches(rule, [s.id for s in wanted], spans)]
    shift_ms = -min([start for start, _ in spans.values()] + [start for _, (start, _) in stretches])
    used = [recording if segment.kind == "content" else _facts_of(segment, facts) for segment in wanted]
    heard = [*used, *inserted.values()]
    channels = 1 if not stretches and all(source.channels == 1 for source in heard) else 2
    level_lufs = heard_lufs(recording.loudness_lufs, recording.channels, channels)
    gained = {
        asset: (source, _gain_db(source, level_lufs, channels) - (BEEP_BELOW_SPEECH_DB if asset == HOUSE_BEEP else 0.0))
        for asset, source in inserted.items()
    }
    segments = tuple(
        _content(segment, spans[segment.id][0] + shift_ms, timeline, recording, gained)
        if segment.kind == "content"
        else _placed(segment, spans[segment.id][0] + shift_ms, source, _gain_db(source, level_lufs, channels))
        for segment, source in zip(wanted, used, strict=True)
    )
    music = tuple(
        _music(rule, start + shift_ms, end + shift_ms, facts, level_lufs, channels) for rule, (start, end) in stretches
    )
    return EpisodePlan(
        duration_ms=max([segment.end_ms for segment in segments] + [bed.end_ms for bed in music]),
        segments=segments,
        channels=channels,
        music=music,
        chapters=_chapters(segments),
    )


def to_render_plan(
    episode_plan: EpisodePlan, delivery: Delivery | None = None, treatment: Treatment | None = None
) -> RenderPlan:
    """What the engine renders, on as many channels as the episode has unless the delivery says how many.

    Segments that overlap go onto tracks of their own. The treatment is the recording's alone: what stands around it
    was finished before.
    """
    delivery = delivery or Delivery()
    channels = delivery.channels or episode_plan.channels
    content = [clip for segment in episode_plan.segments if segment.kind == "content" for clip in segment.clips]
    others = [clip for segment in episode_plan.segments if segment.kind != "content" for clip in segment.clips]
    others += [clip for segment in episode_plan.segments for clip in segment.inserted]
    beds = tuple(Bed(**{name: getattr(bed, name) for name in Bed.__dataclass_fields__}) for bed in episode_plan.music)
    return RenderPlan(
        duration_ms=episode_plan.duration_ms,
        tracks=(
            Track("content", tuple(content), CROSSFADE_MS, treatment or Treatment()),
            *(Track("segment", clips, CROSSFADE_MS) for clips in _without_overlaps(others)),
        ),
        beds=beds,
        loudness=delivery.loudness(channels),
        output=delivery.output(channels),
    )


def _facts_of(segment: Segment, facts: Mapping[str, SourceFacts]) -> SourceFacts:
    match segment.source:
        case MediaSource(asset=asset, name=name):
            found, what = facts.get(asset), f'the file "{name or segment.title}"'
        case SpokenSource():
            found, what = facts.get(spoken_key(segment.id)), f'the spoken part "{segment.title}"'
        case RecordingSource():
            found, what = facts.get(RECORDING), "the recording"
    if found is None:
        raise MissingAsset(f"The template needs {what}, and it is not there.", details={"segment_id": segment.id})
    return found


def _stretches(rule: MusicRule, order: Sequence[str], spans: Mapping[str, tuple[int, int]]) -> list[tuple[int, int]]:
    """Where a rule's music lies: one stretch per run of neighbouring segments that it names and that are there."""
    runs: list[list[str]] = []
    previous_named = False
    for identity in order:
        named = identity in rule.under
        if named and previous_named:
            runs[-1].append(identity)
        elif named:
            runs.append([identity])
        previous_named = named
    stretches = []
    for run in runs:
        start_ms = min(spans[identity][0] for identity in run) + rule.start_offset_ms
        end_ms = max(spans[identity][1] for identity in run) + rule.end_offset_ms
        if end_ms > start_ms:
            stretches.append((start_ms, end_ms))
    return stretches


def _inserted_facts(asset: str, facts: Mapping[str, SourceFacts]) -> SourceFacts:
    found = facts.get(asset)
    if found is None:
        raise MissingAsset(
            "A sound that is put into the recording is not in your library any more.",
            action="Undo that edit, or keep what was said there, then make the episode again.",
            details={"asset": asset},
        )
    return found


def _content(
    segment: Segment,
    at_ms: int,
    timeline: Timeline,
    recording: SourceFacts,
    inserted: Mapping[str, tuple[SourceFacts, float]],
) -> PlacedSegment:
    """The recording as it is heard; ``inserted`` are the sounds put into it, with the gain that matches them to it."""
    clips, between = [], []
    cursor_ms = at_ms
    for part in timeline.parts:
        if isinstance(part, Recorded):
            span = part.span
            clips.append(Clip(recording.content_hash, span.start_ms, span.end_ms, cursor_ms, part.gain_db))
        elif part.asset is not None:
            source, gain_db = inserted[part.asset]
            room_ms = _BEEP_ROOM_MS if part.asset == HOUSE_BEEP and source.duration_ms > 2 * _BEEP_ROOM_MS else 0
            between += _inserted(source, round(gain_db + part.gain_db, 2), cursor_ms, part.duration_ms, room_ms)
        cursor_ms += part.duration_ms
    return PlacedSegment(segment.id, segment.kind, segment.title, at_ms, cursor_ms, tuple(clips), tuple(between))


def _inserted(source: SourceFacts, gain_db: float, at_ms: int, duration_ms: int, room_ms: int) -> list[Clip]:
    """A sound for as long as it is wanted: from its beginning, over and over when it is shorter.

    Of a tone that is everywhere the same, ``room_ms`` at both ends are left for joints: a crossfade needs sound there.
    """
    lap_ms = source.duration_ms - 2 * room_ms
    return [
        Clip(source.content_hash, room_ms, room_ms + min(lap_ms, duration_ms - start_ms), at_ms + start_ms, gain_db)
        for start_ms in range(0, duration_ms, lap_ms)
    ]


def _gain_db(source: SourceFacts, level_lufs: float | None, channels: int) -> float:
    return matching_gain_db(heard_lufs(source.loudness_lufs, source.channels, channels), level_lufs)


def _placed(segment: Segment, at_ms: int, source: SourceFacts, gain_db: float) -> PlacedSegment:
    clip = Clip(source.content_hash, 0, source.duration_ms, at_ms, gain_db)
    return PlacedSegment(segment.id, segment.kind, segment.title, at_ms, clip.end_ms, (clip,))


def _music(
    rule: MusicRule,
    start_ms: int,
    end_ms: int,
    facts: Mapping[str, SourceFacts],
    level_lufs: float | None,
    channels: int,
) -> PlacedMusic:
    source = facts.get(rule.asset)
    if source is None:
        what = rule.name or rule.asset
        raise MissingAsset(
            f'The template needs the music "{what}", and it is not there.', details={"asset": rule.asset}
        )
    loudness_lufs = heard_lufs(source.loudness_lufs, source.channels, channels)
    matched_db = matching_gain_db(loudness_lufs, level_lufs, gain_db_max=40.0)
    swell_db = -rule.ducking.amount_db if rule.ducking else 0.0
    fade_in_ms, fade_out_ms = rule.fade_in_ms, rule.fade_out_ms
    length_ms = end_ms - start_ms
    if fade_in_ms + fade_out_ms > length_ms:
        fade_in_ms = length_ms * fade_in_ms // (fade_in_ms + fade_out_ms)
        fade_out_ms = length_ms - fade_in_ms
    return PlacedMusic(
        source_hash=source.content_hash,
        start_ms=start_ms,
        end_ms=end_ms,
        gain_db=round(matched_db + rule.level_db + swell_db, 2),
        fade_in_ms=fade_in_ms,
        fade_out_ms=fade_out_ms,
        ducking=rule.ducking,
    )


def _chapters(segments: Sequence[PlacedSegment]) -> tuple[Chapter, ...]:
    """One chapter per intro, content, outro and advert; the first begins at 0, where the episode begins."""
    named = [segment for segment in segments if segment.kind not in {"transition", "sound_effect"}]
    chapters = [Chapter(segment.start_ms, segment.title) for segment in sorted(named, key=lambda item: item.start_ms)]
    return (replace(chapters[0], start_ms=0), *chapters[1:])


def _without_overlaps(clips: Sequence[Clip]) -> list[tuple[Clip, ...]]:
    """The clips on as few rows as it takes for none of a row to overlap."""
    rows: list[list[Clip]] = []
    for clip in sorted(clips, key=lambda item: (item.at_ms, item.end_ms, item.source_hash)):
        row = next((row for row in rows if row[-1].end_ms <= clip.at_ms), None)
        if row is None:
            rows.append([clip])
        else:
            row.append(clip)
    return [tuple(row) for row in rows]
