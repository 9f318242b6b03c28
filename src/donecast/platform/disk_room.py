"""When there is no room: one error and one way to tell it, whichever file it was that found no place.

Told as 503 and not as 507: it passes as soon as somebody makes room, and 503 is what browsers, upload programs and
load balancers try again after ``Retry-After``; 507 is WebDAV's, and means nothing to them.
"""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from donecast.kit.errors import DonecastError, ErrorKind

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""The disk is full, a quota is used up, or no file may be as large."""
_BUFFER_BYTES = 64 * 1024


class DiskFull(DonecastError):
    """There is no room left where the database or the files live."""

    code = "disk_full"
    kind = ErrorKind.UNAVAILABLE
    message = "There is no space left on the disk, so nothing more can be saved."
    action = "Nothing was lost. Ask the person who runs this DoneCast to free some space, then try again."
    retryable = True


def is_full(folder: Path) -> bool:
    """Whether not even one more buffer can be written there."""
    return shutil.disk_usage(folder).free < _BUFFER_BYTES


@contextmanager
def disk_full_said(folder: Path | None = None) -> Iterator[None]:
    """Turns the system's words for a disk without room, from anywhere in the block, into ours.

    ``folder``: where libraries write files by themselves. What they say then has another sense each time (libsndfile:
    "problem with initialization of the flac decoder"), so the disk is asked.
    """
    try:
        yield
    except OSError as error:
        if error.errno in NO_ROOM:
            raise DiskFull from error
        raise
    except RuntimeError as error:
        if folder is not None and is_full(folder):
            raise DiskFull from error
        raise
