"""The same trouble again: when two alerts are one, and what a repeat does."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from donecast.autoops.rules.values import SEVERITIES, Severity

COOL_DOWN = timedelta(hours=24)
UPDATE_EVERY = timedelta(minutes=15)

_MASKS = (
    (re.compile(r"<(https?://[^|>\s]+)(\|[^>]*)?>|https?://\S+"), "URL"),
    (re.compile(r"\b\d{4}-\d\d-\d\d(?:[t ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:z|[+-]\d\d:?\d\d)?)?"), "TIME"),
    (re.compile(r"\b\d{1,2}:\d\d(?::\d\d)?\b"), "TIME"),
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"), "ID"),
    (re.compile(r"\b[a-z]{2,12}_[0-9a-z]*\d[0-9a-z]*\b"), "ID"),
    (re.compile(r"\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{8,}\b"), "ID"),
    (re.compile(r"\d+(?:[.,]\d+)*"), "N"),
)
_SPACE = re.compile(r"\s+")


def normalised(text: str) -> str:
    """The text without what differs between two tellings of one trouble: numbers, ids, times, addresses, case."""
    plain = text.casefold()
    for pattern, mask in _MASKS:
        plain = pattern.sub(mask, plain)
    return _SPACE.sub(" ", plain).strip()


def fingerprint(text: str, subject: str) -> str:
    """SHA-256 of what the trouble is and what it is about, in hex; the same in every process.

    How bad it is does not belong to it: the same trouble grown worse is the same trouble, and opens its thread again.
    """
    told = f"{len(subject)}:{subject.casefold()}\n{normalised(text)}"
    return hashlib.sha256(told.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Thread:
    """What was said before about the same trouble: when first, when last touched, how bad it was told to be."""

    alert_id: str
    begun_at: datetime
    touched_at: datetime
    severity: Severity


Answer = Literal["run", "count", "count_and_tell"]


def answer_to(now: datetime, severity: Severity, earlier: Thread | None) -> Answer:
    """Whether an alert is looked into, or only counted to an earlier one, whose thread may hear of it by now.

    Within a day a repeat is counted; the first thread hears of it at most every 15 minutes. Worse than before is not
    a repeat.
    """
    if earlier is None or now - earlier.begun_at >= COOL_DOWN:
        return "run"
    if SEVERITIES.index(severity) < SEVERITIES.index(earlier.severity):
        return "run"
    return "count_and_tell" if now - earlier.touched_at >= UPDATE_EVERY else "count"
