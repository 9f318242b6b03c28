"""Tables of edits."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from donecast.platform.database import Base, Instant


class ProposalRow(Base):
    """Something that could be cut from an episode's recording. The id follows from kind and place."""

    __tablename__ = "proposals"

    episode_id: Mapped[str] = mapped_column(ForeignKey("episodes.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    start_ms: Mapped[int]
    end_ms: Mapped[int]
    reason: Mapped[str] = mapped_column(String(500))
    confidence: Mapped[float]
    automatic: Mapped[bool]
    cover: Mapped[str | None] = mapped_column(String(10))
    """What is heard in its place; None when it goes."""
    sound: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """The sound of the show that is heard in its place: file of the library, length, gain."""
    decision: Mapped[str | None] = mapped_column(String(10))
    decided_by: Mapped[str | None] = mapped_column(String(40))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)


class EditListRow(Base):
    """One version of an episode's edit list. Rows are added and never changed; version 0 changes nothing and has none.

    The key is the guard against two windows: only one of them can write the next version.
    """

    __tablename__ = "edit_lists"

    episode_id: Mapped[str] = mapped_column(ForeignKey("episodes.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    document: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(Instant)
    created_by: Mapped[str] = mapped_column(String(40))
    restores: Mapped[int | None]
    """The version whose operations these are again, where undo or redo made this one."""
    heard_digest: Mapped[str] = mapped_column(String(64))
    """Of what is heard, whoever decided it and why: two versions with the same one sound alike."""
    decided: Mapped[dict[str, Any]] = mapped_column(JSON)
    """What this step of a person wrote about proposals, by id: decision, decider and instant, before and after."""
