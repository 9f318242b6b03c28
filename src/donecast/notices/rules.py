"""Pure rules of the outbox: what a notice is, when it is tried again, when it is given up, what is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

Channel = Literal["mail", "slack", "sentry", "in_app"]
State = Literal["waiting", "sent", "off", "given_up"]
"""``off``: the channel was not set up when its turn came. ``given_up``: nobody took it."""

ADMINS = "admins"
"""The recipient of what every admin sees in the studio, and of what goes to Slack and Sentry."""
ROWS_MAX = 10_000
KEPT = timedelta(days=30)
"""A notice that went out, and its key with it, is forgotten after so long."""
GIVEN_UP_AFTER = timedelta(hours=24)
LEASE = timedelta(minutes=5)
"""Whoever sends a notice has so long; then it is taken for lost, and another one sends it."""
SUBJECT_CHARACTERS_MAX = 200
BODY_CHARACTERS_MAX = 20_000
ERROR_CHARACTERS_MAX = 300
FOLDED_SUBJECTS_MAX = 20
_PAUSE_SECONDS_FIRST, _PAUSE_SECONDS_MAX = 15.0, 1_800.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What is told. ``key``: one notice for each, for ever (for `KEPT`); ``recipient``: an address or account id.

    ``facts`` are tags for programs, such as ``severity``.
    """

    key: str
    channel: Channel
    subject: str
    body: str
    recipient: str = ADMINS
    facts: Mapping[str, str] = field(default_factory=dict)
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """A notice as a person sees it in the studio."""

    id: str
    subject: str
    body: str
    request_id: str | None
    created_at: datetime
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How the outbox of one channel stands; ``oldest_at``: of what waits."""

    channel: str
    waiting: int = 0
    given_up: int = 0
    off: int = 0
    oldest_at: datetime | None = None


def one_line(text: str) -> str:
    """The text as one line without control characters, cut to the length of a subject."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:SUBJECT_CHARACTERS_MAX]


def average_pause_seconds(attempts: int) -> float:
    """How long to wait on average after so many attempts failed: 15 s, 30 s, 1 min ... half an hour."""
    return min(_PAUSE_SECONDS_MAX, _PAUSE_SECONDS_FIRST * 2.0 ** min(attempts - 1, 20))


def is_given_up(created_at: datetime, now: datetime) -> bool:
    """Whether it was tried for long enough."""
    return now - created_at >= GIVEN_UP_AFTER


def how_many_to_forget(rows: int) -> int:
    """How many rows have to go so that there is room for new ones: a tenth at once, for counting costs something."""
    return 0 if rows <= ROWS_MAX else rows - ROWS_MAX + ROWS_MAX // 10


def summary_of(subjects: Sequence[str], folded: int, since: datetime, until: datetime) -> tuple[str, str]:
    """Subject and body that stand for notices that could not be kept one by one."""
    subject = f"{folded} messages could not be delivered one by one"
    lines = [
        f"Between {since:%Y-%m-%d %H:%M} and {until:%Y-%m-%d %H:%M} UTC there were more messages than are kept.",
        f"These {folded} are told here together; the first of them were:",
        "",
        *(f"- {one}" for one in subjects[:FOLDED_SUBJECTS_MAX]),
    ]
    return subject, "\n".join(lines)
