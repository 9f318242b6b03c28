"""Pure rules of recordings: the frozen values that travel, shelves of the library, and names of files."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Literal, TypeGuard, get_args

Category = Literal["recording", "intro", "outro", "music", "advert", "sound_effect", "cover"]
MediaState = Literal["checking", "ready", "refused"]

CHECK_AT_ONCE_BYTES_MAX = 64 * 1024**2
"""Files up to this size are examined before the upload is answered: an hour of usual MP3 takes some seconds, and the
sender learns at once what is wrong. Larger ones would hold the connection longer than proxies do."""

UPLOADS_OPEN_MAX = 20
"""Unfinished uploads of one person; more is a program gone wrong."""

PEAKS_PER_SECOND = (2, 20, 100)
NAME_CHARACTERS_MAX = 200

_MEDIA_TYPES = {
    "wav": "audio/wav",
    "aiff": "audio/aiff",
    "flac": "audio/flac",
    "ogg": "audio/ogg",
    "mp3": "audio/mpeg",
    "aac": "audio/aac",
    "mp4": "audio/mp4",
    "matroska": "audio/webm",
    "asf": "audio/x-ms-wma",
    "jpeg": "image/jpeg",
    "png": "image/png",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaFacts:
    """A file of the library as other features see it; the bytes are in the storage under ``content_hash``.

    Until the state is ``ready``, and for covers always, length, rate and channels are 0. Loudness in LUFS, true peak
    in dBTP, noise floor in dBFS; None where there is none. A refused file has no bytes any more (``content_hash`` is
    empty) and ``problem`` says why; in a ready file ``problem`` is a warning, such as that its end is missing.
    """

    id: str
    account_id: str
    category: Category
    name: str
    state: MediaState
    content_hash: str
    bytes: int
    container: str
    codec: str
    sample_rate: int
    channels: int
    duration_ms: int
    loudness_lufs: float | None
    true_peak_dbtp: float | None
    noise_floor_db: float | None
    problem: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadFacts:
    """An upload under way or done: ``bytes`` is the announced length, ``media_id`` what it became."""

    id: str
    account_id: str
    category: Category
    name: str
    bytes: int
    media_id: str | None
    expires_at: datetime


def is_category(text: str) -> TypeGuard[Category]:
    """Whether the library has this shelf."""
    return text in get_args(Category)


def display_name(name: str, filename: str) -> str:
    """What the file is called in the library: the given name, else the file's own without folders and suffix."""
    offered = name.strip() or PurePosixPath(filename.replace("\\", "/")).stem
    printable = "".join(sign for sign in offered if unicodedata.category(sign)[0] != "C")
    return " ".join(printable.split())[:NAME_CHARACTERS_MAX].strip() or "Untitled"


def media_type(container: str) -> str:
    """How the stored bytes are announced; never what the sender claimed."""
    return _MEDIA_TYPES.get(container, "application/octet-stream")
