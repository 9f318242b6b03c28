"""What a person does with their episodes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from donecast.core.assembly import template_from_json
from donecast.core.chapters import Chapter
from donecast.core.edit_list import EditList
from donecast.core.operations import Insert, Replace
from donecast.edits.errors import SoundMissing
from donecast.episodes import repository
from donecast.episodes.errors import (
    AudioOutdated,
    NoAudioYet,
    NotARecording,
    PublishTimePassed,
    PublishTimeTooFar,
    SoundTooShort,
)
from donecast.episodes.models import EpisodeRow
from donecast.episodes.rules import (
    EpisodeDraft,
    EpisodeFacts,
    PersonHeard,
    chapters_to_json,
    checked_changes,
    guid_of,
    people_of,
    slugs,
    title_of_recording,
)
from donecast.episodes.service.rows import facts, facts_of_found, go_out, own_row, touch
from donecast.kit.clock import Clock
from donecast.kit.ids import new_id
from donecast.platform.web import Ground
from donecast.recordings import service as recordings
from donecast.recordings.errors import MediaNotReady, MediaRefused
from donecast.recordings.rules import asset_missing
from donecast.shows import service as shows
from donecast.shows.errors import NoSuchTemplate
from donecast.shows.rules import TemplateFacts
from donecast.transcripts import service as transcripts

_SCHEDULE_YEARS_MAX = 10


def create(session: Session, ground: Ground, account_id: str, draft: EpisodeDraft) -> EpisodeFacts:
    """A new episode of a recording, after the show's first template unless another is named.

    Raises NoSuchShow, NoSuchMedia, NotARecording, MediaRefused, NoSuchTemplate, MissingAsset, EpisodeInvalid, and for
    a given transcript GivenTranscriptTooLarge and TranscriptUnreadable.
    """
    shows.show_of(session, account_id, draft.show_id)
    recording = recordings.media_of(session, account_id, draft.recording_id)
    if recording.category != "recording":
        raise NotARecording
    if recording.state == "refused":
        raise MediaRefused(recording.problem)
    template = _template_for(session, account_id, draft)
    if draft.transcript is not None:
        transcripts.read_given(ground.settings.limits, draft.transcript)
    title = title_of_recording(recording.name) if draft.title is None else draft.title
    wish = checked_changes({"title": title, "transcriber": draft.transcriber, "voice": draft.voice})
    now = ground.clock.now()
    identity = new_id("ep", now)
    row = EpisodeRow(
        id=identity,
        account_id=account_id,
        show_id=draft.show_id,
        recording_id=draft.recording_id,
        template_id=template.id if template else None,
        **wish,
        notes="",
        kind="full",
        guid=guid_of(identity),
        publish_when="not_yet",
        given_transcript=draft.transcript,
        created_at=now,
        updated_at=now,
    )
    _give_address(session, row)
    return facts(session, [row])[0]


def update(
    session: Session, clock: Clock, account_id: str, episode_id: str, changes: Mapping[str, Any]
) -> EpisodeFacts:
    """Changes what `EpisodeChangeIn` lists. Raises NoSuchEpisode, EpisodeInvalid.

    Until it is first published, the episode's address follows its title.
    """
    row = own_row(session, account_id, episode_id)
    changed = {name: value for name, value in checked_changes(changes).items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    if "title" in changed and not row.slug_fixed:
        _give_address(session, row)
    if changed:
        touch(session, row, clock.now())
    return facts(session, [row])[0]


def set_chapters(session: Session, clock: Clock, account_id: str, episode_id: str, chapters: Sequence[Chapter]) -> None:
    """Gives the episode's content chapters of its own, in the recording's time; heard of when it is made next.

    Without any, its content is one chapter again. Raises NoSuchEpisode.
    """
    row = own_row(session, account_id, episode_id)
    row.chapters = chapters_to_json(sorted(chapters)) or None
    touch(session, row, clock.now())


def publish(
    session: Session, clock: Clock, account_id: str, episode_id: str, at: datetime | None = None
) -> EpisodeFacts:
    """Publishes now, or at a moment in the future; what is already so stays as it is.

    Raises NoSuchEpisode, NoAudioYet, PublishTimePassed, PublishTimeTooFar, and AudioOutdated where it would go out
    sooner than it does now: what was cut since the audio was made must not. It may be put off.
    """
    row = own_row(session, account_id, episode_id)
    now = clock.now()
    if row.rendition_id is None:
        raise NoAudioYet("This episode has no finished audio yet, so it cannot be published.")
    known = row.published_at
    if at is not None and at != known:
        if at <= now:
            raise PublishTimePassed
        if at.year > now.year + _SCHEDULE_YEARS_MAX:
            raise PublishTimeTooFar
    moment = at or (known if known is not None and known <= now else now)
    if moment != known:
        if (known is None or moment < known) and facts(session, [row])[0].outdated:
            raise AudioOutdated
        go_out(session, row, moment, now)
    row.publish_when = "now"
    return facts(session, [row])[0]


def unpublish(session: Session, clock: Clock, account_id: str, episode_id: str) -> EpisodeFacts:
    """Takes an episode back, live or scheduled; it keeps its address and its guid. Raises NoSuchEpisode."""
    row = own_row(session, account_id, episode_id)
    if row.published_at is not None:
        touch(session, row, clock.now())
        row.published_at = None
    row.publish_when = "not_yet"
    return facts(session, [row])[0]


def episode_of(session: Session, account_id: str, episode_id: str) -> EpisodeFacts:
    """The person's own episode. Raises NoSuchEpisode."""
    return facts(session, [own_row(session, account_id, episode_id)])[0]


def locked_episode_of(session: Session, account_id: str, episode_id: str) -> EpisodeFacts:
    """The same, and nobody changes it until this transaction ends: for what looks first and then overwrites."""
    return facts_of_found(session, repository.locked_episode_of(session, account_id, episode_id))


def episodes_of(session: Session, account_id: str, show_id: str | None = None) -> list[EpisodeFacts]:
    """A person's episodes, newest first. Raises NoSuchShow for a show that is not theirs."""
    if show_id is not None:
        shows.show_of(session, account_id, show_id)
    return facts(session, repository.episodes_of(session, account_id, show_id))


def people_of_show(session: Session, account_id: str, show_id: str) -> tuple[PersonHeard, ...]:
    """Who was named in the show's episodes, most often first. Raises NoSuchShow."""
    show = shows.show_of(session, account_id, show_id)
    return people_of([row.speaker_names for row in repository.episodes_of(session, account_id, show_id)], show.author)


def _template_for(session: Session, account_id: str, draft: EpisodeDraft) -> TemplateFacts | None:
    if draft.template_id is None:
        template = next(iter(shows.templates_of(session, account_id, draft.show_id)), None)
    else:
        template = shows.template_of(session, account_id, draft.template_id)
        if template.show_id != draft.show_id:
            raise NoSuchTemplate
    if template is not None:
        _require_assets(session, account_id, template)
    return template


def _require_assets(session: Session, account_id: str, template: TemplateFacts) -> None:
    """Said now rather than after the words have been written out. Raises MissingAsset by name."""
    definition = template_from_json(template.definition)
    for asset in definition.assets:
        if not shows.is_house_sound(asset) and not recordings.has_media(session, account_id, asset):
            raise asset_missing(definition, asset)


def require_sounds(session: Session, account_id: str, before: EditList, after: EditList) -> None:
    """That the sounds put into a recording are the person's own and long enough; what was in it before may stay.

    Raises SoundMissing for one that a proposal puts in, NoSuchMedia for any other, MediaNotReady, SoundTooShort.
    """
    for operation in set(after.operations).difference(before.operations):
        if not isinstance(operation, Insert | Replace) or operation.asset is None:
            continue
        if shows.is_house_sound(operation.asset):
            continue
        if operation.proposal_id is not None and not recordings.has_media(session, account_id, operation.asset):
            raise SoundMissing(details={"proposal_ids": [operation.proposal_id]})
        media = recordings.media_of(session, account_id, operation.asset)
        if media.state != "ready":
            raise MediaNotReady
        if (operation.duration_ms or 0) > media.duration_ms:
            raise SoundTooShort(details={"asset": operation.asset, "duration_ms": media.duration_ms})


def _give_address(session: Session, row: EpisodeRow) -> None:
    """Saves the row under the first free name; another writer may take one between our look and our save."""
    for slug in slugs(row.title):
        if repository.slug_taken(session, row.show_id, slug, row.id):
            continue
        try:
            with session.begin_nested():
                row.slug = slug
                session.add(row)
        except IntegrityError:
            if not repository.slug_taken(session, row.show_id, slug, row.id):
                raise
        else:
            return
