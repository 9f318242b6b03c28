"""The boxes of an MP4, M4A or MOV file (ISO 14496-12), to tell a locked, silent or cut-off one by its own words."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from donecast.engine.errors import CopyProtected, Damaged, NoAudioInside

_CONTAINERS = (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"stbl")
_LOCKED = frozenset({b"drms", b"drmi", b"p608", b"enca", b"encv", b"aavd"})
_INDEXES = (b"moov", b"moof")
_BOXES_MAX = 20_000
_ENTRIES_MAX = 100
_DEPTH_MAX = 16
_PATH_BYTES_MIN = 4


@dataclass(frozen=True, slots=True)
class Box:
    """A box by its four letters; its content lies between two places in the file."""

    name: bytes
    start: int
    end: int


def require_readable(file: BinaryIO) -> None:
    """Raises CopyProtected, Damaged (the index at its end is missing, or empty) or NoAudioInside."""
    indexed, elsewhere, handlers, formats = False, False, set(), set()
    for box in _all_boxes(file, file.seek(0, 2)):
        indexed = indexed or box.name in _INDEXES
        if box.name == b"hdlr":
            handlers.add(read_at(file, box.start + 8, 4))
        if box.name == b"dref":
            elsewhere = elsewhere or any(_points_outside(file, entry) for entry in _entries(file, box))
        if box.name == b"stsd":
            formats |= {entry.name for entry in _entries(file, box)}
    if not indexed:
        raise Damaged(
            "This recording was cut off before it was finished: the index at its end is missing.",
            action="Copy it again from the recorder or phone. If the recording app broke off, let it repair the file.",
        )
    if formats & _LOCKED:
        raise CopyProtected
    if elsewhere:
        raise NoAudioInside(
            "This file holds no sound of its own: it points to another file beside it.",
            action="Export it as a self-contained file, or upload the file that it points to.",
        )
    if not handlers:
        raise Damaged
    if b"soun" not in handlers:
        raise NoAudioInside


def _entries(file: BinaryIO, box: Box) -> Iterator[Box]:
    return itertools.islice(boxes(file, box.start + 8, box.end), _ENTRIES_MAX)


def _points_outside(file: BinaryIO, entry: Box) -> bool:
    """Whether an entry of ``dref`` names a file; the flag says that the sound lies in this one."""
    flagged = read_at(file, entry.start, 4)[3:4] == b"\1"
    return not flagged and entry.end - entry.start > 4 + _PATH_BYTES_MIN


def _all_boxes(file: BinaryIO, length: int) -> Iterator[Box]:
    """Depth first, each container before what is inside; a file may have millions, and not all are looked at."""
    waiting = [boxes(file, 0, length)]
    for _ in range(_BOXES_MAX):
        box = next(waiting[-1], None)
        if box is None:
            waiting.pop()
            if not waiting:
                return
            continue
        yield box
        if box.name in _CONTAINERS and len(waiting) < _DEPTH_MAX:
            waiting.append(boxes(file, box.start, box.end))


def boxes(file: BinaryIO, start: int, end: int) -> Iterator[Box]:
    """The boxes that follow each other from one place in the file to another; a last one may be cut there."""
    while start + 8 <= end:
        header = read_at(file, start, 16)
        size, content = int.from_bytes(header[:4], "big"), start + 8
        if size == 1:
            size, content = int.from_bytes(header[8:16], "big"), start + 16
        elif size == 0:
            size = end - start
        if size < content - start:
            return
        yield Box(header[4:8], content, min(start + size, end))
        start += size


def read_at(file: BinaryIO, start: int, count: int) -> bytes:
    """So many bytes from a place, fewer where the file ends."""
    file.seek(start)
    return file.read(count)
