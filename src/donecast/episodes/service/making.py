"""What the line asks of episodes, notes on them and keeps for them. All of it may be repeated."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import asdict, replace
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from donecast.core.chapters import Chapter
from donecast.core.cleanup_settings import CleanupSettings
from donecast.core.plan import RenderPlan, render_plan_from_json
from donecast.core.span import Span
from donecast.core.timeline import Timeline
from donecast.episodes import repository
from donecast.episodes.errors import AudioOutdated, NoAudioYet, NoSlot, NotAssembled
from donecast.episodes.models import RenderedAudioRow, RenditionRow, SpokenClipRow
from donecast.episodes.rules import (
    Assembly,
    Clip,
    EpisodeFacts,
    PublishWhen,
    RenderedAudio,
    SpokenSegment,
    assembly_from_json,
    chapters_from_json,
    chapters_to_json,
    clip_key_of,
)
from donecast.episodes.service.rows import any_row, facts_of_found, full_row, go_out, touch, value_of
from donecast.kit.clock import Clock
from donecast.kit.ids import new_id
from donecast.platform.database import Base
from donecast.platform.web import Ground
from donecast.shows import service as shows
from donecast.shows.rules import TemplateFacts, next_slot


def episode_by_id(session: Session, episode_id: str) -> EpisodeFacts:
    """The episode, whoever's it is. Raises NoSuchEpisode."""
    return facts_of_found(session, repository.episode_by_id(session, episode_id))


def given_transcript(ground: Ground, episode_id: str) -> str | None:
    """The transcript that a person brought along, or None."""
    with ground.database.reading() as session:
        return full_row(session, episode_id).given_transcript


def cleanup_of(ground: Ground, episode_id: str) -> CleanupSettings:
    """What the episode's show wants found in its recordings. Raises NoSuchEpisode."""
    with ground.database.reading() as session:
        return shows.show_by_id(session, any_row(session, episode_id).show_id).cleanup


def transcriber_of(ground: Ground, episode_id: str) -> str | None:
    """Who shall write out the words: as the episode says, else its show; None for whom the installation has.

    Raises NoSuchEpisode.
    """
    with ground.database.reading() as session:
        row = any_row(session, episode_id)
        return row.transcriber or shows.show_by_id(session, row.show_id).transcriber


def own_chapters(session: Session, episode_id: str) -> tuple[Chapter, ...]:
    """The chapters that a person gave the content, in the recording's time; mostly none."""
    return chapters_from_json(full_row(session, episode_id).chapters or [])


def note_transcript(session: Session, episode_id: str, transcript_id: str) -> None:
    """Notes which words are the episode's."""
    row = any_row(session, episode_id)
    row.transcript_id = transcript_id


def note_operation(session: Session, episode_id: str, operation_id: str, *, working: bool) -> None:
    """Notes the newest piece of work on the episode, and whether it is still going on."""
    row = any_row(session, episode_id)
    row.operation_id, row.working = operation_id, working


def template_of(session: Session, episode: EpisodeFacts) -> TemplateFacts | None:
    """The template that the episode follows; None where its show has none."""
    return shows.template_of(session, episode.account_id, episode.template_id) if episode.template_id else None


def clips(session: Session, keys: Collection[str]) -> dict[str, Clip]:
    """Those of the clips that have been spoken, by key."""
    return {row.key: _clip(row) for row in repository.spoken_clips(session, keys)}


def _clip(row: SpokenClipRow) -> Clip:
    return replace(value_of(Clip, row), word_spans=tuple(Span(*span) for span in row.word_spans))


def inserted_clips(session: Session, timeline: Timeline) -> dict[str, Clip]:
    """The spoken clips that are put into a recording, by asset id."""
    keys = {asset: key for asset in timeline.assets if (key := clip_key_of(asset)) is not None}
    found = clips(session, keys.values())
    return {asset: found[key] for asset, key in keys.items() if key in found}


def keep_clip(session: Session, clock: Clock, clip: Clip) -> None:
    """Keeps a spoken clip; kept already, that one stays."""
    spans = [[span.start_ms, span.end_ms] for span in clip.word_spans]
    row = SpokenClipRow(**{**asdict(clip), "word_spans": spans}, made_at=clock.now())
    _keep(session, row, lambda: bool(repository.spoken_clips(session, [clip.key])))


def spoken_segments(session: Session, episode_id: str) -> tuple[SpokenSegment, ...] | None:
    """What the template's spoken parts say this time; None before they were spoken."""
    found = full_row(session, episode_id).spoken
    return None if found is None else tuple(SpokenSegment(*entry) for entry in found)


def note_spoken(session: Session, episode_id: str, segments: Iterable[SpokenSegment]) -> None:
    """Notes what the template's spoken parts say this time."""
    any_row(session, episode_id).spoken = [[one.segment_id, one.text, one.clip_key] for one in segments]


def stored_bytes(session: Session) -> dict[str, int]:
    """How many bytes of renditions each person keeps, by account. Spoken clips are everybody's, so nobody's here."""
    return repository.stored_bytes(session)


def rendered_audio(session: Session, plan_digest: str) -> RenderedAudio | None:
    """What was rendered from a plan, or None."""
    row = repository.rendered_audio(session, plan_digest)
    return value_of(RenderedAudio, row) if row else None


def render_plan(session: Session, plan_digest: str) -> RenderPlan:
    """The plan from which audio was rendered. Raises NotAssembled."""
    row = repository.rendered_audio(session, plan_digest)
    if row is None:
        raise NotAssembled
    return render_plan_from_json(row.plan)


def keep_audio(session: Session, clock: Clock, plan: RenderPlan, audio: RenderedAudio) -> None:
    """Keeps what was rendered from a plan; kept already, that one stays."""
    row = RenderedAudioRow(**asdict(audio), plan=plan.to_json(), made_at=clock.now())
    _keep(session, row, lambda: repository.rendered_audio(session, audio.plan_digest) is not None)


def assembly_of(session: Session, episode_id: str) -> Assembly | None:
    """What was put together last, or None."""
    found = full_row(session, episode_id).assembly
    return assembly_from_json(found) if found else None


def note_assembly(session: Session, episode_id: str, assembly: Assembly) -> None:
    """Notes what was put together."""
    any_row(session, episode_id).assembly = assembly.to_json()


def has_rendition(session: Session, key: str) -> bool:
    """Whether a rendition was made from these very ingredients."""
    return repository.rendition_by_key(session, key) is not None


def keep_rendition(
    session: Session, clock: Clock, episode_id: str, key: str, assembly: Assembly, content_hash: str, length_bytes: int
) -> None:
    """Keeps a finished file; kept already, that one stays."""
    audio = rendered_audio(session, assembly.plan_digest)
    if audio is None:
        raise NotAssembled
    now = clock.now()
    row = RenditionRow(
        id=new_id("ren", now),
        episode_id=episode_id,
        key=key,
        plan_digest=audio.plan_digest,
        content_hash=content_hash,
        codec=audio.codec,
        length_bytes=length_bytes,
        duration_ms=audio.duration_ms,
        loudness_lufs=audio.loudness_lufs,
        true_peak_dbtp=audio.true_peak_dbtp,
        edit_list_version=assembly.edit_list_version,
        transcript_id=assembly.transcript_id,
        layout=assembly.layout.to_json(),
        chapters=chapters_to_json(assembly.chapters),
        made_at=now,
    )
    _keep(session, row, lambda: has_rendition(session, key))


def choose_rendition(session: Session, clock: Clock, episode_id: str, key: str, assembly: Assembly) -> str:
    """Makes the rendition with this key the episode's own; answers its id. Raises NotAssembled.

    Its bytes stay as they are; which edits and words they stand for may be known anew.
    """
    row, rendition = any_row(session, episode_id), repository.rendition_by_key(session, key)
    if rendition is None:
        raise NotAssembled
    rendition.edit_list_version, rendition.transcript_id = assembly.edit_list_version, assembly.transcript_id
    rendition.layout = assembly.layout.to_json()
    if row.rendition_id != rendition.id:
        row.rendition_id = rendition.id
        touch(session, row, clock.now())
    return rendition.id


def publish_by_order(session: Session, clock: Clock, episode_id: str, when: PublishWhen) -> datetime | None:
    """Publishes as an order says: now, at the show's next free slot, or not yet; answers when.

    Repeating changes nothing: what is live stays live, and who has a slot keeps it. Raises NoAudioYet, NoSlot, and
    AudioOutdated: what was cut while the audio was made must not go out.
    """
    row, now = any_row(session, episode_id), clock.now()
    if row.rendition_id is None:
        raise NoAudioYet
    is_out = row.published_at is not None and row.published_at <= now
    goes_out = (when == "now" and not is_out) or (when == "slot" and row.published_at is None)
    if goes_out and facts_of_found(session, row).outdated:
        raise AudioOutdated
    if when == "now" and not is_out:
        go_out(session, row, now, now)
    elif when == "slot" and row.published_at is None:
        show = shows.show_by_id(session, row.show_id)
        if show.slot is None:
            raise NoSlot
        taken = repository.lock_publishing(session, row.show_id)
        if row.published_at is None:
            go_out(session, row, next_slot(show.slot, show.time_zone, now, taken), now)
    if when != "not_yet":
        row.publish_when = when
    return row.published_at


def _keep(session: Session, row: Base, is_there: Callable[[], bool]) -> None:
    """Adds a row unless it is there already, also when another worker adds it in the same moment."""
    if is_there():
        return
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        if not is_there():
            raise
