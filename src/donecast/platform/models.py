"""The ground's own rows."""

from datetime import datetime
from typing import Literal

from sqlalchemy import Float, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from donecast.platform.database import Base, Instant


class BreakerRow(Base):
    """An outside service's circuit breaker, shared by all processes; ``state`` is `breaker_rules.to_text`'s."""

    __tablename__ = "breakers"

    service: Mapped[str] = mapped_column(String(40), primary_key=True)
    state: Mapped[str] = mapped_column(Text)


class TrafficBucketRow(Base):
    """How many requests of one kind one process counted in five seconds; kept for an hour."""

    __tablename__ = "traffic_buckets"

    started_at: Mapped[datetime] = mapped_column(Instant, primary_key=True)
    process_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    route: Mapped[str] = mapped_column(String(200), primary_key=True)
    method: Mapped[str] = mapped_column(String(10), primary_key=True)
    outcome: Mapped[str] = mapped_column(String(4), primary_key=True)
    count: Mapped[int]


class TrafficMinuteRow(Base):
    """All requests that one process counted in a minute; kept for six hours, for what burns slowly."""

    __tablename__ = "traffic_minutes"

    started_at: Mapped[datetime] = mapped_column(Instant, primary_key=True)
    process_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    total: Mapped[int]
    errors: Mapped[int]
    client_errors: Mapped[int]


class SlowRequestRow(Base):
    """A request whose answer began late; kept for an hour. Its id is the caller's choice, and so is not unique."""

    __tablename__ = "slow_requests"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant, index=True)
    request_id: Mapped[str] = mapped_column(String(64))
    method: Mapped[str] = mapped_column(String(10))
    route: Mapped[str] = mapped_column(String(200))
    took_ms: Mapped[int]


class ErrorBurstRow(Base):
    """The one row of the burst of errors: since when it goes on, or NULL."""

    __tablename__ = "error_bursts"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    began_at: Mapped[datetime | None] = mapped_column(Instant)
    errors: Mapped[int]


class PoolUseRow(Base):
    """How full the fullest pool of one part of a process is, as it said last; of one that is gone for an hour."""

    __tablename__ = "pool_uses"

    process_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    part: Mapped[Literal["api", "worker"]] = mapped_column(String(10))
    at: Mapped[datetime] = mapped_column(Instant)
    utilization_percent: Mapped[float] = mapped_column(Float)
    waiting: Mapped[int]
