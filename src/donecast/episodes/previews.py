"""Hearing a place of an episode as it will sound, before the whole is made.

What the template says is not there yet, such as an intro that was not spoken so far, is left out: it does not sound
near a cut, except that it may make music begin at another place. Noise reduction and the like are left out too: they
listen to the whole recording first.
"""

from dataclasses import dataclass

from donecast.core.assembly import (
    RECORDING,
    AssemblyChoices,
    SourceFacts,
    SpokenSource,
    assemble,
    spoken_key,
    to_render_plan,
)
from donecast.core.loudness import heard_lufs
from donecast.core.span import Span
from donecast.core.timeline import Timeline, from_cuts
from donecast.edits import service as edits
from donecast.edits.errors import NoSuchJoint
from donecast.engine.preview import Previewer, PreviewSource
from donecast.episodes import service
from donecast.episodes.errors import PlaceInvalid, RecordingNotReady
from donecast.episodes.makings import Makings, asset_facts, delivery_of, facts_of, makings_of
from donecast.platform.web import Ground
from donecast.recordings import service as recordings
from donecast.recordings.errors import MediaNotReady
from donecast.recordings.examination import engine_limits
from donecast.recordings.rules import MediaFacts

AROUND_MS_MIN, AROUND_MS, AROUND_MS_MAX = 500, 3_000, 10_000
"""How much is heard before a joint and after it."""


@dataclass(frozen=True, slots=True)
class Preview:
    """A WAV file, and where in it the joint is."""

    wav: bytes
    joint_ms: int


def preview_joint(
    ground: Ground, previewer: Previewer, episode_id: str, number: int, *, version: int | None, around_ms: int
) -> Preview:
    """The joint of a number, counted from 1, as `edits.service.joints_of` does.

    Raises StaleVersion when ``version`` is given and not the newest, NoSuchJoint, and what `preview_cut` raises.
    """
    makings = _ready_makings(ground, episode_id)
    with ground.database.reading() as session:
        joints = edits.joints_of(session, episode_id, makings.recording.duration_ms, version)
    if not 1 <= number <= len(joints.cuts):
        raise NoSuchJoint(details={"number": number, "joints": len(joints.cuts)})
    return _heard(ground, previewer, makings, joints.timeline, joints.cuts[number - 1], around_ms)


def preview_cut(ground: Ground, previewer: Previewer, episode_id: str, span: Span, *, around_ms: int) -> Preview:
    """How it would sound if this stretch of the recording were cut too, whether or not it is.

    Raises PlaceInvalid, RecordingNotReady, MediaNotReady, MissingAsset, NothingLeft, BlobMissing, TooManyPreviews, and
    the engine's errors.
    """
    makings = _ready_makings(ground, episode_id)
    if span.end_ms > makings.recording.duration_ms:
        raise PlaceInvalid(details={"recording_ms": makings.recording.duration_ms})
    with ground.database.reading() as session:
        timeline = edits.timeline_of(session, episode_id, makings.recording.duration_ms)
    return _heard(
        ground, previewer, makings, from_cuts(timeline.source_duration_ms, [*timeline.cuts, span]), span, around_ms
    )


def _ready_makings(ground: Ground, episode_id: str) -> Makings:
    makings = makings_of(ground, episode_id)
    if makings.recording.state != "ready":
        raise RecordingNotReady
    return makings


def _heard(
    ground: Ground, previewer: Previewer, makings: Makings, timeline: Timeline, cut: Span, around_ms: int
) -> Preview:
    facts = _facts(ground, makings)
    silent = frozenset(
        segment.id
        for segment in makings.template.segments
        if isinstance(segment.source, SpokenSource) and spoken_key(segment.id) not in facts
    )
    episode_plan = assemble(makings.template, timeline, facts, AssemblyChoices(left_out=silent))
    plan = to_render_plan(episode_plan, delivery_of(ground.settings.audio))
    at_ms = episode_plan.content_start_ms + timeline.to_finished_clamped(cut.start_ms)
    start_ms, end_ms = max(at_ms - around_ms, 0), min(at_ms + around_ms, plan.duration_ms)
    durations_ms = {fact.content_hash: fact.duration_ms for fact in facts.values()}
    heard = heard_lufs(makings.recording.loudness_lufs, makings.recording.channels, plan.output.channels)
    limits = ground.settings.limits
    # The turn comes first: out of a bucket, whole recordings are fetched, and the refused must cost nothing.
    with previewer.turn(), ground.temporary.folder("preview") as folder:
        sources = {
            key: PreviewSource(ground.blobs.local_path(key, folder), durations_ms[key]) for key in plan.source_hashes
        }
        previewer.preview(
            plan,
            sources,
            folder / "preview.wav",
            start_ms=start_ms,
            end_ms=end_ms,
            gain_db=plan.loudness.lufs - (heard if heard is not None else plan.loudness.lufs),
            limits=engine_limits(limits, deadline_seconds=limits.preview_deadline_seconds),
        )
        return Preview((folder / "preview.wav").read_bytes(), at_ms - start_ms)


def _facts(ground: Ground, makings: Makings) -> dict[str, SourceFacts]:
    def checked(asset: str) -> MediaFacts:
        with ground.database.reading() as session:
            media = recordings.media_by_id(session, asset)
        if media.state != "ready":
            raise MediaNotReady
        return media

    facts = {RECORDING: facts_of(makings.recording), **asset_facts(ground, makings, checked)}
    with ground.database.reading() as session:
        spoken = service.spoken_segments(session, makings.episode.id) or ()
        clips = service.clips(session, [one.clip_key for one in spoken])
    return facts | {
        spoken_key(one.segment_id): facts_of(clips[one.clip_key]) for one in spoken if one.clip_key in clips
    }
