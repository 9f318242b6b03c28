"""Recordings on the wire."""

from datetime import datetime

from pydantic import BaseModel

from donecast.recordings.rules import Category, MediaState


class MediaOut(BaseModel):
    """A file of the library. What is not known yet, or does not apply, is null."""

    id: str
    category: Category
    name: str
    state: MediaState
    bytes: int
    container: str | None
    codec: str | None
    sample_rate: int | None
    channels: int | None
    duration_ms: int | None
    loudness_lufs: float | None
    true_peak_dbtp: float | None
    noise_floor_db: float | None
    created_at: datetime
    problem: str | None


class SilenceOut(BaseModel):
    """A stretch of a file in which nobody speaks, end not included."""

    start_ms: int
    end_ms: int


class UploadOut(BaseModel):
    """How far an upload has come, in bytes, and what it became once it is complete."""

    id: str
    offset: int
    length: int
    media_id: str | None
