"""Pure rules of recordings: the frozen values that travel, shelves of the library, and names of files."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Literal, TypeGuard, get_args

from donecast.core.assembly import HOUSE_MUSIC, MediaSource, Template
from donecast.core.errors import MissingAsset
from donecast.core.sound_cues import CUE_CLIP_MS_MAX
from donecast.core.template import SegmentKind

Category = Literal["recording", "intro", "outro", "music", "advert", "sound_effect", "cover"]
MediaState = Literal["checking", "ready", "refused"]

CHECK_AT_ONCE_BYTES_MAX = 64 * 1024**2
"""Files up to this size are examined before the upload is answered: an hour of usual MP3 takes some seconds, and the
sender learns at once what is wrong. Larger ones would hold the connection longer than proxies do."""

UPLOADS_OPEN_MAX = 20
"""Unfinished uploads of one person; more is a program gone wrong."""

CATEGORY_WORDS: Mapping[Category, str] = {
    "recording": "a recording",
    "intro": "an intro",
    "outro": "an outro",
    "music": "music",
    "advert": "an advert",
    "sound_effect": "a sound effect",
    "cover": "a cover",
}
_FITTING: Mapping[SegmentKind, frozenset[Category]] = {
    "intro": frozenset({"intro", "music", "sound_effect"}),
    "content": frozenset(),
    "outro": frozenset({"outro", "music", "sound_effect"}),
    "advert": frozenset({"advert"}),
    "transition": frozenset({"sound_effect", "music"}),
    "sound_effect": frozenset({"sound_effect"}),
}

CUE_CATEGORIES: frozenset[Category] = frozenset({"sound_effect", "music", "intro", "outro"})
"""Shelves of the library whose files can be called by a word."""

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


@dataclass(frozen=True, slots=True)
class TemplatePlace:
    """Where a template names a file of the library: which file, what for in words, and which shelves fit there."""

    asset: str
    purpose: str
    fitting: frozenset[Category]


def places_of(template: Template) -> tuple[TemplatePlace, ...]:
    """Every place where a template names a file of the library; the house's own music is not in it."""
    parts = [
        TemplatePlace(segment.source.asset, f"for the part “{segment.title}”", _FITTING[segment.kind])
        for segment in template.segments
        if isinstance(segment.source, MediaSource)
    ]
    music = [TemplatePlace(rule.asset, "as music", frozenset({"music"})) for rule in template.music]
    return tuple(place for place in (*parts, *music) if place.asset != HOUSE_MUSIC)


def unfit_for_a_cue(media: MediaFacts) -> str | None:
    """Why a checked file cannot be called by a word, in a sentence; None when it can."""
    if media.category not in CUE_CATEGORIES:
        return f"“{media.name}” is {CATEGORY_WORDS[media.category]}, which cannot be called by a word."
    if media.duration_ms > CUE_CLIP_MS_MAX:
        seconds = CUE_CLIP_MS_MAX // 1000
        return f"“{media.name}” is longer than {seconds} seconds, the most for a sound that is called by a word."
    return None


def asset_missing(template: Template, asset: str) -> MissingAsset:
    """The refusal of a template by the name of what it lacks."""
    names = {
        segment.source.asset: segment.source.name or segment.title
        for segment in template.segments
        if isinstance(segment.source, MediaSource)
    }
    names = {**{rule.asset: rule.name or rule.asset for rule in template.music}, **names}
    return MissingAsset(
        f'The template needs the file "{names[asset]}", and it is not in your library.', details={"asset": asset}
    )


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
