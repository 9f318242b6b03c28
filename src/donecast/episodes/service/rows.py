"""From rows to values: what every use case of episodes begins or ends with."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import TypeVar, cast

from sqlalchemy.orm import Session

from donecast.edits import service as edits
from donecast.episodes import repository
from donecast.episodes.errors import NoSuchEpisode
from donecast.episodes.models import EpisodeRow
from donecast.episodes.rules import (
    Clip,
    EpisodeFacts,
    EpisodeKind,
    PublishWhen,
    RenderedAudio,
    RenditionFacts,
    captions_public,
)
from donecast.platform.database import Base
from donecast.platform.error_tracking import set_business_context
from donecast.shows import service as shows
from donecast.transcripts import service as transcripts

_Value = TypeVar("_Value", RenditionFacts, RenderedAudio, Clip)
_DERIVED_FIELDS = {
    "kind",
    "publish_when",
    "transcript",
    "captions_public",
    "edit_list_version",
    "rendition",
    "outdated",
}
_PLAIN_FIELDS = tuple(field.name for field in fields(EpisodeFacts) if field.name not in _DERIVED_FIELDS)


def own_row(session: Session, account_id: str, episode_id: str) -> EpisodeRow:
    """The person's own episode. Raises NoSuchEpisode."""
    row = repository.episode_of(session, account_id, episode_id)
    if row is None:
        raise NoSuchEpisode
    set_business_context(show_id=row.show_id, episode_id=row.id)
    return row


def any_row(session: Session, episode_id: str) -> EpisodeRow:
    """The episode, whoever's it is. Raises NoSuchEpisode."""
    row = repository.episode_by_id(session, episode_id)
    if row is None:
        raise NoSuchEpisode
    return row


def full_row(session: Session, episode_id: str) -> EpisodeRow:
    """The episode with the columns that are usually left alone. Raises NoSuchEpisode."""
    row = repository.with_deferred(session, episode_id)
    if row is None:
        raise NoSuchEpisode
    return row


def facts_of_found(session: Session, row: EpisodeRow | None) -> EpisodeFacts:
    """The row as a value. Raises NoSuchEpisode when there is none."""
    if row is None:
        raise NoSuchEpisode
    return facts(session, [row])[0]


def facts(session: Session, rows: Sequence[EpisodeRow]) -> list[EpisodeFacts]:
    """Rows as values, with what the features below know of them, in a few queries however many there are."""
    session.flush()
    words = transcripts.facts_by_id(session, {row.transcript_id for row in rows if row.transcript_id})
    versions = edits.newest_versions(session, [row.id for row in rows])
    wanted = {row.rendition_id for row in rows if row.rendition_id}
    audio = {row.id: value_of(RenditionFacts, row) for row in repository.renditions_by_ids(session, wanted)}
    made_of = {(one.episode_id, one.edit_list_version) for one in audio.values()}
    digests = edits.heard_digests(session, made_of | {(one, versions.get(one, 0)) for one, _ in made_of})
    return [
        EpisodeFacts(
            **{name: getattr(row, name) for name in _PLAIN_FIELDS},
            kind=cast(EpisodeKind, row.kind),
            publish_when=cast(PublishWhen, row.publish_when),
            transcript=(transcript := words.get(row.transcript_id or "")),
            captions_public=captions_public(transcript.quality if transcript else None, row.captions_approved),
            edit_list_version=versions.get(row.id, 0),
            rendition=(rendition := audio.get(row.rendition_id or "")),
            outdated=rendition is not None
            and digests[row.id, rendition.edit_list_version] != digests[row.id, versions.get(row.id, 0)],
        )
        for row in rows
    ]


def value_of(kind: type[_Value], row: Base) -> _Value:
    """A frozen value whose fields are all columns of the row."""
    return kind(**{field.name: getattr(row, field.name) for field in fields(kind)})


def touch(session: Session, row: EpisodeRow, now: datetime) -> None:
    """Notes that an episode changed, and its feed with it when it is live."""
    row.updated_at = now
    if row.published_at is not None and row.published_at <= now:
        shows.touch_feed(session, row.show_id, now)


def go_out(session: Session, row: EpisodeRow, at: datetime, now: datetime) -> None:
    """Sets the moment of publishing; from now on the episode keeps its address."""
    touch(session, row, now)  # a live episode that is put off leaves the feed
    row.published_at, row.slug_fixed = at, True
    touch(session, row, now)
