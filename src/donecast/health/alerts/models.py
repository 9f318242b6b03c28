"""Tables of alerts."""

from datetime import datetime

from sqlalchemy import Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from donecast.platform.database import Base, Instant

_OPEN = text("closed_at IS NULL")


class OpsAlertRow(Base):
    """An alert that is on, or was. ``reminders``: how often it was told again."""

    __tablename__ = "alerts"
    __table_args__ = (
        Index("uq_alerts_open", "name", "subject", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index(None, "opened_at"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(80))
    severity: Mapped[str] = mapped_column(String(10))
    figures: Mapped[str] = mapped_column(Text)
    opened_at: Mapped[datetime] = mapped_column(Instant)
    told_at: Mapped[datetime] = mapped_column(Instant)
    well_since: Mapped[datetime | None] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    reminders: Mapped[int] = mapped_column(default=0)


class AlertRoundRow(Base):
    """When a round began and when one was last judged; one row, which whoever does the next one takes.

    ``not_known``: what that round looked at in vain, a name in each line.
    """

    __tablename__ = "alert_rounds"

    id: Mapped[int] = mapped_column(primary_key=True)
    begun_at: Mapped[datetime] = mapped_column(Instant)
    judged_at: Mapped[datetime | None] = mapped_column(Instant)
    not_known: Mapped[str] = mapped_column(Text, default="")
