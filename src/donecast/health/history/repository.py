"""The only queries of the history."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from donecast.health.history.models import HealthSampleRow


def is_sampled(session: Session, slot: datetime) -> bool:
    """Whether somebody has taken this sample."""
    return session.scalar(select(HealthSampleRow.at).where(HealthSampleRow.at == slot).limit(1)) is not None


def add(session: Session, slot: datetime, values: Mapping[str, float]) -> None:
    """Adds a sample; one that somebody took meanwhile stays as it is."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    rows = [{"at": slot, "figure": figure, "value": value} for figure, value in sorted(values.items())]
    session.execute(dialect.insert(HealthSampleRow).on_conflict_do_nothing(), rows)


def forget_before(session: Session, instant: datetime) -> None:
    """Takes out what is older."""
    session.execute(delete(HealthSampleRow).where(HealthSampleRow.at < instant))


def samples(session: Session, since: datetime) -> list[tuple[str, datetime, float]]:
    """Figure, instant and value, the oldest first."""
    query = select(HealthSampleRow).where(HealthSampleRow.at >= since).order_by(HealthSampleRow.at)
    return [(row.figure, row.at, row.value) for row in session.scalars(query)]
