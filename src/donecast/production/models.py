"""Tables of the line."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from donecast.platform.database import Base, Instant

_ACTIVE = text("state IN ('queued', 'running')")


class OperationRow(Base):
    """An order for the line. The row is the order: a worker that sees it queued hands it to the durable engine."""

    __tablename__ = "operations"
    __table_args__ = (
        Index(
            "uq_operations_active_episode",
            "episode_id",
            unique=True,
            sqlite_where=_ACTIVE,
            postgresql_where=_ACTIVE,
        ),
        Index("ix_operations_account_updated", "account_id", "updated_at"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    episode_id: Mapped[str] = mapped_column(ForeignKey("episodes.id", ondelete="CASCADE"))
    until: Mapped[str] = mapped_column(String(20))
    publish_when: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20), index=True)
    attempt: Mapped[int] = mapped_column(default=1)
    dispatched_attempt: Mapped[int] = mapped_column(default=0)
    # How often it was begun since it last finished a step, or lost before anybody began: the one count of attempts, by
    # which work ends that nobody goes on with, also such as kills whoever does it.
    beginnings: Mapped[int] = mapped_column(default=0)
    # Who has it while it runs, see production/leases.py: each beginning has another token, each renewal another beat.
    lease_token: Mapped[int] = mapped_column(default=0)
    lease_holder: Mapped[str | None] = mapped_column(String(100))
    lease_beats: Mapped[int] = mapped_column(default=0)
    lease_renewed_at: Mapped[datetime | None] = mapped_column(Instant)
    # When that one began: the row is as old as the first order, and it may have waited since.
    begun_at: Mapped[datetime | None] = mapped_column(Instant)
    stuck_ignored: Mapped[bool] = mapped_column(default=False)
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    error: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    request_id: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)


class StepRow(Base):
    """How far one step of an operation is, for people to see; the durable engine keeps its own memory."""

    __tablename__ = "operation_steps"

    operation_id: Mapped[str] = mapped_column(ForeignKey("operations.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    state: Mapped[str] = mapped_column(String(20))
    percent: Mapped[int | None]
    detail: Mapped[str | None] = mapped_column(String(300))
    runs: Mapped[int] = mapped_column(default=0)
    # Of the request that asked for the attempt which last worked on it.
    request_id: Mapped[str | None] = mapped_column(String(64))
    started_at: Mapped[datetime | None] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)


class WorkerRow(Base):
    """A worker's sign of life."""

    __tablename__ = "workers"

    id: Mapped[str] = mapped_column(String(100), primary_key=True)
    started_at: Mapped[datetime] = mapped_column(Instant)
    heartbeat_at: Mapped[datetime] = mapped_column(Instant)
    sweeper_id: Mapped[str | None] = mapped_column(String(100))
    swept_at: Mapped[datetime | None] = mapped_column(Instant)
    # Whether a statement that was slow on purpose was ended; NULL until that is known.
    slow_is_ended: Mapped[bool | None]


class ChoreRow(Base):
    """For what day or month a chore of the house was last done to its end, and how many things it found wrong."""

    __tablename__ = "chores"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    done_for: Mapped[str] = mapped_column(String(10))
    done_at: Mapped[datetime] = mapped_column(Instant)
    findings: Mapped[int] = mapped_column(default=0, server_default="0")
