"""The only queries of notices."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, Row, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from donecast.notices.models import NoticeRow

_FINISHED = ("sent", "off", "given_up")


def insert(session: Session, values: dict[str, Any]) -> bool:
    """Adds a row unless there is one with its key; answers whether it did."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    statement = dialect.insert(NoticeRow).values(**values).on_conflict_do_nothing(index_elements=["key"])
    return session.scalar(statement.returning(NoticeRow.id)) is not None


def count(session: Session) -> int:
    """How many rows there are."""
    return session.scalar(select(func.count()).select_from(NoticeRow)) or 0


def due(session: Session, channel: str, now: datetime, limit: int) -> Sequence[NoticeRow]:
    """What waits to be sent by a channel, oldest first; what was put in the same millisecond, in any order."""
    query = select(NoticeRow).where(
        NoticeRow.channel == channel, NoticeRow.state == "waiting", NoticeRow.next_attempt_at <= now
    )
    return session.scalars(query.order_by(NoticeRow.id).limit(limit)).all()


def change(session: Session, notice_id: str, attempts: int, values: dict[str, Any]) -> bool:
    """Changes what still waits and was tried exactly so often; answers whether it was so."""
    statement = update(NoticeRow).where(
        NoticeRow.id == notice_id, NoticeRow.state == "waiting", NoticeRow.attempts == attempts
    )
    return _count(session.execute(statement.values(**values))) == 1


def switch_off(session: Session, channel: str, why: str) -> int:
    """Ends all that waits for a channel which is off."""
    statement = update(NoticeRow).where(NoticeRow.channel == channel, NoticeRow.state == "waiting")
    return _count(session.execute(statement.values(state="off", last_error=why)))


def delete_finished(session: Session, limit: int) -> int:
    """Forgets the oldest that are over; answers how many."""
    oldest = select(NoticeRow.id).where(NoticeRow.state.in_(_FINISHED)).order_by(NoticeRow.id).limit(limit)
    return _count(session.execute(delete(NoticeRow).where(NoticeRow.id.in_(oldest))))


def delete_older(session: Session, before: datetime) -> int:
    """Forgets all that are over and were made before an instant; answers how many."""
    statement = delete(NoticeRow).where(NoticeRow.state.in_(_FINISHED), NoticeRow.created_at < before)
    return _count(session.execute(statement))


def oldest_waiting(session: Session, limit: int, but: Collection[str]) -> Sequence[NoticeRow]:
    """The oldest that wait, without those of the given ids."""
    query = select(NoticeRow).where(NoticeRow.state == "waiting", NoticeRow.id.not_in(but))
    return session.scalars(query.order_by(NoticeRow.id).limit(limit)).all()


def delete_all(session: Session, notice_ids: Sequence[str]) -> None:
    """Forgets these."""
    session.execute(delete(NoticeRow).where(NoticeRow.id.in_(notice_ids)))


def waiting_with_key_like(session: Session, start: str) -> Sequence[NoticeRow]:
    """What waits and whose key begins so; the start holds no wildcard."""
    query = select(NoticeRow).where(NoticeRow.state == "waiting", NoticeRow.key.startswith(start))
    return session.scalars(query.order_by(NoticeRow.id)).all()


def standings(session: Session) -> Sequence[Row[str, str, int, datetime]]:
    """Channel, state, how many and the oldest of each, of what did not go out."""
    query = select(NoticeRow.channel, NoticeRow.state, func.count(), func.min(NoticeRow.created_at))
    return session.execute(
        query.where(NoticeRow.state != "sent").group_by(NoticeRow.channel, NoticeRow.state).order_by(NoticeRow.channel)
    ).all()


def given_up_since(session: Session, since: datetime) -> int:
    """How many were given up since an instant; the last try leaves its time in ``next_attempt_at``."""
    given_up = (NoticeRow.state == "given_up", NoticeRow.next_attempt_at > since)
    return session.scalar(select(func.count()).select_from(NoticeRow).where(*given_up)) or 0


def in_app(session: Session, recipients: Collection[str], limit: int) -> Sequence[NoticeRow]:
    """What these recipients see in the studio, newest first."""
    query = select(NoticeRow).where(NoticeRow.channel == "in_app", NoticeRow.recipient.in_(recipients))
    return session.scalars(query.order_by(NoticeRow.id.desc()).limit(limit)).all()


def unread_count(session: Session, recipients: Collection[str]) -> int:
    """How much of it nobody has read."""
    query = select(func.count()).where(
        NoticeRow.channel == "in_app", NoticeRow.recipient.in_(recipients), NoticeRow.read_at.is_(None)
    )
    return session.scalar(query) or 0


def in_app_of(session: Session, recipients: Collection[str], notice_id: str) -> NoticeRow | None:
    """One of them, or None."""
    query = select(NoticeRow).where(
        NoticeRow.id == notice_id, NoticeRow.channel == "in_app", NoticeRow.recipient.in_(recipients)
    )
    return session.scalar(query)


def _count(result: Any) -> int:
    return cast("CursorResult[Any]", result).rowcount
