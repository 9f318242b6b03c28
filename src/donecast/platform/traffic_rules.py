"""What counts of requests mean: which are errors, and when many of them are a burst. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from donecast.platform.traffic import Label

BURST_WINDOW_SECONDS, BURST_ERRORS_MIN = 60, 10
_BURST_OVER_BELOW = BURST_ERRORS_MIN // 2
"""A burst that hovers about its limit is one, not many."""
BURST_SECONDS_MIN = 120
"""It goes on so long at least: whoever looks once a minute must not miss it."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Requests of a stretch of time. ``total`` are all; 4xx and callers who left are in it, and no errors of ours."""

    total: int = 0
    errors: int = 0
    client_errors: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.total + other.total, self.errors + other.errors, self.client_errors + other.client_errors)

    @property
    def successes(self) -> int:
        """What was answered as it should be; a caller who asks for nonsense is told so, which is right."""
        return self.total - self.errors

    @property
    def error_rate_percent(self) -> float:
        """Errors among all requests; 0 where there were none."""
        return round(100 * self.errors / self.total, 4) if self.total else 0.0

    @property
    def error_share(self) -> float:
        """Errors among the requests that could have gone well, 0 to 1: a scanner's 4xx hide no outage."""
        judged = self.total - self.client_errors
        return self.errors / judged if judged else 0.0


def tally(counts: Mapping[Label, int]) -> Tally:
    """Sums up counts: 5xx are errors; 4xx, and callers who left, stand apart."""
    by_outcome: dict[str, int] = {}
    for label, count in counts.items():
        by_outcome[label.outcome] = by_outcome.get(label.outcome, 0) + count
    return Tally(
        total=sum(by_outcome.values()),
        errors=by_outcome.get("5xx", 0),
        client_errors=by_outcome.get("4xx", 0) + by_outcome.get("gone", 0),
    )


def is_burst(errors: int, *, was_burst: bool) -> bool:
    """Whether so many errors within `BURST_WINDOW_SECONDS` are a burst, given whether one is going on."""
    return errors >= (_BURST_OVER_BELOW if was_burst else BURST_ERRORS_MIN)
