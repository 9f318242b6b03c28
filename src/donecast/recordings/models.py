"""Tables of recordings."""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, deferred, mapped_column

from donecast.platform.database import Base, Instant


class MediaRow(Base):
    """A file of somebody's library; a refused one has lost its bytes and keeps the reason."""

    __tablename__ = "media_items"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    category: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(20), index=True)
    problem: Mapped[str | None] = mapped_column(Text)
    content_hash: Mapped[str] = mapped_column(String(64), index=True)
    bytes: Mapped[int] = mapped_column(BigInteger)
    container: Mapped[str] = mapped_column(String(40), default="")
    codec: Mapped[str] = mapped_column(String(40), default="")
    sample_rate: Mapped[int] = mapped_column(Integer, default=0)
    channels: Mapped[int] = mapped_column(Integer, default=0)
    duration_ms: Mapped[int] = mapped_column(Integer, default=0)
    loudness_lufs: Mapped[float | None]
    true_peak_dbtp: Mapped[float | None]
    noise_floor_db: Mapped[float | None]
    silences_ms: Mapped[list[list[int]]] = deferred(mapped_column(JSON, default=list, nullable=False))
    """Start and end of each; some thousand in a long recording, so it is only read when asked for."""
    created_at: Mapped[datetime] = mapped_column(Instant)


class PeaksRow(Base):
    """One waveform of a file: an audiowaveform .dat, stored gzipped."""

    __tablename__ = "media_peaks"

    media_id: Mapped[str] = mapped_column(ForeignKey("media_items.id", ondelete="CASCADE"), primary_key=True)
    per_second: Mapped[int] = mapped_column(Integer, primary_key=True)
    content_hash: Mapped[str] = mapped_column(String(64), index=True)


class UploadRow(Base):
    """A resumable upload; how far it has come is the length of its file, nothing else."""

    __tablename__ = "uploads"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    category: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(200))
    bytes: Mapped[int] = mapped_column(BigInteger)
    media_id: Mapped[str | None] = mapped_column(ForeignKey("media_items.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)
