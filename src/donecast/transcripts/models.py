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
