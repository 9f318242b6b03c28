"""Writing what `donecast produce` made: all of it or nothing, and a sentence when the disk refuses."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from donecast.kit.errors import DonecastError, ErrorKind
from donecast.platform.disk_room import NO_ROOM

CODED: Mapping[str, Mapping[str, str]] = {
    ".mp3": {"audio_format": "mp3"},
    ".m4a": {"audio_format": "m4a", "audio_vbr_quality": ""},  # a wish for mp3, which would be refused with m4a
}
"""What the settings must say for a file's ending to be true."""


class OutputRefused(DonecastError):
    """The finished file cannot be written where it shall go."""

    code = "output_refused"
    kind = ErrorKind.INVALID
    message = "The finished episode cannot be written there."
    action = "Name a file that ends in .mp3 or .m4a, in a folder that exists and that you may write to."


class OutputDiskFull(DonecastError):
    """The disk is full, a quota is used up, or the disk takes no file of this size."""

    code = "output_disk_full"
    kind = ErrorKind.UNAVAILABLE
    message = "There is no space left where the finished episode shall go."
    action = "Free some space there, or name another place with --out; your recording is unchanged."


def coded_by_name(out: Path) -> Mapping[str, str]:
    """Settings that go before the usual ones, for the kind of file that a name asks for; none where none is coded."""
    return CODED.get(out.suffix.lower(), {})


def write_all(contents: Mapping[Path, Iterable[bytes]]) -> None:
    """Writes every file beside its place first, and moves them there when all are whole.

    Raises OutputDiskFull or OutputRefused and leaves nothing half written; a disk that is full, which is noticed while
    the files are written, also leaves what was there before.
    """
    parts = {path: path.with_name(f"{path.name}.part") for path in contents}
    path = next(iter(parts))
    try:
        for path, pieces in contents.items():
            with parts[path].open("wb") as file:
                file.writelines(pieces)
        for path, part in parts.items():
            part.replace(path)
    except OSError as error:
        if error.errno in NO_ROOM:
            raise OutputDiskFull(f"There is no space left in {path.absolute().parent}.") from error
        raise OutputRefused(f"The file {path} cannot be written there: {error.strerror}.") from error
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)
