"""Tables of episodes."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, deferred, mapped_column

from donecast.platform.database import Base, Instant


class EpisodeRow(Base):
    """An episode. Whatever it is made of cannot be deleted while it is there."""

    __tablename__ = "episodes"
    __table_args__ = (
        UniqueConstraint("show_id", "slug"),
        Index("ix_episodes_show_published", "show_id", "published_at"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    show_id: Mapped[str] = mapped_column(ForeignKey("shows.id", ondelete="RESTRICT"))
    recording_id: Mapped[str] = mapped_column(ForeignKey("media_items.id", ondelete="RESTRICT"), index=True)
    template_id: Mapped[str | None] = mapped_column(ForeignKey("templates.id", ondelete="RESTRICT"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    notes: Mapped[str] = mapped_column(Text)
    season: Mapped[int | None]
    number: Mapped[int | None]
    kind: Mapped[str] = mapped_column(String(20))
    explicit: Mapped[bool | None]
    slug: Mapped[str] = mapped_column(String(80))
    # True from the first publishing on: an address that listeners may have must not move.
    slug_fixed: Mapped[bool] = mapped_column(default=False)
    guid: Mapped[str] = mapped_column(String(200), unique=True)
    publish_when: Mapped[str] = mapped_column(String(20))
    published_at: Mapped[datetime | None] = mapped_column(Instant)
    given_transcript: Mapped[str | None] = deferred(mapped_column(Text))
    transcript_id: Mapped[str | None] = mapped_column(ForeignKey("transcripts.id", ondelete="RESTRICT"), index=True)
    captions_approved: Mapped[bool | None]
    # Who writes out the words, and who speaks; None: as the show has it.
    transcriber: Mapped[str | None] = mapped_column(String(20))
    voice: Mapped[str | None] = mapped_column(String(100))
    # What people are called, by the label that the transcript's engine gave them.
    speaker_names: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    # In the recording's own time; without them the content is one chapter, as its template says.
    chapters: Mapped[list[dict[str, Any]] | None] = deferred(mapped_column(JSON))
    operation_id: Mapped[str | None] = mapped_column(String(40))
    working: Mapped[bool] = mapped_column(default=False)
    # What one step of the line leaves for the next: see rules.SpokenSegment and rules.Assembly.
    spoken: Mapped[list[list[str]] | None] = deferred(mapped_column(JSON))
    assembly: Mapped[dict[str, Any] | None] = deferred(mapped_column(JSON))
    # No foreign key: renditions point here, and a ring of keys could not be made in one order on every database.
    rendition_id: Mapped[str | None] = mapped_column(String(40))
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)


class RenditionRow(Base):
    """A finished file of an episode. Address and bytes never change, for they are in the world."""

    __tablename__ = "renditions"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    episode_id: Mapped[str] = mapped_column(ForeignKey("episodes.id", ondelete="CASCADE"), index=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    plan_digest: Mapped[str] = mapped_column(ForeignKey("rendered_audio.plan_digest", ondelete="RESTRICT"))
    content_hash: Mapped[str] = mapped_column(String(64))
    codec: Mapped[str] = mapped_column(String(10))
    length_bytes: Mapped[int]
    duration_ms: Mapped[int]
    loudness_lufs: Mapped[float | None]
    true_peak_dbtp: Mapped[float]
    edit_list_version: Mapped[int]
    transcript_id: Mapped[str | None] = mapped_column(ForeignKey("transcripts.id", ondelete="RESTRICT"))
    layout: Mapped[dict[str, Any]] = deferred(mapped_column(JSON))
    chapters: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    made_at: Mapped[datetime] = mapped_column(Instant)


class RenderedAudioRow(Base):
    """Audio without tags, by the digest of the plan that made it: the same plan is never rendered twice."""

    __tablename__ = "rendered_audio"

    plan_digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    plan: Mapped[dict[str, Any]] = deferred(mapped_column(JSON))
    content_hash: Mapped[str] = mapped_column(String(64))
    codec: Mapped[str] = mapped_column(String(10))
    frames: Mapped[int]
    duration_ms: Mapped[int]
    bytes: Mapped[int]
    loudness_lufs: Mapped[float | None]
    true_peak_dbtp: Mapped[float]
    made_at: Mapped[datetime] = mapped_column(Instant)


class SpokenClipRow(Base):
    """A text spoken by a voice, by the digest of all that its sound depends on: it is never spoken, or paid, twice."""

    __tablename__ = "spoken_clips"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    content_hash: Mapped[str] = mapped_column(String(64))
    duration_ms: Mapped[int]
    loudness_lufs: Mapped[float | None]
    channels: Mapped[int]
    # When each word is said, [[start_ms, end_ms], ...]; empty where the voice did not say.
    word_spans: Mapped[list[list[int]]] = mapped_column(JSON)
    made_at: Mapped[datetime] = mapped_column(Instant)
