"""Tables of transcripts."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, deferred, mapped_column

from donecast.platform.database import Base, Instant


class TranscriptRow(Base):
    """The words of a recording. ``media_id`` says which upload it was heard from, as long as that exists."""

    __tablename__ = "transcripts"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    media_id: Mapped[str | None] = mapped_column(ForeignKey("media_items.id", ondelete="SET NULL"), index=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    engine: Mapped[str] = mapped_column(String(100))
    quality: Mapped[str] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(20))
    words_count: Mapped[int]
    duration_ms: Mapped[int]
    # A three-hour conversation is some megabytes of words; lists of episodes do without them.
    document: Mapped[dict[str, Any]] = deferred(mapped_column(JSON))
    created_at: Mapped[datetime] = mapped_column(Instant)


class TranscriptionJobRow(Base):
    """One recording's job at a vendor: made once, whoever dies (docs/adr/0018-a-vendor-job-is-made-once.md).

    ``upload`` is where the vendor keeps the sound; ``submitting_since`` when a request for the job was begun of which
    nobody knows yet whether it was carried out; ``job_id`` the vendor's name for the job. A job that failed leaves
    ``problem`` and is begun anew. ``transcript`` holds the vendor's words, without our markers.
    """

    __tablename__ = "transcription_jobs"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    engine: Mapped[str] = mapped_column(String(100))
    upload: Mapped[str | None] = mapped_column(String(2_000))
    submitting_since: Mapped[datetime | None] = mapped_column(Instant)
    job_id: Mapped[str | None] = mapped_column(String(100), index=True)
    nudged_at: Mapped[datetime | None] = mapped_column(Instant)
    failures: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str | None] = mapped_column(String(500))
    transcript: Mapped[dict[str, Any] | None] = deferred(mapped_column(JSON(none_as_null=True)))
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)
