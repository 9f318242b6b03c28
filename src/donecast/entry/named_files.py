"""Files named on the command line: what is brought must be there, and nothing is written over it."""

from collections.abc import Iterable
from pathlib import Path

from donecast.kit.errors import DonecastError, ErrorKind


class NoSuchFile(DonecastError):
    """A file named on the command line is not there."""

    code = "no_such_file"
    kind = ErrorKind.NOT_FOUND
    message = "This file is not there."
    action = "Check the name and the folder."


class OutputOverInput(DonecastError):
    """A file that would be written is one of those that are read."""

    code = "output_over_input"
    kind = ErrorKind.INVALID
    message = "The finished episode would overwrite a file that you brought."
    action = "Choose another name or another folder for the finished episode."


def require_files(brought: Iterable[Path]) -> None:
    """Raises NoSuchFile for the first that is not there."""
    for path in brought:
        if not path.is_file():
            raise NoSuchFile(f"There is no file {path}.")


def require_apart(written: Iterable[Path], brought: Iterable[Path]) -> None:
    """Raises OutputOverInput when a file that will be written is one of those that are read."""
    places = {path.resolve() for path in written}
    for path in brought:
        if path.resolve() in places:
            raise OutputOverInput(f"The finished episode, or a text beside it, would overwrite your file {path}.")
