"""Recordings on the wire."""

from datetime import datetime

from pydantic import BaseModel, Field

from donecast.core.sound_cues import CUE_CHARACTERS_MAX, CUE_GAIN_DB_MAX
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


class SoundCueIn(BaseModel):
    """Words that call a sound: one to five, which you never say otherwise. `clip_id` is a file of your library.

    `gain_db`: louder or quieter than the talk. Without `by_itself` you are asked each time.
    """

    words: str = Field(max_length=2 * CUE_CHARACTERS_MAX)
    clip_id: str = Field(max_length=40)
    gain_db: float = Field(default=0.0, ge=-CUE_GAIN_DB_MAX, le=CUE_GAIN_DB_MAX)
    by_itself: bool = True


class SoundCueOut(BaseModel):
    """Words of a show that call a sound. Name and length are null where the file is not in the library any more."""

    id: str
    words: str
    clip_id: str
    clip_name: str | None
    clip_duration_ms: int | None
    gain_db: float
    by_itself: bool
