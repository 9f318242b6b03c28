"""Table of the history."""

from datetime import datetime

from sqlalchemy import Float, String
from sqlalchemy.orm import Mapped, mapped_column

from donecast.platform.database import Base, Instant


class HealthSampleRow(Base):
    """A figure in the five minutes that begin at ``at``."""

    __tablename__ = "health_samples"

    at: Mapped[datetime] = mapped_column(Instant, primary_key=True)
    figure: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[float] = mapped_column(Float)
