"""Whether a file is shorter than it says, where decoders pass over it in silence."""

from pathlib import Path

from donecast.engine.sniff import Container

_PAGE_BYTES_MAX = 65_307
_PAGE_HEADER_BYTES = 27
_SIZE_OPEN = (0, 0x7FFF_FFFF, 0xFFFF_FFFF)


def ends_too_early(path: Path, container: Container) -> bool:
    """Whether the last page of an Ogg file, or the whole of an AIFF file, promises more bytes than there are."""
    if container is Container.OGG:
        return _ends_inside_page(path)
    return container is Container.AIFF and _form_is_cut(path)


def _ends_inside_page(path: Path) -> bool:
    # RFC 3533
    with path.open("rb") as file:
        file.seek(max(0, file.seek(0, 2) - 2 * _PAGE_BYTES_MAX))
        tail = file.read()
    start = tail.rfind(b"OggS")
    if start == -1:
        return False
    content = start + _PAGE_HEADER_BYTES
    if content > len(tail):
        return True
    segments = tail[content - 1]
    return content + segments + sum(tail[content : content + segments]) > len(tail)


def _form_is_cut(path: Path) -> bool:
    with path.open("rb") as file:
        promised = int.from_bytes(file.read(8)[4:], "big")
        return promised not in _SIZE_OPEN and promised + 8 > file.seek(0, 2) + 1
