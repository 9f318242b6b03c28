"""The table of changes that may become more than a report."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from donecast.platform.database import Base, Instant


class ChangeRow(Base):
    """A verified change: whether it has leave, and what came of it."""

    __tablename__ = "auto_ops_changes"
    __table_args__ = (Index("ix_auto_ops_changes_state_look", "state", "look_at"),)

    run_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    alert_id: Mapped[str] = mapped_column(ForeignKey("auto_ops_alerts.id", ondelete="CASCADE"), index=True)
    state: Mapped[str] = mapped_column(String(20))
    outcome: Mapped[str] = mapped_column(String(20))
    needs_approval: Mapped[bool]
    reply_sha256: Mapped[str] = mapped_column(String(64))
    """What an approval is for: exactly this reply."""
    approved_by: Mapped[str | None] = mapped_column(String(30))
    came_of_it: Mapped[str | None] = mapped_column(Text)
    look_at: Mapped[datetime] = mapped_column(Instant)
    """Not before this is it looked at again."""
    expires_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)
