"""The ground's own rows."""

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from donecast.platform.database import Base


class BreakerRow(Base):
    """An outside service's circuit breaker, shared by all processes; ``state`` is `breaker_rules.to_text`'s."""

    __tablename__ = "breakers"

    service: Mapped[str] = mapped_column(String(40), primary_key=True)
    state: Mapped[str] = mapped_column(Text)
