"""Tables of what the intern was asked."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from donecast.platform.database import Base, Instant


class InternRow(Base):
    """One command in an episode's recording. The id follows from its place; times are the recording's."""

    __tablename__ = "intern_commands"

    episode_id: Mapped[str] = mapped_column(ForeignKey("episodes.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    start_ms: Mapped[int]
    end_ms: Mapped[int]
    keyword_end_ms: Mapped[int]
    answer_at_ms: Mapped[int]
    request: Mapped[str] = mapped_column(Text)
    target: Mapped[str] = mapped_column(String(10))
    other_ends_ms: Mapped[list[int]] = mapped_column(JSON)
    reason: Mapped[str] = mapped_column(String(500))
    sure: Mapped[bool]
    end_chosen: Mapped[bool] = mapped_column(default=False)
    """Whether a person said where the request ends, so that looking again does not move it."""
    wanted: Mapped[bool | None]
    """Whether a person wants it answered; None while nobody decided."""
    suggestion: Mapped[str | None] = mapped_column(Text)
    """What an engine would answer; nobody hears it before a person puts it in."""
    source: Mapped[str | None] = mapped_column(String(300))
    """Who wrote the suggestion, in words."""
    draft_id: Mapped[str | None] = mapped_column(String(40))
    """The draft that holds what the suggestion cost."""
    noted: Mapped[str | None] = mapped_column(Text)
    """The answer that was written into the episode's notes. A spoken one is told by the edit list alone."""
    decided_by: Mapped[str | None] = mapped_column(String(40))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
