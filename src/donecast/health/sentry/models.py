"""The mirror's rows: issues as Sentry last told them, and how the telling went."""

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from donecast.platform.database import Base, Instant


class SentryIssueRow(Base):
    """An issue. Lists of ids are written ``|one|another|``, trends as numbers with commas.

    ``learned_for`` is the last event that was looked at for people and ids; ``told_at`` the round that last named it.
    """

    __tablename__ = "sentry_issues"
    __table_args__ = (Index("ix_sentry_issues_status_last_seen_id", "status", "last_seen", "id"),)

    id: Mapped[str] = mapped_column(String(20), primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    error_type: Mapped[str] = mapped_column(Text)
    message: Mapped[str] = mapped_column(Text)
    culprit: Mapped[str] = mapped_column(Text)
    short_id: Mapped[str] = mapped_column(Text)
    url: Mapped[str] = mapped_column(Text)
    level: Mapped[str] = mapped_column(String(10))
    status: Mapped[str] = mapped_column(String(12))
    assigned_to: Mapped[str] = mapped_column(Text)
    event_count: Mapped[int] = mapped_column(BigInteger)
    user_count: Mapped[int] = mapped_column(BigInteger)
    first_seen: Mapped[datetime] = mapped_column(Instant)
    last_seen: Mapped[datetime] = mapped_column(Instant)
    hourly: Mapped[str] = mapped_column(Text)
    daily: Mapped[str] = mapped_column(Text)
    environment: Mapped[str] = mapped_column(Text)
    user_email: Mapped[str] = mapped_column(Text)
    users: Mapped[str] = mapped_column(Text)
    request_ids: Mapped[str] = mapped_column(Text)
    shows: Mapped[str] = mapped_column(Text)
    episodes: Mapped[str] = mapped_column(Text)
    learned_for: Mapped[datetime | None] = mapped_column(Instant)
    told_at: Mapped[datetime] = mapped_column(Instant)


class SentryMirrorRow(Base):
    """How the mirror of one place stands; ``busy_until`` is held by whoever asks at present."""

    __tablename__ = "sentry_mirror"

    place: Mapped[str] = mapped_column(String(400), primary_key=True)
    as_of: Mapped[datetime | None] = mapped_column(Instant)
    tried_at: Mapped[datetime | None] = mapped_column(Instant)
    busy_until: Mapped[datetime | None] = mapped_column(Instant)
    daily_at: Mapped[datetime | None] = mapped_column(Instant)
    not_before: Mapped[datetime | None] = mapped_column(Instant)
    complete: Mapped[bool] = mapped_column(Boolean)
    failure: Mapped[str] = mapped_column(String(40))
    message: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
