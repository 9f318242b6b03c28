"""Tables of error groups."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from donecast.platform.database import Base, Instant


class ErrorGroupRow(Base):
    """Errors that belong together. ``status``: unresolved, resolved, ignored, or regressed: seen again afterwards."""

    __tablename__ = "error_groups"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(32), unique=True)
    type: Mapped[str] = mapped_column(String(120))
    message: Mapped[str] = mapped_column(String(500))
    culprit: Mapped[str] = mapped_column(String(300))
    level: Mapped[str] = mapped_column(String(8))
    source: Mapped[str] = mapped_column(String(8))
    environment: Mapped[str] = mapped_column(String(16))
    release: Mapped[str] = mapped_column(String(80))
    event_count: Mapped[int] = mapped_column(Integer)
    first_seen: Mapped[datetime] = mapped_column(Instant)
    last_seen: Mapped[datetime] = mapped_column(Instant, index=True)
    status: Mapped[str] = mapped_column(String(12), index=True)
    resolved_at: Mapped[datetime | None] = mapped_column(Instant)
    assignee: Mapped[str | None] = mapped_column(String(40))


class ErrorEventRow(Base):
    """One of the last events of a group, scrubbed."""

    __tablename__ = "error_events"
    __table_args__ = (Index(None, "group_id", "at"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    group_id: Mapped[str] = mapped_column(ForeignKey("error_groups.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(Instant)
    level: Mapped[str] = mapped_column(String(8))
    message: Mapped[str] = mapped_column(Text)
    user_id: Mapped[str | None] = mapped_column(String(64), index=True)
    request_id: Mapped[str | None] = mapped_column(String(64), index=True)
    show_id: Mapped[str | None] = mapped_column(String(64), index=True)
    episode_id: Mapped[str | None] = mapped_column(String(64), index=True)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    tags: Mapped[dict[str, Any]] = mapped_column(JSON)
    frames: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    breadcrumbs: Mapped[list[dict[str, Any]]] = mapped_column(JSON)


class ErrorHourRow(Base):
    """How often a group was seen in one hour; ``hour`` is its beginning."""

    __tablename__ = "error_hours"

    group_id: Mapped[str] = mapped_column(ForeignKey("error_groups.id", ondelete="CASCADE"), primary_key=True)
    hour: Mapped[datetime] = mapped_column(Instant, primary_key=True)
    event_count: Mapped[int] = mapped_column(Integer)


class ErrorPersonRow(Base):
    """A person whom a group hit."""

    __tablename__ = "error_people"

    group_id: Mapped[str] = mapped_column(ForeignKey("error_groups.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(64), primary_key=True)
