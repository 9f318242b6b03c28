"""The only queries of interns."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from donecast.interns.models import InternRow


def commands(session: Session, episode_id: str) -> list[InternRow]:
    """An episode's commands in order of time."""
    query = select(InternRow).where(InternRow.episode_id == episode_id)
    return list(session.scalars(query.order_by(InternRow.start_ms, InternRow.id)))


def command(session: Session, episode_id: str, intern_id: str) -> InternRow | None:
    """One of the episode's commands."""
    return session.get(InternRow, (episode_id, intern_id))
