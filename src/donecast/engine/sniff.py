"""What kind of file this is, by its bytes alone; the name is never looked at.

Only kinds on the list `Container` are let through. Each of them is later opened with a decoder fixed to that kind, so a
playlist, which could make a decoder open other files, has no way in.
"""

import stat
from enum import Enum
from pathlib import Path
from typing import BinaryIO, NoReturn

from donecast.engine import mp4_boxes
from donecast.engine.errors import (
    CopyProtected,
    Damaged,
    EmptyFile,
    NotAudio,
    PlaylistRefused,
    SourceMissing,
    UnknownFormat,
)
from donecast.engine.mpeg_frames import after_tags, find_frames

_HEAD_BYTES = 4096
_HEAD_BYTES_MIN = 12
_SEARCH_BYTES = 256 * 1024


class Container(Enum):
    """The allow-list."""

    WAV = "wav"
    AIFF = "aiff"
    FLAC = "flac"
    OGG = "ogg"
    MP3 = "mp3"
    AAC = "aac"
    MP4 = "mp4"
    MATROSKA = "matroska"
    ASF = "asf"


_ASF_HEADER = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_ASF_ENCRYPTION = (
    bytes.fromhex("fbb3112223bdd211b4b700a0c955fc6e"),  # content encryption object
    bytes.fromhex("14e68a29222617" + "4cb935dae07ee9289c"),  # extended content encryption object
)
_PLAYLIST_STARTS = (
    *(b"#extm3u", b"ffconcat version", b"[playlist]", b"[reference]", b"v=0", b"<asx", b"<smil", b"<mpd", b"<?wpl"),
    *(b"rtsptext", b"file '", b'file "', b"http://", b"https://", b"file:", b"rtsp://", b"concat:", b"#exm3u"),
)
_PLAYLIST_TAGS = (b"<mpd", b"<smil", b"<asx", b"<playlist", b"<smoothstreamingmedia", b"<plist")
_TAR = "a TAR archive"
_OTHER_KINDS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"\x1f\x8b", "a compressed archive"),
    (b"ustar", _TAR),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a program"),
    (b"MThd", "a MIDI file, which holds notes and no sound"),
)
_UNPACK = "If the recording is inside, unpack it first, then upload the recording itself."


def sniff_format(path: Path) -> Container:
    """The kind of the file, from its content.

    Raises SourceMissing, EmptyFile, PlaylistRefused, NotAudio, CopyProtected, Damaged (it starts right, and nothing
    follows) or UnknownFormat.
    """
    length_of(path)
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
        if not head:
            raise EmptyFile
        container = _by_magic(head) or _by_mpeg_frames(file)
        if container is None:
            _refuse(head)
        if container is Container.MP4:
            mp4_boxes.require_readable(file)
        if container is Container.ASF:
            file.seek(0)
            header = file.read(max(len(head), min(int.from_bytes(head[16:24], "little"), _SEARCH_BYTES)))
            if any(guid in header for guid in _ASF_ENCRYPTION):
                raise CopyProtected
    return container


def length_of(path: Path) -> int:
    """Bytes of a file. Raises SourceMissing, and NotAudio for what is no file: opening a pipe could wait for ever."""
    try:
        found = path.stat()
    except OSError as error:
        raise SourceMissing(
            "This file is not there any more, or may not be read.",
            action="Upload the recording again.",
            details={"why": error.strerror},
        ) from error
    if stat.S_ISDIR(found.st_mode):
        raise NotAudio("This is a folder, not a recording.", action="Choose the recording inside it.")
    if not stat.S_ISREG(found.st_mode):
        raise NotAudio("This is a device or a pipe of the computer, not a recording.")
    return found.st_size


def _by_magic(head: bytes) -> Container | None:
    kind = head[8:12]
    if (head[:4] in {b"RIFF", b"RIFX", b"RF64", b"BW64"} and kind == b"WAVE") or head[:4] == b"riff":
        return Container.WAV
    if head[:4] == b"FORM" and kind in {b"AIFF", b"AIFC"}:
        return Container.AIFF
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return Container.MATROSKA
    if head[:16] == _ASF_HEADER:
        return Container.ASF
    if head[4:8] in {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}:
        return Container.MP4
    return {b"fLaC": Container.FLAC, b"OggS": Container.OGG}.get(head[:4])


def _by_mpeg_frames(file: BinaryIO) -> Container | None:
    """MP3 and raw AAC have no magic of their own: several frames in a row must agree."""
    start = after_tags(file)
    file.seek(start)
    body = file.read(_SEARCH_BYTES)
    if start and body[:4] == b"fLaC":
        return Container.FLAC
    # A file that only cut into a stream may begin inside a frame; text holds no such pattern by chance.
    found = find_frames(body, in_a_row=2 if start else 3)
    if found is None and len(body) < _SEARCH_BYTES:
        found = find_frames(body[:2048], in_a_row=1) if start else None
    if found is None and start:
        raise Damaged("This file begins like an MP3, but no sound follows.")
    return Container(found) if found else None


def _refuse(head: bytes) -> NoReturn:
    if len(head) < _HEAD_BYTES_MIN:
        count = "1 byte" if len(head) == 1 else f"{len(head)} bytes"
        raise Damaged(f"This file is far too short to hold any sound: it has {count}.")
    for magic, what in _OTHER_KINDS:
        if head.startswith(magic) or (what == _TAR and head[257:262] == b"ustar"):
            raise NotAudio(
                f"This file is {what}, whatever its name says.", action=_UNPACK if "rchive" in what else None
            )
    if not head.strip(b"\0"):
        raise Damaged("This file holds nothing but zeros: the recorder or the copy never wrote its content.")
    text = _as_text(head)
    if text is None:
        raise UnknownFormat
    start = text.lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html")):
        raise NotAudio(
            "This file is a web page, not audio, whatever its name says.",
            action="The download may have needed a sign-in. Download the recording again and check that it plays.",
        )
    if start.startswith((b"<svg", b"<?xml")) and b"<svg" in start:
        raise NotAudio("This file is a picture, whatever its name says.")
    lines = start.split(b"\n")
    if start.startswith(_PLAYLIST_STARTS) or any(tag in start for tag in _PLAYLIST_TAGS) or b"#ext" in lines[0]:
        raise PlaylistRefused
    raise NotAudio("This file is text, not audio, whatever its name says.")


def _as_text(head: bytes) -> bytes | None:
    """The same bytes when they are readable text (UTF-8 or UTF-16), else None."""
    if head[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        head = head.decode("utf-16", "replace").encode()
    head = head.removeprefix(b"\xef\xbb\xbf")
    try:
        text = head[:-4].decode() if len(head) > 8 else head.decode()
    except UnicodeDecodeError:
        return None
    return head if sum(not (c.isprintable() or c.isspace()) for c in text) <= len(text) // 50 else None
