"""Tables of Auto-Ops: a row for each message that is an alert, what runs found, and how far a channel was read."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from donecast.platform.database import Base, Instant


class AlertRow(Base):
    """An alert, from the moment it was read to the reply that stands under it."""

    __tablename__ = "auto_ops_alerts"
    __table_args__ = (
        Index("ix_auto_ops_alerts_state_ts", "state", "ts_order"),
        Index("ix_auto_ops_alerts_fingerprint_begun", "fingerprint", "received_at"),
    )

    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    """Channel and time stamp, which are Slack's own key of a message."""
    channel: Mapped[str] = mapped_column(String(30))
    ts: Mapped[str] = mapped_column(String(25))
    ts_order: Mapped[str] = mapped_column(String(25))
    """The time stamp with leading zeros, so that texts sort as times do."""
    document: Mapped[dict[str, Any]] = mapped_column(JSON)
    """The alert as a value, see `rules.values.Alert`."""
    fingerprint: Mapped[str] = mapped_column(String(64))
    severity: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(20))
    repeat_of: Mapped[str | None] = mapped_column(String(60), index=True)
    repeats: Mapped[int] = mapped_column(default=0)
    repeats_told: Mapped[int] = mapped_column(default=0)
    last_repeat_at: Mapped[datetime | None] = mapped_column(Instant)
    run_id: Mapped[str | None] = mapped_column(String(40), unique=True)
    attempt: Mapped[int] = mapped_column(default=0)
    fence: Mapped[int] = mapped_column(default=0)
    """Raised by every claim: who holds a smaller one changes nothing any more."""
    lease_until: Mapped[datetime | None] = mapped_column(Instant)
    due_at: Mapped[datetime] = mapped_column(Instant)
    """Not before this is it worked on, again."""
    reply: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    reply_sha256: Mapped[str | None] = mapped_column(String(64))
    reply_ts: Mapped[str | None] = mapped_column(String(25))
    posted_at: Mapped[datetime | None] = mapped_column(Instant)
    """When a post was last begun whose answer may have been lost."""
    disposition: Mapped[str | None] = mapped_column(String(20))
    error: Mapped[str | None] = mapped_column(Text)
    cost_microdollars: Mapped[int] = mapped_column(default=0)
    received_at: Mapped[datetime] = mapped_column(Instant)
    begun_at: Mapped[datetime | None] = mapped_column(Instant)
    touched_at: Mapped[datetime] = mapped_column(Instant)


class RecordRow(Base):
    """What one station of a run brought, as it was: nothing of it is changed afterwards."""

    __tablename__ = "auto_ops_records"

    run_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    alert_id: Mapped[str] = mapped_column(ForeignKey("auto_ops_alerts.id", ondelete="CASCADE"), index=True)
    station: Mapped[str] = mapped_column(String(20))
    document: Mapped[dict[str, Any]] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(Instant)


class ChannelRow(Base):
    """How far a channel was read: all up to ``read_through``, and of what came since, all from ``floor`` on."""

    __tablename__ = "auto_ops_channels"

    channel: Mapped[str] = mapped_column(String(30), primary_key=True)
    read_through: Mapped[str] = mapped_column(String(25))
    newest: Mapped[str | None] = mapped_column(String(25))
    floor: Mapped[str | None] = mapped_column(String(25))
    updated_at: Mapped[datetime] = mapped_column(Instant)
