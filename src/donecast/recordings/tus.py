"""The resumable upload protocol tus 1.0.0 (tus.io), its core and the extensions creation, termination, expiration.

Pure: headers in, values out. Pieces are written by `partial_files`, rows are kept by the service.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from donecast.platform.freshness import http_date
from donecast.recordings.errors import PieceUnsupported, UploadMalformed

VERSION = "1.0.0"
EXTENSIONS = "creation,termination,expiration"
PIECE_TYPE = "application/offset+octet-stream"
METADATA_CHARACTERS_MAX = 4_000
_NUMBER_DIGITS_MAX = 18


@dataclass(frozen=True, slots=True)
class Announcement:
    """What an upload will bring: its length in bytes, and words about it by name."""

    bytes: int
    metadata: Mapping[str, str]


def read_announcement(headers: Mapping[str, str]) -> Announcement:
    """What the headers of a creation say. Raises UploadMalformed; a length that comes later is not supported."""
    return Announcement(_number(headers, "upload-length"), _metadata(headers.get("upload-metadata", "")))


def read_piece_offset(headers: Mapping[str, str]) -> int:
    """Where a piece begins, in bytes. Raises UploadMalformed, PieceUnsupported."""
    if headers.get("content-type", "").partition(";")[0].strip().lower() != PIECE_TYPE:
        raise PieceUnsupported
    return _number(headers, "upload-offset")


def is_spoken(headers: Mapping[str, str]) -> bool:
    """Whether the sender speaks this version."""
    return headers.get("tus-resumable") == VERSION


def standing(*, offset: int, length: int, expires_at: datetime) -> dict[str, str]:
    """The headers that say how far an upload has come."""
    return {
        "Upload-Offset": str(offset),
        "Upload-Length": str(length),
        "Upload-Expires": http_date(expires_at),
        "Cache-Control": "no-store",
    }


def abilities(bytes_max: int) -> dict[str, str]:
    """What this server offers, as answer to OPTIONS."""
    return {"Tus-Version": VERSION, "Tus-Extension": EXTENSIONS, "Tus-Max-Size": str(bytes_max)}


def _number(headers: Mapping[str, str], name: str) -> int:
    text = headers.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) <= _NUMBER_DIGITS_MAX):
        raise UploadMalformed(details={"header": name})
    return int(text)


def _metadata(header: str) -> dict[str, str]:
    """Pairs of a name and a base64 text, separated by commas; a name may stand alone."""
    if len(header) > METADATA_CHARACTERS_MAX:
        raise UploadMalformed(details={"header": "upload-metadata"})
    words: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in header.split(","))):
        name, _, encoded = pair.partition(" ")
        try:
            words[name] = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise UploadMalformed(details={"header": "upload-metadata"}) from error
    return words
