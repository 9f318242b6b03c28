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
from donecast.core.cleanup_rules import Cover
from donecast.core.loudness import heard_lufs
from donecast.core.operations import Insert
from donecast.core.sound_cues import CueSound
from donecast.core.span import Span
from donecast.core.timeline import Inserted, Timeline
from donecast.edits import service as edits
from donecast.edits.errors import NoSuchJoint
from donecast.edits.rules import imagined
from donecast.engine.preview import PREVIEW_MS_MAX, Previewer, PreviewSource
from donecast.episodes import service
from donecast.episodes.errors import NoSuchSound, PlaceInvalid, RecordingNotReady
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
    at_ms = joints.timeline.to_finished_clamped(joints.cuts[number - 1].start_ms)
    return _heard(ground, previewer, makings, joints.timeline, at_ms, at_ms, around_ms)


def preview_cut(
    ground: Ground,
    previewer: Previewer,
    episode_id: str,
    span: Span,
    *,
    instead: Cover | CueSound | None,
    around_ms: int,
    instead_of: str | None = None,
) -> Preview:
    """How it would sound if this stretch of the recording were cut too, or something else were heard instead of it,
    whether or not that is so.

    ``instead_of``: the proposal whose own cut is left out meanwhile, for its edges are being moved.

    Raises PlaceInvalid, RecordingNotReady, MediaNotReady, MissingAsset, NothingLeft, BlobMissing, TooManyPreviews, and
    the engine's errors.
    """
    makings = _ready_makings(ground, episode_id)
    if span.end_ms > makings.recording.duration_ms:
        raise PlaceInvalid(details={"recording_ms": makings.recording.duration_ms})
    with ground.database.reading() as session:
        timeline = edits.timeline_with(
            session, episode_id, makings.recording.duration_ms, imagined(span, instead), instead_of=instead_of
        )
    at_ms = timeline.to_finished_clamped(span.start_ms)
    sound_ms = instead.duration_ms if isinstance(instead, CueSound) else 0
    return _heard(ground, previewer, makings, timeline, at_ms, at_ms + sound_ms, around_ms)


def preview_sound(
    ground: Ground,
    previewer: Previewer,
    episode_id: str,
    insert: Insert,
    *,
    around_ms: int,
    imagined_there: bool = False,
) -> Preview:
    """A sound that is put into the recording, with what comes before it and after.

    ``imagined_there``: it is heard as if it stood there, whether the edit list has it there, elsewhere or not at all.

    Raises NoSuchSound where it is not in the edit list any more, and what `preview_cut` raises.
    """
    makings = _ready_makings(ground, episode_id)
    recording_ms = makings.recording.duration_ms
    if insert.at_ms > recording_ms:
        raise PlaceInvalid(details={"recording_ms": recording_ms})
    with ground.database.reading() as session:
        if imagined_there:
            timeline = edits.timeline_with(session, episode_id, recording_ms, insert, instead_of=insert.id)
        else:
            timeline = edits.timeline_of(session, episode_id, recording_ms)
    places = [
        (at_ms, part)
        for at_ms, part in timeline.placed()
        if isinstance(part, Inserted) and (part.asset, part.duration_ms) == (insert.asset, insert.duration_ms)
    ]
    if not places:
        raise NoSuchSound
    # The same sound may be put in at several places: this one is the nearest to what it stands before.
    wanted_ms = timeline.to_finished_clamped(insert.at_ms)
    at_ms, part = min(places, key=lambda place: abs(place[0] + place[1].duration_ms + insert.gap_ms - wanted_ms))
    return _heard(ground, previewer, makings, timeline, at_ms, at_ms + part.duration_ms, around_ms)


def _ready_makings(ground: Ground, episode_id: str) -> Makings:
    makings = makings_of(ground, episode_id)
    if makings.recording.state != "ready":
        raise RecordingNotReady
    return makings


def _heard(
    ground: Ground,
    previewer: Previewer,
    makings: Makings,
    timeline: Timeline,
    from_ms: int,
    to_ms: int,
    around_ms: int,
) -> Preview:
    """A stretch of the edited recording, in its finished time, with ``around_ms`` before and after.

    Where that is more than a preview may last, less is heard around it, and of a very long sound the beginning.
    """
    facts = _facts(ground, makings, timeline)
    silent = frozenset(
        segment.id
        for segment in makings.template.segments
        if isinstance(segment.source, SpokenSource) and spoken_key(segment.id) not in facts
    )
    episode_plan = assemble(makings.template, timeline, facts, AssemblyChoices(left_out=silent))
    plan = to_render_plan(episode_plan, delivery_of(ground.settings.audio))
    at_ms = episode_plan.content_start_ms + from_ms
    around_ms = max(AROUND_MS_MIN, min(around_ms, (PREVIEW_MS_MAX - (to_ms - from_ms)) // 2))
    start_ms = max(at_ms - around_ms, 0)
    end_ms = min(episode_plan.content_start_ms + to_ms + around_ms, plan.duration_ms, start_ms + PREVIEW_MS_MAX)
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


def _facts(ground: Ground, makings: Makings, timeline: Timeline) -> dict[str, SourceFacts]:
    def checked(asset: str) -> MediaFacts:
        with ground.database.reading() as session:
            media = recordings.media_by_id(session, asset)
        if media.state != "ready":
            raise MediaNotReady
        return media

    facts = {RECORDING: facts_of(makings.recording), **asset_facts(ground, makings, timeline, checked)}
    with ground.database.reading() as session:
        spoken = service.spoken_segments(session, makings.episode.id) or ()
        clips = service.clips(session, [one.clip_key for one in spoken])
    return facts | {
        spoken_key(one.segment_id): facts_of(clips[one.clip_key]) for one in spoken if one.clip_key in clips
    }
