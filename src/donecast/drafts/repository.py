"""The only queries of text drafts."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from donecast.drafts.models import DraftRow


def draft_of(session: Session, episode_id: str, draft_id: str) -> DraftRow | None:
    """The episode's draft, or None."""
    query = select(DraftRow).where(DraftRow.id == draft_id, DraftRow.episode_id == episode_id)
    return session.scalar(query)


def drafts_of(session: Session, episode_id: str) -> list[DraftRow]:
    """All drafts of an episode, newest first."""
    query = select(DraftRow).where(DraftRow.episode_id == episode_id).order_by(DraftRow.id.desc())
    return list(session.scalars(query))


def count_of(session: Session, episode_id: str) -> int:
    """How many drafts an episode has."""
    return session.scalar(select(func.count()).where(DraftRow.episode_id == episode_id)) or 0


def accepted_texts(session: Session, episode_id: str, kind: str) -> list[str]:
    """Every text of a kind that went to the episode from a draft."""
    query = select(DraftRow.accepted_text).where(DraftRow.episode_id == episode_id, DraftRow.kind == kind)
    return [text for text in session.scalars(query) if text is not None]
