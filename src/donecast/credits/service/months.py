"""The running period in a picture: what was used by the end of each of its days, and how far the rest reaches."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy.orm import Session

from donecast.credits.repository import invoices
from donecast.credits.rules.periods import Period
from donecast.credits.service.opening import look
from donecast.kit.clock import Clock

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Month:
    """``used_mc`` is what was used by the end of each day of the period that has begun, refunds taken away.

    ``last_episode`` is the newest that was put together and what it came to. ``enough_for`` is how many more like it
    the rest is enough for; None where there is no limit, or none like it yet.
    """

    period: Period
    used_mc: tuple[int, ...]
    last_episode: tuple[str, int] | None
    enough_for: int | None


def month(session: Session, clock: Clock, account_id: str) -> Month:
    """The running period of a person."""
    settled = look(session, clock, account_id)
    ends = _day_ends(settled.period, clock.now())
    last = invoices.last_assembled(session, account_id)
    enough_for = None
    if last is not None and last[1] > 0 and not settled.tier.unlimited:
        enough_for = settled.available_mc // last[1]
    return Month(
        period=settled.period,
        used_mc=tuple(invoices.charged_until(session, account_id, settled.period.start, ends)),
        last_episode=last,
        enough_for=enough_for,
    )


def _day_ends(period: Period, now: datetime) -> Sequence[datetime]:
    """The end of each day that has begun; days are counted from the period's first instant."""
    days = min(now - period.start, period.end - period.start) // _DAY + 1
    starts = [period.start + number * _DAY for number in range(days + 1)]
    return [min(end, period.end) for start, end in pairwise(starts) if start < period.end]
