"""Tables of shows."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from donecast.platform.database import Base, Instant


class ShowRow(Base):
    """A show; slug and podcast_guid are given once and stay."""

    __tablename__ = "shows"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    podcast_guid: Mapped[str] = mapped_column(String(36))
    title: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(20))
    category: Mapped[str] = mapped_column(String(60))
    subcategory: Mapped[str | None] = mapped_column(String(60))
    author: Mapped[str] = mapped_column(String(200))
    owner_name: Mapped[str] = mapped_column(String(200))
    owner_email: Mapped[str] = mapped_column(String(254))
    explicit: Mapped[bool] = mapped_column(Boolean)
    kind: Mapped[str] = mapped_column(String(20))
    website: Mapped[str | None] = mapped_column(String(500))
    copyright: Mapped[str | None] = mapped_column(String(300))
    locked: Mapped[bool] = mapped_column(Boolean)
    time_zone: Mapped[str] = mapped_column(String(60))
    noise_reduction: Mapped[bool] = mapped_column(Boolean)
    levelling: Mapped[bool] = mapped_column(Boolean)
    de_essing: Mapped[bool] = mapped_column(Boolean)
    # What is not named in it keeps its default: see core.cleanup_settings.
    cleanup: Mapped[dict[str, Any]] = mapped_column(JSON)
    # Who writes out the words, and who speaks; None: as the installation has it.
    transcriber: Mapped[str | None] = mapped_column(String(20))
    voice: Mapped[str | None] = mapped_column(String(100))
    slot_weekday: Mapped[int | None] = mapped_column(Integer)
    slot_time: Mapped[str | None] = mapped_column(String(5))
    cover_hash: Mapped[str] = mapped_column(String(64))
    cover_mime: Mapped[str] = mapped_column(String(20))
    cover_width: Mapped[int] = mapped_column(Integer)
    feed_changed_at: Mapped[datetime] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)


class TemplateRow(Base):
    """A template of a show; the definition is `donecast.core.template` JSON, checked before it is stored."""

    __tablename__ = "templates"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    show_id: Mapped[str] = mapped_column(ForeignKey("shows.id", ondelete="CASCADE"), index=True)
    position: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(String(100))
    definition: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(Instant)


class HouseSoundRow(Base):
    """A sound of the project's own, by the asset id under which everybody has it; made once on demand."""

    __tablename__ = "house_sounds"

    asset: Mapped[str] = mapped_column(String(40), primary_key=True)
    content_hash: Mapped[str] = mapped_column(String(64))
    duration_ms: Mapped[int] = mapped_column(Integer)
    sample_rate: Mapped[int] = mapped_column(Integer)
    channels: Mapped[int] = mapped_column(Integer)
    loudness_lufs: Mapped[float | None]
