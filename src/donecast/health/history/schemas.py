"""What the history answers."""

from datetime import datetime

from pydantic import BaseModel


class SampleOut(BaseModel):
    """A figure in the five minutes that begin then."""

    at: datetime
    value: float


class HistoryOut(BaseModel):
    """The lines of the last day by figure, the oldest sample first; where nobody looked there is none."""

    every_seconds: int
    lines: dict[str, list[SampleOut]]
