"""The pages of an Ogg file (RFC 3533), to tell whether the last one is whole."""

from pathlib import Path

_TAIL_BYTES = 128 * 1024
"""A page has 65,307 bytes at most."""
_HEADER_BYTES = 27


def ends_inside_page(path: Path) -> bool:
    """Whether the last page promises more bytes than the file has: it was cut off, which a decoder passes over."""
    with path.open("rb") as file:
        file.seek(max(0, file.seek(0, 2) - _TAIL_BYTES))
        tail = file.read()
    start = tail.rfind(b"OggS")
    if start == -1 or len(tail) < start + _HEADER_BYTES:
        return start != -1
    segments = tail[start + _HEADER_BYTES - 1]
    sizes = tail[start + _HEADER_BYTES : start + _HEADER_BYTES + segments]
    return len(sizes) < segments or start + _HEADER_BYTES + segments + sum(sizes) > len(tail)
