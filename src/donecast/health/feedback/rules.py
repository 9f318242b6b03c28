"""Pure rules of the error pages: where a page begins, and what trends come to together."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

_CURSOR = re.compile(r"([0-9]{1,17})\.([A-Za-z0-9_]{1,40})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_MICROSECONDS_MAX = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND


def cursor_after(last_seen: datetime, issue_id: str) -> str:
    """Where the page after this error begins."""
    return f"{(last_seen - _EPOCH) // _MICROSECOND}.{issue_id}"


def place_of(cursor: str) -> tuple[datetime, str] | None:
    """The error after which a page begins; None for what is no cursor."""
    match = _CURSOR.fullmatch(cursor)
    if match is None or int(match.group(1)) > _MICROSECONDS_MAX:
        return None
    return _EPOCH + int(match.group(1)) * _MICROSECOND, match.group(2)


def summed(trends: Iterable[tuple[int, ...]], length: int) -> tuple[int, ...]:
    """Several trends as one of that length; all of them end at the same moment, a shorter one began later."""
    total = [0] * length
    for bars in trends:
        for back, count in enumerate(reversed(bars[-length:]), 1):
            total[-back] += count
    return tuple(total)
