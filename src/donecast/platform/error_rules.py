"""Which errors are told to whoever looks after the program, and which belong together. Pure."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from donecast.kit.errors import DonecastError, ErrorKind
from donecast.kit.left_alone import ServiceLeftAlone

Level = Literal["fatal", "error", "warning", "info"]
Source = Literal["server", "studio"]
OWN_PACKAGE = "donecast"
BREADCRUMBS_MAX = 100
FRAMES_MAX = 60
_FRAMES_OF_FINGERPRINT = 3
_OURS_TO_MEND = frozenset({ErrorKind.BROKEN, ErrorKind.UNAVAILABLE})
_NUMBERS = re.compile(r"\b[a-z]{2,8}_[0-9a-z]{20,}\b|0x[0-9a-f]+|\d+")


@dataclass(frozen=True, slots=True)
class Frame:
    """One place on the way to an error; ``place`` is a module or, in the studio, a file. Never its variables."""

    place: str
    function: str
    line: int
    code: str = ""
    is_ours: bool = False


@dataclass(frozen=True, slots=True)
class Breadcrumb:
    """One thing that happened on the way; ``milliseconds`` where it took a time that was measured."""

    at: datetime
    category: str
    message: str
    level: Level = "info"
    data: Mapping[str, Any] = field(default_factory=dict)
    milliseconds: float | None = None


@dataclass(frozen=True, slots=True)
class ErrorReport:
    """An error or a message with everything that is known about it. Sinks scrub it before it goes anywhere.

    ``facts`` are those of `error_tracking.FACTS` that are known. ``error`` is None for messages and for the studio's.
    """

    id: str
    at: datetime
    level: Level
    source: Source
    type: str
    message: str
    frames: Sequence[Frame]
    facts: Mapping[str, str]
    breadcrumbs: Sequence[Breadcrumb]
    tags: Mapping[str, str] = field(default_factory=dict)
    error: BaseException | None = field(default=None, repr=False)


def is_ours_to_mend(error: BaseException) -> bool:
    """Whether somebody must hear of it: whatever no one foresaw, and what is broken or unavailable on our side.

    What a person can mend is answered to the person alone: nothing there, not allowed, malformed, too often, too large.
    That a service is left alone for a while is no error either; why it is, was one.
    """
    if isinstance(error, ServiceLeftAlone):
        return False
    if isinstance(error, DonecastError):
        return error.kind in _OURS_TO_MEND
    return isinstance(error, Exception)


def fingerprint(type_name: str, frames: Sequence[Frame], message: str = "") -> str:
    """What groups errors: their type and the last of our own places they came through, without line numbers.

    Without any place of ours the last foreign ones count, and without any place the message without its numbers.
    """
    ours = [frame for frame in frames if frame.is_ours] or list(frames)
    way = [f"{frame.place}:{frame.function}" for frame in ours[-_FRAMES_OF_FINGERPRINT:]]
    return hashlib.sha256("\n".join([type_name, *(way or [_NUMBERS.sub("0", message)])]).encode()).hexdigest()[:32]


def culprit(frames: Sequence[Frame]) -> str:
    """The last of our own places, else the last place at all."""
    ours = [frame for frame in frames if frame.is_ours] or list(frames)
    return f"{ours[-1].place} in {ours[-1].function}" if ours else ""
