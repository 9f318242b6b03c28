"""How a channel is read so that no message is lost: pages come newest first, and a page may be all that one minute has.

Everything up to ``read_through`` was read. What came since is a window that is read downwards from its newest message;
only when the last page of it was read does ``read_through`` move up. Whoever is stopped on the way goes on below the
lowest message that was read, so nothing is skipped and little is read twice. Time stamps are texts, compared with
leading zeros; Slack's ``oldest`` and ``latest`` leave out the messages they name.
"""

from collections.abc import Sequence
from dataclasses import dataclass

NOTHING_READ = "0000000000.000000"


@dataclass(frozen=True, slots=True)
class ReadingWindow:
    """``newest`` and ``floor`` are those of the window that is being read; None: the next page begins a new one."""

    read_through: str = NOTHING_READ
    newest: str | None = None
    floor: str | None = None


def after_page(window: ReadingWindow, stamps: Sequence[str], *, has_more: bool) -> ReadingWindow:
    """The window after a page with messages of these time stamps, in whatever order."""
    ordered = sorted(map(in_order, stamps))
    newest = window.newest or (ordered[-1] if ordered else None)
    floor = min([*ordered[:1], *([window.floor] if window.floor else [])], default=None)
    if has_more:
        return ReadingWindow(window.read_through, newest, floor)
    return ReadingWindow(max(window.read_through, newest or window.read_through))


def in_order(stamp: str) -> str:
    """A time stamp with leading zeros, as texts sort."""
    seconds, _, rest = stamp.partition(".")
    return f"{seconds:0>10}.{rest:0<6}"
