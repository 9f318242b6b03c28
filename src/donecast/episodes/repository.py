"""The only queries of episodes."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, undefer

from donecast.episodes.models import EpisodeRow, RenderedAudioRow, RenditionRow, SpokenClipRow


def episode_by_id(session: Session, episode_id: str) -> EpisodeRow | None:
    """The episode, whoever's it is; for the line itself."""
    return session.get(EpisodeRow, episode_id)


def episode_of(session: Session, account_id: str, episode_id: str) -> EpisodeRow | None:
    """The person's own episode, or None."""
    query = select(EpisodeRow).where(EpisodeRow.id == episode_id, EpisodeRow.account_id == account_id)
    return session.scalar(query)


def locked_episode_of(session: Session, account_id: str, episode_id: str) -> EpisodeRow | None:
    """The person's own episode as it is now, or None; others who would change it wait until we have saved."""
    query = select(EpisodeRow).where(EpisodeRow.id == episode_id, EpisodeRow.account_id == account_id)
    return session.scalar(query.with_for_update().execution_options(populate_existing=True))


def episodes_of(session: Session, account_id: str, show_id: str | None) -> list[EpisodeRow]:
    """A person's episodes, of one show or of all, newest first."""
    query = select(EpisodeRow).where(EpisodeRow.account_id == account_id)
    if show_id is not None:
        query = query.where(EpisodeRow.show_id == show_id)
    return list(session.scalars(query.order_by(EpisodeRow.id.desc())))


def with_deferred(session: Session, episode_id: str) -> EpisodeRow | None:
    """The episode with its given transcript, its own chapters, its spoken parts and its last assembly."""
    query = select(EpisodeRow).where(EpisodeRow.id == episode_id)
    columns = (EpisodeRow.given_transcript, EpisodeRow.chapters, EpisodeRow.spoken, EpisodeRow.assembly)
    return session.scalar(query.options(*(undefer(column) for column in columns)))


def slug_taken(session: Session, show_id: str, slug: str, except_for: str | None = None) -> bool:
    """Whether another episode of the show has this name in its address."""
    query = select(EpisodeRow.id).where(EpisodeRow.show_id == show_id, EpisodeRow.slug == slug)
    return session.scalar(query.where(EpisodeRow.id != (except_for or ""))) is not None


def _live(now: datetime) -> Select[EpisodeRow]:
    return select(EpisodeRow).where(EpisodeRow.published_at <= now, EpisodeRow.rendition_id.is_not(None))


def live_episodes(session: Session, show_id: str, now: datetime) -> list[EpisodeRow]:
    """The show's live episodes, newest first."""
    query = _live(now).where(EpisodeRow.show_id == show_id)
    return list(session.scalars(query.order_by(EpisodeRow.published_at.desc(), EpisodeRow.id.desc())))


def live_count(session: Session, now: datetime) -> int:
    """How many episodes of all shows are live."""
    return session.scalar(select(func.count()).select_from(_live(now).subquery())) or 0


def live_episode(session: Session, episode_id: str, now: datetime) -> EpisodeRow | None:
    """The episode if it is live."""
    return session.scalar(_live(now).where(EpisodeRow.id == episode_id))


def live_episode_by_slug(session: Session, show_id: str, slug: str, now: datetime) -> EpisodeRow | None:
    """The show's live episode at an address, or None."""
    return session.scalar(_live(now).where(EpisodeRow.show_id == show_id, EpisodeRow.slug == slug))


def lock_publishing(session: Session, show_id: str) -> list[datetime]:
    """Every moment at which an episode of the show is or will be published; others wait until we have saved.

    SQLite has one writer anyway; on PostgreSQL the rows of the show are locked in one order.
    """
    query = select(EpisodeRow).where(EpisodeRow.show_id == show_id).order_by(EpisodeRow.id).with_for_update()
    rows = session.scalars(query.execution_options(populate_existing=True))
    return [row.published_at for row in rows if row.published_at is not None]


def renditions_by_ids(session: Session, rendition_ids: Collection[str]) -> list[RenditionRow]:
    """Several renditions at once."""
    return list(session.scalars(select(RenditionRow).where(RenditionRow.id.in_(rendition_ids))))


def rendition(session: Session, episode_id: str, rendition_id: str) -> RenditionRow | None:
    """A rendition of an episode, also one that is not the newest."""
    query = select(RenditionRow).where(RenditionRow.id == rendition_id, RenditionRow.episode_id == episode_id)
    return session.scalar(query)


def rendition_with_layout(session: Session, rendition_id: str) -> RenditionRow | None:
    """A rendition with where its words are heard."""
    query = select(RenditionRow).where(RenditionRow.id == rendition_id).options(undefer(RenditionRow.layout))
    return session.scalar(query)


def rendition_by_key(session: Session, key: str) -> RenditionRow | None:
    """The rendition made from these very ingredients, or None."""
    return session.scalar(select(RenditionRow).where(RenditionRow.key == key))


def stored_bytes(session: Session) -> dict[str, int]:
    """Bytes of the different renditions that each person keeps, by account."""
    kept = (
        select(EpisodeRow.account_id, func.max(RenditionRow.length_bytes).label("bytes"))
        .join(EpisodeRow, EpisodeRow.id == RenditionRow.episode_id)
        .group_by(EpisodeRow.account_id, RenditionRow.content_hash)
        .subquery()
    )
    query = select(kept.c.account_id, func.sum(kept.c.bytes)).group_by(kept.c.account_id)
    return {account_id: int(count) for account_id, count in session.execute(query)}


def rendered_audio(session: Session, plan_digest: str) -> RenderedAudioRow | None:
    """What was rendered from a plan, or None."""
    return session.get(RenderedAudioRow, plan_digest)


def spoken_clips(session: Session, keys: Collection[str]) -> list[SpokenClipRow]:
    """Those of the clips that have been spoken."""
    return list(session.scalars(select(SpokenClipRow).where(SpokenClipRow.key.in_(keys))))
