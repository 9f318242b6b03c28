"""Pure rules of bug reports: what is a bug, how bad it is, which are the same, who is told how often."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from donecast.kit.errors import ErrorKind

Category = Literal["upload", "transcription", "assembly", "other", "by_hand"]
Severity = Literal["critical", "high", "medium", "low"]
State = Literal["new", "acknowledged", "investigating", "resolved", "wont_fix"]

SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low")
"""The worst first."""
OURS = frozenset({ErrorKind.BROKEN, ErrorKind.UNAVAILABLE})
"""What is a bug: something broke, or something we need is not there.

Every other kind of error is about what a person asked for or sent: a file that no program can read, too few credits,
something that is not theirs, too much at once, a stop that they wished for. It is told to them, and to nobody else.
"""
ROWS_MAX = 10_000
KEPT_AFTER_END = timedelta(days=365)
ENTRIES_MAX = 100
"""Of one report; of more, the oldest times it was seen are forgotten, what people did never."""
BURST = 5
"""Seen so often within an hour, it is worse than it looked at first."""
PERSON_MAILS_PER_HOUR_MAX = 10
"""Of more failures within an hour a person reads in the studio only."""
_FATAL_CODES = frozenset({"disk_full"})
_BROKEN: dict[Category, Severity] = {
    "upload": "critical",
    "assembly": "critical",
    "transcription": "high",
    "other": "medium",
    "by_hand": "medium",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happened to a report: it was seen again, its state changed, somebody noted something."""

    at: datetime
    kind: Literal["seen", "state", "note"]
    text: str
    actor_id: str | None
    account_id: str | None
    episode_id: str | None
    request_id: str | None


@dataclass(frozen=True, slots=True)
class Report:
    """One problem. Person, episode and request are those of the last time; the others stand in the entries."""

    id: str
    number: str
    category: Category
    severity: Severity
    state: State
    error_code: str
    message: str
    origin: str
    count: int
    first_at: datetime
    last_at: datetime
    request_id: str | None
    account_id: str | None
    show_id: str | None
    episode_id: str | None
    operation_id: str | None
    context: dict[str, str]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which reports: None asks for all. ``words`` stand in the message, code or origin."""

    state: str | None = None
    severity: str | None = None
    category: str | None = None
    account_id: str | None = None
    request_id: str | None = None
    fingerprint_start: str | None = None
    words: str | None = None
    before: datetime | None = None


def is_bug(kind: ErrorKind) -> bool:
    """Whether an error of this kind is reported, see `OURS`."""
    return kind in OURS


def severity_of(category: Category, kind: ErrorKind, code: str) -> Severity:
    """How bad it is to be hit once: a lost recording and a full disk are worst, a service that rests is middling."""
    if code in _FATAL_CODES:
        return "critical"
    return _BROKEN[category] if kind is ErrorKind.BROKEN else "medium"


def risen(severity: Severity, seen_within_an_hour: int) -> Severity:
    """One step worse when it comes in a burst."""
    at = SEVERITIES.index(severity)
    return SEVERITIES[max(0, at - 1)] if seen_within_an_hour >= BURST else severity


def worse_of(one: Severity, other: Severity) -> Severity:
    """The worse of two."""
    return min(one, other, key=SEVERITIES.index)


def fingerprint_of(*parts: str) -> str:
    """What is the same in two reports of one problem."""
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "replace")).hexdigest()


def number_of(fingerprint: str) -> str:
    """What people quote: eight signs, such as ``3F9A-21C7``."""
    return f"{fingerprint[:4]}-{fingerprint[4:8]}".upper()


def start_of_fingerprint(number: str) -> str | None:
    """The start of the fingerprint that a quoted number stands for; None: it is no number."""
    plain = number.strip().replace("-", "").lower()
    return plain if len(plain) == 8 and all(sign in "0123456789abcdef" for sign in plain) else None


def state_when_seen(state: State) -> State:
    """What becomes of a report that is met again: what was resolved is new again."""
    return "new" if state == "resolved" else state


def hour_of(at: datetime) -> str:
    """The hour of an instant, for keys of what is told once an hour."""
    return f"{at:%Y%m%d%H}"
